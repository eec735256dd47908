"""Behaviour that all our apps have in common."""

from importlib import import_module
from pkgutil import walk_packages

import pytest
from textual.binding import Binding
from textual.containers import Center
from textual.content import Content
from textual.dom import DOMNode
from textual.events import Key
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static, TextArea

import cordage_tui.ui
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.app_base import MAIN_STYLES, SCREEN_STYLES, BaseApp
from cordage_tui.ui.dialogs.base import Cover
from cordage_tui.ui.keys.help import HelpScreen
from cordage_tui.ui.terminal.pauses import TypingPaused
from cordage_tui.ui.textual_patches.screen import PatchedScreen


class Busy(Screen[None]):
    """Screen with a line that changes."""

    def compose(self):
        yield Static(Content("0"))


class Over(Screen[None]):
    """Screen that hides the screen below it."""


class Card(ModalScreen[None]):
    """Dialog that leaves the screen below it visible."""

    def compose(self):
        yield Center()


async def test_a_hidden_screen_draws_nothing_and_one_below_a_dialog_does(monkeypatch):
    """A hidden screen draws nothing, so a page of pictures is not sent again with every tick of the table below it."""
    app = BaseApp()
    async with app.run_test() as pilot:
        below = Busy()
        await app.push_screen(below)
        updates = []
        for over in (Over(), Card()):
            await app.push_screen(over)
            await pilot.pause()
            monkeypatch.setattr(app, "_display", lambda screen, update: updates.append(update))
            below.query_one(Static).update(Content(type(over).__name__))
            await pilot.pause(0.1)
            monkeypatch.undo()
            assert bool(updates) is isinstance(over, Card)
            await app.pop_screen()


async def test_a_screen_that_is_dismissed_closes_itself_and_no_other():
    """A screen dismissed below a dialog closes after the dialog, with its first answer, and nothing else closes
    later."""
    app, answers = BaseApp(), []
    async with app.run_test() as pilot:
        below, over = Cover(SafeText("below")), Cover(SafeText("over"))
        home = app.screen
        await app.push_screen(below, answers.append)
        await app.push_screen(over, answers.append)
        for answer in ("below", "too late"):
            below.dismiss(answer)
            await pilot.pause()
        assert app.screen is over and not answers
        over.dismiss("over")
        over.dismiss("too late")
        await pilot.pause()
        assert app.screen is home and answers == ["over", "below"]
        below.dismiss()
        await pilot.pause()
        assert app.screen is home


class Changing(Screen[None]):
    """Screen that changes its own class and the class of a widget while it opens."""

    CSS = """
    Changing Static { height: 1; }
    Changing.-tall Static { height: 2; }
    Changing Static.-taller { height: 3; }
    """

    def compose(self):
        yield Static(Content("changed with its screen"), id="screen")
        yield Static(Content("changed itself"), id="itself")
        yield Static(Content("never"), id="never", classes="-taller")

    def on_mount(self) -> None:
        self.add_class("-tall")
        self.query_one("#itself").add_class("-taller")


async def test_what_changes_while_a_screen_opens_is_styled_when_it_is_shown_and_later_as_it_changes():
    """Changes made while a screen opens are applied when it is first shown, and later changes are applied at once."""
    app = BaseApp()
    async with app.run_test() as pilot:
        screen = Changing()
        await app.push_screen(screen)
        await pilot.pause()
        assert [static.size.height for static in screen.query(Static)] == [2, 3, 3]
        screen.remove_class("-tall")
        screen.query_one("#never").remove_class("-taller")
        await pilot.pause()
        assert [static.size.height for static in screen.query(Static)] == [1, 3, 1]


class Deferring(BaseApp):
    CSS_PATH = [*MAIN_STYLES]
    FIRST_SCREEN = Busy


async def test_the_first_screen_does_without_the_stylesheets_of_the_others_which_come_with_them():
    """The first screen loads no stylesheet of other screens; the first other screen loads them all, and looks right."""
    app = Deferring()
    async with app.run_test():
        await app.push_screen(Busy())
        assert not any(app.stylesheet.has_source(str(path)) for path in SCREEN_STYLES)
        await app.push_screen(Card())
        assert all(app.stylesheet.has_source(str(path)) for path in SCREEN_STYLES)
        assert app.screen.styles.align == ("center", "middle")


