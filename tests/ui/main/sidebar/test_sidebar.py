"""The sidebar as it behaves on a screen."""

from collections.abc import Callable
from typing import Any

import pytest

from cordage_tui.ui.main.sidebar import SidebarRow, ViewRow

Row = Callable[..., SidebarRow]
View = Callable[..., ViewRow]


async def test_moving_the_cursor_chooses_at_once(opened: Callable[..., Any], row: Row) -> None:
    """Each step says which webhook is now shown; at an end nothing is said."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset"), row("Video")])
        await driver.press("k")
        assert driver.heard() == []
        await driver.press("j", "down", "k", "g")
        assert driver.heard() == [("chosen", "sunset"), ("chosen", "video"), ("chosen", "sunset"), ("chosen", None)]


async def test_the_cursor_keeps_its_webhook(opened: Callable[..., Any], row: Row) -> None:
    """New rows above do not move it to another webhook, and nothing is chosen anew."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset"), row("Video")])
        await driver.press("j", "j")
        driver.heard()
        await driver.show([row("All"), row("Portrait"), row("Sunset"), row("Video", active=1)])
        assert driver.sidebar.chosen == "video" and driver.heard() == []
        assert [line for line in driver.lines() if line.startswith("▌")] == ["▌ Video           ●1  0"]


async def test_a_webhook_that_is_gone_gives_way_to_the_one_in_its_place(opened: Callable[..., Any], row: Row) -> None:
    """Else to the one before. The other panels are told, since they still show its runs."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset"), row("Portrait"), row("Video")])
        await driver.press("j", "j")
        driver.heard()
        for left, chosen in ((["Sunset", "Video"], "video"), (["Sunset"], "sunset"), ([], None)):
            await driver.show([row("All"), *map(row, left)])
            assert driver.heard() == [("chosen", chosen)] and driver.sidebar.chosen == chosen


async def test_the_last_row_adds(opened: Callable[..., Any], row: Row) -> None:
    """Going there keeps the webhook that is shown; Enter asks for a new one."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset")])
        await driver.press("j", "j")
        assert driver.heard() == [("chosen", "sunset")] and driver.sidebar.chosen == "sunset"
        await driver.press("enter")
        assert driver.heard() == ["add"]
        await driver.show([row("All"), row("Sunset"), row("Video")])
        assert [line for line in driver.lines() if line.startswith("▌")] == ["▌ + add a webhook"]


async def test_enter_opens_what_is_chosen(opened: Callable[..., Any], row: Row) -> None:
    """For all webhooks too."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset")])
        await driver.press("enter", "j", "enter")
        assert driver.heard() == [("opened", None), ("chosen", "sunset"), ("opened", "sunset")]


async def test_webhooks_are_added_renamed_and_removed_by_key(opened: Callable[..., Any], row: Row) -> None:
    """The panel asks; who hears it, decides and confirms."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset")])
        await driver.press("a", "j", "R", "X")
        assert driver.heard() == ["add", ("chosen", "sunset"), ("rename", "sunset"), ("remove", "sunset")]


async def test_all_can_be_neither_renamed_nor_removed(opened: Callable[..., Any], row: Row) -> None:
    """Where a key does nothing it is not offered either."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset")])
        await driver.press("R", "X")
        assert driver.heard() == []
        assert not {"webhooks.rename", "webhooks.remove"} & driver.bindings()
        await driver.press("j")
        assert {"webhooks.rename", "webhooks.remove"} <= driver.bindings()


async def test_no_harmless_looking_key_removes(opened: Callable[..., Any], row: Row) -> None:
    """these are never destructive."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset"), row("Video")])
        await driver.press("j")
        driver.heard()
        await driver.press("backspace", "delete", "d", "ctrl+k", "ctrl+d", "x")
        assert driver.heard() == []


