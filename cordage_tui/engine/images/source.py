"""Bytes of an output, from its downloaded file or its server, no more than needed; and a frame of a video by ffmpeg."""

import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from cordage_tui.api.errors import CordageError, FileFetchError, UrlExpired
from cordage_tui.api.files.client import FileClient
from cordage_tui.config.keys_from_programs import CommandTimeout, run_bounded
from cordage_tui.domain.base.environment import bare_environment
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.base.file_system import is_file, open_regular
from cordage_tui.domain.image import HARD_CAP, TEXT_BYTES, ImageUnavailable, OutputMetadata, PixelSize, TooLarge
from cordage_tui.domain.media_type import (
    FLAC,
    HEAD,
    M4A,
    MATROSKA,
    MP3,
    MP4,
    OGG,
    QUICKTIME,
    WAV,
    WEBM,
    MediaKind,
    MediaType,
    sniff,
)
from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.concurrency import run_in_daemon_thread
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.images.decoder import DecoderUnavailable, interpreter
from cordage_tui.engine.polling.fetcher import UrlRefresher
from cordage_tui.store.errors import StoreError

CLIP_BYTES: Final = 8 << 20
"""Bytes that are fetched of a clip: enough for its first frame."""


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """Fetched beginning of a file."""

    media: MediaType
    size: int | None
    """Bytes of the whole file; None: not known."""
    data: bytes = field(repr=False)
    """The beginning, as much as its media type needs."""

    @property
    def whole(self) -> bool:
        """True if `data` is the whole file."""
        return self.size == len(self.data)


class OutputSource:
    """Source of output files. Methods raise TooLarge and ImageUnavailable."""

    def __init__(self, storage: FileClient, refresher: UrlRefresher, files: Callable[[OutputRef], list[Path]]) -> None:
        """Create a source. `files` returns the downloaded files of an output."""
        self._storage = storage
        self._refresher = refresher
        self._files = files

    async def fetch(self, output: OutputRef, limit: int) -> FetchedFile:
        """Fetch an output. `limit`: bytes over the network; a downloaded file is read at any size."""
        for path in self._files(output):
            file = await run_in_daemon_thread(lambda path=path: _from_disk(path), "pictures-read")  # type: ignore[misc]
            if file is not None:
                return file
        if limit <= 0:
            raise TooLarge(None)
        try:
            return await self._over_network(output, limit)
        except FileFetchError as error:
            raise ImageUnavailable(join_sentences(str(error)), passing=error.retry) from None

    async def _over_network(self, output: OutputRef, limit: int) -> FetchedFile:
        try:
            return await self._read(output.url, limit)
        except UrlExpired:
            url = None
            with suppress(CordageError, StoreError):
                url = await self._refresher.refresh(output)
            if url is None:
                raise
            return await self._read(url, limit)

    async def _read(self, url: str, limit: int) -> FetchedFile:
        data, needed, media = bytearray(), HEAD, None
        async with self._storage.open(url) as coming:
            async for chunk in coming.chunks():
                data += chunk
                if media is None and len(data) >= HEAD:
                    media = sniff(bytes(data[:HEAD]))
                    needed = _needed(media, coming.length, limit)
                if len(data) > needed:
                    break
            size = coming.length
            if len(data) <= needed:  # the whole file
                media, size = media or sniff(bytes(data)), len(data)
        assert media is not None
        if media.kind is MediaKind.PICTURE and len(data) > limit:
            raise TooLarge(OutputMetadata(media, size))
        return FetchedFile(media, size, bytes(data))


def _needed(media: MediaType, length: int | None, limit: int) -> int:
    """Return how many bytes to read of a file. Raises TooLarge for a picture above the limit."""
    match media.kind:
        case MediaKind.PICTURE:
            if length is not None and length > limit:
                raise TooLarge(OutputMetadata(media, length))
            return limit
        case MediaKind.VIDEO | MediaKind.AUDIO if can_probe():
            return min(limit, CLIP_BYTES)
        case MediaKind.TEXT | MediaKind.JSON:
            return min(limit, TEXT_BYTES)
        case _:
            return HEAD


def _from_disk(path: Path) -> FetchedFile | None:
    """Read a downloaded file. None if it is gone or not a regular file."""
    with suppress(OSError), open_regular(path) as file:
        size, head = os.fstat(file.fileno()).st_size, file.read(HEAD)
        media = sniff(head)
        needed = HARD_CAP if media.kind is MediaKind.PICTURE else _needed(media, size, CLIP_BYTES)
        return FetchedFile(media, size, head + file.read(max(0, needed - len(head))))
    return None


