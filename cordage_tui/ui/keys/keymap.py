"""The user's keymap."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, TextArea

from cordage_tui.config.user_programs import CommandTarget, UserCommand
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.keys.names import character, key_name

# Keys that a plain terminal, tmux and SSH can send.

_PLAIN: Final = frozenset(
    [
        "enter",
        "escape",
        "tab",
        "space",
        "backspace",
        "delete",
        "insert",
        "home",
        "end",
        "pageup",
        "pagedown",
        "up",
        "down",
        "left",
        "right",
    ]
    + [f"f{n}" for n in range(1, 13)]
)
_CTRL_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_SAME_AS: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}
_FLOW: Final = frozenset({"ctrl+s", "ctrl+c"})
DELETING: Final = frozenset({"backspace", "delete", "k", "d", "ctrl+k", "ctrl+d", "ctrl+h"})
"""Keys pressed without thinking in editors and shells; never destructive."""


def unsendable_reason(key: str) -> str | None:
    """Return why `key` is unreliable, as the end of a sentence; None when it is reliable."""
    *modifiers, plain = key.split("+")
    if same := _SAME_AS.get(key):
        return f"a terminal cannot distinguish it from {same}"
    if key in _FLOW:
        return "the terminal reserves it"
    if not modifiers:
        return None if plain in _PLAIN or character(plain) or len(plain) == 1 else "no key has that name"
    if modifiers == ["ctrl"] and plain in _CTRL_LETTERS:
        return None
    if modifiers in (["shift"], ["alt"]) and _with_shift_or_alt(modifiers[0], plain):
        return None
    return "a plain terminal or tmux cannot send it"


def _with_shift_or_alt(modifier: str, plain: str) -> bool:
    if modifier == "shift":
        return plain == "tab"
    return bool(re.fullmatch(r"[a-z0-9]|enter|up|down|left|right", plain))


# Check of the user's keys; those that would not work are refused with a reason.

DESTRUCTIVE: Final = frozenset({"run.kill", "webhooks.remove", "queue.drop"})
"""Actions that end or lose something, even though each asks first."""

RUNS: Final = "runs"
"""The screen with the four panels, as scopes name it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Bindings of one app, screen or panel. Keys of one scope must differ."""

    name: str
    bindings: tuple[Binding, ...]
    around: bool = False
    """True for the app or a screen, whose keys work inside every panel."""
    typing: bool = False
    """True for a text field, where plain characters are typed."""
    screen: str | None = RUNS
    """Screen it belongs to; None: all that are not modal. Scopes of different screens never meet."""
    modal: bool = False
    """True for a modal screen, where the keys of the app do not work, but those before all others (`priority`)."""

    def meets(self, other: "Scope") -> bool:
        """Return whether a key can reach both from one place."""
        everywhere = None in (self.screen, other.screen) and not (self.modal or other.modal)
        together = self.screen == other.screen or everywhere
        return self is other or (together and (self.around or other.around))


@dataclass(frozen=True, slots=True)
class Keymap:
    """Keymap for `App.set_keymap`, and what was refused."""

    keys: Mapping[str, str]
    problems: tuple[SafeText, ...]
    """Reasons, one sentence for each refused key; an action without any other keeps its default keys."""
    commands: "Mapping[str, str]" = field(default_factory=dict)
    """Keys of the user's commands by name; one without a key, or whose key was refused, is missing."""


def scope(node: type[DOMNode], screen: str | None = RUNS) -> Scope:
    """Return the bindings that a class declares itself; of a screen, those around its panels. `screen` is None for the app."""
    declared = tuple(b for b in vars(node).get("BINDINGS", ()) if isinstance(b, Binding))
    typing, around = issubclass(node, Input | TextArea), issubclass(node, App | Screen)
    return Scope(node.__name__, declared, around, typing, screen, modal=issubclass(node, ModalScreen))


def checked(wanted: Mapping[str, str], scopes: Sequence[Scope]) -> Keymap:
    """Check a user's keymap (action id → keys, separated by commas); keep what is possible: a refused key leaves the others."""
    known = {b.id for s in scopes for b in s.bindings if b.id}
    problems: list[SafeText] = []
    kept: dict[str, list[str]] = {}
    for action, text in wanted.items():
        keys = [normal(key) for key in text.split(",") if key.strip()]
        if refused := _unknown(action, known):
            problems.append(refused)
            continue
        unusable = {key: words for key in keys if (words := _unusable(action, key, scopes))}
        problems += unusable.values() if keys else [one_line(f"[keys] {action}: names no key; the defaults stay.")]
        if usable := [key for key in keys if key not in unusable]:
            kept[action] = usable
    _drop_clashes(kept, scopes, problems)
    return Keymap({action: ",".join(keys) for action, keys in kept.items()}, tuple(problems))


def normal(key: str) -> str:
    """Normalize `key` to Textual's name: `?` → `question_mark`, `Ctrl+X` → `ctrl+x`."""
    key = key.strip()
    if len(key) == 1:
        return next(iter(Binding.make_bindings([Binding(key, "")]))).key
    return "+".join(part.strip().lower() for part in key.split("+"))


