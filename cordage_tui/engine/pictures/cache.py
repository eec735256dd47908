"""Small copies on disk, named by the hash of the output's address: the least recently seen go when there are too many.

Several processes share the folder. Nothing in it is needed: what cannot be read is fetched again, what cannot be written is
not kept.
"""

import os
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui.engine.pictures import record
from cordage_tui.engine.pictures.preview import Thumbnail
from cordage_tui.store.open import make_private_dir

SUFFIX: Final = ".preview"
_MAX_FILE: Final = 20 << 20
_STALE_S: Final = 3_600.0
"""An unfinished file of that age was left behind by a process that died."""
_ROOM: Final = 0.9
"""Part of the limit that is kept when room is made, so that it need not be made for each new one."""
_KEY: Final = re.compile(r"[0-9a-f]{32}")


class ThumbnailCache:
    """Blocking; called by one thread at a time."""

    def __init__(self, folder: Path | None, limit: int) -> None:
        """`limit`: bytes; 0, or no folder: nothing is kept."""
        self._folder = folder if limit > 0 else None
        self._limit = limit
        self._used: int | None = None
        """Bytes, as far as this process knows; None: it has not looked yet."""

    @property
    def is_kept(self) -> bool:
        """Whether there is anything to be looked up or written at all."""
        return self._folder is not None

    def load(self, key: str) -> Thumbnail | None:
        """The copy of that output, which counts as seen now; None when there is none that can be used."""
        if self._folder is None:
            return None
        path = self._path(key)
        data = _read(path)
        if data is None:
            return None
        preview = record.read(data)
        with suppress(OSError):
            if preview is None:
                path.unlink()
            else:
                os.utime(path)
        return preview

    def save(self, key: str, preview: Thumbnail) -> None:
        """Whole or not at all."""
        if self._folder is None:
            return
        data = record.written(preview)
        with suppress(OSError):  # full, read-only, gone: pictures are fetched again another time
            make_private_dir(self._folder)
            _write(self._path(key), data)
            self._used = None if self._used is None else self._used + len(data)
            if self._used is None or self._used > self._limit:
                self._used = self._make_room()

    def _path(self, key: str) -> Path:
        assert self._folder is not None and _KEY.fullmatch(key)
        return self._folder / f"{key}{SUFFIX}"

    def _make_room(self) -> int:
        """Takes the oldest away if there are too many; returns the bytes that are left."""
        found = sorted(_files(self._folder), key=lambda entry: entry[1])
        used = sum(size for _, _, size in found)
        if used <= self._limit:
            return used
        for path, _, size in found:
            if used <= self._limit * _ROOM:
                break
            with suppress(OSError):
                path.unlink()
                used -= size
        return used


def _files(folder: Path | None) -> list[tuple[Path, float, int]]:
    """Path, time last seen and bytes of each copy; unfinished ones that nobody will finish are taken away."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if entry.name.endswith(SUFFIX):
                    found.append((Path(entry.path), status.st_mtime, status.st_size))
                elif time.time() - status.st_mtime > _STALE_S:
                    Path(entry.path).unlink()
    return found


def _read(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file, suppress(OSError):
        return file.read(_MAX_FILE)
    return None


def _write(path: Path, data: bytes) -> None:
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(data)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
