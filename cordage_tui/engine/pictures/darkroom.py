"""Jobs for the child process: what is asked, for how long it is waited, and what a person is told when it goes wrong."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from cordage_tui.domain.image import ContactSheet, Image, ImageRequest, PixelSize
from cordage_tui.domain.media_type import MediaType
from cordage_tui.engine.aside import run_in_daemon_thread
from cordage_tui.engine.pictures.checked import file_of, image_of, raise_refusal, size_of
from cordage_tui.engine.pictures.errors import ImageUnavailable
from cordage_tui.engine.pictures.frames import Message, ProtocolError, packed
from cordage_tui.engine.pictures.process import DecoderCrashed, DecoderProcess, DecoderTimeout, DecoderUnavailable

T = TypeVar("T")

SIDE: Final = 1024
"""Pixels each way of a small copy, at most: enough for a terminal's full screen."""
JOB_S: Final = 5.0
SHEET_S: Final = 30.0
IDLE_S: Final = 30.0
"""A child without a job is ended after that."""
MAX_COPY: Final = 16 << 20
MAX_IMAGE: Final = 24 << 20
CHILD: Final = "from cordage_tui.engine.pictures.child.service import main; main()"


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
