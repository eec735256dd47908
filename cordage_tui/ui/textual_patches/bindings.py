"""Bindings of nodes and the keymap.

`DOMNode._bindings`, `App._keymap` and `Screen._modal_binding_chain` have no public names. `Screen.active_bindings` leaves
out disabled actions and widgets without the focus. Without these names, the palette and the help would not name the keys
of other panels, and a key that cannot act would not say why.
Unnecessary with a public `DOMNode.bindings` and `App.keymap`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from textual.app import App
from textual.binding import BindingsMap
from textual.dom import DOMNode
from textual.screen import Screen


def node_bindings(node: DOMNode) -> BindingsMap:
    """Return the bindings of a node itself."""
    return node._bindings


def keymap_of(app: App[Any]) -> Mapping[str, str]:
    """Return the keys that replace the keys of bindings, by binding id."""
    return app._keymap


def binding_chain(screen: Screen[Any]) -> Sequence[tuple[DOMNode, BindingsMap]]:
    """Return the bindings that a key can reach from the focus up to the topmost dialog, including disabled ones."""
    return screen._modal_binding_chain
