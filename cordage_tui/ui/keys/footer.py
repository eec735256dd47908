"""Footer, key hints of active actions, messages about keys, and the user's own key for an action that a text advises."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, runtime_checkable

from textual import events
from textual.app import App
from textual.binding import ActiveBinding, Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.notifications import Notification, Notify
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.keys.action import ActionNode, reason_of
from cordage_tui.ui.keys.key_names import SAME_AS_ENTER, character, key_name
from cordage_tui.ui.textual_patches.app import has_toasts, remove_toast
from cordage_tui.ui.textual_patches.bindings import binding_chain, keymap_of, node_bindings
from cordage_tui.ui.widgets.text import literal

# Active actions, read from the bindings. Footer and help show only these.


@dataclass(frozen=True, slots=True)
class ActiveAction:
    """Action that can run now or on another row, with the keys that reach it from the focus."""

    id: str
    keys: tuple[SafeText, ...]
    """Names of the keys on screen, the main key first."""
    title: SafeText
    tooltip: SafeText
    section: SafeText
    """Heading in help."""
    node: DOMNode
    """Node that runs the action of the binding."""
    binding: Binding
    enabled: bool
    in_footer: bool
    everywhere: bool
    """True for an action of the app, which works on every screen."""


def hints(screen: Screen[Any], *, footer: bool = False) -> tuple[ActiveAction, ...]:
    """Return the actions with an id (our own) that are not hidden, from the focused widget outwards. `footer`: only those for
    the footer."""
    groups: dict[tuple[DOMNode, str], list[tuple[str, ActiveBinding]]] = {}
    for key, active in screen.active_bindings.items():
        binding = active.binding
        if not (binding.id and binding.description and (binding.show or not footer)):
            continue
        if not typed(key, active, screen) and _can_be_named(key, screen):
            groups.setdefault((active.node, binding.id), []).append((key, active))
    return tuple(_hint(group) for group in groups.values())


def _can_be_named(key: str, screen: Screen[Any]) -> bool:
    """Return whether the key can be named, because the terminal is known to distinguish it from others."""
    return key != SAME_AS_ENTER or getattr(screen.app, "tells_modifiers", False)


def typed(key: str, active: ActiveBinding, screen: Screen[Any]) -> bool:
    """Return whether the focused widget takes this key as text, so that no node around it gets the key."""
    focused = screen.focused
    return focused is not None and active.node is not focused and focused.check_consume_key(key, character(key))


def _hint(group: list[tuple[str, ActiveBinding]]) -> ActiveAction:
    active = group[0][1]
    binding = active.binding
    label = active.node.label_of(binding.id or "") if isinstance(active.node, ActionNode) else None
    heading = binding.group.description if binding.group else ""
    return ActiveAction(
        id=binding.id or "",
        keys=tuple(dict.fromkeys(one_line(binding.key_display or key_name(key)) for key, _ in group)),
        title=label.title if label else one_line(binding.description),
        tooltip=label.tooltip if label else one_line(active.tooltip or binding.description),
        section=one_line(heading or active.node.BINDING_GROUP_TITLE or _screen_title(active.node)),
        node=active.node,
        binding=binding,
        enabled=active.enabled,
        in_footer=binding.show,
        everywhere=isinstance(active.node, App),
    )


def _screen_title(node: DOMNode) -> str:
    """Return the heading for keys of a node without a title of its own."""
    return (node.TITLE if isinstance(node, Screen) else None) or "This screen"


# Key that is named on screen for an action. A key that the user has chosen comes first.


def main_key(screen: Screen[Any], action_id: str) -> SafeText:
    """Return the name of the first key of an action of the app or of `screen`; empty if no key reaches it."""
    for key, active in screen.active_bindings.items():
        if active.binding.id == action_id:
            return one_line(active.binding.key_display or key_name(key))
    return SafeText("")


def key_from_here(screen: Screen[Any], action_id: str) -> SafeText:
    """Return the name of the first key that reaches an action from the focus.

    A letter that would be typed into a text is named only if there is no other key.
    """
    for key, active in screen.active_bindings.items():
        if active.binding.id == action_id and not typed(key, active, screen):
            return one_line(active.binding.key_display or key_name(key))
    return main_key(screen, action_id)


def key_of(node: DOMNode, action_id: str) -> SafeText:
    """Return the name of the first key of an action of `node` or a node around it, focused or not; empty if it has none."""
    return next(iter(keys_of(node, action_id)), SafeText(""))


def keys_of(node: DOMNode, action_id: str) -> list[SafeText]:
    """Return the names of all keys of an action of `node` or a node around it, focused or not."""
    if keys := keymap_of(node.app).get(action_id):
        return [one_line(key_name(key)) for key in keys.split(",")]
    return [
        one_line(binding.key_display or key_name(key))
        for around in node.ancestors_with_self
        for key, binding in node_bindings(around)
        if binding.id == action_id
    ]


# Footer, which is the last line of a screen.

GAP: Final = 3
"""Cells between two hints. One cell is before the first hint."""


@dataclass(frozen=True, slots=True)
class FooterItem:
    """Hint and the cells it takes, from `start` to before `end`."""

    hint: ActiveAction
    start: int
    end: int


def fitted(shown: Sequence[ActiveAction], width: int) -> tuple[FooterItem, ...]:
    """Return as many hints as fit in `width` cells. Help and commands come last and are left out last."""
    panel_hints = [hint for hint in shown if hint.in_footer and not hint.everywhere]
    app_hints = [hint for hint in shown if hint.in_footer and hint.everywhere]
    while _length([*panel_hints, *app_hints]) > width and (panel_hints or app_hints):
        (panel_hints or app_hints).pop()
    return _placed([*panel_hints, *app_hints])


def _placed(row: Sequence[ActiveAction]) -> tuple[FooterItem, ...]:
    items: list[FooterItem] = []
    start = 1
    for hint in row:
        items.append(FooterItem(hint, start, start + _cells(hint)))
        start = items[-1].end + GAP
    return tuple(items)


def _cells(hint: ActiveAction) -> int:
    return literal(hint.keys[0]).cell_length + 1 + literal(hint.title).cell_length


def _length(row: Sequence[ActiveAction]) -> int:
    return sum(_cells(hint) for hint in row) + GAP * (len(row) - 1) + 2


def drawn(items: Sequence[FooterItem], *, bold: bool = False) -> Content:
    """Draw ` t prompt   x kill`: keys in the accent colour, words quiet, actions that cannot run now dimmed. `bold`: keys are
    bold, for terminals with few or no colours."""
    return Content.assemble(" ", Content(" " * GAP).join([_drawn_hint(item.hint, bold) for item in items]))


def _drawn_hint(hint: ActiveAction, bold: bool) -> Content:
    key, words = ("$accent", "$quiet") if hint.enabled else ("$edge", "$edge")
    key = f"{key} bold" if bold and hint.enabled else key
    return Content.assemble(literal(hint.keys[0], key), " ", literal(hint.title, words))


SAID_S: Final = 4.0
"""Seconds for which the footer shows a message, unless another key comes first."""


class Footer(Widget):
    """Footer with the bindings that are active from the focused widget outwards. A click on one runs it."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[ActiveAction, ...] | None = None
        """Hints in the footer; None until they are first drawn, because bindings change several times while a screen opens."""
        self._message: Content | None = None
        self._until: Timer | None = None

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._update_hints)

    def show_message(self, key: SafeText, words: SafeText) -> None:
        """Show a message about a key instead of the hints, for `SAID_S` or until `clear_message`. With an empty `key`, no key is named."""
        self.clear_message()
        key_text = Content.assemble(literal(key, "$accent"), "  ") if key else Content("")
        message = self._message = Content.assemble(" ", key_text, literal(words, "$foreground"))
        self._until = self.set_timer(SAID_S, lambda: self._end_message(message))
        self.refresh()

    def _end_message(self, message: Content) -> None:
        """Remove a message after its time. An old timer may call this after a newer message came, which then stays."""
        if self._message is message:
            self.clear_message()

    def clear_message(self) -> None:
        """Remove the message, and show the hints again."""
        if self._until is not None:
            self._until.stop()
            self._until = self._message = None
            self.refresh()

    def render(self) -> Content:
        if self._message is not None:
            return self._message
        few_colours = self.app.no_color or self.app.current_theme.ansi
        return drawn(fitted(self._hints(), self.size.width), bold=few_colours)

    async def on_click(self, event: events.Click) -> None:
        item = next((s for s in fitted(self._hints(), self.size.width) if s.start <= event.x < s.end), None)
        self.clear_message()
        if item is not None:
            hint = item.hint
            handled = await self.app.run_action(hint.binding.action, hint.node)
            reason = None if handled else reason_of(self.app, hint.binding.action, hint.node)
            if reason is not None:
                self.show_message(hint.keys[0], reason)

    def _update_hints(self, screen: Screen[Any]) -> None:
        """Update the hints, and repaint them only if they differ."""
        if self._shown is not None and (new_hints := hints(screen, footer=True)) != self._shown:
            self._shown = new_hints
            self.refresh()

    def _hints(self) -> tuple[ActiveAction, ...]:
        if self._shown is None:
            self._shown = hints(self.screen, footer=True)
        return self._shown


