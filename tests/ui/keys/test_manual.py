"""The manual in the app: from the help of a panel to the topics, and to a page."""

import asyncio
from collections.abc import Callable

import pytest
from textual.app import App
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from cordage_tui.domain.manual import TOPICS, lay_out, page, title
from cordage_tui.ui.keys.help import HelpScreen
from cordage_tui.ui.keys.manual import ManualMenu, ManualPage, _drawn, matches

PAUSE_S = 0.04
"""A person's: keys that come faster belong to a paste."""


async def test_the_help_of_a_panel_leads_to_the_topics_and_back(keyed: Callable[[], App[int]]) -> None:
    """Each topic has a key; closing a page leads to the topics, and closing these leads to the help."""
    app = keyed()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark", "t")
        assert isinstance(app.screen, ManualMenu)
        buttons = [button.label.plain for button in app.screen.query(Button)]  # type: ignore[union-attr]
        assert len({label.split()[0] for label in buttons}) == len(TOPICS)
        assert [label.split()[1] for label in buttons] == [*TOPICS]
        for topic in ("filter", "configuration"):
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


def test_words_are_found_whatever_their_case_and_over_the_end_of_a_line() -> None:
    """The search ignores case and line ends between words, and reads brackets as text."""
    text = "An API key.\n  The api\n  key [x] is kept."
    assert [text[start:end] for start, end in matches(text, " api key")] == ["API key", "api\n  key"]
    assert matches(text, "[x]") == [(28, 31)] and matches(text, "apikey") == [] and not matches(text, "  ")


async def test_a_page_is_searched_as_in_less(keyed: Callable[[], App[int]]) -> None:
    """`/` marks matches while typing, `n` and `N` move through them, and escape ends the search, then the page."""
    app = keyed()
    async with app.run_test(size=(80, 24)) as pilot:
        manual_page = ManualPage("hooks")
        await app.push_screen(manual_page)
        await pilot.pause()
        card, over = manual_page.query_one(VerticalScroll), manual_page.query_one("#match", Static)
        text = manual_page.query_one("#page", Static).content.plain.split("\n")  # type: ignore[union-attr]

        async def marked(*keys: str) -> tuple[int, str]:
            """The line of the match that is marked, which is in sight, and what the border says of it."""
            await pilot.press(*keys)
            await pilot.pause()
            content, at = over.content, over.styles.offset.y.cells
            assert isinstance(content, Content) and content.plain == "\n".join(
                text[at : at + content.plain.count("\n") + 1]
            )
            (span,) = (span for span in content.spans if span.style == "reverse")
            assert content.plain[span.start : span.end].lower() == "runs"
            assert card.scroll_y <= at < card.scroll_y + card.size.height
            return at, str(card.border_subtitle)

        lines = [at for at, line in enumerate(text) for _ in range(line.lower().count("runs"))]
        count = len(lines)
        assert await marked("slash", *"runs") == (lines[0], f"1 of {count} · enter done · esc cancel")
        assert (await marked("enter", "n"))[0] == lines[1] and (await marked("N", "N"))[0] == lines[-1]
        assert str(card.border_subtitle) == f"{count} of {count} · n next · N previous · / search · esc back"
        assert (await marked("n"))[0] == lines[0]
        await pilot.press("g", "pagedown")
        began = card.scroll_y
        assert (await marked("slash", *"runs"))[0] == next(line for line in lines if line >= began)
        await pilot.press(*"zzz")
        await pilot.pause()
        assert "not found" in str(card.border_subtitle) and not over.display
        await pilot.press("escape")
        await pilot.pause()
        assert (
            app.screen is manual_page and card.scroll_y == began and str(card.border_subtitle) == "/ search · esc back"
        )
        await pilot.press("n", "escape")
        assert app.screen is not manual_page


async def test_the_keys_of_help_and_manual_are_the_users(keyed: Callable[[], App[int]]) -> None:
    """Remapped keys of help and manual work, the old ones do not, and the borders name the new ones."""
    app = keyed()
    app.set_keymap({"help.topics": "ctrl+t", "help.search": "f7", "manual.search": "f7", "manual.close": "x"})
    async with app.run_test(size=(80, 24)) as pilot:

        def border() -> str:
            return str(app.screen.query_one(VerticalScroll).border_subtitle)

        await pilot.press("question_mark", "t", "slash")
        assert border() == "f7 search · ctrl+t topics · esc close"
        await pilot.press("f7")
        assert border() == "esc all keys"
        await pilot.press("escape", "ctrl+t")
        assert isinstance(app.screen, ManualMenu)
        await pilot.press("ctrl+t")
        assert isinstance(app.screen, HelpScreen)
        await app.push_screen(ManualPage("hooks"))
        await pilot.press("slash", "escape")
        assert isinstance(app.screen, ManualPage) and border() == "f7 search · x back"
        await pilot.press("f7", "r", "enter", "x")
        assert isinstance(app.screen, HelpScreen)


@pytest.mark.parametrize("topic", TOPICS)
def test_markup_in_a_page_is_text(topic: str) -> None:
    """A page is drawn with its brackets as text."""
    for line in lay_out(page(topic), 90):
        assert _drawn(line).plain == "".join(span.text for span in line)
