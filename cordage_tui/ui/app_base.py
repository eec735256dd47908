"""Base of every app of ours: its parts, its stylesheets, and the keys that work everywhere."""

import math
from collections.abc import Mapping, Sequence
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
from textual.notifications import SeverityLevel
from textual.reactive import Initialize, Reactive
from textual.screen import ModalScreen, Screen
from textual.theme import Theme
from textual.widget import Widget
from textual.widgets import Input

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.crash_report import CrashReport
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.footer import SAID_S, KeyMessages, hints
from cordage_tui.ui.keys.names import key_name
from cordage_tui.ui.keys.order import KeyOrder
from cordage_tui.ui.terminal.frames import TerminalCells
from cordage_tui.ui.terminal.pauses import TypingPaused
from cordage_tui.ui.textual_patches.app import AppHooks, PatchedApp, run_binding
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


class ScreenStyles:
    """Stylesheets of an app's other screens."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    def read(self) -> None:
        """Read all of them, unless that was done before."""
        while self._read_next():
            pass

    def read_later(self) -> None:
        """Read them one by one, and keys between them."""
        if self._read_next():
            self._app.call_later(self.read_later)

    def _read_next(self) -> bool:
        stylesheet = self._app.stylesheet
        path = next((path for path in SCREEN_STYLES if not stylesheet.has_source(str(path))), None)
        if path is not None:
            stylesheet.read(path)
            stylesheet.parse()
        return path is not None


class AppAction(Action["BaseApp"]):
    """Action that works on every screen."""

    group = Binding.Group("Everywhere")


class ShowHelp(AppAction):
    """Show keyboard shortcuts of this panel."""

    id, keys, word = "app.help", "?,f1", "help"
    title, search = "Keyboard shortcuts", "help, keys, manual, topics, documentation"
    in_footer = True

    def run(self, on: "BaseApp") -> None:
        from cordage_tui.ui.keys.help import help_screen

        on.push_screen(help_screen(on.screen, hints(on.screen)))


class FindCommand(AppAction):
    """Find a command by name."""

    id, keys, word = "app.commands", ":,ctrl+p", "commands"
    in_footer = True
    in_palette = False

    def run(self, on: "BaseApp") -> None:
        from cordage_tui.ui.keys.palette import command_palette

        on.open_palette(command_palette(on))


class ChooseTheme(AppAction):
    """Choose another theme."""

    id, keys, word = "app.theme", "T", "theme"
    title, search = "Theme…", "colours, colors, dark, light, appearance"

    def run(self, on: "BaseApp") -> None:
        from cordage_tui.ui.keys.palette import theme_palette

        on.open_palette(theme_palette(on, on.choose_theme))


class Redraw(AppAction):
    """Redraw the screen."""

    id, keys, word = "app.redraw", "ctrl+l", "redraw"
    search = "repaint, clear screen, refresh screen"

    def run(self, on: "BaseApp") -> None:
        on.redraw()


class Suspend(AppAction):
    """Suspend (fg resumes)."""

    id, keys, word = "app.suspend", "ctrl+z", "suspend"
    search = "sleep, background, shell"

    def run(self, on: "BaseApp") -> None:
        on.action_suspend_process()


class Quit(AppAction):
    """Quit."""

    id, keys, word = "app.quit", "ctrl+q", "quit"
    search = "q, q!, qa, wq, x, exit, close, leave"
    priority = True

    async def run(self, on: "BaseApp") -> None:
        await on.action_quit()


class BaseApp(ActionNode, PatchedApp, inherit_bindings=False):
    """Base of every app of ours, in tests too: stylesheet, themes, and the keys that work everywhere."""

    FIRST_SCREEN: ClassVar[type[Screen[Any]]] = Screen
    """Screen that needs only the stylesheets of `CSS_PATH`: those of all others are read when one of them is pushed."""
    CSS_PATH = [*MAIN_STYLES, *SCREEN_STYLES]
    ENABLE_COMMAND_PALETTE = False
    ACTIONS = (ShowHelp(), FindCommand(), ChooseTheme(), Redraw(), Suspend(), Quit())
    BINDINGS = [*bindings_of(ACTIONS), Binding("ctrl+c", "interrupt", show=False, system=True)]

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
        self.key_messages = KeyMessages(self)
        self.screen_styles = ScreenStyles(self)
        self._restyled: list[Widget] = []
        """Widgets whose classes or states changed while their screen opened."""
        self._opened: WeakSet[Screen[Any]] = WeakSet()
        """Screens that have been shown."""
        self._interrupted_at = -math.inf
        """When `ctrl+c` was last pressed, monotonic seconds."""
        self.terminal_cells = TerminalCells()
        self.hooks = AppHooks(
            before_key=self.key_messages.take_back,
            key_did_nothing=self.key_messages.explain,
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
        that is shown: three times for a screen that opens (docs/dev/library-traps.md T34).
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
            await self.action_quit()
        else:
            self.key_messages.show(key_name("ctrl+c"), SafeText("Press it again to quit."))

    def open_palette(self, palette: "CommandPalette") -> None:
        """Open a palette, and run what is chosen in it on the screen behind, or say why it cannot be done."""

        def chosen(command: "Command | None") -> None:
            if command is not None and command.disabled:
                self.call_later(self.key_messages.show, command.key, command.disabled)
            elif command is not None:
                self.call_later(command.call)

        self.push_screen(palette, chosen)

    def redraw(self) -> None:
        """Draw every cell again: the screen has not what was drawn."""
        self.terminal_cells.forget()
        self.refresh(layout=True)

    def choose_theme(self, name: str) -> None:
        """Use a theme. An app that keeps it for the next start overrides this."""
        self.theme = name

    def push_screen(self, screen: Any, *arguments: Any, **named: Any) -> Any:
        """Push a screen like Textual, with its stylesheets."""
        if not isinstance(screen, self.FIRST_SCREEN):
            self.screen_styles.read()
        return super().push_screen(screen, *arguments, **named)
