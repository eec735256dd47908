"""A damaged database: what can be read of it goes into a new one, and the old one is kept beside it."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.file_kind import exists
from cordage_tui.store.connecting import connect
from cordage_tui.store.database import damage_mark
from cordage_tui.store.draft import COMPANIONS, draft_of
from cordage_tui.store.errors import DatabaseCorrupt, worded
from cordage_tui.store.salvage import salvage


def repair(path: Path, clock: Clock, busy_s: float) -> str:
    """Put a new database with all that can be saved in the place of `path`, move that aside, and return what to tell.

    Until the new one is complete the damaged one stays where it is: whoever is killed meanwhile, or runs out of disk, leaves
    it to the next start. One at a time, which is the caller's to see to. Raises OSError and sqlite3.Error.
    """
    at = time.strftime("%Y%m%d-%H%M%S", time.localtime(clock.wall()))
    aside = _free_name(path.with_name(f"{path.name}.damaged-{at}"))
    with draft_of(path, "repair") as draft, _held(path, busy_s) as damaged:
        saved = _saved(damaged, draft, clock.wall()) if damaged else {}
        _move_aside(path, aside)
        draft.replace(path)
    damage_mark(path).unlink(missing_ok=True)
    kept = f"{saved.get('outbox', 0)} submissions and {saved.get('runs', 0)} runs could be saved from it"
    outcome = kept if any(saved.values()) else "nothing in it could be read"
    return f"The database was damaged and was moved aside to {aside}; {outcome}."


def _saved(damaged: sqlite3.Connection, draft: Path, now: float) -> dict[str, int]:
    with contextlib.closing(connect(draft, 0.0)) as fresh:
        return salvage(damaged, fresh, now)


@contextlib.contextmanager
def _held(path: Path, busy_s: float) -> Iterator[sqlite3.Connection | None]:
    """The damaged database, in which nobody else writes meanwhile; None where SQLite can make nothing of it."""
    with contextlib.ExitStack() as undo:
        damaged: sqlite3.Connection | None = None
        try:
            damaged = undo.enter_context(contextlib.closing(connect(path, busy_s)))
            damaged.execute("BEGIN IMMEDIATE")
            damaged.execute("SELECT 1 FROM sqlite_master").fetchall()
        except sqlite3.DatabaseError as error:
            if not isinstance(worded(error, path), DatabaseCorrupt):
                raise
            damaged = None
        yield damaged


def _move_aside(path: Path, aside: Path) -> None:
    """The file itself last, and where it can be, by a second name: there is never none at `path`."""
    for name in COMPANIONS[1:]:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + name).rename(aside.with_name(aside.name + name))
    try:
        aside.hardlink_to(path)
    except OSError:  # a file system without hard links
        path.rename(aside)


def _free_name(wanted: Path) -> Path:
    taken = 1
    free = wanted
    while exists(free):
        taken += 1
        free = wanted.with_name(f"{wanted.name}-{taken}")
    return free
