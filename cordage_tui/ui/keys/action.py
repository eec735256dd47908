"""Actions: each is one object with everything about a key.

The class of an action has its id, its keys, its texts in footer, palette and help, whether it sends, why it cannot run now,
and what it does. Bindings, footer, help, palette, the user's keymap, `docs/keys.md` and the reasons of disabled keys all read
that object. A screen or panel lists its actions, and binds their keys:

    class DropPrompt(Action["QueueScreen"]):
        \"\"\"Drop this prompt; asks first.\"\"\"

        id, keys, word = "queue.drop", "x", "drop"
        title, search = "Drop a queued prompt", "remove, delete, cancel"
        in_footer = sends = True

        def reason(self, on: "QueueScreen") -> DisabledReason | None:
            return None if on.selected is not None else not_here("Queue is empty.")

        def run(self, on: "QueueScreen") -> None:
            from cordage_tui.ui.dialogs.drop import DropDialog

            on.app.push_screen(DropDialog(on.selected))

    class QueueScreen(ActionNode, Screen[None]):
        ACTIONS = (DropPrompt(), …)
        BINDINGS = bindings_of(ACTIONS)

`run` is the place for late imports: dialogs, screens, and other modules that few users need are imported there.

A key is an action if users know it: the footer, the help or the palette names it, or `[keys]` remaps it. Any other key is a
plain `Binding`, without an id, a tooltip and a place in the footer. Such keys belong to a form or a dialog that names them
itself or moves its focus by them, or to the system, as `ctrl+c` does. `tests/ui/keys/test_keymap.py` holds that.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import partial
from inspect import isawaitable
from typing import Any, ClassVar, Generic, Protocol, TypeVar, runtime_checkable

from textual.actions import parse
from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.events import Key

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.keys.disabled_reasons import DisabledReason

On = TypeVar("On")
"""Type of the object that actions act on: the context of a screen, or a panel or dialog itself."""


@dataclass(frozen=True, slots=True)
class KeyLabel:
    """Label and tooltip of a key that replace those of its binding."""

    title: SafeText
    tooltip: SafeText


class Count(Enum):
    """Meaning of a number that is typed before the key of an action."""

    IGNORED = "ignored"
    """The action runs once."""
    REPEATS = "repeats"
    """`run_times` gets the number."""
    MARKS = "marks"
    """This number of rows is marked, and the action acts on them."""


class Action(Generic[On]):
    """Action of a key, or of the palette only. A subclass has no state: one instance serves all screens."""

    id: str
    """Id with which users remap its keys, such as `run.kill`. It never changes."""
    keys: str = ""
    """Default keys, separated by commas; empty if only the palette offers the action."""
    word: str = ""
    """Word in the footer."""
    title: str = ""
    """Title in the palette; empty: `word`, with a capital letter."""
    search: str = ""
    """Other words that find the action in the palette, separated by commas. If one is typed in full, the action comes first."""
    help: str = ""
    """Sentence in help, palette and `docs/keys.md`: the first paragraph of the docstring, without its full stop."""
    group: Binding.Group | None = None
    """Heading in help; None: the title of the panel."""
    in_footer: bool = False
    """True if the footer shows the action when it has room."""
    in_palette: bool = True
    """False for an action that is not a command, such as moving the cursor."""
    sends: bool = False
    """True for an action that sends, kills or costs money. A read-only profile does not offer it."""
    rare: bool = False
    """True for an action that can seldom run. It is not offered before the screen knows that it can run."""
    priority: bool = False
    """True if its keys work even if the focused widget uses the same keys."""
    count: Count = Count.IGNORED
    """Meaning of a number that is typed before its key."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__doc__ and "help" not in vars(cls):
            cls.help = " ".join(cls.__doc__.partition("\n\n")[0].split()).removesuffix(".")

    def reason(self, on: On) -> DisabledReason | None:
        """Return why the action cannot run now; None if it can."""
        return None

    def label(self, on: On) -> KeyLabel | None:
        """Return a label for the present state, such as `kill 8` while runs are marked; None: the usual label."""
        return None

    def needs_pause(self, on: On) -> bool:
        """Return whether it spends money or discards work at once. Its letter runs it after a pause, because it may be the
        first letter of a word that is meant for a prompt."""
        return False

    def show_held(self, on: On) -> None:
        """Show that its key was pressed, while it waits for the pause."""

    def run(self, on: On) -> Awaitable[object] | None:
        """Run the action."""
        raise NotImplementedError

    def run_times(self, on: On, count: int) -> Awaitable[object] | None:
        """Run the action with the number that was typed before its key. Called unless the attribute `count` is `IGNORED`."""
        return self.run(on)

    @property
    def call(self) -> str:
        """Call of this action as a Textual action, for the node that has it."""
        return call_of(self.id)

    @property
    def command_title(self) -> str:
        """Title in the palette."""
        return self.title or self.word[:1].upper() + self.word[1:]


def call_of(id: str) -> str:
    """Return the call of the action with that id, as a Textual action."""
    return f"act({id!r})"


def bindings_of(actions: Iterable[Action[Any]]) -> list[BindingType]:
    """Return the bindings of the actions that have keys, in the same order."""
    return [
        Binding(
            action.keys,
            action.call,
            action.word,
            action.in_footer,
            priority=action.priority,
            id=action.id,
            tooltip=action.help,
            group=action.group,
        )
        for action in actions
        if action.keys
    ]


