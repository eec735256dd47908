"""The key table of the README, from the same bindings as everything else."""

from collections.abc import Iterable

from textual.binding import Binding

from cordage_tui.ui.keys.keymap import Scope
from cordage_tui.ui.keys.names import key_name


def markdown(scopes: Iterable[Scope]) -> str:
    """A table of key, what it does, and the action id to remap it by; one row an action, in the order given."""
    rows: dict[str, Binding] = {}
    for scope in scopes:
        for binding in scope.bindings:
            if binding.id and binding.description:
                rows.setdefault(binding.id, binding)
    head = ["| key | does | action id |", "|---|---|---|"]
    return "\n".join([*head, *(_row(binding) for binding in rows.values())]) + "\n"


def _row(binding: Binding) -> str:
    keys = " ".join(f"`{key_name(key.strip())}`".replace("|", "\\|") for key in binding.key.split(","))
    return f"| {keys} | {(binding.tooltip or binding.description).rstrip('.')} | `{binding.id}` |"