# Metadata and first frame of videos and sounds, by ffprobe and ffmpeg if they are installed.
#
# Both run like the decoder, with limits and without the user's environment, and open only one local file.

PROBE_S: Final = 5.0
FRAME_S: Final = 8.0
_MEMORY: Final = 2 << 30
_LARGEST_FRAME: Final = 16 << 20
_LONGEST_S: Final = 1e6
_SIDE: Final = 1024
_DEMUXERS: Final = {MP4: "mov", QUICKTIME: "mov", M4A: "mov", WEBM: "matroska", MATROSKA: "matroska"} | {
    MP3: "mp3",
    WAV: "wav",
    OGG: "ogg",
    FLAC: "flac",
}
"""Demuxer by the first bytes, so that no playlist in disguise makes ffmpeg open other files."""
_TIMED: Final = ("mov", "matroska")
"""Demuxers of formats that state their duration; for others it follows from the length of the file."""
_LOCAL: Final = ("-protocol_whitelist", "file")


@cache
def _tool(name: str) -> str | None:
    path = shutil.which(name)
    return None if path is None else str(Path(path).absolute())


def can_probe() -> bool:
    """Return whether ffprobe is installed."""
    return _tool("ffprobe") is not None


def probe(head: bytes, media: MediaType, *, whole: bool) -> tuple[float | None, PixelSize | None, bytes | None]:
    """Return duration, size and first frame of a clip; None for each that is unknown. Blocks for seconds.

    `head`: the beginning of the clip. The frame is a PNG that is not to be trusted.
    """
    demuxer = _DEMUXERS.get(media)
    if demuxer is None or not can_probe():
        return None, None, None
    try:
        with tempfile.NamedTemporaryFile(prefix="cordage-", suffix=media.suffix) as file:
            file.write(head)
            file.flush()
            duration_s, pixels = _facts(file.name, demuxer)
            if not whole and demuxer not in _TIMED:
                duration_s = None
            return duration_s, pixels, _frame(file.name, demuxer) if pixels else None
    except (OSError, CommandTimeout, DecoderUnavailable):
        return None, None, None


def _facts(path: str, demuxer: str) -> tuple[float | None, PixelSize | None]:
    entries = ("-show_entries", "format=duration:stream=codec_type,width,height", "-of", "json")
    output = _run("ffprobe", PROBE_S, "-v", "error", *_LOCAL, "-f", demuxer, *entries, path)
    try:
        answer = json.loads(output)
        return _duration(answer), _pixels(answer)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None, None


def _duration(answer: Any) -> float | None:
    duration_s = float(answer.get("format", {}).get("duration", "nan"))
    return duration_s if math.isfinite(duration_s) and 0 <= duration_s <= _LONGEST_S else None


def _pixels(answer: Any) -> PixelSize | None:
    for stream in answer.get("streams", []):
        if stream.get("codec_type") == "video":
            return PixelSize(int(stream["width"]), int(stream["height"]))
    return None


def _frame(path: str, demuxer: str) -> bytes | None:
    with tempfile.TemporaryDirectory(prefix="cordage-") as folder:
        frame = Path(folder) / "frame.png"
        scale = f"scale='min({_SIDE},iw)':'min({_SIDE},ih)':force_original_aspect_ratio=decrease"
        source = ["-nostdin", "-v", "error", "-threads", "1", *_LOCAL, "-f", demuxer, "-i", path]
        target = ["-an", "-sn", "-dn", "-frames:v", "1", "-vf", scale, "-f", "image2", str(frame)]
        _run("ffmpeg", FRAME_S, *source, *target)
        return frame.read_bytes() if is_file(frame) else None


def _run(tool: str, limit_s: float, *arguments: str) -> str:
    program = _tool(tool)
    if program is None:
        return ""
    limits = f"{_MEMORY}, {_LARGEST_FRAME}, {limit_s}"
    code = f"from cordage_tui.engine.images.sandbox.main import run_confined; run_confined({limits}, sys.argv[1:])"
    argv = interpreter(code, program, *arguments)
    return run_bounded(argv, environ=bare_environment(os.environ), limit_s=limit_s).out
