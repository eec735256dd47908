"""Which alternatives the bodies of a batch have, and the next batch of its pattern."""

import re

import pytest

from cordage_tui.domain.keepers import JudgedRun
from cordage_tui.domain.outbox import BatchSource
from cordage_tui.domain.run import RowId
from cordage_tui.engine.batch.draft import draft_of
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.engine.batch.pattern import BatchError
from cordage_tui.engine.batch.weights import BatchPattern, thompson_weights

LISTS = {"styles": ("noir", "ink")}


def pattern(prompt: str, lines: bool = False, **inputs: str) -> BatchPattern:
    draft = draft_of({"prompt": prompt, **inputs}, lines=lines, combine=Combine.PRODUCT, lists=LISTS.__getitem__)
    return BatchPattern(draft.source, LISTS.__getitem__)


@pytest.mark.parametrize(
    ("written", "body", "values"),
    [
        ("a {red|blue} fox", {"prompt": "a blue fox"}, {"prompt": "blue"}),
        ("a {red|red-haired} {fox|owl}", {"prompt": "a red-haired owl"}, {"prompt 1": "red-haired", "prompt 2": "owl"}),
        ("{a|ab}{c|bc} x", {"prompt": "abc x"}, {"prompt 1": "a", "prompt 2": "bc"}),
        ("a {3::red|blue} fox", {"prompt": "a red fox"}, {"prompt": "red"}),
        (r"a \{red\|blue\} {fox|owl}", {"prompt": "a {red|blue} owl"}, {"prompt": "owl"}),
        ("a fox, {@styles}", {"prompt": "a fox, ink"}, {"prompt": "ink"}),
        ("a fox\nstyle={noir,ink}\nseed=1..8", {"prompt": "a fox", "style": "ink", "seed": 3}, {"style": "ink", "seed": "3"}),
        ("a {red|blue} fox", {"prompt": "another prompt", "style": "ink"}, {"style": "ink"}),
    ],
)  # fmt: skip
def test_a_body_names_its_alternatives(written: str, body: dict, values: dict) -> None:
    """Of a body that was not made from the pattern its inputs alone are known."""
    assert pattern(written).values(body) == values


def judged(name: str, **kept: tuple[int, int]) -> list[JudgedRun]:
    """Runs by value: so many kept of so many."""
    return [JudgedRun(RowId(n), n < count, {name: value}) for value, (count, of) in kept.items() for n in range(of)]


def test_the_next_batch_is_the_same_pattern_with_weights() -> None:
    """Of about as many bodies; numbers stay as they are, as an alternative they would be text. It is read as any pattern."""
    written = pattern("a {red|blue} fox\nstyle={noir,ink}\nseed=1..8")
    runs = [JudgedRun(RowId(n), n % 2 == 0, {"prompt": ("red", "blue")[n % 2], "style": "ink"}) for n in range(32)]
    inputs = written.weighed(runs, 32, seed=7)
    found = re.fullmatch(
        r"a \{(\d+)::red\|(\d+)::blue\} fox\nstyle=\{\d+::noir\|\d+::ink\}\nseed=1..8\ntimes=4\ntake=all@7",
        inputs["prompt"],
    )
    assert found is not None and int(found[1]) > 50 > int(found[2])
    draft = draft_of(inputs, lines=False, combine=Combine.PRODUCT)
    assert len(draft.bodies) == 32 and {body["seed"] for body in draft.bodies} == {*range(1, 9)}
    assert sum(body["prompt"] == "a red fox" for body in draft.bodies) > 20
    assert BatchPattern(draft.source, LISTS.__getitem__).names == {"prompt", "style"}  # and so on, round by round


def test_fields_have_weights_as_well() -> None:
    written = pattern("a fox", style="{noir|ink}")
    inputs = written.weighed(judged("style", noir=(8, 8), ink=(0, 8)), 16, seed=1)
    assert re.fullmatch(r"\{\d+::noir\|\d+::ink\}", inputs["style"])
    assert inputs["prompt"] == "a fox\ntimes=16\ntake=all@1"


def test_lines_stay_prompts_of_their_own() -> None:
    written = pattern("a fox\nan owl\nstyle={noir,ink}", lines=True)
    inputs = written.weighed(judged("style", noir=(3, 4), ink=(0, 4)), 8, seed=1)
    assert written.is_lines and inputs["prompt"].startswith("a fox\nan owl\nstyle={")
    assert len(draft_of(inputs, lines=True, combine=Combine.PRODUCT).bodies) == 8


def test_a_pattern_without_alternatives_has_no_next_batch() -> None:
    with pytest.raises(BatchError):
        BatchPattern(BatchSource("a fox", {"prompt": "a fox\nseed=1..8"}), LISTS.__getitem__).weighed([], 8, 1)


def test_weights_follow_what_was_kept() -> None:
    """What nobody has judged is still tried, and nothing is left out altogether; the same seed weighs alike."""
    runs = judged("style", noir=(18, 20), ink=(2, 20))
    weights = thompson_weights(("noir", "ink", "oil"), "style", runs, 7)
    assert weights == thompson_weights(("noir", "ink", "oil"), "style", runs, 7)
    assert weights != thompson_weights(("noir", "ink", "oil"), "style", runs, 8)
    assert weights["noir"] > weights["oil"] > weights["ink"] >= 1
    even = thompson_weights(("noir", "ink"), "style", [], 7)
    assert 35 <= even["noir"] <= 65 and sum(even.values()) == 100
