"""What can be done right now, read from the active bindings: footer, help and palette show nothing else."""

from typing import Any, Final, Protocol, runtime_checkable

from textual.app import App
from textual.binding import ActiveBinding
from textual.dom import DOMNode
from textual.screen import Screen

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.keys.actions import ACTIONS
from cordage_tui.ui.keys.names import character, key_name

_PALETTE: Final = {action.id: action.in_palette for action in ACTIONS}
"""A panel's own keys are offered when its footer shows them; moving about is not a command."""


_PANELS_OWN: Final = frozenset({"runs.mark", "runs.mark_range", "runs.mark_all", "runs.unmark"})
"""Of these the palette offers also what the footer has no room for."""


@dataclass(frozen=True, slots=True)
class KeyLabel:
    """What a key says instead of its binding's words."""

    title: SafeText
    tooltip: SafeText


@runtime_checkable
class HasKeyLabels(Protocol):
    """A node whose keys act on something that changes, and say so."""

    def key_words(self, action: str) -> KeyLabel | None:
        """For the action of that id; None: what its binding says."""
        ...


@dataclass(frozen=True, slots=True)
class ActiveAction:
    """One action that works now, with the keys that reach it from where the focus is."""

    id: str
    keys: tuple[SafeText, ...]
    """As written on screen, the main one first."""
    title: SafeText
    tooltip: SafeText
    section: SafeText
    """Its heading in help."""
    call: str
    node: DOMNode
    """Where `call` is run."""
    in_footer: bool
    in_palette: bool
    everywhere: bool
    """Of the app, so it works on every screen."""


def hints(screen: Screen[Any]) -> tuple[ActiveAction, ...]:
    """Actions with an id (ours) that are enabled, from the focused widget outwards."""
    groups: dict[tuple[DOMNode, str], list[tuple[str, ActiveBinding]]] = {}
    for key, active in screen.active_bindings.items():
        if (binding := active.binding).id and binding.description and active.enabled and not typed(key, active, screen):
            groups.setdefault((active.node, binding.id), []).append((key, active))
    return tuple(_hint(group) for group in groups.values())


def typed(key: str, active: ActiveBinding, screen: Screen[Any]) -> bool:
    """The focused widget takes this key as text, before any node around it is asked."""
    focused = screen.focused
    return focused is not None and active.node is not focused and focused.check_consume_key(key, character(key))


def _hint(group: list[tuple[str, ActiveBinding]]) -> ActiveAction:
    active = group[0][1]
    binding = active.binding
    words = active.node.key_words(binding.id or "") if isinstance(active.node, HasKeyLabels) else None
    heading = binding.group.description if binding.group else ""
    return ActiveAction(
        id=binding.id or "",
        keys=tuple(dict.fromkeys(one_line(binding.key_display or key_name(key)) for key, _ in group)),
        title=words.title if words else one_line(binding.description),
        tooltip=words.tooltip if words else one_line(active.tooltip or binding.description),
        section=one_line(heading or active.node.BINDING_GROUP_TITLE or type(active.node).__name__),
        call=binding.action,
        node=active.node,
        in_footer=binding.show,
        in_palette=_PALETTE.get(binding.id or "", binding.show or binding.id in _PANELS_OWN),
        everywhere=isinstance(active.node, App),
    )
