"""Copy check: detects that the database is a copy, which would send everything a second time.

The database holds the identity of its file and machine; a copy has another.
"""

import contextlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import Final

from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.store.errors import NotWritable, StoreError
from cordage_tui.store.file.database import Database, Transaction

_MACHINE: Final = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_BOOT: Final = (Path("/proc/sys/kernel/random/boot_id"),)


@dataclass(frozen=True, slots=True)
class Identity:
    """Identity of one file on one machine."""

    machine: str
    """Hash of the machine's id; empty: it has none that a program can read."""
    boot: str
    """Hash of the id of the machine's last boot; empty likewise."""
    device: str
    inode: str
    file_system: str
    """The file system's own id, decimal; `0`: it has none. Unlike the device's number it outlasts a boot."""

    def is_same_machine(self, other: "Identity") -> bool:
        """Return whether both may be the same machine."""
        return not self.machine or not other.machine or self.machine == other.machine

    def is_same_file(self, other: "Identity") -> bool:
        """Return whether both are one file. A device may have another number after a boot: then the file system's id
        decides."""
        if self.inode != other.inode:
            return False
        if self.device == other.device:
            return True
        has_booted = bool(self.boot and other.boot and self.boot != other.boot)
        return has_booted and self.file_system == other.file_system != "0"


def identity(path: Path) -> Identity:
    """Identify the file at `path`, on this machine. Raises OSError."""
    found = path.stat()
    return Identity(
        machine=_first(_MACHINE) or _mac_machine(),
        boot=_first(_BOOT),
        device=str(found.st_dev),
        inode=str(found.st_ino),
        file_system=str(os.statvfs(path).f_fsid),
    )


@cache
def _first(files: tuple[Path, ...]) -> str:
    """Hash of the first of them that says something. The id itself is confidential and stays where it is."""
    for file in files:
        try:
            text = file.read_bytes().strip()
        except OSError:
            continue
        if text and text != b"uninitialized":
            return _hashed(text)
    return ""


@cache
def _mac_machine() -> str:
    if sys.platform == "darwin":
        import ctypes

        told, wait = ctypes.create_string_buffer(16), (ctypes.c_long * 2)(0, 0)
        with contextlib.suppress(AttributeError, OSError):
            if not ctypes.CDLL(None).gethostuuid(told, wait):
                return _hashed(told.raw)
    return ""


def _hashed(told: bytes) -> str:
    from hashlib import sha256  # loads OpenSSL: not for who only reads

    return sha256(b"cordage-tui\n" + told).hexdigest()[:16]


_LOOK: Final = "Prompts that are queued here may also be sent from the other one, or may have been sent. Look at the run list first."
_OTHER_MACHINE: Final = f"This database was last used on another machine. {_LOOK}"
_OTHER_FILE: Final = (
    "This database is another file than the one that was used last: it was copied, restored from a backup, or moved to another"
    f" disk. {_LOOK}"
)
OLDER: Final = (
    "This database was replaced by an older copy. Some prompts that it calls queued have been sent since. Look at the run list"
    " first."
)


class DatabaseCopyCheck:
    """Stores the file's identity in the database, and keeps in memory how many prompts this process has sent. Methods
    raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._here: Identity | None = None
        self._sent: dict[str, int] = {}

    def found(self) -> None:
        """Record the identity of a database that has none: a new one, or one of an older version."""
        with contextlib.suppress(StoreError), self._database.write() as write:  # what cannot be written sends nothing
            self.confirm(write)

    def why_strange(self) -> SafeText | None:
        """Describe why this may be a copy; None: it is not. Whatever is queued in it must not be sent."""
        kept, here = self._kept(), self._identity()
        if kept is None or (kept.is_same_machine(here) and kept.is_same_file(here)):
            return None
        return advised(_OTHER_FILE if kept.is_same_machine(here) else _OTHER_MACHINE, "queue.resume")

    def confirm(self, write: Transaction) -> None:
        """Record this file on this machine as the database: it is new, or the user says so."""
        here = self._identity()
        write.execute(
            "INSERT OR REPLACE INTO home (id, machine, boot, device, inode, file_system) VALUES (1, ?, ?, ?, ?, ?)",
            (here.machine, here.boot, here.device, here.inode, here.file_system),
        )

    def remember(self, profile: str) -> int:
        """Trust the database from here on and return how many prompts it knows to have been sent; fewer would make it
        an older copy."""
        self._sent[profile] = self.generation(profile)
        return self._sent[profile]

    def is_older(self, profile: str) -> bool:
        """Return whether the database knows of fewer prompts than this process has sent, since the last `remember`."""
        return self.generation(profile) < self._sent.get(profile, 0)

    def sends(self, write: Transaction, profile: str) -> int:
        """Count one more prompt that is about to be sent; returns the new count."""
        write.execute("INSERT OR IGNORE INTO queues (profile) VALUES (?)", (profile,))
        write.execute("UPDATE queues SET generation = generation + 1, resumed = 0 WHERE profile = ?", (profile,))
        return self.generation(profile)

    def sent(self, profile: str, generation: int) -> None:
        """Record that this intent has been committed."""
        self._sent[profile] = generation

    def generation(self, profile: str) -> int:
        """Return how many prompts the database knows to have been sent."""
        found = self._database.row("SELECT generation FROM queues WHERE profile = ?", (profile,))
        return int(found[0]) if found else 0

    def _kept(self) -> Identity | None:
        found = self._database.row("SELECT machine, boot, device, inode, file_system FROM home")
        return None if found is None else Identity(*found)

    def _identity(self) -> Identity:
        if self._here is None:
            try:
                self._here = identity(self._database.path)
            except OSError as error:
                raise NotWritable(f"{self._database.path} cannot be read: {error.strerror or error}.") from error
        return self._here
