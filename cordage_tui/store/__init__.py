"""SQLite store: runs, outbox, drafts, prompt history, settings. It is the single source of truth on this machine."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cordage_tui.store.errors import (
        DatabaseCorrupt,
        DatabaseLocked,
        DatabaseReplaced,
        DiskFull,
        InvalidTransition,
        NewerSchema,
        NotWritable,
        StoreError,
    )
    from cordage_tui.store.file_lock import FileLock
    from cordage_tui.store.store import Store

__all__ = [
    "DatabaseCorrupt",
    "DatabaseLocked",
    "DatabaseReplaced",
    "DiskFull",
    "FileLock",
    "InvalidTransition",
    "NewerSchema",
    "NotWritable",
    "Store",
    "StoreError",
]


def __getattr__(name: str) -> object:
    """Import a name when it is first used: a command that lists runs needs a tenth of all this."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = {"Store": "store", "FileLock": "file_lock"}.get(name, "errors")
    return getattr(import_module(f"{__name__}.{room}"), name)
