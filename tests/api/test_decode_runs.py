"""Decoding answers: liberal about missing fields, strict about what a run is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.api.decode_runs import MAX_OUTPUTS, run_in, runs_in
from cordage_tui.api.errors import Delivery, UnexpectedResponse
from cordage_tui.api.json_values import MAX_DEPTH, MAX_STRING
from cordage_tui.api.responses import ApiResponse
from cordage_tui.domain.run import RemoteRun, Status

FULL = {
    "run_id": "550e8400-e29b-41d4-a716-446655440000",
    "status": "completed",
    "created_at": "2024-01-15T10:30:00Z",
    "completed_at": "2024-01-15T10:32:15Z",
    "metadata": {"type": "webhook", "node_count": 5, "webhook_key": "wh_abc123xyz"},
    "outputs": ["https://storage.trycordage.com/outputs/image_001.png"],
}


def answer(body: object, status: int = 200) -> ApiResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ApiResponse("list runs", status, {"content-type": "application/json"}, data)


def run(**fields: object) -> RemoteRun:
    return run_in(answer({"run_id": "r1", "status": "running"} | fields))


def refused(body: object) -> str:
    with pytest.raises(UnexpectedResponse) as caught:
        runs_in(answer(body))
    return caught.value.what


def test_the_documented_run_is_read_whole() -> None:
    """Every field of docs/dev/wire-contract.md's example has its place, and the object is kept as it was."""
    decoded = run_in(answer(FULL))
    assert decoded.status is Status.COMPLETED
    assert (decoded.created_at, decoded.completed_at) == (1705314600.0, 1705314735.0)
    assert decoded.node_count == 5
    assert decoded.outputs == ("https://storage.trycordage.com/outputs/image_001.png",)
    assert json.loads(decoded.raw) == FULL


@pytest.mark.parametrize("name", [None, "runs", "data", "items", "results"])
def test_each_list_shape_is_taken(name: str | None) -> None:
    """A bare array, or an object with the array under one of four names."""
    assert [r.run_id for r in runs_in(answer([FULL] if name is None else {name: [FULL], "total": 9}))] == [
        FULL["run_id"]
    ]


def test_an_empty_list_may_be_null_under_its_own_name() -> None:
    """Null under the list's own name is an empty list, because some languages encode empty lists so."""
    assert runs_in(answer({"runs": None})) == ()


@pytest.mark.parametrize("name", ["data", "items", "results"])
def test_null_under_a_name_that_anything_may_use_is_not_a_list(name: str) -> None:
    """Such an answer says nothing of runs, so it must not pass as a list without any."""
    assert "no list of runs" in refused({name: None, "error": None})


def test_no_content_is_not_an_empty_list() -> None:
    """Anything in between can send a 204: taken as a list it would say that a prompt did not run."""
    with pytest.raises(UnexpectedResponse, match="no content"):
        runs_in(answer(b"", 204))


def test_of_two_runs_with_one_id_the_last_counts() -> None:
    """A page is a set of runs by id."""
    runs = runs_in(answer([{"run_id": "a", "status": "pending"}, {"run_id": "b"}, {"run_id": "a", "status": "failed"}]))
    assert {r.run_id: r.status for r in runs} == {"a": Status.FAILED, "b": Status.OTHER}


def test_an_unknown_status_keeps_its_own_word() -> None:
    """An unknown status is OTHER with its own name on one safe line; case and spaces do not matter for known ones."""
    assert (run(status="paused").status, run(status="paused").status_name) == (Status.OTHER, "paused")
    assert "\x1b" not in run(status="pau\x1b[2Jsed").status_name
    assert run(status=" Completed ").status is Status.COMPLETED
    assert run(status=7).status is Status.OTHER
    assert run(status="").status_name == "no status"


@pytest.mark.parametrize("value", [None, "", 7, -1, [], {}, True, "x", 1e308, "2026-02-30", [[[]]], {"a": {"b": 1}}])
@pytest.mark.parametrize("name", ["status", "created_at", "completed_at", "metadata", "node_count", "error", "inputs"])
def test_an_optional_field_of_any_type_never_spoils_the_run(name: str, value: object) -> None:
    """Wrong or missing optional fields are None, not a crash and not a lost run."""
    assert run(**{name: value}).run_id == "r1"


@pytest.mark.parametrize("run_id", [None, "", " ", ".", "..", 7, True, [], {}, "x" * 20_000])
def test_a_run_without_a_usable_id_breaks_the_contract(run_id: object) -> None:
    """A list with a run without a usable id is refused as a whole."""
    assert "run_id" in refused([FULL, {"run_id": run_id}])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ([], ()),
        (["a", "", None, 3, "b"], ("a", "b")),
        ([{"url": "a", "type": "image"}, {"node": "x"}], ("a", "x")),
        ({"first": "a", "second": ["b", {"url": "c"}]}, ("a", "b", "c")),
        ("a", ("a",)),
        ("", ()),
        (7, ()),
    ],
)
def test_outputs_are_found_in_the_shapes_servers_use(value: object, expected: tuple[str, ...] | None) -> None:
    """Strings are the contract; objects with a url, nested lists and a lone string are understood."""
    assert run(outputs=value).outputs == expected


