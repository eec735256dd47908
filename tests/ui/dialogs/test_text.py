"""Dialogs with a text."""

from textual.containers import VerticalScroll
from textual.content import Content

from cordage_tui.domain.safe_text import SafeText, safe
from cordage_tui.ui.dialogs.base import ConfirmDialog, TextDialog
from cordage_tui.ui.widgets.text import literal


async def test_a_long_text_is_scrolled_by_the_usual_keys(ask) -> None:
    """j, k and page keys scroll the text, escape closes it, and hostile text is inert."""
    text = literal(safe("[/b] line \x1b[31m\n" * 60))
    async with ask(TextDialog(SafeText("About [b]"), text), (40, 12)) as (pilot, answers):
        card = pilot.app.screen.query_one(VerticalScroll)
        await pilot.press("j", "j", "k")
        assert card.scroll_y == 1
        await pilot.press("pagedown")
        assert card.scroll_y == 1 + card.size.height // 2
        await pilot.press("escape")
        await pilot.pause()
        assert answers == [None]


async def test_a_question_takes_its_own_words(ask) -> None:
    """The caller sets the label of yes, and `y` answers yes."""
    dialog = ConfirmDialog(SafeText("Remove?"), [Content("Its history stays.")], SafeText("Remove"))
    async with ask(dialog) as (pilot, answers):
        assert "Remove" in str(pilot.app.screen.query_one("#yes").label)
        await pilot.press("y")
        await pilot.pause()
        assert answers == [True]
