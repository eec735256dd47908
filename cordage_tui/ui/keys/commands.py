"""Commands of the palette: their titles, the words they are searched by, and how they are ranked."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.keys.action import Action, ActionNode, reason_of
from cordage_tui.ui.keys.footer import ActiveAction, hints, key_of
from cordage_tui.ui.textual_patches.bindings import node_bindings

# Titles and search words of actions, where the word in the footer does not say enough on its own.


class _Named(NamedTuple):
    title: str
    words: str = ""
    """Other words that people search it by, separated by commas; one that is typed in full comes first."""


TITLES: Final[Mapping[str, _Named]] = {
    "app.help": _Named("Keyboard shortcuts", "help, keys, manual, topics, documentation"),
    "app.theme": _Named("Theme…", "colours, colors, dark, light, appearance"),
    "app.redraw": _Named("Redraw", "repaint, clear screen, refresh screen"),
    "app.suspend": _Named("Suspend", "sleep, background, shell"),
    "app.quit": _Named("Quit", "q, q!, qa, wq, x, exit, close, leave"),
    "prompt.submit": _Named("Run the prompt", "send, submit, trigger"),
    "prompt.editor": _Named("Edit the prompt in $EDITOR", "vim, external"),
    "prompt.history_older": _Named("Earlier prompts", "history, previous, recall"),
}
NOT_COMMANDS: Final = frozenset(
    {
        "app.commands",
        *("prompt.newline", "prompt.history_newer"),
    }
)  # fmt: skip
"""Actions that the palette leaves out: moving about is not a command."""
USERS: Final = "Your commands"
"""Group of the user's commands, which the screen offers whether they have a key or not."""
_MOVES: Final = frozenset({"Move", "Rate", USERS})
"""Groups of bindings whose actions are no commands either."""


def is_command(binding: Binding, action: Action[Any] | None = None) -> bool:
    """Return whether the palette offers a binding, and the action that it is of; None: it has no `Action`."""
    if action is not None:
        return action.in_palette
    group = binding.group.description if binding.group else ""
    return bool(binding.id and binding.description) and binding.id not in NOT_COMMANDS and group not in _MOVES


# A command, and the nodes that have some.

Kind = int
ACTION, WEBHOOK, VIEW, PROFILE, THEME, RUN = range(6)
"""Kinds of commands: of two that match as well, the earlier kind comes first."""


@dataclass(frozen=True, slots=True)
class Command:
    """Line of the palette."""

    title: SafeText
    call: Callable[[], object]
    sentence: SafeText = SafeText("")
    """What it does, or what the named thing is."""
    key: SafeText = SafeText("")
    """First key that does the same."""
    words: str = ""
    """Other words that people search it by, separated by commas."""
    kind: Kind = ACTION
    id: str = ""
    """Id of its action; empty: it has none."""
    disabled: SafeText = SafeText("")
    """Why it cannot be done now; empty: it can."""
    preview: Callable[[], object] | None = None
    """Called when the cursor rests on it."""


@runtime_checkable
class HasCommands(Protocol):
    """Screen or app with commands besides the keys that work from the focus."""

    def palette_commands(self) -> Iterable[Command]:
        """Return the commands, in order."""
        ...


@runtime_checkable
class HasSearch(Protocol):
    """Screen that can search for what no name matches."""

    def otherwise_command(self, typed: str) -> Command:
        """Return the command that searches for `typed`."""
        ...


NEVER: Final = SafeText("")
"""Reason of a command that can always be done."""


def action_command(
    id: str,
    label: str,
    tooltip: SafeText,
    call: Callable[[], object],
    *,
    key: SafeText,
    disabled: SafeText = NEVER,
    action: Action[Any] | None = None,
) -> Command:
    """Return the command of an action; without an `Action`, `label` as in the footer names it if `TITLES` has no better
    one."""
    if action is not None:
        named = _Named(action.command_title, action.search)
    else:
        named = TITLES.get(id, _Named(label[:1].upper() + label[1:]))
    return Command(one_line(named.title), call, tooltip, key, named.words, id=id, disabled=disabled)


def active_commands(app: App[Any]) -> list[Command]:
    """Return the actions that work on the current screen from its focus."""
    return [
        _active(app, hint) for hint in hints(app.screen) if is_command(hint.binding, _action_of(hint.node, hint.id))
    ]


def _action_of(node: DOMNode, id: str) -> Action[Any] | None:
    return node.actions_by_id.get(id) if isinstance(node, ActionNode) else None


def _active(app: App[Any], hint: ActiveAction) -> Command:
    action = _action_of(hint.node, hint.id)
    run = partial(app.run_action, hint.binding.action, hint.node)
    why = NEVER if hint.enabled else reason_of(app, hint.binding.action, hint.node) or NEVER
    command = action_command(hint.id, hint.title, hint.tooltip, run, key=hint.keys[0], disabled=why, action=action)
    return command if hint.title == one_line(hint.binding.description) else _relabelled(command, hint.title)


def _relabelled(command: Command, label: SafeText) -> Command:
    """Name a command as its key is named now, such as `Kill 8`; it is found by its usual title too."""
    return Command(
        SafeText(label[:1].upper() + label[1:]),
        command.call,
        command.sentence,
        command.key,
        words=f"{command.title},{command.words}",
        id=command.id,
        disabled=command.disabled,
    )


