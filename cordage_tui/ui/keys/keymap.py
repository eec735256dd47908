"""The user's own keys: checked against what there is, and refused with words where they would not work."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input, TextArea

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.keys.names import character, key_name
from cordage_tui.ui.keys.reach import DELETING, unsendable_reason

DESTRUCTIVE: Final = frozenset({"run.kill", "webhooks.remove", "queue.drop"})
"""Actions that end or lose something, even though each asks first."""

RUNS: Final = "runs"
"""The screen with the four panels, as scopes name it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The bindings of one app, screen or panel. Keys of one scope must differ."""

    name: str
    bindings: tuple[Binding, ...]
    around: bool = False
    """The app or a screen: its keys are meant to work inside every panel."""
    typing: bool = False
    """A text field: plain characters are typed there."""
    screen: str | None = RUNS
    """Where it is; None: everywhere. What is on different screens never meets."""

    def meets(self, other: "Scope") -> bool:
        """Whether a key can reach both from one place."""
        together = self.screen == other.screen or None in (self.screen, other.screen)
        return self is other or (together and (self.around or other.around))


@dataclass(frozen=True, slots=True)
class Keymap:
    """What `App.set_keymap` takes, and what was refused."""

    keys: Mapping[str, str]
    problems: tuple[SafeText, ...]
    """One sentence each; the action keeps its default keys."""


def scope(node: type[DOMNode], screen: str = RUNS) -> Scope:
    """The bindings that a class declares itself; of a screen, those around its panels."""
    declared = tuple(b for b in vars(node).get("BINDINGS", ()) if isinstance(b, Binding))
    typing, around = issubclass(node, Input | TextArea), issubclass(node, Screen)
    return Scope(node.__name__, declared, around, typing, screen)


def outer(name: str, bindings: Sequence[Binding], screen: str | None = RUNS) -> Scope:
    """The bindings of the app (`screen` None) or of a screen."""
    return Scope(name, tuple(bindings), around=True, screen=screen)


def checked(wanted: Mapping[str, str], scopes: Sequence[Scope]) -> Keymap:
    """`wanted` (action id → keys, separated by commas) as far as it can be had."""
    known = {b.id for s in scopes for b in s.bindings if b.id}
    problems: list[SafeText] = []
    kept: dict[str, list[str]] = {}
    for action, text in wanted.items():
        keys = [normal(key) for key in text.split(",") if key.strip()]
        refused = _unknown(action, known) or _unusable(action, keys, scopes)
        if refused:
            problems.append(refused)
        else:
            kept[action] = keys
    _drop_clashes(kept, scopes, problems)
    return Keymap({action: ",".join(keys) for action, keys in kept.items()}, tuple(problems))


def normal(key: str) -> str:
    """`key` as Textual names it: `?` → `question_mark`, `Ctrl+X` → `ctrl+x`."""
    key = key.strip()
    if len(key) == 1:
        return next(iter(Binding.make_bindings([Binding(key, "")]))).key
    return "+".join(part.strip().lower() for part in key.split("+"))


def _unknown(action: str, known: set[str]) -> SafeText | None:
    if action in known:
        return None
    near = get_close_matches(action, known, n=1, cutoff=0.5)
    return one_line(f"[keys] {action}: there is no such action" + (f"; did you mean {near[0]}?" if near else "."))


def _unusable(action: str, keys: list[str], scopes: Sequence[Scope]) -> SafeText | None:
    if not keys:
        return one_line(f"[keys] {action}: names no key; its own keys stay.")
    typing = any(s.typing and any(b.id == action for b in s.bindings) for s in scopes)
    for key in keys:
        why = unsendable_reason(key)
        if why is None and action in DESTRUCTIVE and key in DELETING:
            why = "it is pressed too easily for something that cannot be undone"
        if why is None and typing and character(key):
            why = "it is typed into the text there"
        if why is not None:
            return one_line(f"[keys] {action}: {key_name(key)} is refused, {why}.")
    return None


def _drop_clashes(kept: dict[str, list[str]], scopes: Sequence[Scope], problems: list[SafeText]) -> None:
    """Refuses one remapping at a time until none clashes: giving one up brings its default keys back."""
    while clash := _first_clash(kept, scopes):
        mine, key, other = clash
        del kept[mine]
        problems.append(one_line(f"[keys] {mine}: {key_name(key)} is refused, it already stands for {other}."))


def _first_clash(kept: Mapping[str, list[str]], scopes: Sequence[Scope]) -> tuple[str, str, str] | None:
    for action in reversed(list(kept)):
        for key in kept[action]:
            for other in _holders(key, action, kept, scopes):
                return action, key, other
    return None


def _holders(key: str, action: str, kept: Mapping[str, list[str]], scopes: Sequence[Scope]) -> Iterable[str]:
    """Other actions that `key` stands for wherever `action` works. An `escape` of a panel's own may lie over the screen's."""
    homes = [s for s in scopes if any(b.id == action for b in s.bindings)]
    for place in scopes:
        if any(place.meets(home) for home in homes):
            for binding in place.bindings:
                if binding.id != action and key in _keys(binding, kept):
                    yield binding.id or binding.description


def _keys(binding: Binding, kept: Mapping[str, list[str]]) -> list[str]:
    return kept.get(binding.id or "") or [normal(key) for key in binding.key.split(",")]
