"""The key that words on screen name for an action: the user's own where there is one."""

from typing import Any

from textual.screen import Screen

from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.keys.hints import typed
from cordage_tui.ui.keys.names import key_name


def main_key(screen: Screen[Any], action_id: str) -> SafeText:
    """The first key of an action of the app or of `screen` as it is written; empty when no key reaches it."""
    for key, active in screen.active_bindings.items():
        if active.binding.id == action_id:
            return one_line(active.binding.key_display or key_name(key))
    return SafeText("")


def key_from_here(screen: Screen[Any], action_id: str) -> SafeText:
    """The first key that reaches an action from where the focus is, if not from everywhere: a letter that would be typed into
    a text is named only where there is no other."""
    for key, active in screen.active_bindings.items():
        if active.binding.id == action_id and not typed(key, active, screen):
            return one_line(active.binding.key_display or key_name(key))
    return main_key(screen, action_id)