def node_commands(node: DOMNode, run: Callable[[str], object]) -> list[Command]:
    """Return the actions of a node that may not have the focus; `run` goes there and runs an action."""
    seen: dict[str, Command] = {}
    for _, binding in node_bindings(node):
        id = binding.id or ""
        action = _action_of(node, id)
        if id not in seen and is_command(binding, action):
            tooltip = one_line(binding.tooltip or binding.description)
            call, why = partial(run, binding.action), reason_of(node.app, binding.action, node) or NEVER
            key, label = key_of(node, id), binding.description
            seen[id] = action_command(id, label, tooltip, call, key=key, disabled=why, action=action)
    return [*seen.values(), *_keyless_commands(node, run)]


def _keyless_commands(node: DOMNode, run: Callable[[str], object]) -> Iterable[Command]:
    """Return the actions that only the palette offers."""
    for action in node.actions_by_id.values() if isinstance(node, ActionNode) else ():
        if not action.keys:
            call, why = partial(run, action.call), reason_of(node.app, action.call, node) or NEVER
            yield action_command(
                action.id, action.word, one_line(action.help), call, key=NEVER, disabled=why, action=action
            )


def all_commands(app: App[Any]) -> list[Command]:
    """Return the commands of the present screen, then those of other panels and screens and of the app; each action
    once."""
    found = [*active_commands(app), *node_commands(app, partial(app.run_action, default_namespace=app))]
    for node in (*reversed(app.screen_stack), app):
        if isinstance(node, HasCommands):
            found += node.palette_commands()
    named: dict[object, Command] = {}
    for command in found:
        named.setdefault(command.id or (command.kind, command.title, len(named)), command)
    return list(named.values())


# Ranking: exact, beginning of the title, words of the title, other words, letters of the title, words of the sentence.

_WORD: Final = re.compile(r"\w+")
_EXACT, _PREFIX, _TITLE_WORDS, _OTHER_WORDS, _LETTERS, _SENTENCE = range(6)
_WIDEST: Final = 3
"""Letters of a title that a typed letter may span on average: more apart is chance."""


class Hit(NamedTuple):
    """Command that was found, and the characters of its title that match."""

    command: Command
    marked: tuple[range, ...] = ()


class CommandIndex:
    """Commands prepared for searching. A search of a thousand takes a few milliseconds."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self._entries = [_Entry(command, place) for place, command in enumerate(commands)]

    def find(self, typed: str) -> list[Hit]:
        """Return the commands that match what was typed, the best first; all of them when nothing was."""
        query = typed.lower().strip().removeprefix(":").strip()
        if not query:
            return [Hit(entry.command) for entry in self._entries]
        words = query.split()
        found = [(rank, entry, marked) for entry in self._entries for rank, marked in entry.matches(query, words)]
        found.sort(key=lambda item: (item[0], item[1].order))
        return [Hit(entry.command, marked) for _, entry, marked in found]


class _Entry:
    """Command with its texts in lower case."""

    def __init__(self, command: Command, place: int) -> None:
        self.command = command
        self.title = command.title.lower()
        self.names = [name.strip() for name in command.words.split(",") if name.strip()]
        self.order = (bool(command.disabled), command.kind, len(self.title), place)
        self._title_words: Sequence[re.Match[str]] | None = None
        self._others: Sequence[str] | None = None

    def matches(self, query: str, words: Sequence[str]) -> Iterable[tuple[tuple[int, int], tuple[range, ...]]]:
        """Return rank and marked characters, or nothing."""
        if query == self.title or query in self.names:
            yield (_EXACT, 0), (range(len(query)),) if query == self.title else ()
        elif self.title.startswith(query):
            yield (_PREFIX, 0), (range(len(query)),)
        elif (marked := self._in_title(words)) is not None:
            yield (_TITLE_WORDS, 0), marked
        elif self._begins_all(words, self._other_words()):
            yield (_OTHER_WORDS, 0), ()
        elif self.command.kind != RUN and (letters := self._letters("".join(words))) is not None:
            yield (_LETTERS, letters[-1] - letters[0]), tuple(range(at, at + 1) for at in letters)
        elif self._begins_all(words, [*self._other_words(), *_WORD.findall(self.command.sentence.lower())]):
            yield (_SENTENCE, 0), ()

    def _in_title(self, words: Sequence[str]) -> tuple[range, ...] | None:
        """Find the title's words that begin with what was typed, in any order."""
        if self._title_words is None:
            self._title_words = list(_WORD.finditer(self.title))
        marked = []
        for word in words:
            at = next((m.start() for m in self._title_words if m[0].startswith(word)), None)
            if at is None:
                return None
            marked.append(range(at, at + len(word)))
        return tuple(marked)

    def _other_words(self) -> Sequence[str]:
        if self._others is None:
            self._others = [*_WORD.findall(self.title), *_WORD.findall(" ".join(self.names))]
        return self._others

    @staticmethod
    def _begins_all(words: Sequence[str], others: Sequence[str]) -> bool:
        return all(any(other.startswith(word) for other in others) for word in words)

    def _letters(self, letters: str) -> list[int] | None:
        """Find the typed letters in the title, in order, from the beginning of a word and close together."""
        for start in re.finditer(rf"\b{re.escape(letters[0])}", self.title):
            at, found = start.start(), [start.start()]
            for letter in letters[1:]:
                at = self.title.find(letter, at + 1)
                if at < 0:
                    break
                found.append(at)
            if len(found) == len(letters) and found[-1] - found[0] < _WIDEST * len(letters):
                return found
        return None
