"""Decoder process, seen from the parent: started without secrets, given one job at a time, killed when it is late."""

import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import cordage_tui
from cordage_tui.domain.environment import bare_environment
from cordage_tui.engine.images.protocol import Message, ProtocolError, read_frame

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
    ours = Path(str(cordage_tui.__file__)).parent.parent
    roots = dict.fromkeys((str(ours), str(Path(pillow.origin).parent.parent)))
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
        """Process id; None if there is no child."""
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
        rest = memoryview(data)
        while rest:
            self._wait(self._stdin.fileno(), selectors.EVENT_WRITE)
            rest = rest[os.write(self._stdin.fileno(), rest[:_AT_ONCE]) :]

    def read(self, length: int) -> bytes:
        """Read exactly `length` bytes; memory grows as they come, not as they are announced."""
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
