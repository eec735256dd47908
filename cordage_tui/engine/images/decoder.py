"""Decoder process and its client. Replies are validated, because the process has decoded untrusted files."""

import asyncio
import os
import re
import selectors
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeVar

import cordage_tui
from cordage_tui.domain.base.environment import bare_environment
from cordage_tui.domain.image import ContactSheet, Image, ImageFormat, ImageRequest, ImageUnavailable, PixelSize
from cordage_tui.domain.media_type import MediaType
from cordage_tui.engine.images.decoder_messages import Message, ProtocolError, packed, read_frame
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread

# Decoder process, seen from the parent: started without secrets, given one job at a time, killed when it is late.

START_S: Final = 5.0
"""Seconds that a start may take on top of the first job."""
NO_PILLOW: Final = 3
"""Exit code of `sandbox.main`, which must not be imported here."""
_AT_ONCE: Final = 1 << 20


class DecoderUnavailable(Exception):
    """Child that cannot be started; the message says why, as a sentence."""


class DecoderCrashed(Exception):
    """Child that ended during a job; the message says how, as a sentence."""


class _IdleExit(DecoderCrashed):
    """Child that had ended for lack of work before it saw the job."""


class DecoderTimeout(Exception):
    """Child that did not reply in time; it has been killed."""


def interpreter(code: str, *arguments: str) -> list[str]:
    """Command line of a Python that sees the standard library, Pillow and this package only.

    It sees neither the user's settings nor the working directory. Raises DecoderUnavailable if Pillow is not installed.
    """
    pillow = find_spec("PIL")
    if pillow is None or pillow.origin is None:
        raise DecoderUnavailable("Pictures need Pillow, which is not installed here (pip install pillow).")
    own_package = Path(str(cordage_tui.__file__)).parent.parent
    roots = dict.fromkeys((str(own_package), str(Path(pillow.origin).parent.parent)))
    boot = f"import sys; sys.path.extend({list(roots)!r}); {code}"
    return [sys.executable, "-I", "-S", "-B", "-c", boot, *arguments]


