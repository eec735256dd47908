"""The behaviour of the sidebar on a screen."""

from collections.abc import Callable
from typing import Any

import pytest

from cordage_tui.ui.main.sidebar import SidebarRow, ViewRow

Row = Callable[..., SidebarRow]
View = Callable[..., ViewRow]


async def test_moving_the_cursor_chooses_at_once(opened: Callable[..., Any], row: Row) -> None:
    """Each step of the cursor sends the chosen webhook, and a step at an end sends nothing."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset"), row("Video")])
        await driver.press("k")
        assert driver.messages_received() == []
        await driver.press("j", "down", "k", "g")
        assert driver.messages_received() == [
            ("chosen", "sunset"),
            ("chosen", "video"),
            ("chosen", "sunset"),
            ("chosen", None),
        ]


async def test_the_cursor_keeps_its_webhook(opened: Callable[..., Any], row: Row) -> None:
    """New rows above do not move the cursor to another webhook, and send no message."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset"), row("Video")])
        await driver.press("j", "j")
        driver.messages_received()
        await driver.show([row("All"), row("Portrait"), row("Sunset"), row("Video", active=1)])
        assert driver.sidebar.chosen == "video" and driver.messages_received() == []
        assert [line for line in driver.lines() if line.startswith("▌")] == ["▌ Video           ●1  0"]


async def test_a_webhook_that_is_gone_gives_way_to_the_one_in_its_place(opened: Callable[..., Any], row: Row) -> None:
    """When the chosen webhook is removed, the next one is chosen and reported, or else the one before."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset"), row("Portrait"), row("Video")])
        await driver.press("j", "j")
        driver.messages_received()
        for left, chosen in ((["Sunset", "Video"], "video"), (["Sunset"], "sunset"), ([], None)):
            await driver.show([row("All"), *map(row, left)])
            assert driver.messages_received() == [("chosen", chosen)] and driver.sidebar.chosen == chosen


async def test_the_last_row_adds(opened: Callable[..., Any], row: Row) -> None:
    """The last row keeps the chosen webhook, and Enter on it asks for a new one."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset")])
        await driver.press("j", "j")
        assert driver.messages_received() == [("chosen", "sunset")] and driver.sidebar.chosen == "sunset"
        await driver.press("enter")
        assert driver.messages_received() == ["add"]
        await driver.show([row("All"), row("Sunset"), row("Video")])
        assert [line for line in driver.lines() if line.startswith("▌")] == ["▌ + add a webhook"]


async def test_enter_opens_what_is_chosen(opened: Callable[..., Any], row: Row) -> None:
    """Enter opens the chosen webhook, or all webhooks."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset")])
        await driver.press("enter", "j", "enter")
        assert driver.messages_received() == [("opened", None), ("chosen", "sunset"), ("opened", "sunset")]


async def test_webhooks_are_added_renamed_and_removed_by_key(opened: Callable[..., Any], row: Row) -> None:
    """Keys send requests to add, rename and remove, and the owner decides."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset")])
        await driver.press("a", "j", "R", "X")
        assert driver.messages_received() == ["add", ("chosen", "sunset"), ("rename", "sunset"), ("remove", "sunset")]


async def test_all_can_be_neither_renamed_nor_removed(opened: Callable[..., Any], row: Row) -> None:
    """On `All` the keys for renaming and removing do nothing and are not offered."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset")])
        await driver.press("R", "X")
        assert driver.messages_received() == []
        assert not {"webhooks.rename", "webhooks.remove"} & driver.bindings()
        await driver.press("j")
        assert {"webhooks.rename", "webhooks.remove"} <= driver.bindings()


async def test_no_harmless_looking_key_removes(opened: Callable[..., Any], row: Row) -> None:
    """No usual editing key removes a webhook."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset"), row("Video")])
        await driver.press("j")
        driver.messages_received()
        await driver.press("backspace", "delete", "d", "ctrl+k", "ctrl+d", "x")
        assert driver.messages_received() == []


