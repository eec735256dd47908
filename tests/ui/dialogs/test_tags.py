"""The dialog for tags: its changes and its completions."""

from collections.abc import Callable
from typing import Any

import pytest

from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.tag import TagChange
from cordage_tui.ui.dialogs.tags import TagsDialog, TagTarget


def tags(*names: str) -> frozenset[SafeText]:
    """Return the tags as a set."""
    return frozenset(map(SafeText, names))


@pytest.fixture
def target() -> TagTarget:
    """Return two runs that both have `sea`, one of which is a `draft`."""
    known = {SafeText(tag): n for tag, n in (("poster", 9), ("portrait", 4), ("sea", 2), ("draft", 1))}
    rows = (RowId(1), RowId(2))
    return TagTarget.of(rows, {rows[0]: tags("sea", "draft"), rows[1]: tags("sea")}, known)


def test_the_text_lists_the_tags_that_all_runs_get(target: TagTarget) -> None:
    """The text lists the tags that all runs get; a tag that only some have stays unless it is removed."""
    assert not target.change("sea")
    assert target.change("Sea fog") == TagChange(tags("fog"))
    assert target.change("") == TagChange(removed=tags("sea"))
    assert target.change("draft -sea") == TagChange(tags("draft"), tags("sea"))
    assert target.change("sea -draft -other") == TagChange(removed=tags("draft"))
    assert TagTarget.of((RowId(3),), {}, {}).change("a") == TagChange(tags("a"))


def test_known_tags_are_offered_the_most_frequent_first(target: TagTarget) -> None:
    """Known tags are offered by frequency, without those that are already typed."""
    assert target.offered("sea ") == ["poster", "portrait", "draft"]
    assert target.offered("sea PO") == target.offered("+po") == ["poster", "portrait"]
    assert target.offered("poster") == [] and target.offered("sea -") == ["draft"]


async def test_tab_completes_and_enter_answers(ask: Callable[..., Any], target: TagTarget) -> None:
    """Tab completes a tag, Enter returns the change, and an invalid tag is refused with the rule."""
    async with ask(TagsDialog(target)) as (pilot, answers):
        await pilot.press(*"port", "tab", *"a,b", "enter")
        assert answers == []
        await pilot.press(*["backspace"] * 2, "enter")
        assert answers == [TagChange(tags("portrait", "a"))]
