"""Identity of a database file and its machine, by which a copy is detected."""

import os
import sys
from functools import cache
from pathlib import Path
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass

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
        *(_first(_MACHINE) or _mac_machine(), _first(_BOOT)),
        *(str(found.st_dev), str(found.st_ino), str(os.statvfs(path).f_fsid)),
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
        import contextlib
        import ctypes

        told, wait = ctypes.create_string_buffer(16), (ctypes.c_long * 2)(0, 0)
        with contextlib.suppress(AttributeError, OSError):
            if not ctypes.CDLL(None).gethostuuid(told, wait):
                return _hashed(told.raw)
    return ""


def _hashed(told: bytes) -> str:
    from hashlib import sha256  # loads OpenSSL: not for who only reads

    return sha256(b"cordage-tui\n" + told).hexdigest()[:16]