class DecoderProcess:
    """Child process. Methods block and are called from one thread; `end` may be called from any."""

    def __init__(self, code: str) -> None:
        """`code`: Python code that the child runs."""
        self._code = code
        self._process: subprocess.Popen[bytes] | None = None
        self._busy: subprocess.Popen[bytes] | None = None
        """Child that runs a job; the thread that waits for it closes its pipes."""
        self._closed = False
        self._changing = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id; None: there is no child."""
        return self._process.pid if self._process else None

    def request(self, pieces: Sequence[bytes], limit_s: float, max_body: int) -> Message:
        """Run a job and return the child's reply.

        Raises DecoderUnavailable, DecoderCrashed, DecoderTimeout and ProtocolError; the next job gets a new child then.
        A child that had ended for lack of work is replaced silently.
        """
        try:
            return self._asked(pieces, limit_s, max_body)
        except _IdleExit:
            return self._asked(pieces, limit_s, max_body)

    def end(self, *, for_good: bool = False) -> None:
        """Kill the child. `for_good`: no other is started."""
        with self._changing:
            self._closed = self._closed or for_good
            process, self._process = self._process, None
            busy = process is self._busy
        if process is not None:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(1.0)
            if not busy:
                _close(process)

    def _asked(self, pieces: Sequence[bytes], limit_s: float, max_body: int) -> Message:
        process, fresh = self._started()
        pipes = _Pipes(process, time.monotonic() + limit_s + (START_S if fresh else 0.0))
        try:
            for piece in pieces:
                pipes.write(piece)
            return read_frame(pipes.read, max_body)
        except (DecoderTimeout, ProtocolError):
            self.end()
            raise
        except (EOFError, OSError):
            raise self._exit_error(process) from None
        finally:
            self._finished(process)

    def _started(self) -> tuple["subprocess.Popen[bytes]", bool]:
        with self._changing:
            if self._closed:
                raise DecoderUnavailable("The program is ending.")
            fresh = self._process is None
            self._busy = self._process = self._process or _start(self._code)
            return self._process, fresh

    def _finished(self, process: "subprocess.Popen[bytes]") -> None:
        with self._changing:
            self._busy = None
            ended = process is not self._process
        if ended:
            _close(process)

    def _exit_error(self, process: "subprocess.Popen[bytes]") -> DecoderCrashed | DecoderUnavailable:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
        code = process.poll()
        self.end()
        if code == NO_PILLOW:
            return DecoderUnavailable(
                "Pictures need Pillow, and the one here does not work (pip install --force-reinstall pillow)."
            )
        if code is not None and code < 0:
            return DecoderCrashed("Decoding was stopped by the system; it may have needed too much memory.")
        return (_IdleExit if code == 0 else DecoderCrashed)("Decoding failed.")


def _close(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _start(code: str) -> "subprocess.Popen[bytes]":
    try:
        process = subprocess.Popen(
            interpreter(code),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=bare_environment(os.environ),
            start_new_session=True,
        )
    except OSError as error:
        raise DecoderUnavailable(
            f"The program that decodes pictures cannot be started: {error.strerror or error}."
        ) from error
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            os.set_blocking(pipe.fileno(), False)
    return process


class _Pipes:
    """Pipes to and from the child, with a deadline in monotonic seconds."""

    def __init__(self, process: "subprocess.Popen[bytes]", deadline: float) -> None:
        assert process.stdin and process.stdout
        self._stdin, self._stdout = process.stdin, process.stdout
        self._deadline = deadline

    def write(self, data: bytes) -> None:
        """Write all of `data`."""
        unwritten = memoryview(data)
        while unwritten:
            self._wait(self._stdin.fileno(), selectors.EVENT_WRITE)
            unwritten = unwritten[os.write(self._stdin.fileno(), unwritten[:_AT_ONCE]) :]

    def read(self, length: int) -> bytes:
        """Read exactly `length` bytes; memory grows as they arrive, not with the announced length."""
        data = bytearray()
        while len(data) < length:
            self._wait(self._stdout.fileno(), selectors.EVENT_READ)
            chunk = os.read(self._stdout.fileno(), min(_AT_ONCE, length - len(data)))
            if not chunk:
                raise EOFError
            data += chunk
        return bytes(data)

    def _wait(self, descriptor: int, event: int) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if not selector.select(max(0.0, self._deadline - time.monotonic())):
                raise DecoderTimeout


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
    for head, request in zip(heads, wanted, strict=True):
        count = head.get("parts")
        if type(count) is not int or not 0 <= count <= len(left):
            raise ProtocolError
        images.append((request, image_of(size_of(head), tuple(left[:count]), request)))
        del left[:count]
    if left:
        raise ProtocolError
    return images


def image_of(size: PixelSize, parts: tuple[bytes, ...], wanted: ImageRequest) -> Image:
    """Return an image if it exactly fits the request. Raises ProtocolError."""
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
        head = {
            "job": "reduce",
            "name": media.name.upper(),
            "side": SIDE,
            "forms": [_form(request) for request in wanted],
        }

        def read(reply: Message) -> Reduced:
            return size_of(reply.head), file_of(reply.parts[:1]), images_of(reply, reply.parts[1:], wanted)

        limit_s = self._job_s * (2 if wanted else 1)
        return await self._request(head, [data], limit_s, MAX_COPY + MAX_IMAGE * len(wanted), read)

    async def render(self, copy: bytes, wanted: Sequence[ImageRequest]) -> list[tuple[ImageRequest, Image]]:
        """Render a thumbnail as `wanted`."""
        head = {"job": "render", "forms": [_form(request) for request in wanted]}
        max_bytes = MAX_IMAGE * len(wanted)
        return await self._request(
            head, [copy], self._job_s, max_bytes, lambda reply: images_of(reply, reply.parts, wanted)
        )

    async def compose(self, sheet: ContactSheet, copies: Sequence[bytes | None]) -> bytes:
        """Return a contact sheet as a PNG file; `copies` are the thumbnails of its cells."""
        files = [copy for copy in copies if copy is not None]
        numbers = iter(range(len(files)))
        cells = [
            {"label": cell.label or "", "detail": cell.detail or "", "file": None if copy is None else next(numbers)}
            for cell, copy in zip(sheet.cells, copies, strict=True)
        ]
        head = {"job": "compose", "columns": max(1, sheet.columns), "box": [sheet.box.width, sheet.box.height]}
        texts = {"title": sheet.title or "", "heads": sheet.heads, "sides": sheet.sides, "cells": cells}
        return await self._request({**head, **texts}, files, SHEET_S, MAX_IMAGE * 2, lambda reply: file_of(reply.parts))

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
