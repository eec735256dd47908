"""Base of the app: key order, crash report, toasts, themes."""

import sys
from collections import deque
from collections.abc import Iterable, Mapping
from operator import attrgetter
from pathlib import Path
from time import monotonic
from typing import Any, Final, Literal

from rich.text import Text
from textual.actions import ActionParseResult
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.dom import DOMNode
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.reactive import Initialize, Reactive
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme
from textual.widget import Widget

from cordage_tui.domain.bug_report import ADVICE, traceback_text
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.keys.advice import with_key
from cordage_tui.ui.keys.bindings import ActionScope, bindings
from cordage_tui.ui.prompt.text_area import LimitedTextArea, editable
from cordage_tui.ui.theme import OWN, derive_variables

# Keys take effect one after the other, however fast they come.
#
# Textual gives every key to the widget that has the focus when the key is read, but acts on a key's binding only after
# it has bubbled up to the app. When several keys arrive at once (typing ahead over a slow line, a paste without
# brackets), the second would go where the focus was before the first one moved it: the text after `t` would be commands
# to the table.

PATIENCE_S: Final = 0.25
"""Seconds after which a key is taken for done though nothing was heard of it: its widget has gone."""


class SequentialKeys(App[int]):
    """Holds a key back until what the one before it did is done. A message goes the key's own way behind it to tell."""

    class KeyDone(Message):
        """Every widget on the way has had the key before this message, and so has the app."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """As the next class in line has it."""
        super().__init__(*arguments, **named)
        self._ahead: deque[Key | Paste] = deque()
        self.keys_heard = 0
        """How many keys and pastes have come: what is found out later than the key that asked for it sees whether the user
        has gone on meanwhile."""
        self._given_at: float | None = None
        """When the key was given that is not done yet, monotonic seconds; None: all are done."""

    async def on_event(self, event: Event) -> None:
        """Textual's own, for a key when its turn has come. What is pasted is made inert: Textual's fields would pass an escape
        sequence in it on to the terminal."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self.keys_heard += 1
        if isinstance(event, Paste) and not isinstance(self.focused, LimitedTextArea):  # that one does it by itself
            event.text = editable(event.text)
        self._ahead.append(event)
        if self._given_at is None or monotonic() - self._given_at > PATIENCE_S:
            await self._give_next()

    def on_sequential_keys_key_done(self) -> None:
        """A change of focus that the key asked for is waiting before us in the queue."""
        self.call_later(self._give_next)

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action, unless its screen is not composed yet or the app is closing: then the widgets it needs do not exist.

        A key can get there when its predecessor opened a screen and took longer than `PATIENCE_S`.
        """
        node = default_namespace
        if isinstance(node, Widget) and not (node.is_attached and node.screen.is_mounted):
            return False
        return await super().run_action(action, default_namespace, namespaces)

    async def _give_next(self) -> None:
        self._given_at = monotonic() if self._ahead else None
        if self._ahead:
            await super().on_event(self._ahead.popleft())
            target = self.focused or self.screen
            if not target.post_message(self.KeyDone()):
                self.on_sequential_keys_key_done()


# The end of the app by a bug of ours: told without the values of variables, because a key may be among them.


class CrashReportMixin(App[int]):
    """Replaces Textual's crash screen, which prints local variables (docs/library-traps.md T11)."""

    crashed: bool = False
    """Whether a bug has ended the app."""

    def _fatal_error(self) -> None:
        """Called by Textual inside an `except`."""
        self.crashed = True
        error = sys.exception()
        if not self._exit_renderables:  # Textual prints the first only, and of several it says so in its own words
            self._exit_renderables.append(Text(f"{traceback_text(error)}\n{ADVICE}" if error else ADVICE))
        self._close_messages_no_wait()


# A word to the user in the corner. Textual reads markup in a toast unless told not to.

SECONDS = 5.0
ERROR_SECONDS = 10.0


class DeduplicatingToasts(App[int]):
    """An app that does not tell of a trouble again while its toast can still be read: a disk in the way fails every draft."""

    _until: tuple[str, float] = ("", 0.0)
    """What was told last, and until when it stands there, monotonic seconds."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Literal["information", "warning", "error"] = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        now = monotonic()
        if severity == "error":
            told, until = self._until
            if told == message and now < until:
                return
            self._until = (message, now + (timeout or ERROR_SECONDS))
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)


def toast(app: App[int], words: SafeText, *, error: bool = False) -> None:
    """Shows `words`, literally; what went wrong stays longer."""
    seconds = ERROR_SECONDS if error else SECONDS
    app.notify(with_key(words, app.screen), severity="error" if error else "information", timeout=seconds, markup=False)


# The base of every app of ours, in tests too: themes, stylesheet and theme variables, and the keys that work
# everywhere.

STYLE = Path(__file__).parent / "style"
_THEMES: Final = {**BUILTIN_THEMES, **{theme.name: theme for theme in OWN}}


class BaseApp(App[int], inherit_bindings=False):
    """An app that wears our stylesheet and knows our themes, our help and our palette."""

    CSS_PATH = sorted(STYLE.glob("*.tcss"))
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [*bindings(ActionScope.EVERYWHERE), Binding("ctrl+c", "help_quit", show=False, system=True)]

    theme: Reactive[str] = Reactive(Initialize(attrgetter("_first_theme")))
    """Begins as the theme asked for: setting it later would have every stylesheet parsed twice before the first frame."""

    def __init__(self, theme: str | None = None) -> None:
        """`theme` by its name; one that is not there is no reason to stop."""
        self._first_theme = theme if theme in _THEMES else OWN[0].name
        super().__init__()

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Textual's and ours."""
        return {**_THEMES}

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """Those that shine through the top one. Textual counts the screen below also where it is hidden, and then draws all of
        the top one again, pictures and all, for whatever changes below."""
        stack = self.screen_stack
        hides = bool(stack) and stack[-1].styles.background.a == 1
        return [] if hides else super()._background_screens

    def get_css_variables(self) -> dict[str, str]:
        """Textual's variables and ours; a theme that does not name ours lends its own colours (`themes.lent`)."""
        variables = super().get_css_variables()
        return variables | derive_variables(self.current_theme, variables)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers besides actions: nothing here; an app adds its own."""
        return ()

    def action_help(self) -> None:
        from cordage_tui.ui.keys.footer import hints
        from cordage_tui.ui.keys.help import HelpScreen, panel_title

        self.push_screen(HelpScreen(panel_title(self.screen), hints(self.screen)))

    def action_commands(self) -> None:
        from cordage_tui.ui.keys.help import command_palette

        self.push_screen(command_palette())

    def action_choose_theme(self) -> None:
        from cordage_tui.ui.keys.help import theme_palette

        self.push_screen(theme_palette())
