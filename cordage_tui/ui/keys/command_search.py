"""Commands of the palette, and their ranking."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from textual.app import App
from textual.dom import DOMNode

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.keys.action import Action, ActionNode, action_of, reason_of
from cordage_tui.ui.keys.footer import ActiveAction, hints, key_of
from cordage_tui.ui.textual_patches.bindings import node_bindings

USERS: Final = "Your commands"
"""Group of the user's commands, which the screen offers whether they have a key or not."""

# A command, and the nodes that have some.

Kind = int
ACTION, PAGE, WEBHOOK, VIEW, PROFILE, THEME, MANUAL, RUN = range(8)
"""Kinds of commands. If two commands match equally well, the earlier kind comes first."""


@dataclass(frozen=True, slots=True)
class Command:
    """Line of the palette."""

    title: SafeText
    call: Callable[[], object]
    sentence: SafeText = SafeText("")
    """What the command does, or what the named thing is."""
    key: SafeText = SafeText("")
    """Name of the first key that does the same."""
    words: str = ""
    """Other words that find it, separated by commas."""
    kind: Kind = ACTION
    id: str = ""
    """Id of its action; empty if it has none."""
    disabled: SafeText = SafeText("")
    """Why it cannot run now; empty if it can."""
    preview: Callable[[], object] | None = None
    """Function that is called when the cursor stops on the command."""


@runtime_checkable
class HasCommands(Protocol):
    """Screen or app with commands in addition to the actions whose keys work from the focus."""

    def palette_commands(self) -> Iterable[Command]:
        """Return the commands, in order."""
        ...


@runtime_checkable
class HasSearch(Protocol):
    """Screen that can search for a text that matches no command."""

    def otherwise_command(self, typed: str) -> Command:
        """Return the command that searches for `typed`."""
        ...


NEVER: Final = SafeText("")
"""Reason of a command that can always run."""


def action_command(
    action: Action[Any],
    call: Callable[[], object],
    *,
    key: SafeText,
    about: SafeText | None = None,
    disabled: SafeText = NEVER,
) -> Command:
    """Return the command of an action. `about` says what it does now; None: its help does."""
    sentence = one_line(action.help) if about is None else about
    return Command(one_line(action.command_title), call, sentence, key, action.search, id=action.id, disabled=disabled)


def active_commands(app: App[Any]) -> list[Command]:
    """Return commands for the actions whose keys work from the focus of the current screen."""
    active = ((hint, action_of(hint.node, hint.id)) for hint in hints(app.screen))
    return [_active(app, hint, action) for hint, action in active if action is not None and action.in_palette]


def _active(app: App[Any], hint: ActiveAction, action: Action[Any]) -> Command:
    run = partial(app.run_action, hint.binding.action, hint.node)
    why = NEVER if hint.enabled else reason_of(app, hint.binding.action, hint.node) or NEVER
    command = action_command(action, run, key=hint.keys[0], about=hint.tooltip, disabled=why)
    return command if hint.title == one_line(action.word) else _relabelled(command, hint.title)


def _relabelled(command: Command, label: SafeText) -> Command:
    """Return a command with the present label of its key, such as `Kill 8`. Its usual title still finds it."""
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
    """Return commands for the actions of a node that may not have the focus. `run` goes to the node and runs an action."""
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
    """Return the commands of the present screen, then those of other panels, other screens and the app. Each action appears
    once."""
    commands = [*active_commands(app), *node_commands(app, partial(app.run_action, default_namespace=app))]
    for node in (*reversed(app.screen_stack), app):
        if isinstance(node, HasCommands):
            commands += node.palette_commands()
    named: dict[object, Command] = {}
    for command in commands:
        named.setdefault(command.id or (command.kind, command.title, len(named)), command)
    return list(named.values())


# Ranks: whole title, beginning of the title, words of the title, other words, letters of the title, words of the sentence.

_WORD: Final = re.compile(r"\w+")
_EXACT, _PREFIX, _TITLE_WORDS, _OTHER_WORDS, _LETTERS, _SENTENCE = range(6)
_WIDEST: Final = 3
"""Most letters of a title for each typed letter. If the matching letters are further apart, they match by chance."""


class Hit(NamedTuple):
    """Command that was found, and the ranges of characters in its title that match."""

    command: Command
    marked: tuple[range, ...] = ()


class CommandIndex:
    """Index of commands for a search. Searching a thousand commands takes a few milliseconds."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self._entries = [_Entry(command, place) for place, command in enumerate(commands)]

    def find(self, typed: str) -> list[Hit]:
        """Return the commands that match the typed text, the best first; if nothing was typed, return all commands."""
        query = typed.lower().strip().removeprefix(":").strip()
        if not query:
            return [Hit(entry.command) for entry in self._entries]
        words = query.split()
        hits = [(rank, entry, marked) for entry in self._entries for rank, marked in entry.matches(query, words)]
        hits.sort(key=lambda item: (item[0], item[1].order))
        return [Hit(entry.command, marked) for _, entry, marked in hits]


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
        """Yield the rank and the matching characters of the title, or nothing if the command does not match."""
        if query == self.title or query in self.names:
            yield (_EXACT, 0), (range(len(query)),) if query == self.title else ()
        elif self.title.startswith(query):
            yield (_PREFIX, 0), (range(len(query)),)
        elif (marked := self._in_title(words)) is not None:
            yield (_TITLE_WORDS, 0), marked
        elif self._begins_all(words, self._other_words()):
            yield (_OTHER_WORDS, 0), ()
        elif self.command.kind != RUN and (letters := self._letters("".join(words))) is not None:
            yield (_LETTERS, letters[-1] - letters[0]), tuple(range(index, index + 1) for index in letters)
        elif self._begins_all(words, [*self._other_words(), *_WORD.findall(self.command.sentence.lower())]):
            yield (_SENTENCE, 0), ()

    def _in_title(self, words: Sequence[str]) -> tuple[range, ...] | None:
        """Find the words of the title that begin with the typed words, in any order. None if one is missing."""
        if self._title_words is None:
            self._title_words = list(_WORD.finditer(self.title))
        marked = []
        for word in words:
            start = next((m.start() for m in self._title_words if m[0].startswith(word)), None)
            if start is None:
                return None
            marked.append(range(start, start + len(word)))
        return tuple(marked)

    def _other_words(self) -> Sequence[str]:
        if self._others is None:
            self._others = [*_WORD.findall(self.title), *_WORD.findall(" ".join(self.names))]
        return self._others

    @staticmethod
    def _begins_all(words: Sequence[str], others: Sequence[str]) -> bool:
        return all(any(other.startswith(word) for other in others) for word in words)

    def _letters(self, letters: str) -> list[int] | None:
        """Find the typed letters in the title, in order, from the beginning of a word and close together. None if they are not
        there."""
        for start in re.finditer(rf"\b{re.escape(letters[0])}", self.title):
            index, indexes = start.start(), [start.start()]
            for letter in letters[1:]:
                index = self.title.find(letter, index + 1)
                if index < 0:
                    break
                indexes.append(index)
            if len(indexes) == len(letters) and indexes[-1] - indexes[0] < _WIDEST * len(letters):
                return indexes
        return None
