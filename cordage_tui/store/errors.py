"""Database errors, worded for a person, and how SQLite's errors become those."""

import sqlite3
from pathlib import Path
from typing import Final

from cordage_tui.domain.safe_text import SafeText, one_line, safe


class StoreError(Exception):
    """A database error that a user can meet; nothing was written when it is raised."""

    def __init__(self, why: str, then: str = "") -> None:
        """Set the cause, and its meaning with the next step."""
        what = f"{why} {then}".rstrip()
        super().__init__(what)
        self.why: SafeText = safe(why)
        """The cause alone, for what must not be repeated: a request that was sent before."""
        self.what: SafeText = safe(what)


class NewerSchema(StoreError):
    """The file was written by a newer version of this program; it is left as it is."""


class DatabaseCorrupt(StoreError):
    """SQLite cannot read the file."""


class DiskFull(StoreError):
    """Disk is full."""


class NotWritable(StoreError):
    """Read-only, no permission, or the disk reports errors."""


class NoLocks(NotWritable):
    """The file system has no locks, so that nothing can be sent without the danger of sending it twice."""


class ForeignLock(NotWritable):
    """Lock file of another user, so that nothing can be sent."""


class DatabaseLocked(StoreError):
    """Database is locked: another process kept the lock for longer than we wait."""


class DatabaseReplaced(StoreError):
    """The file was deleted, or another file lies in its place since it was opened (docs/dev/faults.md 156)."""


class AlreadyRequested(StoreError):
    """A request of this name has been submitted: see `domain.submission.AuthorRequest`."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"The request {str(one_line(name, 60))!r} {why}. Nothing was queued. Use a new request name.")


class InvalidTransition(StoreError):
    """A submission cannot go where it was asked to: see `domain.outbox_states.TRANSITIONS`."""


_READ_ONLY: Final = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
)
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})


_UNDECODABLE: Final = "Could not decode to UTF-8"
"""How the library says that a stored text is damaged; it has no code for that."""
_UNREADABLE: Final = frozenset({"malformed JSON", "unsupported file format"})
"""How it says so of a JSON text and of the file's header."""
_FUNCTION_FAILED: Final = "user-defined function raised exception"
"""How it says so of a text that was handed to one of our functions, none of which raises anything itself."""


DAMAGE_ADVICE: Final = SafeText(
    "All that you submitted is on disk. A prompt that was being sent just now will show as uncertain. It is not sent again"
    " automatically."
)
"""Meaning of damage that has ended the app, or a command that sends."""


def damage_words(path: Path, found: object) -> str:
    """Say that the database is damaged, by what was found, and what to do."""
    return f"{path} is damaged ({found}). Nothing more is sent; restart to have it repaired."


def worded(error: sqlite3.Error | UnicodeDecodeError, path: Path) -> StoreError | None:
    """`error` as a person should read it, or None when it is a bug of ours and must stay loud."""
    said = str(error)
    if isinstance(error, UnicodeDecodeError):  # the library's own message, which quotes the damaged text
        return DatabaseCorrupt(damage_words(path, "a text in it cannot be read"))
    if said.startswith(_UNDECODABLE):
        column = said.partition(" with text")[0].removeprefix(_UNDECODABLE).strip()
        return DatabaseCorrupt(damage_words(path, f"a text in it cannot be read: {column}"))
    if said in _UNREADABLE:
        return DatabaseCorrupt(damage_words(path, said))
    if said == _FUNCTION_FAILED:
        return DatabaseCorrupt(damage_words(path, "a text in it cannot be read"))
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary in _BUSY:
        return DatabaseLocked(f"{path} is locked by another program.", "Nothing was written; try again in a moment.")
    if primary == sqlite3.SQLITE_FULL:
        return DiskFull(f"The disk that holds {path} is full.", "Nothing was written; make room and try again.")
    if primary in _READ_ONLY:
        return NotWritable(f"{path} cannot be written ({error}). You can look, but nothing can be sent or kept.")
    if primary == sqlite3.SQLITE_IOERR:
        return NotWritable(f"The disk that holds {path} reports an error ({error}).", "Nothing was written.")
    if primary in _DAMAGED:
        return DatabaseCorrupt(damage_words(path, error))
    return None
