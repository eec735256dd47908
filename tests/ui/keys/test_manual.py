"""Manual in the app: from the help of a panel to the topics, and to a page."""

import asyncio
from collections.abc import Callable

import pytest
from textual.app import App
from textual.containers import VerticalScroll
from textual.widgets import Button, Static

from cordage_tui.domain.manual import TOPICS, lay_out, page, title
from cordage_tui.ui.keys.help import HelpScreen
from cordage_tui.ui.keys.manual import ManualMenu, ManualPage, _drawn

PAUSE_S = 0.04
"""A person's: keys that come faster belong to a paste."""


async def test_the_help_of_a_panel_leads_to_the_topics_and_back(keyed: Callable[[], App[int]]) -> None:
    """Each has a key; leaving a page leads to the menu, leaving the menu to the keys."""
    app = keyed()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark", "t")
        assert isinstance(app.screen, ManualMenu)
        buttons = [button.label.plain for button in app.screen.query(Button)]  # type: ignore[union-attr]
        assert len({label.split()[0] for label in buttons}) == len(TOPICS)
        assert [label.split()[1] for label in buttons] == [*TOPICS]
        for topic in ("filter", "library-traps"):
            key = buttons[TOPICS.index(topic)].split()[0]
            await asyncio.sleep(PAUSE_S)
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(app.screen, ManualPage)
            card = app.screen.query_one(VerticalScroll)
            assert card.border_title == title(page(topic))
            assert app.screen.query_one("#page", Static).content.plain.count("\n") > 50  # type: ignore[union-attr]
            await pilot.press("G")
            await pilot.pause()
            assert card.scroll_y == card.max_scroll_y > 0
            await pilot.press("escape")
            assert isinstance(app.screen, ManualMenu)
        await asyncio.sleep(PAUSE_S)
        await pilot.press("t")
        assert isinstance(app.screen, HelpScreen)


@pytest.mark.parametrize("topic", TOPICS)
def test_markup_in_a_page_is_text(topic: str) -> None:
    """What the page says is what is drawn, brackets and all."""
    for line in lay_out(page(topic), 90):
        assert _drawn(line).plain == "".join(span.text for span in line)
