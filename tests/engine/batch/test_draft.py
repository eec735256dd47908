"""What the prompt panel holds, as a batch."""

from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.engine.batch.draft import asks_for_batch, draft_from, draft_of, line_count
from cordage_tui.engine.batch.expand import BatchMatrix, Combine, values_of
from cordage_tui.engine.batch.pattern import BatchError

WORDS = st.lists(st.sampled_from(["red", "old", "7", ""]), min_size=2, max_size=4)


def bodies(inputs, *, lines=False, combine=Combine.PRODUCT):
    return list(draft_of(inputs, lines=lines, combine=combine).bodies)


def test_the_first_axis_varies_slowest():
    """As nested loops do: the prompt, then the fields in their order, then what the last lines name."""
    found = bodies({"prompt": "{a|b}\nseed=1..2", "style": "{x,y}", "size": 5})
    assert [(b["prompt"], b["style"], b["seed"]) for b in found] == [
        (prompt, style, seed) for prompt in "ab" for style in "xy" for seed in (1, 2)
    ]
    assert {b["size"] for b in found} == {5}


@given(st.lists(WORDS, min_size=0, max_size=4), st.integers(1, 5))
def test_a_product_has_one_body_for_each_combination(groups, seeds):
    """Each once where the alternatives differ."""
    inputs = {"prompt": "p " + " ".join("{" + "|".join(group) + "}" for group in groups), "seed": f"1..{seeds}"}
    found = bodies(inputs)
    assert len(found) == prod(map(len, groups)) * seeds == BatchMatrix.of(inputs).count(Combine.PRODUCT)
    assert len({str(body) for body in found}) == prod(len(set(group)) for group in groups) * seeds


def test_zip_takes_one_value_of_each_at_a_time():
    """All axes have to be equally long; else it says how long each is."""
    inputs = {"prompt": "{a|b} {c|d}", "seed": "1..2"}
    assert bodies(inputs, combine=Combine.ZIP) == [{"prompt": "a c", "seed": 1}, {"prompt": "b d", "seed": 2}]
    with pytest.raises(BatchError, match="prompt has 2, seed has 3"):
        bodies({"prompt": "{a|b}", "seed": "1..3"}, combine=Combine.ZIP)


def test_each_line_is_a_prompt():
    """Empty lines are none, alternatives are written out in place, fields go with all, and zip pairs lines with values."""
    text = "one\n\n {a|b} two \nthree\nseed=1..4\n"
    found = bodies({"prompt": text, "size": 2}, lines=True)
    assert [b["prompt"] for b in found[::4]] == ["one", "a two", "b two", "three"]
    zipped = bodies({"prompt": text}, lines=True, combine=Combine.ZIP)
    assert [(b["prompt"], b["seed"]) for b in zipped] == [("one", 1), ("a two", 2), ("b two", 3), ("three", 4)]
    assert line_count({"prompt": text}) == 3


def test_only_the_last_lines_name_values():
    """A line of the prompt that merely looks so, or a setting of one value, stays in the prompt."""
    text = "style={a,b}\na fox\nmood=calm"
    assert bodies({"prompt": text}) == [{"prompt": text}]
    assert bodies({"prompt": "a fox\nprompt={a,b}"}) == [{"prompt": "a fox\nprompt={a,b}"}]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1..4", [1, 2, 3, 4]),
        ("{1..3,10}", [1, 2, 3, 10]),
        ("8..1..3", [8, 5, 2]),
        ("-1..1", [-1, 0, 1]),
        ("{noir, ink}", ["noir", "ink"]),
        ("{1, 2.5}", [1, 2.5]),
        ('{"1", 2}', ["1", "2"]),
        ('{"a, b", "say \\"c\\""}', ["a, b", 'say "c"']),
        ("{007,1}", ["007", "1"]),
        ("{a,}", ["a", ""]),
        ("{a}", None),
        ("{a|b}", None),
        ('{"a": 1, "b": 2}', None),
        ("{a,{b,c}}", None),
        ("a fox", None),
        ("1..", None),
    ],
)
def test_a_whole_value_may_stand_for_several(text, values):
    """Numbers are numbers unless some element of the list is none, or is quoted; JSON is JSON."""
    found = values_of(text)
    assert (None if found is None else list(found)) == values


def test_too_many_are_refused_with_their_number():
    """Before any is made."""
    with pytest.raises(BatchError, match="999,999,999"):
        bodies({"prompt": "x", "seed": "1..999999999", "n": "1..2"})
    with pytest.raises(BatchError, match="10,100 prompts"):
        bodies({"prompt": "x", "a": "1..101", "b": "1..100"})
    assert len(bodies({"prompt": "x", "a": "1..100", "b": "1..100"})) == 10_000


def test_nothing_empty_or_too_large_is_a_body():
    """It would be paid for, or refused by the server."""
    with pytest.raises(BatchError, match="Prompt 2 would be empty"):
        draft_from("x", [{"prompt": "a"}, {"prompt": ""}])
    with pytest.raises(BatchError, match="no prompts"):
        draft_from("x", [])
    with pytest.raises(BatchError, match="larger than 1 MiB"):
        draft_from("x", [{"prompt": "é" * 600_000}])


@pytest.mark.parametrize(
    ("inputs", "asks"),
    [
        ({"prompt": "a {b|c}"}, True),
        ({"prompt": "a fox\nseed=1..8"}, True),
        ({"prompt": "a fox", "seed": "1..8"}, True),
        ({"prompt": "a fox", "style": "{a,b}"}, True),
        ({"prompt": "{a|{b|c}}"}, True),
        ({"prompt": "a fox", "seed": "1..99999999"}, True),
        ({"prompt": "one\ntwo"}, False),
        ({"prompt": 'a {fox} | {"a": 1}', "n": 3}, False),
        ({"prompt": r"\{a|b\}"}, False),
        ({"prompt": "1..8"}, False),
    ],
)
def test_a_prompt_asks_for_a_batch_only_by_a_pattern(inputs, asks):
    """Everything else is sent as it is."""
    assert asks_for_batch(inputs) is asks


def test_bodies_alike_are_told():
    """By what a server could tell apart."""
    draft = draft_from("x", [{"prompt": "a"}, {"prompt": "b"}, {"prompt": " a "}, {"prompt": "a", "n": 1}])
    assert draft.repeated() == {2}
    assert draft.varying() == ("n",)
