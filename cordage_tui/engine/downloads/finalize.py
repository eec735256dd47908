"""Finish a download: rename, hard link, sidecar."""

import hashlib
import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cordage_tui import __version__
from cordage_tui.domain.download import DownloadJob
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.inputs import prompt_of
from cordage_tui.domain.media_type import HEAD, MediaType, sniff
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.text import one_line, veil_link
from cordage_tui.engine.downloads.destination import DownloadNames
from cordage_tui.engine.downloads.errors import DownloadCancelled, run_disk_io
from cordage_tui.engine.downloads.part_file import PartFile, SafeDirectory
from cordage_tui.engine.downloads.scheduler import DownloadContext

# What a file was made with, beside it: `fox.png.json`.

SCHEMA: Final = 1
SUFFIX: Final = ".json"


def sidecar(
    detail: RunDetail, output: OutputRef, webhook: str, media: MediaType, size: int, sha256: str, now: float
) -> bytes:
    """The text of it. The link is there without what signs it: whoever reads the file must not be able to fetch."""
    run = detail.row
    told = {
        "schema": SCHEMA,
        "kind": "output",
        "run": run.run_id,
        "webhook": webhook,
        "number": output.number,
        "prompt": prompt_of(detail.inputs or {}) or run.prompt,
        "inputs": detail.inputs,
        "url": veil_link(one_line(output.url, 10_000)),
        "media": media.name,
        "size": size,
        "sha256": sha256,
        "created_at": moment(run.created_at),
        "ended_at": moment(run.ended_at),
        "downloaded_at": moment(now),
        "cordage_tui": __version__,
    }
    return (json.dumps(told, indent=2) + "\n").encode()


# Whether a file is still what it was.


def sha256_of(fd: int | None) -> str | None:
    """The hash of an open file, which is closed; None for none. Raises OSError."""
    if fd is None:
        return None
    with open(fd, "rb") as file:  # noqa: PTH123  a descriptor
        return hashlib.file_digest(file, "sha256").hexdigest()


# The same address twice is one file with two names (docs/faults.md 131), where nobody has changed it since.


@dataclass(frozen=True, slots=True)
class ExistingFile:
    """An output of the same address whose file is here."""

    load: DownloadJob
    file: Path
    media: MediaType


def find_unmodified(loads: Iterable[DownloadJob]) -> ExistingFile | None:
    """The first whose file is still as it was downloaded. Blocks: the file is read."""
    for load in loads:
        if load.path is None or load.sha256 is None:
            continue
        file = load.folder / load.path
        if (media := _media_if_same(file, load.sha256)) is not None:
            return ExistingFile(load, file, media)
    return None


def _media_if_same(file: Path, sha256: str) -> MediaType | None:
    try:
        fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            return None
        head = os.pread(fd, HEAD, 0)
        return sniff(head) if sha256_of(fd) == sha256 else None
    except OSError:
        return None


# How a file that is whole gets its name. The order is what no crash can hurt (docs/faults.md 140): it is on the disk,
# then the database knows what it is about to be called and its hash, then it is called so, then its sidecar is there,
# then the database says done. Each step is found again by whoever goes on.


class DownloadFinalizer:
    """Of one download, in its open folder. Raises DiskError, DownloadCancelled and StoreError."""

    def __init__(
        self,
        means: DownloadContext,
        load: DownloadJob,
        place: SafeDirectory,
        naming: DownloadNames,
        detail: RunDetail,
        output: OutputRef,
    ) -> None:
        self._means = means
        self._loads = means.session.store.loads
        self._load = load
        self._folder = load.folder
        self._place = place
        self._naming = naming
        self._detail = detail
        self._output = output

    async def resume_rename(self) -> bool:
        """Whether a process that died had given the file its name already; then the rest is done."""
        load = self._load
        if load.path is None or load.sha256 is None or load.size is None:
            return False
        name = load.path.rpartition("/")[2]
        if not await run_disk_io(self._folder, self._is_named, name, load.part, load.sha256):
            return False
        media = await run_disk_io(self._folder, self._media, name)
        await self._written_down(name, media, load.size, load.sha256, load.validator)
        return True

    async def name(self, part: PartFile, validator: str | None) -> None:
        """The part is whole."""
        await run_disk_io(self._folder, part.sync)
        for name in self._naming.names(part.media.suffix):
            if await run_disk_io(self._folder, self._is_taken, name):
                continue
            self._about_to(name, part.size, part.sha256)
            try:
                await run_disk_io(self._folder, self._place.rename, part.name, name)
            except FileExistsError:
                continue
            await self._written_down(name, part.media, part.size, part.sha256, validator)
            break

    async def link(self, like: ExistingFile) -> bool:
        """The very same file is there for another output: it gets a second name. False where the disk knows no such thing."""
        load = like.load
        assert load.size is not None and load.sha256 is not None
        for name in self._naming.names(like.media.suffix):
            if await run_disk_io(self._folder, self._is_taken, name):
                continue
            self._about_to(name, load.size, load.sha256)
            try:
                if not await run_disk_io(self._folder, self._linked, like.file, name):
                    return False
            except FileExistsError:
                continue
            await self._written_down(name, like.media, load.size, load.sha256, load.validator)
            return True
        return False

    def _is_named(self, name: str, part: str | None, sha256: str) -> bool:
        """The part and the file are one, or the part is gone and the file has the hash."""
        part = part and part.rpartition("/")[2]
        if part and self._place.is_same(part, name):
            self._place.remove(part)
            self._place.sync()
            return True
        return not (part and self._place.has(part)) and sha256_of(self._place.open(name, os.O_RDONLY)) == sha256

    def _media(self, name: str) -> MediaType:
        fd = self._place.open(name, os.O_RDONLY)
        if fd is None:
            return sniff(b"")
        with open(fd, "rb") as file:  # noqa: PTH123  a descriptor
            return sniff(file.read(HEAD))

    def _is_taken(self, name: str) -> bool:
        return self._place.has(name) or self._place.has(name + SUFFIX)

    def _linked(self, file: Path, name: str) -> bool:
        try:
            self._place.link_from(file, name)
        except FileExistsError:
            raise
        except OSError:
            return False
        return True

    def _about_to(self, name: str, size: int, sha256: str) -> None:
        if not self._loads.naming(self._load, self._naming.below(name), size, sha256):
            raise DownloadCancelled

    async def _written_down(self, name: str, media: MediaType, size: int, sha256: str, validator: str | None) -> None:
        session = self._means.session
        webhook = self._means.opened().label(self._detail.row.webhook_key)
        text = sidecar(self._detail, self._output, webhook, media, size, sha256, session.clock.wall())
        await run_disk_io(self._folder, self._note, name + SUFFIX, text)
        self._loads.done(self._load, self._naming.below(name), size, sha256, validator)

    def _note(self, name: str, text: bytes) -> None:
        """Leaves one that is there as it is: its name was free, so a process that died wrote it."""
        self._place.remove(self._naming.note)
        if self._place.has(name):
            return
        note = PartFile.create(self._place, self._naming.note)
        try:
            note.write(text)
            note.sync()
        finally:
            note.close()
        try:
            self._place.rename(note.name, name)
        except FileExistsError:
            self._place.remove(note.name)
