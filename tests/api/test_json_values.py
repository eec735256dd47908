"""Scanning JSON in pieces gives the same value as at once, and no call holds the interpreter for long."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.api import json_values
from cordage_tui.api.json_values import MAX_DEPTH, PIECE, SMALL, InvalidJson, parse

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
TEXT = st.text(st.characters(exclude_categories=("Cs",)))
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=30,
)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Pieces of 5 characters; the lengths of all texts that C scans for a whole array or object are noted."""
    monkeypatch.setattr(json_values, "PIECE", 5)
    return scans(monkeypatch)


def scans(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the number of characters of each scan of an array or object by C code."""
    lengths: list[int] = []
    scan = json.JSONDecoder.raw_decode

    def noted(decoder: json.JSONDecoder, text: str, idx: int = 0) -> tuple[Any, int]:
        if text[idx : idx + 1] in {"[", "{"}:
            lengths.append(len(text) - idx)
        return scan(decoder, text, idx)

    monkeypatch.setattr(json.JSONDecoder, "raw_decode", noted)
    return lengths


@given(value=JSON, indent=st.sampled_from([None, 1, 4]), ascii_only=st.booleans())
def test_pieces_give_the_same_value(value: Any, indent: int | None, ascii_only: bool) -> None:
    """Pieces give the same value wherever they end: inside a number, a string, an escape or between two tokens."""
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    with pytest.MonkeyPatch.context() as patch:
        for size, small in ((2, 0), (5, SMALL), (30, 0)):
            patch.setattr(json_values, "PIECE", size)
            patch.setattr(json_values, "SMALL", small)
            assert parse(body) == value


@given(value=JSON, at=st.integers(0), wrong=st.sampled_from(list(b'[]{},:"1 a')))
def test_pieces_refuse_the_same_bodies(value: Any, at: int, wrong: int) -> None:
    """One byte changed: it is JSON for the scanner in pieces exactly when it is JSON."""
    body = bytearray(json.dumps(value).encode())
    body[at % len(body)] = wrong
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_values, "PIECE", 5)
        for small in (0, SMALL):
            patch.setattr(json_values, "SMALL", small)
            assert is_taken(parse, bytes(body)) == is_taken(_finite, bytes(body))


def _finite(body: bytes) -> None:
    """Python takes numbers that are infinite, and the changed byte may make one; we do not take it."""
    json.dumps(json.loads(body), allow_nan=False)


def is_taken(read: Any, body: bytes) -> bool:
    try:
        read(body)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"runs": [' + b",".join([b'{"run_id": "r", "status": "completed"}'] * 5_000) + b"]}", id="runs"),
        pytest.param(b'[{"x": [' + b",".join([b'"a"'] * 100_000) + b"]}]", id="one run of many strings"),
        pytest.param(b"[" * 50 + b",".join([b"[1]"] * 50_000) + b"]" * 50, id="deep and wide"),
        pytest.param(b"[" + b" " * 500_000 + b"1]", id="blanks"),
    ],
)
def test_a_large_body_is_never_scanned_in_one_call(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    """A large body is never scanned in one call: no call into C, which stops all threads, gets more than a piece."""
    lengths = scans(monkeypatch)
    parse(body)
    assert lengths
    assert max(lengths) <= PIECE


@pytest.mark.parametrize("small", [0, SMALL])
def test_the_bounds_hold_across_pieces(monkeypatch: pytest.MonkeyPatch, small_pieces: list[int], small: int) -> None:
    """Depth and a repeated run_id are detected even if no piece contains them whole, with and without copying."""
    monkeypatch.setattr(json_values, "SMALL", small)
    deep = b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH
    assert parse(deep)
    with pytest.raises(InvalidJson, match="deep"):
        parse(b"[" + deep + b"]")
    with pytest.raises(InvalidJson, match="deep"):
        parse(b"[" * 100_000)
    assert parse(b'{"run_id": "a", "x": 1, "run_id": "b"}') == {"run_id": None, "x": 1}
    assert parse(b'{"run_id": "a", "x": 1, "run_id": "a"}') == {"run_id": "a", "x": 1}
    with pytest.raises(InvalidJson, match="deep"):
        parse(b'{"x":' * MAX_DEPTH + b"[1]" + b"}" * MAX_DEPTH)
    with pytest.raises(InvalidJson, match="not a JSON number"):
        parse(b"[1, 2, 3, 4, NaN]")
    with pytest.raises(InvalidJson, match="not finite"):
        parse(b"[1, 2, 3, 4, 1e999]")
    assert parse(rb'{"a\ud800": ["\udfff", "\ud83d\ude00"]}') == {"a\ufffd": ["\ufffd", "😀"]}


def test_more_values_than_any_list_needs_are_refused(monkeypatch: pytest.MonkeyPatch, small_pieces: list[int]) -> None:
    """8 MiB could hold millions; each takes a hundred bytes of memory and a microsecond of every thread."""
    monkeypatch.setattr(json_values, "MAX_VALUES", 1_000)
    assert len(parse(b"[" + b",".join([b"1"] * 999) + b"]")) == 999  # type: ignore[arg-type]
    for body in (b"[" + b",".join([b"1"] * 1_000) + b"]", b"[" + b",".join([b"[1]"] * 500) + b"]"):
        with pytest.raises(InvalidJson, match="values"):
            parse(body)
