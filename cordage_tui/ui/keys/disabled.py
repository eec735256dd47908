"""Disabled actions: why a key cannot act now, said in one short line instead of nothing."""

from typing import Any

from textual.actions import parse
from textual.app import App
from textual.dom import DOMNode

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line


@dataclass(frozen=True, slots=True)
class DisabledReason:
    """Reason why an action cannot be carried out now."""

    words: SafeText
    """One short sentence."""
    dimmed: bool = False
    """The footer shows the action dimmed, because it depends on the row under the cursor and comes back with the next; else
    it is left out."""


def not_here(words: str) -> DisabledReason:
    """Return a reason that depends on what is under the cursor."""
    return DisabledReason(SafeText(words), dimmed=True)


def read_only(profile: str) -> DisabledReason:
    """Return the reason of actions that send or kill, in a profile that is read-only."""
    return DisabledReason(one_line(f"Profile {profile} is read-only: nothing is sent or killed."))


class ReasonedActions:
    """Mixin of a node whose actions are disabled for a reason. It overrides `disabled_reason` only: what the footer shows,
    what the palette offers and what is said of a key that cannot act all follow from it.

    No node itself: Textual inherits styles and keys from the first base that is one.
    """

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        """Return why the action cannot be carried out now; None: it can."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return True for what can be done; None, which Textual shows dimmed, or False, which it hides, for what cannot."""
        reason = self.disabled_reason(action, parameters)
        if reason is None:
            return True
        return None if reason.dimmed else False


def reason_of(app: App[Any], action: str, node: DOMNode) -> SafeText | None:
    """Return why an action of `node` (or of the node that it names) cannot be carried out; None: it can, or nobody knows."""
    target, name, parameters = parsed(app, action, node)
    reason = target.disabled_reason(name, parameters) if isinstance(target, ReasonedActions) else None
    return reason.words if reason is not None else None


def parsed(app: App[Any], action: str, node: DOMNode) -> tuple[DOMNode, str, tuple[object, ...]]:
    """Return the node that carries out an action of `node`, which may name another, and the action's name and parameters."""
    destination, name, parameters = parse(action)
    return getattr(app, destination) if destination else node, name, parameters
