"""A frame of a video, and its length and size, by ffmpeg."""

import json
import math
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

from cordage_tui.config.keys_from_programs import CommandTimeout, run_bounded
from cordage_tui.domain.base.environment import bare_environment
from cordage_tui.domain.base.file_system import is_file
from cordage_tui.domain.image import PixelSize
from cordage_tui.domain.media_type import (
    FLAC,
    M4A,
    MATROSKA,
    MP3,
    MP4,
    OGG,
    QUICKTIME,
    WAV,
    WEBM,
    MediaType,
)
from cordage_tui.engine.images.decoder import DecoderUnavailable, interpreter

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
