"""Palette: finds commands, webhooks, themes, profiles, runs and pages of the manual by typed words."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar, Final

from rich.cells import cell_len
from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click, Key, Mount
from textual.message import Message
from textual.screen import ModalScreen
from textual.theme import BUILTIN_THEMES
from textual.timer import Timer
from textual.widgets import Input

from cordage_tui import __version__
from cordage_tui.domain.manual import TOPICS
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.keys.command_search import (
    MANUAL,
    PROFILE,
    THEME,
    Command,
    CommandIndex,
    HasSearch,
    Hit,
    all_commands,
)
from cordage_tui.ui.keys.manual_door import open_manual
from cordage_tui.ui.terminal.paste_guard import PasteGuard
from cordage_tui.ui.textual_patches.screen import PatchedScreen
from cordage_tui.ui.theme import AUTO, OWN
from cordage_tui.ui.widgets.line_view import ListView
from cordage_tui.ui.widgets.text import SteadyInput, fit, literal

# Line of a command: title, sentence, key. Pure functions.

TITLE: Final = 30
"""Cells of the column of titles, so that the sentences are aligned."""
LEAST: Final = 16
"""Least cells for a sentence. With less room, none is drawn."""
NOTHING: Final = SafeText("Nothing matches.")


def draw_hit(hit: Hit, width: int, chosen: bool) -> Content:
    """Draw a command in `width` cells: `▌ Download   Download this output        d`.

    The title is cut last. If the command cannot run now, the reason replaces the sentence.
    """
    command = hit.command
    room = max(1, width - 2 - (cell_len(command.key) + 2 if command.key else 1))
    title = SafeText(fit(command.title, min(room, max(TITLE, cell_len(command.title)))))
    sentence_room = room - cell_len(title) - 2
    text = command.disabled or (command.sentence if command.sentence != command.title else "")
    sentence = f"  {fit(text, sentence_room)}" if sentence_room >= LEAST else " " * (room - cell_len(title))
    style = "$quiet" if command.disabled else "bold" if chosen else ""
    return Content.assemble(
        literal(SafeText("▌ "), "$accent") if chosen else "  ",
        _marked(literal(title, style), hit.marked),
        literal(SafeText(sentence), "$quiet"),
        *([literal(SafeText(f" {command.key} "), "$quiet" if command.disabled else "$accent")] if command.key else []),
    )


def _marked(title: Content, spans: Sequence[range]) -> Content:
    for span in spans:
        title = title.stylize("$accent underline", span.start, span.stop)
    return title


class CommandList(ListView, can_focus=False):
    """List of the commands that were found. The keys of the screen move its cursor, because the input above has the focus."""

    class Chosen(Message):
        """A command was clicked."""

    def __init__(self) -> None:
        super().__init__(classes="")
        self.hits: Sequence[Hit] = ()

    @property
    def selected(self) -> Command | None:
        """Command under the cursor."""
        return self.hits[self.index].command if self.index < len(self.hits) else None

    @property
    def count(self) -> int:
        return len(self.hits)

    def show(self, hits: Sequence[Hit], index: int = 0) -> None:
        """Show these commands, with the cursor on the one at `index`."""
        self.hits, self.index = hits, index
        self._kept.clear()
        self._top = 0  # the old lines are still there, and must not be drawn now
        self.moved()

    def moved(self) -> None:
        self.redraw()
        self.screen.post_message(CommandPalette.Highlighted())

    def redraw(self) -> None:
        if self.hits:
            self.draw_lines()
        else:
            self.draw([literal(SafeText(f"  {NOTHING}"), "$quiet")])

    def draw_line(self, index: int, cursor: bool, width: int) -> Content:
        return draw_hit(self.hits[index], width, cursor)

    def on_click(self, event: Click) -> None:
        super().on_click(event)
        if self.line_at(event.get_content_offset_capture(self).y) is not None:
            self.post_message(self.Chosen())


PREVIEW_S: Final = 0.08
"""Seconds that the cursor must stay on a command before its preview is shown."""


class PaletteInput(SteadyInput):
    """Input of the palette. It distinguishes typed keys from a paste."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, compact=True)
        self.pastes = PasteGuard()

    @on(Mount)
    def _record_opening(self, event: Mount) -> None:
        self.pastes.record_opening(event, self.app)

    @on(Key)
    def _record_input(self, event: Key) -> None:
        self.pastes.record(event)


