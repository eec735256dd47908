"""Text that looks like a pattern is not sent as it is without a word."""

import pytest

from cordage_tui.engine.batch.draft import draft_from, draft_of
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.engine.batch.pattern import BatchError
from cordage_tui.engine.batch.random_inputs import NOTHING_RANDOM
from cordage_tui.engine.batch.run_again import EarlierRun, draft_again
from cordage_tui.engine.batch.unexpanded import asks_about, find_unexpanded


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a {2$$red|blue} fox", "{2$$red|blue}"),
        ("a {1-3$$ and $$red|blue} fox", "{1-3$$ and $$red|blue}"),
        ("a {$$red|blue} fox", "{$$red|blue}"),
        ("a fox, __styles__", "__styles__"),
        ("a fox, __~art/styles__ x", "__~art/styles__"),
        ("__season(time=winter)__", "__season(time=winter)__"),
        ("a ${animal=fox} runs", "${animal=fox}"),
        ("a ${animal} runs", "${animal}"),
    ],
)
def test_a_pattern_of_another_program_is_found(text, part):
    """As dynamic prompts are written; also where patterns of this program are expanded."""
    found = find_unexpanded([{"prompt": text}], own=False)
    assert found is not None and (found.name, found.part, found.is_own) == ("prompt", part, False)
    assert asks_about({"prompt": text})


@pytest.mark.parametrize("part", ["{1..30}", "{-2..8..2}", "{a..e}", "{noir,ink}", "{a,b-c,d}"])
def test_a_list_of_values_in_a_prompt_is_found(part):
    """Only a field expands a list or a range of values; in a prompt it would be paid for as text."""
    found = find_unexpanded([{"prompt": f"a {part} fox"}], own=False)
    assert found is not None and (found.name, found.part, found.is_own) == ("prompt", part, False)
    assert asks_about({"prompt": f"a {part} fox"})
    assert not asks_about({"prompt": f"a fox\nstyle={part}"})
    assert not asks_about({"prompt": "a fox", "style": part})


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("prompt", "a {red|blue} fox", "{red|blue}"),
        ("prompt", "a {@styles} fox", "{@styles}"),
        ("prompt", "a {~a|b} fox", "{~a|b}"),
        ("prompt", "a fox\nseed=1..8", "seed=1..8"),
        ("prompt", "a fox\ntimes=8", "times=8"),
        ("prompt", "a fox\ntake=2@7\n", "take=2@7"),
        ("prompt", "a {a|{b|c}} fox", "{a|{b|c}} fox"),
        ("prompt", r"a \{red\} fox", r"\{red\} fox"),
        ("style", "{noir,ink}", "{noir,ink}"),
        ("seed", "1..8", "1..8"),
        ("style", "{noir|ink}", "{noir|ink}"),
    ],
)
def test_a_pattern_of_this_program_is_found_where_nothing_expands_it(name, text, part):
    """In each way that the page of batches has."""
    found = find_unexpanded([{name: text}])
    assert found is not None and (found.name, found.part, found.is_own) == (name, part, True)
    assert find_unexpanded([{name: text}], own=False) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"b": 1}}',
        "{fox} | owl",
        "one\ntwo",
        "1..8",
        "a fox = an animal",
        "snake__case and __init and init__",
        "costs $5 {or less}",
        "[red|blue] (fox:1.2) <lora:x:1>",
        "{a, b} is a set, {...} is more",
        "a_b__c_d__e",
        "https://x.example/__thumb__/{a|b}.png",
        "____",
        "",
    ],
)
def test_other_text_is_not_asked_about(text):
    """Braces, dollars and underscores may be text."""
    assert find_unexpanded([{"prompt": text}]) is None
    assert not asks_about({"prompt": text})


def test_bodies_are_counted_in_the_sentence():
    """The first one is quoted, the others are counted."""
    found = find_unexpanded([{"prompt": "x"}, {"prompt": "__a__"}, {"style": "{a|b}"}, {"prompt": "__b__"}])
    assert str(found) == (
        "The prompt has '__a__', a pattern of another program: it would be sent as it is. 2 more have such text."
    )
    one = find_unexpanded([{"style": "{a|b}"}])
    assert str(one) == "The input style has '{a|b}', a pattern that is not expanded: it would be sent as it is."


def test_each_way_to_a_batch_says_what_it_leaves():
    """Bodies that exist already, runs that are run again, and what patterns leave of others and of word lists."""
    assert draft_from("x", [{"prompt": "{a|b}"}]).unexpanded
    run = EarlierRun(1, "wh", {"prompt": "a __style__"}, {}, frozenset())
    assert draft_again([run], NOTHING_RANDOM).unexpanded

    def drafted(text, lists=lambda name: ("plain",)):
        return draft_of({"prompt": text}, lines=False, combine=Combine.PRODUCT, lists=lists)

    assert drafted("a {red|blue} fox").unexpanded is None
    assert drafted(r"a {red|blue} \{fox|owl\}").unexpanded is None
    assert drafted("a {red|blue} __fox__").unexpanded
    assert drafted("a {2$$red|blue}").unexpanded
    assert drafted("a {@x}").unexpanded is None
    assert drafted("a {@x}", lambda name: ("{red|blue}",)).unexpanded
    assert drafted("a {@x}", lambda name: ("__red__",)).unexpanded


@pytest.mark.parametrize("text", ["bad \udcff byte", "half \ud83d", "zero \0 byte"])
def test_text_that_is_no_text_is_refused(text):
    """A server would take question marks for it, and be paid for them."""
    for body in ({"prompt": text}, {"prompt": "x", "mask": [{"a": text}]}, {text: "x"}):
        with pytest.raises(BatchError, match="Prompt 2 has"):
            draft_from("x", [{"prompt": "a fox"}, body])
    assert draft_from("x", [{"prompt": "a \\u0000 fox \\\\u0000"}])
