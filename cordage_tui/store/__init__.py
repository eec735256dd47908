"""This machine's truth in SQLite: runs, outbox, drafts, prompt history, settings."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cordage_tui.store.errors import (
        Damaged,
        DiskFull,
        Locked,
        NewerSchema,
        NotWritable,
        Replaced,
        StoreError,
        WrongState,
    )
    from cordage_tui.store.lock import Lock
    from cordage_tui.store.store import Store

__all__ = [
    "Damaged",
    "DiskFull",
    "Lock",
    "Locked",
    "NewerSchema",
    "NotWritable",
    "Replaced",
    "Store",
    "StoreError",
    "WrongState",
]


def __getattr__(name: str) -> object:
    """Loaded when they are asked for: a command that lists runs needs a tenth of all this."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = {"Store": "store", "Lock": "lock"}.get(name, "errors")
    return getattr(import_module(f"{__name__}.{room}"), name)