class LetterHold(Enum):
    """Result of a letter that spends or discards."""

    NO_LETTER = "no letter"
    """The key is no letter from the terminal. It acts at once."""
    HELD = "held"
    """It acts after a pause."""
    REFUSED = "refused"
    """It is a letter of a word, and does not act."""


class LetterOrder(Protocol):
    """Order of keys, with the pauses between letters. `KeyOrder` is the one of the app."""

    def hold_letter(self, then: Callable[[], object]) -> LetterHold:
        """Call `then` after a pause behind the present letter, unless the letter is of a word."""
        ...

    def is_in_word(self, now: float) -> bool:
        """Return whether the key that led to what happens `now` was typed as fast as a letter of a word."""
        ...

    def follows_fast(self, letter: Key) -> bool:
        """Return whether a letter of a text followed the last command as fast as in a word."""
        ...

    def is_in_burst(self, letter: Key) -> bool:
        """Return whether the last command and a letter of a text are of one paste."""
        ...


@runtime_checkable
class OrdersKeys(Protocol):
    """App that handles one key after the other."""

    key_order: LetterOrder


def key_order_of(node: DOMNode) -> LetterOrder | None:
    """Return the order of keys of the node's app; None if it has none."""
    return node.app.key_order if isinstance(node.app, OrdersKeys) else None


def hold_letter(node: DOMNode, then: Callable[[], object]) -> LetterHold:
    """Call `then` in the node after a pause behind the present letter, if the node's screen is still the one on top. A letter
    of a word is refused."""

    def settle() -> None:
        if node.is_attached and node.screen.is_current:
            node.call_later(then)

    order = key_order_of(node)
    return LetterHold.NO_LETTER if order is None else order.hold_letter(settle)


class ActionNode:
    """Mixin of a screen, panel or app that runs actions, and returns why one cannot run now.

    It is not a node itself, and comes before Textual's classes in the list of bases, because Textual inherits styles and keys
    from the first base that is a node.
    """

    ACTIONS: ClassVar[Sequence[Action[Any]]] = ()
    """Actions, in the footer's order. `BINDINGS = bindings_of(ACTIONS)` binds their keys."""
    actions_by_id: Mapping[str, Action[Any]] = {}
    """Actions of this class and its bases, by id."""

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        lists = [vars(base).get("ACTIONS", ()) for base in reversed(cls.__mro__)]
        cls.actions_by_id = {action.id: action for actions in lists for action in actions}

    def acted_on(self) -> Any:
        """Return the object that the actions act on; None if it does not exist yet."""
        return self

    def why_not_send(self) -> DisabledReason | None:
        """Return why nothing can be sent or killed here, such as in a read-only profile; None if it can."""
        return None

    def why_not(self, action: Action[Any]) -> DisabledReason | None:
        """Return why an action cannot run now; None if it can."""
        if (on := self.acted_on()) is None:
            return DisabledReason(SafeText("Nothing is shown yet.")) if action.rare else None
        return (self.why_not_send() if action.sends else None) or action.reason(on)

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        """Return why a Textual action cannot run now; None if it can."""
        known = self.actions_by_id.get(str(parameters[0])) if action == "act" else None
        return self.why_not(known) if known is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return True if an action can run. Otherwise return None, and Textual dims its key, or False, and Textual hides it."""
        reason = self.disabled_reason(action, parameters)
        if reason is None:
            return True
        return None if reason.dimmed else False

    def label_of(self, id: str) -> KeyLabel | None:
        """Return the label of the action with that id for the present state; None: the usual label."""
        known, on = self.actions_by_id.get(id), self.acted_on()
        return known.label(on) if known is not None and on is not None else None

    async def action_act(self, id: str) -> None:
        """Run an action, at once or after a pause behind its letter. Textual has called `check_action` before."""
        known, on = self.actions_by_id.get(id), self.acted_on()
        if known is None or on is None:
            return
        hold = LetterHold.NO_LETTER
        if isinstance(self, DOMNode) and known.needs_pause(on):
            hold = hold_letter(self, partial(_run_held, self, known))
        if hold is LetterHold.HELD:
            known.show_held(on)
        elif hold is LetterHold.NO_LETTER and isawaitable(waiting := known.run(on)):
            await waiting


async def _run_held(node: "ActionNode", action: Action[Any]) -> None:
    """Run an action after the pause, if it still can run."""
    on = node.acted_on()
    if on is not None and node.why_not(action) is None and isawaitable(waiting := action.run(on)):
        await waiting


def action_of(node: DOMNode, id: str) -> Action[Any] | None:
    """Return the action of a node with that id; None if it has none."""
    return node.actions_by_id.get(id) if isinstance(node, ActionNode) else None


def reason_of(app: App[Any], action: str, node: DOMNode) -> SafeText | None:
    """Return why an action of `node`, or of the node that the action names, cannot run; None if it can or the node does not
    say."""
    destination, name, parameters = parse(action)
    target = getattr(app, destination) if destination else node
    reason = target.disabled_reason(name, parameters) if isinstance(target, ActionNode) else None
    return reason.words if reason is not None else None
