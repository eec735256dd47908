"""Client of the decoder process. Its replies are validated: it has decoded files that nobody vouches for."""

import asyncio
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from cordage_tui.domain.image import ContactSheet, Image, ImageFormat, ImageRequest, PixelSize
from cordage_tui.domain.media_type import MediaType
from cordage_tui.engine.concurrency import run_in_daemon_thread
from cordage_tui.engine.images.decoder_process import DecoderCrashed, DecoderProcess, DecoderTimeout, DecoderUnavailable
from cordage_tui.engine.images.preview import ImageUnavailable
from cordage_tui.engine.images.protocol import Message, ProtocolError, packed

MAX_SIDE: Final = 1 << 20
_SIXEL: Final = re.compile(rb"\x1bP0;1;0q[\x21-\x7e]*\x1b\\")
"""A whole DCS sequence: nothing in it can end it early and become a command to the terminal."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_CHUNKS: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


def size_of(head: Mapping[str, Any]) -> PixelSize:
    """Return the width and height in a reply."""
    return PixelSize(_side(head.get("width")), _side(head.get("height")))


def file_of(parts: Sequence[bytes]) -> bytes:
    """Return the single PNG or JPEG file among `parts`."""
    if len(parts) != 1 or not parts[0].startswith((_PNG, _JPEG)):
        raise ProtocolError
    return parts[0]


def images_of(
    frame: Message, parts: Sequence[bytes], wanted: Sequence[ImageRequest]
) -> list[tuple[ImageRequest, Image]]:
    """Return the rendered images of a reply, one for each request; `parts` are those of the images."""
    heads, left = frame.head.get("images"), list(parts)
    if not isinstance(heads, list) or len(heads) != len(wanted) or not all(isinstance(head, dict) for head in heads):
        raise ProtocolError
    images = []
    for head, one in zip(heads, wanted, strict=True):
        count = head.get("parts")
        if type(count) is not int or not 0 <= count <= len(left):
            raise ProtocolError
        images.append((one, image_of(size_of(head), tuple(left[:count]), one)))
        del left[:count]
    if left:
        raise ProtocolError
    return images


def image_of(size: PixelSize, parts: tuple[bytes, ...], wanted: ImageRequest) -> Image:
    """Return an image that is exactly what was requested. Raises ProtocolError."""
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
    """Return whether `data` is a PNG of that size with none but the necessary chunks."""
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


# Jobs.

T = TypeVar("T")

SIDE: Final = 1024
"""Largest width and height of a thumbnail, in pixels: enough for a terminal's full screen."""
JOB_S: Final = 5.0
SHEET_S: Final = 30.0
IDLE_S: Final = 30.0
"""Seconds after which an idle child is ended."""
MAX_COPY: Final = 16 << 20
MAX_IMAGE: Final = 24 << 20
Reduced = tuple[PixelSize, bytes, list[tuple[ImageRequest, Image]]]
CHILD: Final = "from cordage_tui.engine.images.sandbox.main import main; main()"


class ImageDecoder:
    """Decoder in a child process: one job at a time, in the caller's order. Methods raise ImageUnavailable."""

    def __init__(self, code: str = CHILD, job_s: float = JOB_S) -> None:
        self._process = DecoderProcess(code)
        self._job_s = job_s
        self._idle: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the child; None if there is none."""
        return self._process.pid

    async def reduce(self, data: bytes, media: MediaType, wanted: Sequence[ImageRequest] = ()) -> Reduced:
        """Return a picture's size, its thumbnail as a PNG or JPEG file, and the thumbnail rendered as `wanted`."""
        head = {"job": "reduce", "name": media.name.upper(), "side": SIDE, "forms": [_form(one) for one in wanted]}

        def read(reply: Message) -> Reduced:
            return size_of(reply.head), file_of(reply.parts[:1]), images_of(reply, reply.parts[1:], wanted)

        limit_s = self._job_s * (2 if wanted else 1)
        return await self._request(head, [data], limit_s, MAX_COPY + MAX_IMAGE * len(wanted), read)

    async def render(self, copy: bytes, wanted: Sequence[ImageRequest]) -> list[tuple[ImageRequest, Image]]:
        """Render a thumbnail as `wanted`."""
        head = {"job": "render", "forms": [_form(one) for one in wanted]}
        most = MAX_IMAGE * len(wanted)
        return await self._request(head, [copy], self._job_s, most, lambda reply: images_of(reply, reply.parts, wanted))

    async def compose(self, sheet: ContactSheet, copies: Sequence[bytes | None]) -> bytes:
        """Return a contact sheet as a PNG file; `copies` are the thumbnails of its cells."""
        files = [copy for copy in copies if copy is not None]
        numbers = iter(range(len(files)))
        cells = [
            {"label": cell.label or "", "detail": cell.detail or "", "file": None if copy is None else next(numbers)}
            for cell, copy in zip(sheet.cells, copies, strict=True)
        ]
        head = {"job": "compose", "columns": max(1, sheet.columns), "box": [sheet.box.width, sheet.box.height]}
        words = {"title": sheet.title or "", "heads": sheet.heads, "sides": sheet.sides, "cells": cells}
        return await self._request({**head, **words}, files, SHEET_S, MAX_IMAGE * 2, lambda reply: file_of(reply.parts))

    def stop(self) -> None:
        """Kill the child, for good."""
        self._disarm()
        self._process.end(for_good=True)

    async def _request(
        self, head: dict[str, Any], parts: Sequence[bytes], limit_s: float, max_body: int, read: Callable[[Message], T]
    ) -> T:
        """Run a job and `read` its reply, which raises ProtocolError for an invalid one."""
        self._disarm()
        try:
            ask = partial(self._process.request, packed(head, parts), limit_s, max_body)
            reply = await run_in_daemon_thread(ask, "pictures-child")
            self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._process.end)
            if (refusal := reply.head.get("refused")) is not None:
                raise ImageUnavailable(str(refusal)[:200])
            return read(reply)
        except DecoderTimeout:
            raise ImageUnavailable(f"Decoding took longer than {limit_s:g} s and was stopped.") from None
        except ProtocolError:
            self._process.end()
            raise ImageUnavailable("Decoding returned invalid data.") from None
        except (DecoderCrashed, DecoderUnavailable) as error:
            raise ImageUnavailable(str(error)) from None

    def _disarm(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None


def _form(wanted: ImageRequest) -> dict[str, Any]:
    box, cell = wanted.box, wanted.cell or PixelSize(1, 1)
    size = {"width": box.width, "height": box.height, "cell_height": cell.height}
    return {**size, "form": wanted.form.value, "grow": wanted.grow, "part": wanted.part}
