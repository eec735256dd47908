"""Attempt of a download, from the job to a whole file under its final name, and the limits of all attempts."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar, TypeVarTuple

from cordage_tui.api.errors import CordageError, FileFetchError, UrlExpired
from cordage_tui.api.files.client import FileClient
from cordage_tui.api.files.response import FileStream
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.download import DownloadJob, TransferRate
from cordage_tui.domain.media_type import MediaType
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.downloads.destination import DownloadNames
from cordage_tui.engine.downloads.errors import DownloadCancelled, PermanentDownloadError, no_room, run_disk_io
from cordage_tui.engine.downloads.part_file import NoHardLinks, PartFile, SafeDirectory
from cordage_tui.engine.downloads.sidecars import (
    find_unmodified,
    is_name_taken,
    is_renamed,
    media_type_of,
    sidecar,
    write_sidecar,
)
from cordage_tui.engine.polling.run_fetcher import RunFetcher
from cordage_tui.engine.polling.url_refresher import UrlRefresher

# Limits, collaborators and transfer rates shared by all downloads of one process.


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """Limits of concurrency, retries and disk space."""

    at_once: int = 3
    tries: int = 10
    """Attempts in a row that gained nothing, after which the user is asked."""
    reserve: int = 64 << 20
    """Bytes that are left free on the disk."""
    unsized: int = 8 << 30
    """Bytes of a file whose server does not say how large it is, at most."""
    save_s: float = 1.0
    """Seconds between two syncs of a part, each written down in the database."""
    save_bytes: int = 4 << 20
    """Bytes after which a part is synced in any case."""


@dataclass(slots=True)
class DownloadContext:
    """Collaborators of all downloads of one process."""

    session: EngineContext
    reader: RunFetcher
    files: FileClient
    notify: Callable[[], None]
    """Called when there is progress to show."""
    limits: DownloadLimits = DownloadLimits()
    rates: dict[int, TransferRate] = field(default_factory=dict)
    """Rates of the running downloads, by download id."""
    urls: UrlRefresher = field(init=False)

    def __post_init__(self) -> None:
        self.urls = UrlRefresher(self.session, self.reader)


T = TypeVar("T")
Args = TypeVarTuple("Args")

_BUFFER: Final = 256 << 10
"""Bytes that are written at a time."""
_BUFFER_S: Final = 0.25
"""Seconds after which received bytes are written in any case."""
_FINAL: Final = (HealthStatus.REFUSED, HealthStatus.GONE, HealthStatus.NOT_THE_API)


class DownloadAttempt:
    """Attempt of a download (docs/dev/faults.md 128-140, 144-147).

    Methods raise FileFetchError, DiskError, PermanentDownloadError, DownloadCancelled and StoreError.
    """

    def __init__(self, context: DownloadContext, job: DownloadJob) -> None:
        self.gained = 0
        """Bytes that were fetched and can be resumed from."""
        self.part_path = job.part
        """Path of the part, below the job's folder."""
        self._context = context
        self._session = context.session
        self._store = context.session.store
        self._job = job
        self._part: PartFile | None = None
        self._directory: SafeDirectory
        self._names: DownloadNames
        self._detail: RunDetail
        self._output: OutputRef
        self._saved = 0
        """Bytes of the part that are synced and recorded."""
        self._saved_at = 0.0

    async def run(self) -> None:
        """Download the file, or find it complete; it is in the database as done then."""
        job = self._job
        self._detail, self._output = self._read_output()
        self._names = DownloadNames.of(job, self._detail.row, self._context.session.open_profile)
        with await self._disk(SafeDirectory.below, job.folder, self._names.folders) as self._directory:
            try:
                if await self._resume_rename() or await self._link_existing():
                    return
                self._part = await self._reopen_part()
                if self._part is not None and self._part.size and self._part.size == job.size:
                    await self._name_part(self._part, job.validator)  # a program died when it was whole
                else:
                    await self._fetch()
            finally:
                if self._part is not None:
                    self._part.close()

    async def _disk(self, work: Callable[[*Args], T], *args: *Args) -> T:
        return await run_disk_io(self._job.folder, work, *args)

    def _read_output(self) -> tuple[RunDetail, OutputRef]:
        """Read the run and the output from the database. Raises PermanentDownloadError when it is not listed any more."""
        detail = self._store.query.detail(self._job.row)
        outputs = self._store.run_lookup.output_refs([self._job.row])
        if detail is None or len(outputs) < self._job.number:
            raise PermanentDownloadError("The run no longer lists this output")
        return detail, outputs[self._job.number - 1]

    # From the file server to the part.

    async def _reopen_part(self) -> PartFile | None:
        """Open the part of an earlier attempt, emptied if it cannot be resumed."""
        job = self._job
        if job.part is None:
            return None
        keep = job.got if job.validator is not None or job.got == job.size else 0
        return await self._disk(PartFile.reopen, self._directory, job.part.rpartition("/")[2], keep)

    async def _fetch(self) -> None:
        try:
            await self._stream()
        except UrlExpired as error:
            await self._refresh_url(error)
            try:
                await self._stream()
            except UrlExpired as again:
                raise UrlExpired(f"{again.what}; the run was read again, and this is its newest URL") from again

    async def _refresh_url(self, error: UrlExpired) -> None:
        """Replace the output's expired URL. Raises UrlExpired when the run has no other."""
        try:
            url = await self._context.urls.refresh(self._output, retry_failed=True)
        except CordageError as trouble:
            passing = trouble.health not in _FINAL
            raise UrlExpired(
                f"{error.what}; the run could not be read for a new URL: {trouble.what}", retry=passing
            ) from None
        if url is None:
            raise UrlExpired(f"{error.what}; the run was read again and has no other URL")
        self._output = replace(self._output, url=url)

    async def _stream(self) -> None:
        job, part = self._job, self._part
        offset = part.size if part is not None and job.validator is not None else 0
        link = self._context.files.open(self._output.url, offset=offset, validator=job.validator if offset else None)
        async with link as incoming:
            if not incoming.offset and await self._link_existing(incoming):
                return
            await self._check_room(incoming)
            if part is None:
                part = self._part = await self._create_part(incoming)
            elif not incoming.offset:
                self._record_begun(job.part, incoming)
                await self._disk(part.restart)
            await self._write_body(part, incoming)
        if part.size == 0:
            await self._disk(self._directory.remove, part.name)
            raise PermanentDownloadError("The server sends an empty file")
        await self._name_part(part, incoming.validator)

    async def _create_part(self, incoming: FileStream) -> PartFile:
        """Create an empty part. Its name is recorded first, so that a crash leaves no part that is not in the database."""
        for name in self._names.parts():
            if await self._disk(self._directory.has, name):
                continue
            self._record_begun(self._names.below(name), incoming)
            with suppress(FileExistsError):
                return await self._disk(PartFile.create, self._directory, name)
        raise AssertionError("there is always another name")

    def _record_begun(self, part: str | None, incoming: FileStream) -> None:
        self.part_path = part
        if part is None or not self._store.download_jobs.begun(self._job, part, incoming.length, incoming.validator):
            raise DownloadCancelled

    async def _check_room(self, incoming: FileStream) -> None:
        """Raise DiskError if the file does not fit on the disk."""
        needed = (incoming.length or 0) - incoming.offset
        free = await self._disk(self._directory.free)
        if free < needed + self._context.limits.reserve:
            raise no_room(self._job.folder, needed, free)

    async def _write_body(self, part: PartFile, incoming: FileStream) -> None:
        """Write the response body to the part; received bytes are kept when the connection breaks."""
        now, rates = self._session.clock.monotonic, self._context.rates
        rate = rates[self._job.id] = TransferRate(now(), part.size, incoming.length)
        buffer, written_at = bytearray(), now()
        self._saved, self._saved_at = part.size, now()
        try:
            async for chunk in incoming.chunks():
                rate.count(now(), len(chunk))
                self._context.notify()
                buffer += chunk
                if len(buffer) >= _BUFFER or now() - written_at >= _BUFFER_S:
                    written_at = now()
                    await self._flush(buffer, part, incoming)
        except FileFetchError:
            await self._flush(buffer, part, incoming)
            await self._save(part, incoming)
            raise
        finally:
            rates.pop(self._job.id, None)
        await self._flush(buffer, part, incoming)

    async def _flush(self, buffer: bytearray, part: PartFile, incoming: FileStream) -> None:
        """Write the buffer to the part, which is synced when that is due."""
        data, limits = bytes(buffer), self._context.limits
        buffer.clear()
        await self._disk(part.write, data)
        unsaved_s = self._session.clock.monotonic() - self._saved_at
        if part.size - self._saved >= limits.save_bytes or unsaved_s >= limits.save_s:
            await self._save(part, incoming)
            if incoming.length is None:
                await self._check_unsized(part)

    async def _save(self, part: PartFile, incoming: FileStream) -> None:
        """Sync the part and record how far it is."""
        await self._disk(part.sync)
        if not self._store.download_jobs.progress(self._job, part.size):
            raise DownloadCancelled
        if incoming.validator is not None:
            self.gained += part.size - self._saved
        self._saved, self._saved_at = part.size, self._session.clock.monotonic()

    async def _check_unsized(self, part: PartFile) -> None:
        """Raise an error before a file of unknown size fills the disk."""
        limits = self._context.limits
        if part.size > limits.unsized:
            await self._disk(self._directory.remove, part.name)
            raise PermanentDownloadError(
                f"The server sends more than {limits.unsized >> 20:,} MiB without saying how large the file is"
            )
        if (free := await self._disk(self._directory.free)) < limits.reserve:
            raise no_room(self._job.folder, limits.reserve, free)

    # From the part, or an earlier download of the same file, to the final name. A crash between any two steps is
    # harmless (docs/dev/faults.md 140). First the data are on disk, then the database knows the name and the hash. Then the
    # file has the name, then its sidecar exists, then the database says done. The next attempt recognises each step.

    async def _resume_rename(self) -> bool:
        """Finish a download whose file an earlier process had already named. False: there is no such file."""
        job = self._job
        if job.path is None or job.sha256 is None or job.size is None:
            return False
        name, part = job.path.rpartition("/")[2], job.part and job.part.rpartition("/")[2]
        if not await self._disk(is_renamed, self._directory, name, part, job.sha256):
            return False
        media = await self._disk(media_type_of, self._directory, name)
        await self._finish(name, media, job.size, job.sha256, job.validator)
        return True

    async def _link_existing(self, incoming: FileStream | None = None) -> bool:
        """Hard-link the unmodified file of an earlier download of the same URL. False if there is none or it cannot be linked.

        An output of the same run is the same file; of another run it is if the server's entity tag (`incoming`) says so.
        """
        job = self._job
        same_url = [
            other
            for other in self._store.downloads.likes(self._session.profile, job.key)
            if (incoming is None and other.row == job.row)
            or (incoming is not None and other.validator is not None and other.validator == incoming.validator)
        ]
        unmodified = await self._disk(find_unmodified, same_url) if same_url else None
        if unmodified is None:
            return False
        other, file, media = unmodified
        assert other.size is not None and other.sha256 is not None
        try:
            link = partial(self._directory.link_from, file)
            name = await self._claim_name(media, other.size, other.sha256, link)
        except NoHardLinks:
            return False
        await self._finish(name, media, other.size, other.sha256, other.validator)
        return True

    async def _name_part(self, part: PartFile, validator: str | None) -> None:
        """Rename the complete part."""
        await self._disk(part.sync)
        sha256 = part.digest.hexdigest()
        rename = partial(self._directory.rename, part.name)
        name = await self._claim_name(part.media, part.size, sha256, rename)
        await self._finish(name, part.media, part.size, sha256, validator)

    async def _claim_name(self, media: MediaType, size: int, sha256: str, give_name: Callable[[str], None]) -> str:
        """Give the file the first free name, which is recorded before."""
        for name in self._names.names(media.suffix):
            if await self._disk(is_name_taken, self._directory, name):
                continue
            if not self._store.download_jobs.naming(self._job, self._names.below(name), size, sha256):
                raise DownloadCancelled
            with suppress(FileExistsError):
                await self._disk(give_name, name)
                return name
        raise AssertionError("there is always another name")

    async def _finish(self, name: str, media: MediaType, size: int, sha256: str, validator: str | None) -> None:
        """Write the sidecar and record the download as done."""
        webhook = self._context.session.open_profile.label(self._detail.row.webhook_key)
        text = sidecar(self._detail, self._output, webhook, media, size, sha256, self._session.clock.wall())
        await self._disk(write_sidecar, self._directory, self._names.note, name, text)
        self._store.download_jobs.done(self._job, self._names.below(name), size, sha256, validator)
