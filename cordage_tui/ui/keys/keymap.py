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
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.keys.key_names import character, key_name

# Keys that can be sent through a plain terminal, tmux and SSH.

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
"""Keys that people press without thinking in editors and shells. No destructive action may have one."""


def unsendable_reason(key: str) -> str | None:
    """Return why `key` is unreliable, as the end of a sentence; None if it is reliable."""
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


# Check of the user's keys. Keys that would not work are refused with a reason.

DESTRUCTIVE: Final = frozenset({"run.kill", "webhooks.remove", "queue.drop"})
"""Actions that end or remove something, even though each one asks first."""

RUNS: Final = "runs"
"""Name of the screen with the four panels."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Bindings of an app, a screen or a panel. The keys in a scope must differ."""

    name: str
    bindings: tuple[Binding, ...]
    around: bool = False
    """True for the app or a screen, whose keys work in each panel."""
    typing: bool = False
    """True for a text field, in which plain characters are text."""
    screen: str | None = RUNS
    """Screen that it belongs to; None: all screens that are not modal. Scopes of different screens never meet."""
    modal: bool = False
    """True for a modal screen. There only those keys of the app work that have `priority`."""

    def meets(self, other: "Scope") -> bool:
        """Return whether a key can reach both scopes from the same focus."""
        everywhere = None in (self.screen, other.screen) and not (self.modal or other.modal)
        together = self.screen == other.screen or everywhere
        return self is other or (together and (self.around or other.around))


@dataclass(frozen=True, slots=True)
class Keymap:
    """Keymap for `App.set_keymap`, and the keys that were refused."""

    keys: Mapping[str, str]
    problems: tuple[SafeText, ...]
    """Reasons, one sentence for each refused key. An action without any other key keeps its default keys."""
    commands: "Mapping[str, str]" = field(default_factory=dict)
    """Keys of the user's commands, by name. A command without a key, or with a refused key, is missing."""


def scope(node: type[DOMNode], screen: str | None = RUNS) -> Scope:
    """Return the scope of a class with the bindings that it declares itself. `screen` is None for the app."""
    declared = tuple(b for b in vars(node).get("BINDINGS", ()) if isinstance(b, Binding))
    typing, around = issubclass(node, Input | TextArea), issubclass(node, App | Screen)
    return Scope(node.__name__, declared, around, typing, screen, modal=issubclass(node, ModalScreen))


def checked(keymap: Mapping[str, str], scopes: Sequence[Scope]) -> Keymap:
    """Check a user's keymap (action id → keys, separated by commas). A refused key is left out, and the other keys stay."""
    known_ids = {b.id for s in scopes for b in s.bindings if b.id}
    problems: list[SafeText] = []
    accepted: dict[str, list[str]] = {}
    for action, text in keymap.items():
        keys = [normal(key) for key in text.split(",") if key.strip()]
        if refused := _unknown(action, known_ids):
            problems.append(refused)
            continue
        unusable = {key: problem for key in keys if (problem := _unusable(action, key, scopes))}
        problems += unusable.values() if keys else [one_line(f"[keys] {action}: names no key; the defaults stay.")]
        if usable := [key for key in keys if key not in unusable]:
            accepted[action] = usable
    _drop_clashes(accepted, scopes, problems)
    return Keymap({action: ",".join(keys) for action, keys in accepted.items()}, tuple(problems))


def normal(key: str) -> str:
    """Return Textual's name of a key: `?` → `question_mark`, `Ctrl+X` → `ctrl+x`."""
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
    is_typed = any(s.typing and any(b.id == action for b in s.bindings) for s in scopes)
    reason = unsendable_reason(key)
    if reason is None and action in DESTRUCTIVE and key in DELETING:
        reason = "it is too easy to press for an action that cannot be undone"
    if reason is None and is_typed and character(key):
        reason = "it types text there"
    return None if reason is None else one_line(f"[keys] {action}: {key_name(key)} is refused, {reason}.")


def _drop_clashes(accepted: dict[str, list[str]], scopes: Sequence[Scope], problems: list[SafeText]) -> None:
    """Refuse one key at a time until no keys clash. An action without any other key gets its default keys again."""
    while clash := _first_clash(accepted, scopes):
        action, key, other = clash
        accepted[action] = [accepted_key for accepted_key in accepted[action] if accepted_key != key]
        if not accepted[action]:
            del accepted[action]
        problems.append(one_line(f"[keys] {action}: {key_name(key)} is already bound to {other}."))


def _first_clash(accepted: Mapping[str, list[str]], scopes: Sequence[Scope]) -> tuple[str, str, str] | None:
    for action in reversed(list(accepted)):
        for key in accepted[action]:
            for other in _holders(key, action, accepted, scopes):
                return action, key, other
    return None


def _holders(key: str, action: str, accepted: Mapping[str, list[str]], scopes: Sequence[Scope]) -> Iterable[str]:
    """Yield other actions with `key` that can be reached where `action` works. A panel's `escape` may override the screen's."""
    homes = [s for s in scopes if any(b.id == action for b in s.bindings)]
    for scope in scopes:
        meets_home = any(scope.meets(home) for home in homes)
        for binding in scope.bindings:
            reaches = meets_home or (binding.priority and scope.screen is None)
            if reaches and binding.id != action and key in _keys(binding, accepted):
                yield binding.id or binding.description


def _keys(binding: Binding, accepted: Mapping[str, list[str]]) -> list[str]:
    return accepted.get(binding.id or "") or [normal(key) for key in binding.key.split(",")]


def with_commands(keymap: Keymap, commands: Sequence[UserCommand], scopes: Sequence[Scope]) -> Keymap:
    """Add the keys of the user's commands, if no other action has them. They work in all panels of the screen of runs."""
    accepted = {action: keys.split(",") for action, keys in keymap.keys.items()}
    command_names: dict[str, str] = {}
    problems = list(keymap.problems)
    for command in commands:
        key = normal(command.key)
        if key and (reason := _command_refused(command, key, accepted, command_names, scopes)) is not None:
            problems.append(one_line(f"[[commands]] {command.name}: {key_name(key)} {reason}."))
        elif key:
            command_names[key] = command.name
    return Keymap(keymap.keys, tuple(problems), {name: key for key, name in command_names.items()})


def _command_refused(
    command: UserCommand,
    key: str,
    accepted: Mapping[str, list[str]],
    command_names: Mapping[str, str],
    scopes: Sequence[Scope],
) -> str | None:
    if (reason := unsendable_reason(key)) is not None:
        return f"is refused, {reason}"
    if CommandTarget.PROMPT in command.on and character(key):
        return "is refused, it types text in the prompt"
    home = Scope("", (), around=True)
    meeting = (scope for scope in scopes if scope.meets(home))
    holders = (binding for scope in meeting for binding in scope.bindings if key in _keys(binding, accepted))
    other = next((binding.id or binding.description for binding in holders), None) or command_names.get(key)
    return None if other is None else f"is already bound to {other}"


# Rows of the key tables of the manual for the user's commands.


def commands_markdown(commands: Iterable[UserCommand], keys: Mapping[str, str]) -> str:
    """Return a row of a Markdown table for each command of the user."""
    rows = []
    for command in commands:
        key = f"`{key_name(keys[command.name])}`" if command.name in keys else ""
        name = command.name.replace("|", "\\|")
        rows.append(f"| {key} | {name}: your command on {', '.join(command.on)} | |")
    return "\n".join(rows)