def _unknown(action: str, known: set[str]) -> SafeText | None:
    if action in known:
        return None
    near = get_close_matches(action, known, n=1, cutoff=0.5)
    return one_line(f"[keys] {action}: there is no such action" + (f"; did you mean {near[0]}?" if near else "."))


def _unusable(action: str, key: str, scopes: Sequence[Scope]) -> SafeText | None:
    typing = any(s.typing and any(b.id == action for b in s.bindings) for s in scopes)
    why = unsendable_reason(key)
    if why is None and action in DESTRUCTIVE and key in DELETING:
        why = "it is too easy to press for an action that cannot be undone"
    if why is None and typing and character(key):
        why = "it types text there"
    return None if why is None else one_line(f"[keys] {action}: {key_name(key)} is refused, {why}.")


def _drop_clashes(kept: dict[str, list[str]], scopes: Sequence[Scope], problems: list[SafeText]) -> None:
    """Refuse one key at a time until none clashes: an action without any left has its default keys again."""
    while clash := _first_clash(kept, scopes):
        mine, key, other = clash
        kept[mine] = [k for k in kept[mine] if k != key]
        if not kept[mine]:
            del kept[mine]
        problems.append(one_line(f"[keys] {mine}: {key_name(key)} is already bound to {other}."))


def _first_clash(kept: Mapping[str, list[str]], scopes: Sequence[Scope]) -> tuple[str, str, str] | None:
    for action in reversed(list(kept)):
        for key in kept[action]:
            for other in _holders(key, action, kept, scopes):
                return action, key, other
    return None


def _holders(key: str, action: str, kept: Mapping[str, list[str]], scopes: Sequence[Scope]) -> Iterable[str]:
    """Return other actions bound to `key` wherever `action` works. A panel's own `escape` may override the screen's."""
    homes = [s for s in scopes if any(b.id == action for b in s.bindings)]
    for place in scopes:
        met = any(place.meets(home) for home in homes)
        for binding in place.bindings:
            reaches = met or (binding.priority and place.screen is None)
            if reaches and binding.id != action and key in _keys(binding, kept):
                yield binding.id or binding.description


def _keys(binding: Binding, kept: Mapping[str, list[str]]) -> list[str]:
    return kept.get(binding.id or "") or [normal(key) for key in binding.key.split(",")]


def with_commands(keymap: Keymap, commands: Sequence[UserCommand], scopes: Sequence[Scope]) -> Keymap:
    """Add keys of the user's commands, which work in all panels of the run screen, where they are free there."""
    kept = {action: keys.split(",") for action, keys in keymap.keys.items()}
    taken: dict[str, str] = {}
    problems = list(keymap.problems)
    for command in commands:
        key = normal(command.key)
        if key and (why := _command_refused(command, key, kept, taken, scopes)) is not None:
            problems.append(one_line(f"[[commands]] {command.name}: {key_name(key)} {why}."))
        elif key:
            taken[key] = command.name
    return Keymap(keymap.keys, tuple(problems), {name: key for key, name in taken.items()})


def _command_refused(
    command: UserCommand, key: str, kept: Mapping[str, list[str]], taken: Mapping[str, str], scopes: Sequence[Scope]
) -> str | None:
    if (why := unsendable_reason(key)) is not None:
        return f"is refused, {why}"
    if CommandTarget.PROMPT in command.on and character(key):
        return "is refused, it types text in the prompt"
    home = Scope("", (), around=True)
    places = (place for place in scopes if place.meets(home))
    holders = (binding for place in places for binding in place.bindings if key in _keys(binding, kept))
    other = next((binding.id or binding.description for binding in holders), None) or taken.get(key)
    return None if other is None else f"is already bound to {other}"


# The key table of the README, from the same bindings as everything else.


def commands_markdown(commands: Iterable[UserCommand], keys: Mapping[str, str]) -> str:
    """Return further rows of that table, one for each command of the user."""
    rows = []
    for command in commands:
        key = f"`{key_name(keys[command.name])}`" if command.name in keys else ""
        name = command.name.replace("|", "\\|")
        rows.append(f"| {key} | {name}: your command on {', '.join(command.on)} | |")
    return "\n".join(rows)


def markdown(scopes: Iterable[Scope]) -> str:
    """Return a Markdown table of keys, tooltips and the action ids to remap them by, one row per action."""
    rows: dict[str, Binding] = {}
    for scope in scopes:
        for binding in scope.bindings:
            if binding.id and binding.description:
                rows.setdefault(binding.id, binding)
    head = ["| key | does | action id |", "|---|---|---|"]
    return "\n".join([*head, *(_row(binding) for binding in rows.values())]) + "\n"


def _row(binding: Binding) -> str:
    keys = " ".join(f"`{key_name(key.strip())}`".replace("|", "\\|") for key in binding.key.split(","))
    does = (binding.tooltip or binding.description).replace("|", "\\|")
    return f"| {keys} | {does} | `{binding.id}` |"