async def test_a_click_chooses_and_adds(opened: Callable[..., Any], row: Row) -> None:
    """On a webhook as if the cursor had moved there, on the last row as if Enter were pressed; the gap does nothing."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset")])
        for y in (2, 3, 4):
            await driver.pilot.click(offset=(5, y))
        await driver.pilot.pause()
        assert driver.heard() == [("chosen", "sunset"), "add"]


async def test_selecting_by_the_owner_says_nothing(opened: Callable[..., Any], row: Row) -> None:
    """A message back to who asked would go in a circle."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset")])
        driver.sidebar.select("sunset")
        driver.sidebar.select("unknown")
        await driver.pilot.pause()
        assert driver.sidebar.chosen == "sunset" and driver.heard() == []


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (6, 4), (14, 5)])
async def test_no_size_is_too_small(opened: Callable[..., Any], row: Row, size: tuple[int, int]) -> None:
    """Rows that do not fit are cut, and keys still work."""
    async with opened(*size) as driver:
        await driver.show([row("All"), row("日本語", active=3), row("Video")])
        await driver.press("j", "G", "k")
        assert driver.sidebar.chosen == "video"


async def test_views_are_chosen_with_the_keys_of_webhooks(opened: Callable[..., Any], row: Row, view: View) -> None:
    """The adding row in between chooses nothing; Enter goes to the runs; a click chooses."""
    async with opened(height=14) as driver:
        await driver.show([row("All"), row("Sunset")], [view("kept", 3), view("mine")])
        await driver.press("j", "j", "j", "j", "enter", "k", "k", "k", "k")
        assert driver.heard() == [
            ("chosen", "sunset"),
            ("view", "kept"),
            ("view", "mine"),
            ("opened", None),
            ("view", "kept"),
            ("chosen", "sunset"),
            ("chosen", None),
        ]
        await driver.press("G")
        assert driver.sidebar.chosen_view == "mine" and driver.sidebar.chosen is None
        await driver.pilot.click(driver.sidebar, offset=(4, 8))
        await driver.pilot.click(driver.sidebar, offset=(4, 7))
        await driver.pilot.click(driver.sidebar, offset=(4, 2))
        await driver.pilot.pause()
        assert driver.heard() == [("view", "mine"), ("view", "kept"), ("chosen", "sunset")]


async def test_the_cursor_keeps_its_view(opened: Callable[..., Any], row: Row, view: View) -> None:
    """Other webhooks and counts do not move it; where it is gone the one in its place is chosen, at last all webhooks."""
    async with opened(height=14) as driver:
        await driver.show([row("All")], [view("kept"), view("mine"), view("last")])
        await driver.press("G", "k")
        driver.heard()
        await driver.show([row("All"), row("Sunset")], [view("new"), view("kept"), view("mine", 4), view("last")])
        assert driver.heard() == [] and driver.sidebar.chosen_view == "mine"
        assert [line for line in driver.lines() if line.startswith("▌")] == ["▌ mine                4"]
        await driver.show([row("All"), row("Sunset")], [view("new"), view("kept"), view("last")])
        assert driver.heard() == [("view", "last")]
        await driver.show([row("All"), row("Sunset")], [view("new")])
        assert driver.heard() == [("view", "new")]
        await driver.show([row("All"), row("Sunset")], [])
        assert driver.heard() == [("chosen", None)] and driver.sidebar.chosen_view is None


async def test_views_are_renamed_and_removed_by_key(opened: Callable[..., Any], row: Row, view: View) -> None:
    """A built-in one keeps its name, and the key that removes says that it hides."""
    async with opened(height=14) as driver:
        await driver.show([row("All")], [view("kept", is_built_in=True), view("mine")])
        await driver.press("j", "j", "R", "X")
        assert driver.heard() == [("view", "kept"), ("remove view", "kept")]
        assert driver.sidebar.key_words("webhooks.remove").title == "hide"
        assert "webhooks.rename" not in driver.bindings()
        await driver.press("j", "R", "X")
        assert driver.heard() == [("view", "mine"), ("rename view", "mine"), ("remove view", "mine")]
        assert driver.sidebar.key_words("webhooks.remove").title == "remove"


async def test_many_webhooks_and_views_are_one_list_that_scrolls(
    opened: Callable[..., Any], row: Row, view: View
) -> None:
    """The last view is one key away, and the line of the cursor is on screen."""
    async with opened(height=20) as driver:
        await driver.show([row("All"), *(row(f"W{n}") for n in range(40))], [view(f"v{n}") for n in range(9)])
        await driver.press("G")
        assert [line for line in driver.lines() if line.startswith("▌")] == ["▌ v8                 0▐"]
        await driver.press("g")
        assert driver.lines()[0].startswith("▌ All")
