"""Base of every app of ours: its parts, its stylesheets, and the keys that work everywhere."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from operator import attrgetter
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Final
from weakref import WeakSet

from textual.actions import ActionParseResult
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.events import Click, Event, Key, MouseDown, MouseUp, Paste
from textual.filter import ANSIToTruecolor, LineFilter
from textual.notifications import Notification, Notify, SeverityLevel
from textual.reactive import Initialize, Reactive
from textual.screen import ModalScreen, Screen
from textual.theme import Theme
from textual.widget import Widget
from textual.widgets import Input

from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.crash_report import CrashReport
from cordage_tui.ui.keys.action import reason_of
from cordage_tui.ui.keys.bindings import APP_BINDINGS, character, key_name
from cordage_tui.ui.keys.footer import SAID_S, Footer, hints, main_key
from cordage_tui.ui.keys.order import KeyOrder
from cordage_tui.ui.terminal.frames import TerminalCells
from cordage_tui.ui.terminal.pauses import TypingPaused
from cordage_tui.ui.textual_patches.app import AppHooks, PatchedApp, has_toasts, remove_toast, run_binding
from cordage_tui.ui.textual_patches.bindings import binding_chain
from cordage_tui.ui.textual_patches.caches import shrink_caches
from cordage_tui.ui.theme import (
    AUTO,
    DARK,
    DIM_TEXT,
    Themes,
    derive_variables,
)
from cordage_tui.ui.toasts import Toasts

if TYPE_CHECKING:
    from cordage_tui.domain.theme import ThemeColors
    from cordage_tui.ui.keys.commands import Command
    from cordage_tui.ui.keys.palette import CommandPalette

LEFT: Final = 1
"""Number of the mouse button that acts."""

STYLE = Path(__file__).parent / "style"
MAIN_STYLES: Final = sorted(STYLE.glob("*.tcss"))
"""Stylesheets that the main screen needs."""
SCREEN_STYLES: Final = sorted(STYLE.glob("screens/*.tcss"))
"""Stylesheets of all other screens."""


class BaseApp(PatchedApp, inherit_bindings=False):
    """Base of every app of ours, in tests too: stylesheet, themes, and the keys that work everywhere."""

    FIRST_SCREEN: ClassVar[type[Screen[Any]]] = Screen
    """Screen that needs only the stylesheets of `CSS_PATH`: those of all others are read when one of them is pushed."""
    CSS_PATH = [*MAIN_STYLES, *SCREEN_STYLES]
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [*APP_BINDINGS, Binding("ctrl+c", "interrupt", show=False, system=True)]

    tells_modifiers = False
    """The terminal has shown that shift+enter and Enter are different keys."""

    theme: Reactive[str] = Reactive(Initialize(attrgetter("_first_theme")))
    """Name of the theme, from the start: setting it later would parse every stylesheet twice before the first frame."""

    def __init__(self, theme: str | None = None, themes: "Mapping[str, ThemeColors] | None" = None) -> None:
        """`theme`: its name; an unknown one is ignored. `themes`: those of the user."""
        shrink_caches()
        self._themes = Themes(themes or {})
        self._first_theme = theme if theme in self.available_themes else DARK.name
        self.key_order = KeyOrder(self, super().on_event)
        self.crash = CrashReport()
        self.toasts = Toasts(self)
        self._restyled: list[Widget] = []
        """Widgets whose classes or states changed while their screen opened."""
        self._opened: WeakSet[Screen[Any]] = WeakSet()
        """Screens that have been shown."""
        self._key_toast: Notification | None = None
        """Last toast about a key."""
        self._interrupted_at = -math.inf
        """When `ctrl+c` was last pressed, monotonic seconds."""
        self.terminal_cells = TerminalCells()
        self.hooks = AppHooks(
            before_key=partial(_begin_key, self),
            key_did_nothing=self._explain,
            changed_frame=self.terminal_cells.changes,
            place_toasts=self.toasts.place,
            crash_report=self.crash.record,
        )
        super().__init__()

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Textual's, ours and the user's."""
        return self._themes.available

    async def on_event(self, event: Event) -> None:
        """Handle keys one after the other, and drop presses of all mouse buttons but the left one: they would act like it."""
        if isinstance(event, MouseDown | MouseUp) and event.button > LEFT and not event.is_forwarded:
            return
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            await self.key_order.add_key(event)
        else:
            await super().on_event(event)

    async def on_typing_paused(self, event: TypingPaused) -> None:
        """Call back when the keys before it are handled."""
        await self.key_order.queue(event)

    def on_key_order_key_done(self) -> None:
        """Give the next key after a change of focus that the key before it asked for."""
        self.call_later(self.key_order.give_next)

    async def on_click(self, event: Click) -> None:
        """Leave the dialog on top like `escape` at a click beside it, unless something typed would be lost."""
        screen = self.screen
        typed = any(entry.value for entry in screen.query(".form Input").results(Input)) or screen.query("TextArea")
        if isinstance(screen, ModalScreen) and event.widget is screen and not typed:
            await run_binding(self, "escape")

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action, unless its screen is not composed yet or the app is closing: then the widgets it needs do not exist.

        A key can get there when its predecessor opened a screen and took longer than `keys.order.KEY_TIMEOUT_S`.
        """
        node = default_namespace
        if isinstance(node, Widget) and not (node.is_attached and node.screen.is_mounted):
            return False
        return await super().run_action(action, default_namespace, namespaces)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a toast, but no error again while it can still be read."""
        if severity == "error" and self.toasts.repeats_error(message, timeout):
            return
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)
        self.call_later(self.toasts.remove_empty_holders)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Mix dim colours, and look for no colours of the terminal in themes that have none."""
        return [DIM_TEXT if isinstance(one, ANSIToTruecolor) else one for one in super().get_line_filters()]

    def show_background(self, *, dark: bool) -> None:
        """Use the theme for a terminal with that background wherever `AUTO` is chosen."""
        if self._themes.follow(dark=dark) and self.theme == AUTO:
            self.mutate_reactive(BaseApp.theme)

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:
        """Update styles like Textual, but on a screen that opens only once, and only of what changed since it was mounted.

        Textual applies all styles when a widget is mounted, at each change of its classes, and again to the whole screen when
        that is shown: three times for a screen that opens (docs/library-traps.md T34).
        """
        if not isinstance(node, Widget):
            super().update_styles(node, animate=animate)
        elif not node.is_attached:
            return  # mounting it applies its styles
        elif not node.screen.stack_updates:
            self._restyled.append(node)
        elif isinstance(node, Screen) and node not in self._opened:
            self._opened.add(node)
            changed, self._restyled = set(self._restyled), []
            for widget in changed:
                if changed.isdisjoint(widget.ancestors):  # which are updated with all that is in them
                    self.update_styles(widget, animate=animate)
        else:
            super().update_styles(node, animate=animate)

    def get_css_variables(self) -> dict[str, str]:
        """Return Textual's variables and ours, which are derived from the theme where it does not name them."""
        variables = super().get_css_variables()
        return variables | derive_variables(self.current_theme, variables)

    async def action_interrupt(self) -> None:
        """Quit at the second `ctrl+c`: the first may have been meant to copy something."""
        before, self._interrupted_at = self._interrupted_at, monotonic()
        if self._interrupted_at - before < SAID_S:
            await self.run_action("quit")
        else:
            self.show_message(key_name("ctrl+c"), SafeText("Press it again to quit."))

    def action_help(self) -> None:
        from cordage_tui.ui.keys.help import help_screen

        self.push_screen(help_screen(self.screen, hints(self.screen)))

    def action_commands(self) -> None:
        from cordage_tui.ui.keys.palette import command_palette

        self.open_palette(command_palette(self))

    def action_choose_theme(self) -> None:
        from cordage_tui.ui.keys.palette import theme_palette

        self.open_palette(theme_palette(self, self.choose_theme))

    def open_palette(self, palette: "CommandPalette") -> None:
        """Open a palette, and run what is chosen in it on the screen behind, or say why it cannot be done."""

        def chosen(command: "Command | None") -> None:
            if command is not None and command.disabled:
                self.call_later(self.show_message, command.key, command.disabled)
            elif command is not None:
                self.call_later(command.call)

        self.push_screen(palette, chosen)

    def _explain(self, key: str) -> None:
        """Say in the footer why a key did nothing."""
        bound = [
            reason_of(self, binding.action, node)
            for node, bindings in binding_chain(self.screen)
            for binding in bindings.key_to_bindings.get(key, ())
        ]
        reason = next(filter(None, bound), None)
        if reason is None and not bound and character(key):
            reason = one_line(f"does nothing here. {self._keys_here()}")
        if reason is not None:
            self.show_message(key_name(key), reason)

    def _keys_here(self) -> str:
        """Return the words that name the help, or in a dialog, which has none, its own keys."""
        if help_key := main_key(self.screen, "app.help"):
            return f"{help_key} shows the keys that do."
        own = [
            f"{' or '.join(hint.keys)} {hint.title}" for hint in hints(self.screen, footer=True) if not hint.everywhere
        ]
        return f"Keys here: {', '.join(own)}." if own else ""

    def show_message(self, key: str, words: SafeText) -> None:
        """Say something of a key or a command in the footer, or where there is none in a toast, which replaces the last one."""
        footer = next(iter(self.screen.query(Footer)), None)
        if footer is not None:
            footer.show_message(one_line(key), words)
            return
        if self._key_toast is not None:
            remove_toast(self, self._key_toast)
        self._key_toast = Notification(one_line(f"{key} {words}" if key else words), timeout=SAID_S)
        self.post_message(Notify(self._key_toast))

    def action_redraw(self) -> None:
        """Draw every cell again: the screen has not what was drawn."""
        self.terminal_cells.forget()
        self.refresh(layout=True)

    def choose_theme(self, name: str) -> None:
        """Use a theme. An app that keeps it for the next start overrides this."""
        self.theme = name

    def push_screen(self, screen: Any, *arguments: Any, **named: Any) -> Any:
        """Push a screen like Textual, with its stylesheets."""
        if not isinstance(screen, self.FIRST_SCREEN):
            self.read_screen_styles()
        return super().push_screen(screen, *arguments, **named)

    def read_screen_styles(self) -> None:
        """Read the stylesheets of all screens, unless that was done before."""
        while self._read_next_styles():
            pass

    def read_screen_styles_later(self) -> None:
        """Read them one by one, and keys between them."""
        if self._read_next_styles():
            self.call_later(self.read_screen_styles_later)

    def _read_next_styles(self) -> bool:
        path = next((path for path in SCREEN_STYLES if not self.stylesheet.has_source(str(path))), None)
        if path is not None:
            self.stylesheet.read(path)
            self.stylesheet.parse()
        return path is not None


def _begin_key(app: App[Any], key: str) -> None:
    """Take back what the key before this one said. `escape` also closes the toasts, which is no level of its own."""
    if key == "escape" and has_toasts(app):
        app.clear_notifications()
    for footer in app.screen.query(Footer):
        footer.hush()
