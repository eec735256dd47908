"""Commands of the palette, and how they are ranked."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from textual.app import App
from textual.dom import DOMNode

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.keys.action import Action, ActionNode, action_of, reason_of
from cordage_tui.ui.keys.footer import ActiveAction, hints, key_of
from cordage_tui.ui.textual_patches.bindings import node_bindings

USERS: Final = "Your commands"
"""Group of the user's commands, which the screen offers whether they have a key or not."""

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
    action: Action[Any],
    call: Callable[[], object],
    *,
    key: SafeText,
    about: SafeText | None = None,
    disabled: SafeText = NEVER,
) -> Command:
    """Return the command of an action. `about`: what it does now, if that is not its help."""
    sentence = one_line(action.help) if about is None else about
    return Command(one_line(action.command_title), call, sentence, key, action.search, id=action.id, disabled=disabled)


def active_commands(app: App[Any]) -> list[Command]:
    """Return the actions that work on the current screen from its focus."""
    active = ((hint, action_of(hint.node, hint.id)) for hint in hints(app.screen))
    return [_active(app, hint, action) for hint, action in active if action is not None and action.in_palette]


def _active(app: App[Any], hint: ActiveAction, action: Action[Any]) -> Command:
    run = partial(app.run_action, hint.binding.action, hint.node)
    why = NEVER if hint.enabled else reason_of(app, hint.binding.action, hint.node) or NEVER
    command = action_command(action, run, key=hint.keys[0], about=hint.tooltip, disabled=why)
    return command if hint.title == one_line(action.word) else _relabelled(command, hint.title)


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
    if not isinstance(node, ActionNode):
        return []
    bound = dict.fromkeys(binding.id or "" for _, binding in node_bindings(node))
    keyless = (action.id for action in node.actions_by_id.values() if not action.keys)
    actions = (node.actions_by_id.get(id) for id in (*bound, *keyless))
    return [_node_command(node, action, run) for action in actions if action is not None and action.in_palette]


def _node_command(node: DOMNode, action: Action[Any], run: Callable[[str], object]) -> Command:
    why = reason_of(node.app, action.call, node) or NEVER
    return action_command(action, partial(run, action.call), key=key_of(node, action.id), disabled=why)


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