async def test_no_action_runs_on_a_screen_that_is_not_composed_or_no_longer_there():
    """An action of a screen without widgets, or of an app that is closing, does nothing and returns False."""
    app = BaseApp()
    async with app.run_test() as pilot:
        screen = HelpScreen(SafeText("Runs"), (), SafeText(":"))
        mounted = app.push_screen(screen)
        assert await app.run_action("act('text.down')", screen) is False
        await mounted
        assert await app.run_action("act('text.down')", screen) is True
        await pilot.pause()
    assert await app.run_action("act('text.down')", screen) is False


async def test_a_pause_is_reported_after_the_keys_before_it():
    """A pause in typing is reported after all keys that came before it, even if they still wait in queues."""
    app = BaseApp()
    async with app.run_test() as pilot:
        await app.push_screen(Fields())
        entry = app.screen.query_one(Input)
        entry.focus()
        await pilot.pause()
        values: list[str] = []
        for event in (*(Key(letter, letter) for letter in "abc"), TypingPaused(lambda: values.append(entry.value))):
            app.post_message(event)
        for _ in range(9):
            await pilot.pause()
        assert values == ["abc"]


class Fields(Screen[None]):
    """Screen with a text field, a text area, and a bound key with alt."""

    BINDINGS = [Binding("alt+n", "app.bell", "ring")]

    def compose(self):
        yield Input()
        yield TextArea()


@pytest.mark.parametrize("field", [Input, TextArea])
async def test_a_letter_with_alt_is_a_key_where_it_is_bound_and_else_typed(field, monkeypatch):
    """A letter with alt runs its action if it is bound, and is typed otherwise, because some keyboards make letters
    that way."""
    app, rung = BaseApp(), []
    monkeypatch.setattr(app, "bell", lambda: rung.append(1))
    async with app.run_test() as pilot:
        await app.push_screen(Fields())
        app.screen.query_one(field).focus()
        await pilot.pause()
        for letter in "nm":
            app.post_message(Key(f"alt+{letter}", letter))
            await pilot.pause()
            await pilot.pause()
        text = app.screen.query_one(field)
        assert (text.value if isinstance(text, Input) else text.text, rung) == ("m", [1])


class Reporting(BaseApp):
    """App whose crash report shows whether a bug ended it."""

    def __init__(self, first: Screen[None]):
        super().__init__()
        self.first = first

    def on_mount(self):
        self.push_screen(self.first)


class Opening(Screen[None]):
    """Screen that mounts a widget while it opens; the app may be asked to exit before that."""

    def __init__(self, ends: bool):
        super().__init__()
        self.ends = ends

    def on_mount(self):
        if self.ends:
            self.app.exit(0)
        self.mount(Static())
        self.query_one("#missing")


@pytest.mark.parametrize("ends", [True, False])
async def test_a_screen_that_opens_while_the_app_ends_is_no_bug(ends: bool, capsys):
    """A missing widget ends the program as a bug, except if the app was already asked to exit."""
    app = Reporting(Opening(ends))
    await app.run_async(headless=True)
    assert (app.crash.has_happened, app.return_code) == ((False, 0) if ends else (True, 1))


def _classes(of: type):
    for below in of.__subclasses__():
        yield from (below, *_classes(below))


def test_every_screen_closes_itself():
    """Every class of a screen inherits `PatchedScreen`, also those made only of Textual's own classes."""
    for module in walk_packages(cordage_tui.ui.__path__, "cordage_tui.ui."):
        import_module(module.name)
    ours = {screen for screen in _classes(Screen) if screen.__module__.startswith("cordage_tui.")}
    opened = [screen for screen in ours if ours.isdisjoint(screen.__subclasses__())]
    assert len(opened) > 10
    assert [screen.__name__ for screen in opened if not issubclass(screen, PatchedScreen)] == []


def test_mixins_have_nothing_that_textual_reads_from_its_own_classes_only():
    """A mixin that is no widget has no bindings and no `@on`, because Textual would ignore them."""
    for module in walk_packages(cordage_tui.ui.__path__, "cordage_tui.ui."):
        import_module(module.name)
    ours = {base for node in _classes(DOMNode) for base in node.__mro__ if base.__module__.startswith("cordage_tui.")}
    mixins = [cls for cls in ours if not issubclass(cls, DOMNode)]
    assert len(mixins) > 3, "the search finds them"
    for mixin in mixins:
        assert "BINDINGS" not in vars(mixin), mixin
        assert not [name for name, value in vars(mixin).items() if hasattr(value, "_textual_on")], mixin
