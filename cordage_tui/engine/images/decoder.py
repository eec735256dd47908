"""Client of the decoder process, whose replies are validated."""

import asyncio
import re
import struct
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from cordage_tui.domain.image import ContactSheet, Image, ImageFormat, ImageRequest, PixelSize
from cordage_tui.domain.media_type import MediaType
from cordage_tui.engine.concurrency import run_in_daemon_thread
from cordage_tui.engine.images.decoder_process import DecoderCrashed, DecoderProcess, DecoderTimeout, DecoderUnavailable
from cordage_tui.engine.images.preview import ImageUnavailable
from cordage_tui.engine.images.protocol import Message, ProtocolError, packed

# What the child answers, taken apart: its word counts for no more than the file it has decoded.

MAX_SIDE: Final = 1 << 20
_SIXEL: Final = re.compile(rb"\x1bP0;1;0q[\x21-\x7e]*\x1b\\")
"""Nothing in it may end the sequence early and become a command to the terminal."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_CHUNKS: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


def raise_refusal(frame: Message) -> None:
    """ImageUnavailable where the child would not."""
    words = frame.head.get("refused")
    if words is not None:
        raise ImageUnavailable(str(words)[:200])


def size_of(frame: Message) -> PixelSize:
    """The width and height it tells."""
    return PixelSize(_side(frame.head.get("width")), _side(frame.head.get("height")))


def file_of(frame: Message) -> bytes:
    """The one file it brings, a PNG or JPEG."""
    if len(frame.parts) != 1 or not frame.parts[0].startswith((_PNG, _JPEG)):
        raise ProtocolError
    return frame.parts[0]


def image_of(frame: Message, wanted: ImageRequest) -> Image:
    """What can be drawn, if it is what was wanted."""
    size, parts = size_of(frame), frame.parts
    if size.width > wanted.box.width or size.height > wanted.box.height:
        raise ProtocolError
    match wanted.form:
        case ImageFormat.RGB:
            good = [len(part) for part in parts] == [size.width * size.height * 3]
        case ImageFormat.PNG | ImageFormat.PALETTED:
            good = len(parts) == 1 and _is_plain_png(parts[0], size)
        case ImageFormat.SIXEL:
            lines = -(-size.height // wanted.cell.height) if wanted.cell else 0
            good = len(parts) == lines and all(map(_SIXEL.fullmatch, parts))
    if not good:
        raise ProtocolError
    return Image(wanted.form, size.width, size.height, parts)


def _side(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= MAX_SIDE:
        raise ProtocolError
    return value


def _is_plain_png(data: bytes, size: PixelSize) -> bool:
    """Of that size, and with no chunk but those that are needed."""
    if not data.startswith(_PNG) or data[16:24] != struct.pack(">II", size.width, size.height):
        return False
    at = len(_PNG)
    while at + 12 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        if name not in _CHUNKS:
            return False
        at += 12 + length
        if name == b"IEND":
            return bool(at == len(data))
    return False


# Jobs for the child process: what is asked, for how long it is waited, and what a person is told when it goes wrong.

T = TypeVar("T")

SIDE: Final = 1024
"""Pixels each way of a small copy, at most: enough for a terminal's full screen."""
JOB_S: Final = 5.0
SHEET_S: Final = 30.0
IDLE_S: Final = 30.0
"""A child without a job is ended after that."""
MAX_COPY: Final = 16 << 20
MAX_IMAGE: Final = 24 << 20
CHILD: Final = "from cordage_tui.engine.images.sandbox.main import main; main()"


class ImageDecoder:
    """All methods raise ImageUnavailable, with words. One job at a time; the caller sees to the order."""

    def __init__(self, code: str = CHILD, job_s: float = JOB_S) -> None:
        self._process = DecoderProcess(code)
        self._job_s = job_s
        self._idle: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """Of the child; None while there is none."""
        return self._process.pid

    async def reduce(self, data: bytes, media: MediaType) -> tuple[PixelSize, bytes]:
        """How large the picture in `data` is, and a small copy of it as a PNG or JPEG file."""
        head = {"job": "reduce", "name": media.name.upper(), "side": SIDE}
        frame = await self._done(head, [data], self._job_s, MAX_COPY)
        return self._believed(lambda: (size_of(frame), file_of(frame)))

    async def render(self, copy: bytes, wanted: ImageRequest) -> Image:
        """A small copy as the screen draws it."""
        box, cell = wanted.box, wanted.cell or PixelSize(1, 1)
        head = {"job": "render", "width": box.width, "height": box.height, "form": wanted.form.value}
        how = {"cell_height": cell.height, "grow": wanted.grow, "part": wanted.part}
        frame = await self._done({**head, **how}, [copy], self._job_s, MAX_IMAGE)
        return self._believed(lambda: image_of(frame, wanted))

    async def compose(self, sheet: ContactSheet, copies: Sequence[bytes | None]) -> bytes:
        """The sheet as a PNG file; `copies` are those of its cells."""
        files = [copy for copy in copies if copy is not None]
        numbers = iter(range(len(files)))
        cells = [
            {"label": cell.label or "", "detail": cell.detail or "", "file": None if copy is None else next(numbers)}
            for cell, copy in zip(sheet.cells, copies, strict=True)
        ]
        head = {"job": "compose", "columns": max(1, sheet.columns), "box": [sheet.box.width, sheet.box.height]}
        words = {"title": sheet.title or "", "heads": sheet.heads, "sides": sheet.sides, "cells": cells}
        frame = await self._done({**head, **words}, files, SHEET_S, MAX_IMAGE * 2)
        return self._believed(lambda: file_of(frame))

    def stop(self) -> None:
        """Ends the child at once; there will be no other."""
        self._disarm()
        self._process.end(for_good=True)

    async def _done(self, head: dict[str, Any], parts: Sequence[bytes], limit_s: float, max_body: int) -> Message:
        self._disarm()
        try:
            ask = partial(self._process.request, packed(head, parts), limit_s, max_body)
            frame = await run_in_daemon_thread(ask, "pictures-child")
        except DecoderTimeout:
            raise ImageUnavailable(f"Decoding it took longer than {limit_s:g} s and was given up.") from None
        except ProtocolError:
            raise ImageUnavailable("Decoding it gave nonsense.") from None
        except (DecoderCrashed, DecoderUnavailable) as error:
            raise ImageUnavailable(str(error)) from None
        self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._process.end)
        raise_refusal(frame)
        return frame

    def _believed(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except ProtocolError:
            self._process.end()
            raise ImageUnavailable("Decoding it gave nonsense.") from None

    def _disarm(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
