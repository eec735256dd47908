"""Alternatives within a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.engine.batch.expand import BatchMatrix, Combine
from cordage_tui.engine.batch.pattern import BatchError, Pattern, has_groups
from tests.engine.batch.literal_text import escaped

TEXTS = st.text(alphabet=st.sampled_from('ab {}|\\"\n,é'), max_size=30)


def made(text):
    return [body["prompt"] for body in BatchMatrix.of({"prompt": text}).bodies(Combine.PRODUCT)]


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("{red|blue} fox", ["red fox", "blue fox"]),
        ("{a|b}{1|2}", ["a1", "a2", "b1", "b2"]),
        ("{|old }owl", ["owl", "old owl"]),
        ("a | b", ["a | b"]),
        ("{fox}", ["{fox}"]),
        ('{"a": {"b": 1}}', ['{"a": {"b": 1}}']),
        (r"\{a|b\}", ["{a|b}"]),
        (r"{a\|b|c}", ["a|b", "c"]),
        (r"\\{a|b}", [r"\a", r"\b"]),
        (r"C:\dir {a|b}", [r"C:\dir a", r"C:\dir b"]),
        ("{a|b", ["{a|b"]),
        ("a}", ["a}"]),
        ("{ {a|b}", ["{ a", "{ b"]),
    ],
)
def test_groups_vary_and_all_else_is_text(text, texts):
    """Only braces with a bar between them are alternatives; a backslash makes braces and bars text."""
    assert made(text) == texts


@pytest.mark.parametrize("text", ["{a|{b|c}}", "x {a|b {c} d}", "{{a|b}}"])
def test_nested_groups_are_refused_with_their_place(text):
    """Nobody has to guess what they would make."""
    with pytest.raises(BatchError, match=f"at character {text.index('{') + 1}:"):
        Pattern.of(text)
    assert has_groups(text)


@pytest.mark.parametrize(("text", "loose"), [("{a|b", True), ("a}", True), ("{a|b}", False), (r"\{a", False)])
def test_a_brace_without_its_counterpart_is_told(text, loose):
    """It is sent as it is, and the user may have meant otherwise."""
    assert Pattern.of(text).loose is loose


def test_a_million_braces_are_read_at_once():
    """Time grows with the text's length, not with its square."""
    assert len(Pattern.of("{" * 300_000).pieces) == 300_000


@given(TEXTS)
def test_escaped_text_comes_out_as_it_went_in(text):
    """Whatever stands in it."""
    assert made(escaped(text)) == [text]


@given(TEXTS)
def test_what_has_groups_varies_and_nothing_else_does(text):
    """The key that sends and the preview agree on what a pattern is."""
    try:
        varies = bool(BatchMatrix.of({"prompt": text}).axes)
    except BatchError:
        varies = True
    assert has_groups(text) is varies
