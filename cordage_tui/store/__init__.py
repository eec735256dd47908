"""This machine's truth in SQLite: runs, outbox, drafts, prompt history, settings."""

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