# Messages about keys: why a key did nothing, or what it did.


@runtime_checkable
class HasLetters(Protocol):
    """Screen with letters that are no bindings, such as those of a menu."""

    def letters(self) -> Sequence[str]:
        """Return the names of the letters that do something now."""


class KeyMessages:
    """Messages about the keys of an app. They are shown in the footer, or without a footer in a toast that replaces the last
    one."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._toast: Notification | None = None

    def show(self, key: str, words: SafeText) -> None:
        """Show a message about a key. With an empty `key` it is about a command."""
        footer = next(iter(self._app.screen.query(Footer)), None)
        if footer is not None:
            footer.show_message(one_line(key), words)
            return
        if self._toast is not None:
            remove_toast(self._app, self._toast)
        self._toast = Notification(one_line(f"{key} {words}" if key else words), timeout=SAID_S)
        self._app.post_message(Notify(self._toast))

    def explain(self, key: str) -> None:
        """Show why a key did nothing."""
        reasons = [
            reason_of(self._app, binding.action, node)
            for node, bindings in binding_chain(self._app.screen)
            for binding in bindings.key_to_bindings.get(key, ())
        ]
        reason = next(filter(None, reasons), None)
        if reason is None and not reasons and character(key):
            reason = one_line(f"does nothing here. {self._keys_here()}")
        if reason is not None:
            self.show(key_name(key), reason)

    def _keys_here(self) -> str:
        """Return a sentence that names the key of the help; in a dialog, which has no help, its own keys."""
        screen = self._app.screen
        if help_key := main_key(screen, "app.help"):
            return f"{help_key} shows the keys that do."
        key_texts = [
            f"{' or '.join(hint.keys)} {hint.title}" for hint in hints(screen, footer=True) if not hint.everywhere
        ]
        if isinstance(screen, HasLetters) and (letters := screen.letters()):
            key_texts.insert(0, f"{' '.join(letters)} choose")
        return f"Keys here: {', '.join(key_texts)}." if key_texts else ""

    def clear(self, next_key: str) -> None:
        """Remove the message of the key before this one. `escape` also closes the toasts, in addition to its action."""
        if next_key == "escape" and has_toasts(self._app):
            self._app.clear_notifications()
        for footer in self._app.screen.query(Footer):
            footer.clear_message()


# Keys for the action that a text advises.

_WAYS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "app.new_key": (("app.new_key", "enters it"), ("queue.new_key", "enters it")),
    "queue.resume": (("queue.pause", "resumes"), ("app.queue", "opens the queue to resume")),
    "queue.send_first": (
        ("queue.send_first", "sends the rest"),
        ("app.queue", "opens the queue to send or drop the rest"),
    ),
    "queue.approve": (("queue.approve", "approves it"), ("app.queue", "opens the queue to approve or drop it")),
    "queue.edit": (("queue.edit", "edits it"), ("app.queue", "opens the queue to edit or drop it")),
    "run.kill": (("run.kill", "retries"),),
    "run.edit": (("run.edit", "edits it"),),
    "run.settle": (("run.settle", "settles it"),),
    "run.resend": (("app.queue", "opens the queue to decide"), ("run.resend", "resends it")),
    "runs.refresh": (("runs.refresh", "retries"),),
}
"""Bindings for each advised action, and what their keys do. The most direct binding comes first."""


def ways_of(text: str | None) -> Sequence[tuple[str, str]]:
    """Return the bindings for the action that a text advises, and what their keys do. The most direct comes first."""
    return _WAYS.get(action_of(text) or "", ())


def with_key(text: SafeText, screen: Screen[Any]) -> SafeText:
    """Append the key for the advised action on `screen`; return `text` unchanged if no key does it."""
    for action, effect in ways_of(text):
        if key := main_key(screen, action):
            return SafeText(f"{text} {key} {effect}.")
    return SafeText(str(text))
