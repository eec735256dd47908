"""Disk cache of thumbnails."""

import json
import os
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cordage_tui.domain import media_type as kinds
from cordage_tui.domain.base.file_system import make_private_dir, open_regular
from cordage_tui.domain.image import OutputMetadata, PixelSize, Thumbnail
from cordage_tui.domain.media_type import MediaType
from cordage_tui.domain.safe_text import safe

# Cache file: a line with format and hash, a line of metadata, the thumbnail.

FORMAT: Final = 1
"""Files of another format count as damaged."""
_MEDIA: Final = {value.suffix: value for value in vars(kinds).values() if isinstance(value, MediaType)}


def encode(thumbnail: Thumbnail) -> bytes:
    """Encode a thumbnail as a cache file, which contains no URL and no other data of the output."""
    facts = thumbnail.facts
    head = {field.name: getattr(facts, field.name) for field in fields(facts)}
    pixels = None if facts.pixels is None else [facts.pixels.width, facts.pixels.height]
    line = json.dumps({**head, "media": facts.media.suffix, "pixels": pixels}).encode()
    return b"%d %b\n%b\n%b" % (FORMAT, _digest(line + thumbnail.file), line, thumbnail.file)


def decode(data: bytes) -> Thumbnail | None:
    """Decode a cache file. None if it is damaged."""
    mark, _, after_mark = data.partition(b"\n")
    line, _, file = after_mark.partition(b"\n")
    if mark != b"%d %b" % (FORMAT, _digest(line + file)):
        return None
    try:
        return Thumbnail(_facts(json.loads(line)), file)
    except (ValueError, LookupError, TypeError):  # whole, but another program wrote it
        return None


def _facts(head: dict[str, Any]) -> OutputMetadata:
    pixels, text = head["pixels"], head["text"]
    return OutputMetadata(
        _MEDIA[head["media"]],
        None if head["size"] is None else int(head["size"]),
        None if pixels is None else PixelSize(int(pixels[0]), int(pixels[1])),
        None if head["duration_s"] is None else float(head["duration_s"]),
        None if text is None else safe(str(text)),
    )


def _digest(data: bytes) -> bytes:
    return sha256(data).hexdigest()[:32].encode()


# Files are named by the hash of the output's URL. Several processes share the folder, and no file in it is essential.
# An unreadable one is fetched again, and one that cannot be written is not kept.

SUFFIX: Final = ".preview"
_MAX_FILE: Final = 20 << 20
_STALE_S: Final = 3_600.0
"""Age in seconds from which a temporary file is abandoned."""
_ROOM: Final = 0.9
"""Share of the limit that is kept when room is made, so that it is not made for each new file."""
_KEY: Final = re.compile(r"[0-9a-f]{32}")


class ThumbnailCache:
    """Thumbnails on disk, the least recently used removed first.

    Methods block; call `save` from one thread at a time.
    """

    def __init__(self, folder: Path | None, limit: int) -> None:
        """`limit`: bytes; 0, or no folder: nothing is kept."""
        self._folder = folder if limit > 0 else None
        self._limit = limit
        self._used: int | None = None
        """Bytes in the folder, by this process's count; None: not counted yet."""

    @property
    def is_kept(self) -> bool:
        """True if thumbnails are kept at all."""
        return self._folder is not None

    def load(self, key: str) -> Thumbnail | None:
        """Return an output's thumbnail, which counts as used now. None if there is none that is intact."""
        if self._folder is None:
            return None
        path = self._path(key)
        data = _read(path)
        if data is None:
            return None
        thumbnail = decode(data)
        with suppress(OSError):
            if thumbnail is None:
                path.unlink()
            else:
                os.utime(path)
        return thumbnail

    def save(self, key: str, thumbnail: Thumbnail) -> None:
        """Write a thumbnail, atomically."""
        if self._folder is None:
            return
        data = encode(thumbnail)
        with suppress(OSError):  # full, read-only, gone: pictures are fetched again another time
            make_private_dir(self._folder)
            _write(self._path(key), data)
            self._used = None if self._used is None else self._used + len(data)
            if self._used is None or self._used > self._limit:
                self._used = self._make_room()

    def remove(self, keys: Iterable[str]) -> None:
        """Remove the thumbnails of these outputs."""
        if self._folder is not None:
            for key in keys:
                with suppress(OSError):
                    self._path(key).unlink()

    def _path(self, key: str) -> Path:
        assert self._folder is not None and _KEY.fullmatch(key)
        return self._folder / f"{key}{SUFFIX}"

    def _make_room(self) -> int:
        """Remove the least recently used files above the limit; return the bytes that are left."""
        files = sorted(_files(self._folder), key=lambda entry: entry[1])
        used = sum(size for _, _, size in files)
        if used <= self._limit:
            return used
        for path, _, size in files:
            if used <= self._limit * _ROOM:
                break
            with suppress(OSError):
                path.unlink()
                used -= size
        return used


def _files(folder: Path | None) -> list[tuple[Path, float, int]]:
    """List path, time of last use and bytes of each thumbnail. Abandoned temporary files are removed."""
    files = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if entry.name.endswith(SUFFIX):
                    files.append((Path(entry.path), status.st_mtime, status.st_size))
                elif time.time() - status.st_mtime > _STALE_S:
                    Path(entry.path).unlink()
    return files


def _read(path: Path) -> bytes | None:
    with suppress(OSError), open_regular(path) as file:
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
