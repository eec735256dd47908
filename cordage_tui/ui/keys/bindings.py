"""Actions and the key bindings that screens share."""

from typing import Final

from textual.binding import Binding
from textual.keys import format_key

# Keys of the app and of the main screen. Panels declare their own keys beside their own actions.

_GO: Final = Binding.Group("Go to")
_RUNS: Final = Binding.Group("Runs")
_APP: Final = Binding.Group("Everywhere")


def _everywhere(
    id: str, keys: str, call: str, title: str, tooltip: str, *, show: bool = False, priority: bool = False
) -> Binding:
    return Binding(keys, call, title, show, priority=priority, id=id, tooltip=tooltip, group=_APP)


def _go(id: str, keys: str, call: str, title: str, tooltip: str, *, show: bool = False) -> Binding:
    return Binding(keys, call, title, show, id=id, tooltip=tooltip, group=_GO)


def _runs(id: str, keys: str, call: str, title: str, tooltip: str, *, show: bool = False) -> Binding:
    return Binding(keys, call, title, show, id=id, tooltip=tooltip, group=_RUNS)


MAIN_BINDINGS: Final = (
    _runs("runs.sheet", "s", "sheet", "sheet", "Open the contact sheet of the marked runs, this batch, or all runs shown", show=True),
    _runs("run.edit", "e", "edit", "edit", "Load this run's inputs into the prompt, to edit and rerun", show=True),
    _runs("run.again", "A", "again", "again", "Run this again, or the batch, or the marked runs; asks how many times, and random inputs get new values", show=True),
    _runs("batch.run_failed_again", "F", "run_failed_again", "rerun failed", "Rerun what failed in this batch; previews first", show=True),
    _runs("batch.file", "B", "batch_file", "batch from a file", "Preview the prompts in a file: one per line, CSV, TSV or JSON Lines"),
    _runs("run.resend", "S", "resend", "send again", "Send an uncertain prompt again; asks first"),
    _runs("run.settle", "U", "settle", "settle", "Settle which of several uncertain prompts ran; shows them side by side and asks first"),
    _runs("run.open_output", "o", "open_output", "open", "Open this output in the system's viewer; over SSH show and copy its URL", show=True),
    _runs("run.download", "d", "download", "download", "Download this output", show=True),
    _runs("run.download_all", "D", "download_all", "download all", "Download all outputs of this run"),
    _runs("runs.filter", "/", "filter", "filter", "Filter the runs as you type: words, status:failed, is:kept, seed:12", show=True),
    _go("runs.next_match", "n", "match(1)", "next match", "Go to the next match of the filter"),
    _go("runs.previous_match", "N", "match(-1)", "previous match", "Go to the previous match"),
    _runs("runs.freeze", "f", "freeze", "freeze", "Freeze the list, or show it as it is"),
    _runs("run.previous_output", "[", "output(-1)", "previous output", "Choose the previous output"),
    _runs("run.next_output", "]", "output(1)", "next output", "Choose the next output of this run"),
    _runs("run.pictures", "i", "pictures", "pictures", "Turn pictures on or off"),
    _runs("run.use_output", "u", "use_output", "use", "Use this output as an input of a webhook", show=True),
    _runs("runs.keepers", "&", "keepers", "keepers", "Show what kept runs have in common: of the marked runs, of this batch, or of all runs shown"),
    _runs("runs.compare", "=", "compare", "compare", "Compare two marked runs side by side, or this run with its parent: outputs, inputs, times"),
    _runs("run.tag", "a", "tag", "tag", "Tag this run, or the batch, or the marked runs, to find them again"),
    _go("run.parent", "p", "parent", "parent", "Go to the run that this one was made from"),
    _runs("runs.meanwhile", "m", "meanwhile", "ended meanwhile", "Show the runs that ended while you were away"),
    _runs("runs.refresh", "r", "refresh", "refresh", "Refresh"),
    _runs("run.copy", "c", "copy", "copy…", "Copy the prompt, JSON, a curl command, a URL or a file's path; asks which"),
    _runs("run.copy_id", "y", "copy_id", "copy id", "Copy this run's id"),
    _runs("run.copy_urls", "Y", "copy_urls", "copy URLs", "Copy the URLs of this run's outputs"),
    _go("panel.back", "escape", "back", "back", "Go back one level"),
    _go("panel.leave", "q", "leave", "back or quit", "Go back one level; at the runs, quit"),
    _go("app.profile", "P", "choose_profile", "profile", "Choose another profile"),
    _go("app.queue", "w", "queue", "queue & downloads", "Open queue and downloads"),
    _go("app.new_key", "f2", "new_key", "new API key", "Enter a new API key when the server rejects this one", show=True),
    _go("app.limits", "L", "limits", "rate limits", "Open rate limits"),
    _go("app.statistics", "%", "statistics", "statistics", "Open the statistics of the webhooks"),
    _go("app.failures", "!", "failures", "failures", "Open the errors of the webhooks"),
)  # fmt: skip
"""Bindings of the main screen, in the footer's order."""

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
