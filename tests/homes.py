"""Homes of tests to which it does not matter that they are copies, or whether the power may fail."""

import sqlite3
from contextlib import closing
from pathlib import Path

from cordage_tui.store.file import database

UNSYNCED = ("synchronous = OFF", *(one for one in database._PRAGMAS if "synchronous" not in one))
"""Settings of a database whose commits are not synced: no test cuts the power, SIGKILL takes nothing from the kernel, and a sync
of the disk is most of what a commit costs."""


def take_for_its_own(file: Path) -> None:
    """Have a copied database take the place where it lies for its own at the next opening, as its user would say so."""
    if file.exists():
        with closing(sqlite3.connect(file)) as raw:
            raw.execute("DELETE FROM home")
            raw.commit()
