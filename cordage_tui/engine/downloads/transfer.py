"""One attempt of a download."""

from contextlib import ExitStack, suppress
from typing import Final

from cordage_tui.api.errors import CordageError, FileFetchError, UrlExpired
from cordage_tui.api.files.response import FileStream
from cordage_tui.domain.download import DownloadJob
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.downloads.destination import DownloadNames
from cordage_tui.engine.downloads.errors import DownloadCancelled, PermanentDownloadError, no_room, run_disk_io
from cordage_tui.engine.downloads.finalize import DownloadFinalizer, find_unmodified
from cordage_tui.engine.downloads.part_file import PartFile, SafeDirectory
from cordage_tui.engine.downloads.scheduler import DownloadContext, TransferRate

# From the storage into the part: written in a thread, made to stay every second.

_GATHERED: Final = 256 << 10
"""Bytes that are written at a time."""
_GATHER_S: Final = 0.25
"""Or what has come in so many seconds."""


class BodyWriter:
    """One answer's body. `pour` raises FileFetchError, DiskError, PermanentDownloadError, DownloadCancelled and StoreError."""

    def __init__(
        self, means: DownloadContext, load: DownloadJob, part: PartFile, place: SafeDirectory, incoming: FileStream
    ) -> None:
        self.stays = 0
        """Bytes that came and may be gone on with."""
        self._means = means
        self._load = load
        self._part = part
        self._place = place
        self._incoming = incoming
        self._now = means.session.clock.monotonic
        self._written_at = self._saved_at = self._now()
        self._saved = part.size

    async def write_body(self) -> None:
        """Until the last byte is in the part, or no more comes; what has come by then stays."""
        means, load = self._means, self._load
        pace = means.paces[load.id] = TransferRate(self._now(), self._part.size, self._incoming.length)
        gathered = bytearray()
        try:
            async for chunk in self._incoming.chunks():
                pace.count(self._now(), len(chunk))
                means.moved()
                gathered += chunk
                if len(gathered) >= _GATHERED or self._now() - self._written_at >= _GATHER_S:
                    await self._write(gathered)
        except FileFetchError:
            await self._write(gathered)
            await self._save()
            raise
        finally:
            means.paces.pop(load.id, None)
        await self._write(gathered)

    async def _write(self, gathered: bytearray) -> None:
        data, bounds = bytes(gathered), self._means.bounds
        gathered.clear()
        self._written_at = self._now()
        await run_disk_io(self._load.folder, self._part.write, data)
        unsaved = self._part.size - self._saved
        if unsaved >= bounds.save_bytes or self._now() - self._saved_at >= bounds.save_s:
            await self._save()
            await self._check()

    async def _save(self) -> None:
        """What has come is on the disk itself, and written down."""
        await run_disk_io(self._load.folder, self._part.sync)
        if not self._means.session.store.loads.progress(self._load, self._part.size):
            raise DownloadCancelled
        if self._incoming.validator is not None:
            self.stays += self._part.size - self._saved
        self._saved, self._saved_at = self._part.size, self._now()

    async def _check(self) -> None:
        """A file of no told size must not fill the disk."""
        folder, bounds = self._load.folder, self._means.bounds
        if self._incoming.length is None:
            if self._part.size > bounds.unsized:
                await run_disk_io(folder, self._place.remove, self._part.name)
                raise PermanentDownloadError(
                    f"The storage sends more than {bounds.unsized >> 20:,} MiB without saying how much it will be"
                )
            if (free := await run_disk_io(folder, self._place.free)) < bounds.reserve:
                raise no_room(folder, bounds.reserve, free)


# Carries one download out: from where it was to a whole file under its own name (docs/faults.md 128–140, 144–147).

_FINAL: Final = (HealthStatus.REFUSED, HealthStatus.GONE, HealthStatus.NOT_THE_API)


