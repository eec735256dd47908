"""Base of our apps: their parts, their stylesheets, and the keys that work everywhere."""

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

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.crash_report import CrashReport
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.footer import SAID_S, KeyMessages, hints
from cordage_tui.ui.keys.key_names import key_name
from cordage_tui.ui.keys.key_order import KeyOrder
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
from cordage_tui.ui.toast_placement import Toasts

if TYPE_CHECKING:
    from cordage_tui.domain.theme import ThemeColors
    from cordage_tui.ui.keys.command_search import Command
    from cordage_tui.ui.keys.palette import CommandPalette

LEFT: Final = 1
"""Number of the left mouse button, the only one that acts."""

STYLE = Path(__file__).parent / "style"
MAIN_STYLES: Final = sorted(STYLE.glob("*.tcss"))
"""Stylesheets that the main screen needs."""
SCREEN_STYLES: Final = sorted(STYLE.glob("screens/*.tcss"))
"""Stylesheets of all other screens."""


class ScreenStyles:
    """Stylesheets of all screens but the first."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    def read(self) -> None:
        """Read the stylesheets of all screens that were not read before."""
        while self._read_next():
            pass

    def read_later(self) -> None:
        """Read the stylesheets one by one. Keys are handled between them."""
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
    title, search = "Theme…", "theme, colours, colors, dark mode, light mode, night mode, appearance"

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
    """Base of our apps, also in tests: stylesheets, themes, and the keys that work everywhere."""

    FIRST_SCREEN: ClassVar[type[Screen[Any]]] = Screen
    """Screen that needs only the stylesheets of `CSS_PATH`. The others are read when another screen is pushed."""
    CSS_PATH = [*MAIN_STYLES, *SCREEN_STYLES]
    ENABLE_COMMAND_PALETTE = False
    ACTIONS = (ShowHelp(), FindCommand(), ChooseTheme(), Redraw(), Suspend(), Quit())
    BINDINGS = [*bindings_of(ACTIONS), Binding("ctrl+c", "interrupt", show=False, system=True)]

    tells_modifiers = False
    """True if the terminal has reported that shift+enter and Enter are different keys."""

    theme: Reactive[str] = Reactive(Initialize(attrgetter("_first_theme")))
    """Name of the theme. It is set from the start: if it were set later, each stylesheet would be parsed twice before the
    first frame."""

    def __init__(self, theme: str | None = None, themes: "Mapping[str, ThemeColors] | None" = None) -> None:
        """`theme`: name of the theme; an unknown name is ignored. `themes`: the user's themes."""
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
            before_key=self.key_messages.clear,
            key_did_nothing=self.key_messages.explain,
            changed_frame=self.terminal_cells.changes,
            place_toasts=self.toasts.place,
            crash_report=self.crash.record,
        )
        super().__init__()

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Textual's themes, ours and the user's, by name."""
        return self._themes.available

    async def on_event(self, event: Event) -> None:
        """Handle keys one after the other. Ignore all mouse buttons except the left one, because they would act like it."""
        if isinstance(event, MouseDown | MouseUp) and event.button > LEFT and not event.is_forwarded:
            return
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            await self.key_order.add_key(event)
        else:
            await super().on_event(event)

    async def on_typing_paused(self, event: TypingPaused) -> None:
        """Call the function of the event when the keys before it are handled."""
        await self.key_order.queue(event)

    def on_key_order_key_done(self) -> None:
        """Pass on the next key after the change of focus that the last key has requested."""
        self.call_later(self.key_order.give_next)

    async def on_click(self, event: Click) -> None:
        """Leave the dialog on top after a click outside it, like `escape`, unless typed text would be lost."""
        screen = self.screen
        has_text = any(entry.value for entry in screen.query(".form Input").results(Input)) or screen.query("TextArea")
        if isinstance(screen, ModalScreen) and event.widget is screen and not has_text:
            await run_binding(self, "escape")

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action, unless its widgets do not exist, because the screen is not composed yet or the app is closing.

        A key can come that early if the key before it has opened a screen and took longer than `keys.key_order.KEY_TIMEOUT_S`.
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
        """Show a toast, but do not repeat an error that is still on screen."""
        if severity == "error" and self.toasts.repeats_error(message, timeout):
            return
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)
        self.call_later(self.toasts.remove_empty_holders)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Replace Textual's filter of the terminal's colours by `DIM_TEXT`, which only mixes dim colours."""
        filters = super().get_line_filters()
        return [DIM_TEXT if isinstance(line_filter, ANSIToTruecolor) else line_filter for line_filter in filters]

    def show_background(self, *, dark: bool) -> None:
        """Use the theme for a terminal with this background, if `AUTO` is chosen."""
        if self._themes.follow(dark=dark) and self.theme == AUTO:
            self.mutate_reactive(BaseApp.theme)

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:
        """Update styles like Textual, but only once while a screen opens, and only for widgets that changed since their mount.

        Textual applies all styles when a widget is mounted, at each change of its classes, and again to the whole screen when
        that is shown. That is three times for a screen that opens (docs/dev/library-traps.md T34).
        """
        if not isinstance(node, Widget):
            super().update_styles(node, animate=animate)
        elif not node.is_attached:
            return  # the mount applies the styles
        elif not node.screen.stack_updates:
            self._restyled.append(node)
        elif isinstance(node, Screen) and node not in self._opened:
            self._opened.add(node)
            changed, self._restyled = set(self._restyled), []
            for widget in changed:
                if changed.isdisjoint(widget.ancestors):  # updating an ancestor also updates its descendants
                    self.update_styles(widget, animate=animate)
        else:
            super().update_styles(node, animate=animate)

    def get_css_variables(self) -> dict[str, str]:
        """Return Textual's variables and ours. If the theme does not set ours, they are derived from it."""
        variables = super().get_css_variables()
        return variables | derive_variables(self.current_theme, variables)

    async def action_interrupt(self) -> None:
        """Quit at the second `ctrl+c`. The first may have been meant to copy something."""
        before, self._interrupted_at = self._interrupted_at, monotonic()
        if self._interrupted_at - before < SAID_S:
            await self.action_quit()
        else:
            self.key_messages.show(key_name("ctrl+c"), SafeText("Press it again to quit."))

    def open_palette(self, palette: "CommandPalette") -> None:
        """Open a palette, and run the chosen command on the screen behind it, or say why it cannot be run."""

        def chosen(command: "Command | None") -> None:
            if command is not None and command.disabled:
                self.call_later(self.key_messages.show, command.key, command.disabled)
            elif command is not None:
                self.call_later(command.call)

        self.push_screen(palette, chosen)

    def redraw(self) -> None:
        """Draw every cell again, because the terminal may not show the last frame."""
        self.terminal_cells.forget()
        self.refresh(layout=True)

    def choose_theme(self, name: str) -> None:
        """Use a theme. An app that saves it for the next start overrides this."""
        self.theme = name

    def push_screen(self, screen: Any, *arguments: Any, **named: Any) -> Any:
        """Push a screen like Textual, and read the stylesheets it needs."""
        if not isinstance(screen, self.FIRST_SCREEN):
            self.screen_styles.read()
        return super().push_screen(screen, *arguments, **named)