def test_a_reason_and_echoed_inputs_are_found() -> None:
    """`error` may be an object with a message; inputs may be echoed in the metadata."""
    assert run(error={"message": "node 3 \x1b[31mfailed"}).error == "node 3 ␛[31mfailed"
    assert run(metadata={"error": "out of memory"}).error == "out of memory"
    assert run(metadata={"prompt": "a fox"}).inputs == {"prompt": "a fox"}
    assert run(metadata={"inputs": {"style": "anime"}}).inputs == {"style": "anime"}


def test_numbers_and_texts_that_sqlite_or_utf8_cannot_hold_are_made_to_fit() -> None:
    """Integers beyond 63 bits and of 5,000 digits become text; lone surrogates become U+FFFD."""
    decoded = run_in(
        answer(b'{"run_id": "r1", "seed": 9223372036854775808, "big": ' + b"9" * 5000 + b', "t": "\\ud800"}')
    )
    kept = json.loads(decoded.raw)
    assert kept["seed"] == "9223372036854775808"
    assert kept["big"] == "9" * 5000
    assert kept["t"] == "\N{REPLACEMENT CHARACTER}"
    decoded.raw.encode()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(number: str) -> None:
    """Python would take them; JSON has none."""
    refused(b'[{"run_id": "r1", "x": ' + number.encode() + b"}]")


@pytest.mark.parametrize(
    "body", [b"", b" ", b"[] []", b"[]x", b"'a'", b"\xff\xfe\xfd", b"3", b'"x"', b"null", b"{}", b"[3]"]
)
def test_what_is_no_list_of_runs_is_one_clear_error(body: bytes) -> None:
    """An answer that is not a list of runs raises one error with the call, the status and a clear sentence."""
    with pytest.raises(UnexpectedResponse) as caught:
        runs_in(answer(body))
    assert (caught.value.call, caught.value.status, caught.value.delivery) == ("list runs", 200, Delivery.ANSWERED)


def test_a_byte_order_mark_and_utf_16_are_read() -> None:
    """JSON with a byte order mark, or in UTF-16, is detected by its first bytes and read."""
    text = json.dumps([FULL])
    assert runs_in(answer(b"\xef\xbb\xbf" + text.encode())) == runs_in(answer(text.encode("utf-16")))


def test_depth_strings_and_outputs_are_taken_up_to_their_caps() -> None:
    """One test at each cap, one above (docs/dev/faults.md rule 16)."""
    deep = "[" * (MAX_DEPTH - 2) + "]" * (MAX_DEPTH - 2)
    assert len(runs_in(answer(f'[{{"run_id": "r", "x": {deep}}}]'.encode()))) == 1
    assert "deep" in refused(f'[{{"run_id": "r", "x": [{deep}]}}]'.encode())
    assert "deep" in refused(b"[" * 100_000)
    assert run(note="x" * MAX_STRING).run_id == "r1"
    assert "too long" in refused([FULL | {"note": "x" * (MAX_STRING + 1)}])
    assert len(run(outputs=["u"] * MAX_OUTPUTS).outputs or ()) == MAX_OUTPUTS
    assert "outputs" in refused([FULL | {"outputs": ["u"] * (MAX_OUTPUTS + 1)}])


def test_a_list_cut_at_any_byte_is_refused_and_nothing_else() -> None:
    """A list cut at any byte is refused (docs/dev/faults.md 72)."""
    body = json.dumps({"runs": [FULL | {"prompt": "é ☃ \U0001f600"}]}, ensure_ascii=False).encode()
    for end in range(len(body)):
        refused(body[:end])
    assert len(runs_in(answer(body))) == 1


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(str),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*FULL, "runs", "error", "url", "node_count", "inputs"]) | st.text(), inner, max_size=6
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_arbitrary_json_gives_runs_or_not_the_api(value: Any) -> None:
    """Any JSON is decoded to storable runs or raises UnexpectedResponse."""
    for decode in (runs_in, run_in):
        try:
            decoded = decode(answer(value))
        except UnexpectedResponse:
            continue
        for item in decoded if isinstance(decoded, tuple) else (decoded,):
            repr(item).encode()
            json.loads(item.raw)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_runs_or_not_the_api(body: bytes) -> None:
    """Any bytes are decoded to runs or raise UnexpectedResponse."""
    try:
        runs_in(answer(body))
    except UnexpectedResponse as error:
        assert error.what


@pytest.mark.parametrize(
    "beside",
    [
        {"total": 3},
        {"total_count": 3},
        {"has_more": True},
        {"next": "https://api.example/wh_a/runs?page=2"},
        {"next_cursor": "abc"},
        {"pagination": {"total": 9}},
        {"meta": {"next_page": 2}},
    ],
)
def test_a_list_that_says_it_is_a_part_is_known_as_one(beside: dict[str, Any]) -> None:
    """A list that says that there are more runs, by any of the common names, is recognised as partial."""
    assert runs_in(answer({"runs": [FULL]} | beside)).more


@pytest.mark.parametrize(
    "beside",
    [
        {},
        {"total": 1},
        {"total": True},
        {"total": "9"},
        {"has_more": False},
        {"next": None},
        {"next": ""},
        {"meta": []},
    ],
)
def test_a_list_that_says_nothing_of_more_is_whole(beside: dict[str, Any]) -> None:
    """A list without a readable sign of more runs is whole, and so is a bare array."""
    assert not runs_in(answer({"runs": [FULL]} | beside)).more
    assert not runs_in(answer([FULL])).more
