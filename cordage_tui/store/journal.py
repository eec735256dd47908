"""Which journal the database gets: WAL only where the running SQLite can be trusted with it."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Final


class JournalMode(StrEnum):
    """Values of `PRAGMA journal_mode` that we use."""

    WAL = "wal"
    TRUNCATE = "truncate"
    """A rollback journal. With synchronous=FULL its truncation is synced, so a commit survives a power cut; the default
    DELETE mode would need EXTRA for that, and a claim undone by a power cut would be sent twice."""


_MOUNTS: Final = Path("/proc/self/mountinfo")
_REMOTE: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "glusterfs", "davfs"}
)
_FIXED_BRANCHES: Final = {(3, 44): 6, (3, 50): 7}


def wal_is_sound(version: tuple[int, ...]) -> bool:
    """Whether SQLite `version` is free of the bug that corrupts WAL databases with several connections.

    Fixed in 3.51.3, and in the branches 3.50 (from .7) and 3.44 (from .6): FAULTS.md C 157.
    """
    fixed = _FIXED_BRANCHES.get((version[0], version[1]))
    return version >= (3, 51, 3) or (fixed is not None and version[2] >= fixed)


def choose(version: tuple[int, ...], file_system: str) -> JournalMode:
    """The journal for this SQLite on this file system."""
    return (
        JournalMode.WAL if wal_is_sound(version) and not is_network_file_system(file_system) else JournalMode.TRUNCATE
    )


def is_network_file_system(file_system: str) -> bool:
    """Whether locks and shared memory of `file_system`, as the kernel names it, are not to be relied on."""
    return file_system in _REMOTE or file_system.startswith("fuse.") or file_system == "fuse"


def file_system_of(path: Path) -> str:
    """The kernel's name of the file system that holds `path`; empty where it does not tell (not Linux)."""
    try:
        return file_system_in(_MOUNTS.read_text("utf-8", "surrogateescape"), path.resolve())
    except (OSError, RuntimeError):  # RuntimeError: links that lead in a circle
        return ""


def file_system_in(mountinfo: str, path: Path) -> str:
    """The type of the longest mount point above the absolute `path` in the text of /proc/self/mountinfo; empty if none."""
    best, found = -1, ""
    for line in mountinfo.splitlines():
        head, _, tail = line.partition(" - ")
        fields = head.split()
        if len(fields) < 5 or not tail:
            continue
        point = (
            fields[4].encode("utf-8", "surrogateescape").decode("unicode_escape", "replace")
            if "\\" in fields[4]
            else fields[4]
        )
        if len(point) >= best and (os.fspath(path) + "/").startswith(point.rstrip("/") + "/"):
            best, found = len(point), tail.split()[0]
    return found