class CommandPalette(PatchedScreen, ModalScreen[Command | None]):
    """Palette of commands. Returns the chosen command; None if it is cancelled.

    An Enter within a paste chooses nothing, because the pasted text may begin with the name of a command.
    """

    DRAWS_FIRST_FRAME_ONCE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", show=False, priority=True),
        Binding("down,ctrl+n,tab", "step(1)", "down", show=False, priority=True),
        Binding("up,ctrl+p,shift+tab", "step(-1)", "up", show=False, priority=True),
        Binding("pagedown,ctrl+d", "half(1)", "page down", show=False, priority=True),
        Binding("pageup,ctrl+u", "half(-1)", "page up", show=False, priority=True),
    ]
    AUTO_FOCUS = "Input"

    class Highlighted(Message):
        """The cursor has moved to another command."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, CommandPalette.Highlighted)

    def __init__(
        self,
        placeholder: str,
        commands: Iterable[Command],
        *,
        otherwise: Callable[[str], Command | None] = lambda _: None,
        index: int = 0,
        cancelled: Callable[[], object] | None = None,
    ) -> None:
        """Create the palette. `otherwise` makes a last command from the typed text. `index` is that of the command that the cursor
        begins on. `cancelled` is called if nothing was chosen, to undo previews."""
        super().__init__()
        self._placeholder = placeholder
        self._index = CommandIndex(commands)
        self._otherwise = otherwise
        self._first_index = index
        self._cancelled = cancelled
        self._preview_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="card"):
            yield PaletteInput(self._placeholder)
            yield CommandList()

    def on_mount(self) -> None:
        self._show(self.query_one(Input).value)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._first_index = 0
        self._show(event.value)

    def action_leave(self) -> None:
        if self._cancelled is not None:
            self._cancelled()
        self.dismiss(None)

    @on(CommandList.Chosen)
    def _choose(self) -> None:
        command = self.query_one(CommandList).selected
        if command is not None:
            self.dismiss(command)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self.query_one(PaletteInput).pastes.in_burst:
            self._choose()

    def action_step(self, by: int) -> None:
        self.query_one(CommandList).move_lines(by)

    def action_half(self, by: int) -> None:
        self.query_one(CommandList).move_halves(by)

    def on_command_palette_highlighted(self) -> None:
        """Show the preview of the command under the cursor once the cursor stops. A held key moves past many commands."""
        if self._preview_timer is not None:
            self._preview_timer.stop()
        command = self.query_one(CommandList).selected
        preview = command.preview if command is not None else None
        self._preview_timer = self.set_timer(PREVIEW_S, preview) if preview is not None else None

    def _show(self, typed: str) -> None:
        hits = self._index.find(typed)
        last = self._otherwise(typed.strip()) if typed.strip() else None
        self.query_one(CommandList).show([*hits, Hit(last)] if last is not None else hits, self._first_index)


def command_palette(app: App[Any]) -> CommandPalette:
    """Create the palette of all commands of the present screen and of the app."""
    searching = next((screen for screen in reversed(app.screen_stack) if isinstance(screen, HasSearch)), None)
    otherwise = searching.otherwise_command if searching is not None else lambda _: None
    return CommandPalette("Find a command, webhook, theme or run", all_commands(app), otherwise=otherwise)


# Choice of a theme.


def theme_commands(app: App[Any], choose: Callable[[str], object], *, previews: bool = False) -> list[Command]:
    """Return a command for each theme: our own first, then the user's and Textual's by name. With `previews`, each theme is shown
    before it is chosen."""
    own_names = [AUTO, *(theme.name for theme in OWN)]
    names = own_names + sorted(
        set(app.available_themes) - set(own_names), key=lambda name: (name in BUILTIN_THEMES, name)
    )
    return [
        Command(
            one_line(name),
            partial(choose, name),
            _about_theme(app, name),
            words="theme",
            kind=THEME,
            preview=partial(setattr, app, "theme", name) if previews else None,
        )
        for name in names
    ]


def _about_theme(app: App[Any], name: str) -> SafeText:
    theme = app.available_themes[name]
    if name == AUTO:
        return one_line(f"theme · light or dark as the terminal is{', in use' if name == app.theme else ''}")
    kind = "the terminal's own colours" if theme.ansi else ("dark" if theme.dark else "light")
    return one_line(f"theme · {kind}, in use" if name == app.theme else f"theme · {kind}")


def profile_palette(commands: Iterable[Command]) -> CommandPalette:
    """Create the palette of the profiles among the commands of the app."""
    return CommandPalette("Find a profile", [command for command in commands if command.kind == PROFILE])


def theme_palette(app: App[Any], choose: Callable[[str], object]) -> CommandPalette:
    """Create the palette of themes. It shows the theme under the cursor; if it is cancelled, the old theme is shown again."""
    commands = theme_commands(app, choose, previews=True)
    index = next((position for position, command in enumerate(commands) if command.title == app.theme), 0)
    return CommandPalette("Find a theme", commands, index=index, cancelled=partial(setattr, app, "theme", app.theme))


# Pages of the manual.

_MANUAL_WORDS: Final = {
    "configuration": "settings, preferences, options, config, notifications, bell",
    "changelog": "version, about, update, news, release notes",
    "troubleshooting": "log, logs, debug, bug, problem",
    "hooks": "schedule, automation",
    "keys": "keymap, remap, bindings",
    "command-line": "cli, shell, scripts",
    "agents": "mcp",
}
"""Topic → other words that find its page: of what is set or seen there, and not in the app."""


def manual_commands(app: App[Any]) -> Iterator[Command]:
    """Return a command for the menu of topics, and one for each page."""
    help = one_line("Choose a page of the manual")
    yield Command(SafeText("Manual"), partial(open_manual, app), help, words="documentation, docs, topics, handbook")
    for topic in TOPICS:
        about = f"page of the manual · this is version {__version__}" if topic == "changelog" else "page of the manual"
        yield Command(
            one_line(f"Manual: {topic}"),
            partial(open_manual, app, topic),
            one_line(about),
            words=_MANUAL_WORDS.get(topic, ""),
            kind=MANUAL,
        )
