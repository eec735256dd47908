"""Actions and the key bindings that screens share."""

from typing import Final

from textual.binding import Binding
from textual.keys import format_key

# Keys of the app. Screens and panels list their own actions.

_APP: Final = Binding.Group("Everywhere")


def _everywhere(
    id: str, keys: str, call: str, title: str, tooltip: str, *, show: bool = False, priority: bool = False
) -> Binding:
    return Binding(keys, call, title, show, priority=priority, id=id, tooltip=tooltip, group=_APP)


APP_BINDINGS: Final = (
    _everywhere("app.help", "?,f1", "help", "help", "Show keyboard shortcuts of this panel", show=True),
    _everywhere("app.commands", ":,ctrl+p", "commands", "commands", "Find a command by name", show=True),
    _everywhere("app.theme", "T", "choose_theme", "theme", "Choose another theme"),
    _everywhere("app.redraw", "ctrl+l", "redraw", "redraw", "Redraw the screen"),
    _everywhere("app.suspend", "ctrl+z", "suspend_process", "suspend", "Suspend (fg resumes)"),
    _everywhere("app.quit", "ctrl+q", "quit", "quit", "Quit", priority=True),
)  # fmt: skip
"""Bindings of the app, after those of the screen."""

# The keys that move about lines, the same in every panel; their ids begin with the panel's scope, so each can be
# remapped.

MOVE: Final = Binding.Group("Move", compact=True)


def reading_keys(scope: str, *, space: bool = True, group: Binding.Group | None = MOVE) -> list[Binding]:
    """Return the bindings of a `ScrollView`. `space` turns a page, too, where it does nothing else."""
    page = "ctrl+d,pagedown,space" if space else "ctrl+d,pagedown"
    return [
        Binding("j,down", "line(1)", "down", id=f"{scope}.down", tooltip="Move down one line", group=group, show=False),
        Binding("k,up", "line(-1)", "up", id=f"{scope}.up", tooltip="Move up one line", group=group, show=False),
        Binding(page, "half(1)", "half page down", id=f"{scope}.half_down", tooltip="Move down half a page", group=group, show=False),
        Binding("ctrl+u,pageup", "half(-1)", "half page up", id=f"{scope}.half_up", tooltip="Move up half a page", group=group, show=False),
        Binding("g,home", "first", "top", id=f"{scope}.first", tooltip="Go to the first line", group=group, show=False),
        Binding("G,end", "last", "bottom", id=f"{scope}.last", tooltip="Go to the last line", group=group, show=False),
    ]  # fmt: skip


def picking_keys(scope: str, what: str) -> list[Binding]:
    """Return the bindings of a `ListView` whose lines are each a `what`."""
    return [
        Binding("j,down", "step(1)", "down", id=f"{scope}.down", tooltip=f"Move down one {what}", group=MOVE, show=False),
        Binding("k,up", "step(-1)", "up", id=f"{scope}.up", tooltip=f"Move up one {what}", group=MOVE, show=False),
        Binding("g,home", "end(False)", "top", id=f"{scope}.first", tooltip="Go to the first line", group=MOVE, show=False),
        Binding("G,end", "end(True)", "bottom", id=f"{scope}.last", tooltip="Go to the last line", group=MOVE, show=False),
        Binding("ctrl+d,pagedown", "half(1)", "half down", id=f"{scope}.half_down", tooltip="Move down half a page", group=MOVE, show=False),
        Binding("ctrl+u,pageup", "half(-1)", "half up", id=f"{scope}.half_up", tooltip="Move up half a page", group=MOVE, show=False),
    ]  # fmt: skip


SAME_AS_ENTER: Final = "shift+enter"
"""Key that most terminals send as a plain Enter. It is named only if this terminal has shown that it tells them apart."""

# Names of keys on screen.

_ARROWS: Final = {"up": "↑", "down": "↓", "left": "←", "right": "→"}
_SHORT: Final = {"escape": "esc", "pageup": "pgup", "pagedown": "pgdn"}
_AS_THEY_ARE: Final = ("enter", "tab", "space", "backspace", "delete", "home", "end", "insert")
_WORDS: Final = {**_ARROWS, **_SHORT, **{name: name for name in _AS_THEY_ARE}}


def key_name(key: str) -> str:
    """Return a key as it is written on screen: `question_mark` → `?`, `escape` → `esc`, `ctrl+p` unchanged."""
    *modifiers, plain = key.split("+")
    return "+".join([*modifiers, _WORDS.get(plain) or format_key(plain)])


def character(key: str) -> str | None:
    """Return the character that `key` types in a text field; None when it types none.

    Textual's own `key_to_character` does not know `slash`.
    """
    if key == "space":
        return " "
    typed = format_key(key)
    return typed if len(typed) == 1 and key not in _WORDS and "+" not in key else None
