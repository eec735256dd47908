"""What all our apps have in common."""

from textual.containers import Center
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.app_base import BaseApp, SequentialKeys
from cordage_tui.ui.keys.help import HelpScreen


class Busy(Screen[None]):
    """Has a line that changes."""

    def compose(self):
        yield Static(Content("0"))


class Over(Screen[None]):
    """Hides what is below."""


class Card(ModalScreen[None]):
    """Lets it shine through."""

    def compose(self):
        yield Center()


async def test_what_a_screen_hides_draws_nothing_and_what_shines_through_does(monkeypatch):
    """Else a page of pictures would be sent again with every tick of the run table below it."""
    app = BaseApp()
    async with app.run_test() as pilot:
        below = Busy()
        await app.push_screen(below)
        drawn = []
        for over in (Over(), Card()):
            await app.push_screen(over)
            await pilot.pause()
            monkeypatch.setattr(app, "_display", lambda screen, update: drawn.append(update))
            below.query_one(Static).update(Content(type(over).__name__))
            await pilot.pause(0.1)
            monkeypatch.undo()
            assert bool(drawn) is isinstance(over, Card)
            await app.pop_screen()


class Typed(BaseApp, SequentialKeys):
    """Keys one after the other, as the program has them."""


async def test_no_action_runs_on_a_screen_that_is_not_composed_or_no_longer_there():
    """On a busy machine a key can get to a help screen that has no widgets yet, or to one of an app that is closing."""
    app = Typed()
    async with app.run_test() as pilot:
        screen = HelpScreen(SafeText("Runs"), ())
        mounted = app.push_screen(screen)
        assert await app.run_action("scroll(1)", screen) is False
        await mounted
        assert await app.run_action("scroll(1)", screen) is True
        await pilot.pause()
    assert await app.run_action("scroll(1)", screen) is False
