"""From the storage into the part: written in a thread, made to stay every second."""

from typing import Final

from cordage_tui.api.errors import FileFetchError
from cordage_tui.api.files.response import FileStream
from cordage_tui.domain.download import DownloadJob
from cordage_tui.engine.downloads.beside import run_disk_io
from cordage_tui.engine.downloads.disk import SafeDirectory
from cordage_tui.engine.downloads.means import DownloadContext
from cordage_tui.engine.downloads.outcome import DownloadCancelled, PermanentDownloadError
from cordage_tui.engine.downloads.pace import TransferRate
from cordage_tui.engine.downloads.part import PartFile
from cordage_tui.engine.downloads.trouble import no_room

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