class DownloadAttempt:
    """One try at one download. `carry` raises FileFetchError, DiskError, PermanentDownloadError, DownloadCancelled and StoreError."""

    def __init__(self, means: DownloadContext, load: DownloadJob) -> None:
        self.gained = 0
        """Bytes that were fetched and may be gone on with."""
        self.part = load.part
        """Path below the folder of what there is of it."""
        self._means = means
        self._store = means.session.store
        self._load = load

    async def run(self) -> None:
        """Returns when the whole file is there and written down."""
        load = self._load
        detail, output = self._known()
        naming = DownloadNames.of(load, detail.row, self._means.opened())
        with ExitStack() as stack:
            place = stack.enter_context(
                await run_disk_io(load.folder, SafeDirectory.below, load.folder, naming.folders)
            )
            ending = DownloadFinalizer(self._means, load, place, naming, detail, output)
            if await ending.resume_rename() or await self._is_linked(ending):
                return
            part = await self._kept(place, stack)
            if part is not None and part.size and part.size == load.size:  # it was whole when a program died
                await ending.name(part, load.validator)
            else:
                await self._fetched(output, part, place, naming, ending, stack)

    def _known(self) -> tuple[RunDetail, OutputRef]:
        """What the database knows of the output now. Raises PermanentDownloadError."""
        detail = self._store.query.detail(self._load.row)
        outputs = self._store.picked.output_refs([self._load.row])
        if detail is None or len(outputs) < self._load.number:
            raise PermanentDownloadError("The run does not list this output any more")
        return detail, outputs[self._load.number - 1]

    async def _is_linked(self, ending: DownloadFinalizer, incoming: FileStream | None = None) -> bool:
        """Whether the same address was downloaded before and its file got a second name. Of the same run it surely is the
        same file; of another one, if the storage says so (`incoming`)."""
        likes = [
            like
            for like in self._store.downloads.likes(self._means.session.profile, self._load.key)
            if (incoming is None and like.row == self._load.row)
            or (incoming is not None and like.validator is not None and like.validator == incoming.validator)
        ]
        like = await run_disk_io(self._load.folder, find_unmodified, likes) if likes else None
        return like is not None and await ending.link(like)

    async def _kept(self, place: SafeDirectory, stack: ExitStack) -> PartFile | None:
        """What an earlier try has left, emptied where it cannot be gone on with."""
        load = self._load
        if load.part is None:
            return None
        keep = load.got if load.validator is not None or load.got == load.size else 0
        part = await run_disk_io(load.folder, PartFile.reopen, place, load.part.rpartition("/")[2], keep)
        return part and _closing(stack, part)

    async def _fetched(
        self,
        output: OutputRef,
        kept: PartFile | None,
        place: SafeDirectory,
        naming: DownloadNames,
        ending: DownloadFinalizer,
        stack: ExitStack,
    ) -> None:
        try:
            await self._streamed(output, kept, place, naming, ending, stack)
        except UrlExpired as error:
            fresh = await self._fresh(output, error)
            try:
                await self._streamed(fresh, kept, place, naming, ending, stack)
            except UrlExpired as again:
                raise UrlExpired(f"{again.what}; the run was read once more, and this is its newest link") from again

    async def _fresh(self, output: OutputRef, error: UrlExpired) -> OutputRef:
        """The same output with a newer link. The run is read for it once. Raises UrlExpired when there is none."""
        try:
            url = await self._means.renewal.refresh(output, retry_failed=True)
        except CordageError as trouble:
            passing = trouble.health not in _FINAL
            raise UrlExpired(
                f"{error.what}; the run could not be read for a fresh link: {trouble.what}", retry=passing
            ) from None
        if url is None:
            raise UrlExpired(f"{error.what}; the run was read once more and has no other link")
        return replace(output, url=url)

    async def _streamed(
        self,
        output: OutputRef,
        kept: PartFile | None,
        place: SafeDirectory,
        naming: DownloadNames,
        ending: DownloadFinalizer,
        stack: ExitStack,
    ) -> None:
        load, folder = self._load, self._load.folder
        offset = kept.size if kept is not None and load.validator is not None else 0
        link = self._means.storage.open(output.url, offset=offset, validator=load.validator if offset else None)
        async with link as incoming:
            if not incoming.offset and await self._is_linked(ending, incoming):
                return
            await self._check_room(place, incoming)
            part = kept or await self._begun(place, naming, incoming, stack)
            if kept is not None and not incoming.offset:
                self._told(load.part, incoming)
                await run_disk_io(folder, kept.restart)
            pouring = BodyWriter(self._means, load, part, place, incoming)
            try:
                await pouring.write_body()
            finally:
                self.gained += pouring.stays
        if part.size == 0:
            await run_disk_io(folder, place.remove, part.name)
            raise PermanentDownloadError("The storage sends an empty file; there is nothing to keep")
        await ending.name(part, incoming.validator)

    async def _begun(
        self, place: SafeDirectory, naming: DownloadNames, incoming: FileStream, stack: ExitStack
    ) -> PartFile:
        """An empty part. Its name is written down before it is there, so that no crash leaves one that nobody knows."""
        folder = self._load.folder
        for name in naming.parts():
            if await run_disk_io(folder, place.has, name):
                continue
            self._told(naming.below(name), incoming)
            with suppress(FileExistsError):
                return _closing(stack, await run_disk_io(folder, PartFile.create, place, name))
        raise AssertionError("there is always another name")

    def _told(self, part: str | None, incoming: FileStream) -> None:
        self.part = part
        if part is None or not self._store.loads.begun(self._load, part, incoming.length, incoming.validator):
            raise DownloadCancelled

    async def _check_room(self, place: SafeDirectory, incoming: FileStream) -> None:
        """Before the first byte is written."""
        needed = (incoming.length or 0) - incoming.offset
        free = await run_disk_io(self._load.folder, place.free)
        if free < needed + self._means.bounds.reserve:
            raise no_room(self._load.folder, needed, free)


def _closing(stack: ExitStack, part: PartFile) -> PartFile:
    stack.callback(part.close)
    return part
