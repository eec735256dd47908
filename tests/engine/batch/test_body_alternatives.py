"""Which alternatives of its pattern each body of a batch has."""

import pytest

from cordage_tui.engine.batch.body_alternatives import BatchPattern
from cordage_tui.engine.batch.draft import draft_of
from cordage_tui.engine.batch.expand import Combine

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
        ("{red|blue,green}", {"prompt": "blue,green"}, {"prompt": "blue,green"}),
        ("a {red|blue} fox", {"prompt": "another prompt", "style": "ink"}, {"style": "ink"}),
    ],
)  # fmt: skip
def test_a_body_names_its_alternatives(written: str, body: dict, values: dict) -> None:
    """Of a body that was not made from the pattern its inputs alone are known."""
    assert pattern(written).values(body) == values


def test_lines_that_are_prompts_of_their_own_name_no_alternatives() -> None:
    """Other inputs of such a batch name theirs."""
    written = pattern("a fox\nan owl", lines=True, style="{noir|ink} print")
    assert written.values({"prompt": "an owl", "style": "ink print"}) == {"style": "ink"}