async def test_a_click_chooses_and_adds(opened: Callable[..., Any], row: Row) -> None:
    """A click on a webhook chooses it, on the last row adds, and on the gap does nothing."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset")])
        for y in (2, 3, 4):
            await driver.pilot.click(offset=(5, y))
        await driver.pilot.pause()
        assert driver.messages_received() == [("chosen", "sunset"), "add"]


async def test_selecting_by_the_owner_says_nothing(opened: Callable[..., Any], row: Row) -> None:
    """A selection by the owner sends no message, which would go in a circle."""
    async with opened() as driver:
        await driver.show([row("All"), row("Sunset")])
        driver.sidebar.select("sunset")
        driver.sidebar.select("unknown")
        await driver.pilot.pause()
        assert driver.sidebar.chosen == "sunset" and driver.messages_received() == []


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (6, 4), (14, 5)])
async def test_no_size_is_too_small(opened: Callable[..., Any], row: Row, size: tuple[int, int]) -> None:
    """At any size rows are cut and keys work."""
    async with opened(*size) as driver:
        await driver.show([row("All"), row("日本語", active=3), row("Video")])
        await driver.press("j", "G", "k")
        assert driver.sidebar.chosen == "video"


async def test_views_are_chosen_with_the_keys_of_webhooks(opened: Callable[..., Any], row: Row, view: View) -> None:
    """Views are chosen with the same keys and clicks as webhooks, and the row that adds chooses nothing."""
    async with opened(height=14) as driver:
        await driver.show([row("All"), row("Sunset")], [view("kept", 3), view("mine")])
        await driver.press("j", "j", "j", "j", "enter", "k", "k", "k", "k")
        assert driver.messages_received() == [
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
        assert driver.messages_received() == [("view", "mine"), ("view", "kept"), ("chosen", "sunset")]


async def test_the_cursor_keeps_its_view(opened: Callable[..., Any], row: Row, view: View) -> None:
    """The cursor stays on its view through changes, and moves to the next choice if the view is removed."""
    async with opened(height=14) as driver:
        await driver.show([row("All")], [view("kept"), view("mine"), view("last")])
        await driver.press("G", "k")
        driver.messages_received()
        await driver.show([row("All"), row("Sunset")], [view("new"), view("kept"), view("mine", 4), view("last")])
        assert driver.messages_received() == [] and driver.sidebar.chosen_view == "mine"
        assert [line for line in driver.lines() if line.startswith("▌")] == ["▌ mine                4"]
        await driver.show([row("All"), row("Sunset")], [view("new"), view("kept"), view("last")])
        assert driver.messages_received() == [("view", "last")]
        await driver.show([row("All"), row("Sunset")], [view("new")])
        assert driver.messages_received() == [("view", "new")]
        await driver.show([row("All"), row("Sunset")], [])
        assert driver.messages_received() == [("chosen", None)] and driver.sidebar.chosen_view is None


async def test_views_are_renamed_and_removed_by_key(opened: Callable[..., Any], row: Row, view: View) -> None:
    """A view of the user is renamed and removed by key; a built-in one can only be hidden."""
    async with opened(height=14) as driver:
        await driver.show([row("All")], [view("kept", is_built_in=True), view("mine")])
        await driver.press("j", "j", "R", "X")
        assert driver.messages_received() == [("view", "kept"), ("remove view", "kept")]
        assert driver.sidebar.label_of("webhooks.remove").title == "hide"
        assert "webhooks.rename" not in driver.bindings()
        await driver.press("j", "R", "X")
        assert driver.messages_received() == [("view", "mine"), ("rename view", "mine"), ("remove view", "mine")]
        assert driver.sidebar.label_of("webhooks.remove").title == "remove"


async def test_many_webhooks_and_views_are_one_list_that_scrolls(
    opened: Callable[..., Any], row: Row, view: View
) -> None:
    """Webhooks and views scroll as one list, and the line of the cursor is visible."""
    async with opened(height=20) as driver:
        await driver.show([row("All"), *(row(f"W{n}") for n in range(40))], [view(f"v{n}") for n in range(9)])
        await driver.press("G")
        assert [line for line in driver.lines() if line.startswith("▌")] == ["▌ v8                 0▐"]
        await driver.press("g")
        assert driver.lines()[0].startswith("▌ All")
