"""Copies of a home, for tests to which it does not matter that they are copies."""

import sqlite3
from contextlib import closing
from pathlib import Path


def take_for_its_own(database: Path) -> None:
    """Have a copied database take the place where it lies for its own at the next opening, as its user would say so."""
    if database.exists():
        with closing(sqlite3.connect(database)) as raw:
            raw.execute("DELETE FROM home")
            raw.commit()
