"""Signals of this process. Job control releases the locks before the process is stopped.

The watchdog ends it on SIGTERM, SIGHUP and terminal hang-up, and on request when the reader of its output is gone. It
does so even if the main thread is blocked.

A daemon thread waits for them. Signals reach it through the wakeup descriptor of the `signal` module, which the C
handler writes to immediately, and `poll` reports a hang-up. It asks the event loop to end the program in an orderly
way, and calls `os._exit` when that takes too long. The kernel then releases the locks, and SQLite rolls back
uncommitted changes. A blocked main thread (a terminal that does not read, a file system, a child process) does not
delay it.

No other code may set the wakeup descriptor while it is attached, as `loop.add_signal_handler` does; `signal.signal`
is fine.
"""

import asyncio
import os
import select
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cordage_tui.engine.engine import Engine

GRACE_S: Final = 1.5
"""Time given to the program to end in good order. Locks and database need no order, so it is short."""
_LOOK_S: Final = 1.5
"""Interval of checks for terminals whose hang-up does not wake `poll` (serial lines, consoles)."""
_MARGIN_S: Final = 0.25
_GONE: Final = select.POLLHUP | select.POLLERR | select.POLLNVAL
_DETACH: Final = 0
"""Written to the wakeup pipe to end the thread: no signal has this number."""

End = Callable[[int], object]
"""Called with the exit code as shells count: 128 + the signal's number; a hang-up counts as SIGHUP."""


class Watchdog:
    """The signals and the terminal of this process. Attached once, by the main thread."""

    def __init__(
        self,
        numbers: Iterable[signal.Signals] = (signal.SIGTERM, signal.SIGHUP),
        *,
        descriptors: Iterable[int] = (1, 2),
        read_by_client: Iterable[int] = (),
        grace_s: float = GRACE_S,
        exit_now: Callable[[int], object] = os._exit,
    ) -> None:
        """Configure the watchdog.

        `numbers`: signals that end the process; one that is ignored at the start stays ignored (nohup).

        `descriptors`: terminals whose hang-up ends the process; others are skipped.

        `read_by_client`: pipes and sockets; the end of a reader counts as SIGHUP, even if none is sent (`ssh` without
        a terminal). Ignored together with SIGHUP (nohup); files are skipped.

        `grace_s`: seconds to end after a signal that the event loop has handled; in all other cases `GRACE_S`.
        """
        self._numbers = tuple(numbers)
        self._descriptors = tuple(descriptors)
        self._read_by_client = tuple(read_by_client)
        self._grace_s = grace_s
        self._exit_now = exit_now
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: End | None = None
        self._code: int | None = None
        self._asked_at = 0.0
        self._hung_up_at: float | None = None
        self._taken_up = False
        """Whether the event loop has handled the latest signal; if not, something blocks it."""

    @property
    def code(self) -> int | None:
        """Exit code, once the process is to end."""
        return self._code

    def call(self, end: End) -> None:
        """Have the running event loop call `end(code)` on each signal; at once if one has come already."""
        with self._lock:
            self._loop, self._end = asyncio.get_running_loop(), end
            if self._code is not None:
                self._request_end()

    @contextmanager
    def attached(self) -> Iterator["Watchdog"]:
        """Watch for the duration of the context. A process that is to end does so in time even after that."""
        read, write = os.pipe()
        os.set_blocking(read, False)
        os.set_blocking(write, False)
        wakeup_before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        before = {n: signal.signal(n, self._note) for n in self._numbers if signal.getsignal(n) is not signal.SIG_IGN}
        thread = threading.Thread(target=self._watch, args=(read,), name="watchdog", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            with self._lock:
                self._loop = self._end = None
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup_before)
            if self._code is None:
                os.write(write, bytes([_DETACH]))
                thread.join()
                os.close(write)
            elif self._exit_now is os._exit:
                # The interpreter stops daemon threads before its last steps, which may block too; SIGALRM ends a process
                # without their help.
                signal.setitimer(signal.ITIMER_REAL, GRACE_S + _MARGIN_S)

    def _note(self, number: int, frame: FrameType | None) -> None:
        """Python's signal handler. It only makes C's handler write to the wakeup descriptor."""

    def _watch(self, read: int) -> None:
        """Run in the thread."""
        signal.pthread_sigmask(
            signal.SIG_BLOCK, signal.valid_signals()
        )  # they are to interrupt the main thread's calls
        poll = select.poll()
        poll.register(read, select.POLLIN)
        terminals = [*filter(_may_hang_up, self._descriptors)]
        clients = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else filter(_has_reader, self._read_by_client)
        for descriptor in (*terminals, *clients):
            poll.register(descriptor, 0)
        with os.fdopen(read, "rb", buffering=0) as woken:
            while (left_s := self._left_s()) > 0:
                for descriptor, event in poll.poll(1 + 1000 * min(left_s, _LOOK_S)):
                    if descriptor == read:
                        written = woken.read(64) or b""
                        if _DETACH in written:
                            return
                        self._handle_signals(written)
                    elif event & _GONE:
                        poll.unregister(descriptor)
                        if descriptor in terminals:
                            self._hung_up_at = time.monotonic()
                        self._record_signal(signal.SIGHUP)
        self._exit_now(1 if self._code is None else self._code)

    def _handle_signals(self, written: bytes) -> None:
        """Handle signal numbers; a signal whose handler was replaced is not for us."""
        for number in self._numbers:
            if number in written and signal.getsignal(number) == self._note:
                self._record_signal(number)

    def _record_signal(self, number: int) -> None:
        with self._lock:
            self._code = self._code or 128 + number
            self._asked_at, self._taken_up = time.monotonic(), False
            self._request_end()

    def _request_end(self) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # it is closed: the program is at its end
                self._loop.call_soon_threadsafe(self._take_up)

    def _take_up(self) -> None:
        """Call `end`, on the event loop."""
        self._taken_up = True
        if self._end is not None and self._code is not None:
            self._end(self._code)

    def _left_s(self) -> float:
        """Seconds until the process is ended, ready or not."""
        if self._code is None:
            return _LOOK_S
        ends = [self._asked_at + (self._grace_s if self._taken_up else GRACE_S)]
        if self._hung_up_at is not None:
            ends.append(self._hung_up_at + GRACE_S)
        return min(ends) - time.monotonic()


def _may_hang_up(descriptor: int) -> bool:
    """A character device: `isatty` is false of a terminal that is gone already."""
    with suppress(OSError):
        return stat.S_ISCHR(os.fstat(descriptor).st_mode)
    return False


def _has_reader(descriptor: int) -> bool:
    """A pipe or a socket, whose other end another process reads."""
    with suppress(OSError):
        mode = os.fstat(descriptor).st_mode
        return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
    return False


# Job control: ctrl+z, `fg` and `kill -TSTP` release the locks before the process stops, and take them on resume.
#
# The handler is set by `signal.signal`, which leaves the wakeup descriptor to the watchdog. SIGSTOP cannot be caught.


def stop_process() -> None:
    """Stop this process; returns when it is continued."""
    os.kill(os.getpid(), signal.SIGSTOP)


def can_be_continued() -> bool:
    """Return whether a shell controls this process as a job; if not, it may never be continued (as in `tmux new
    cordage-tui`)."""
    try:
        return os.getsid(os.getppid()) == os.getsid(0) and os.getpgid(os.getppid()) != os.getpgid(0)
    except OSError:
        return False


class JobControl:
    """Stop and continue this process without keeping locks."""

    def __init__(self, engine: "Callable[[], Engine | None]") -> None:
        """`engine()` is the one that is open now."""
        self._engine = engine
        self._is_stopping = False

    async def stop(self, now: Callable[[], None] = stop_process) -> None:
        """Release the engine's locks, call `now`, which stops the process and returns when it continues, and take them
        back."""
        if self._is_stopping:
            return
        self._is_stopping = True
        engine = self._engine()
        try:
            if engine is not None:
                await engine.suspend()
            now()
        finally:
            self._is_stopping = False
            if engine is not None:
                engine.resume()


@contextmanager
def handle_stop_signal(engine: "Engine") -> Iterator[None]:
    """Hear SIGTSTP for the process of a command that works with `engine`, for as long as the context lasts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop, control = asyncio.get_running_loop(), JobControl(lambda: engine)
    tasks: set[asyncio.Task[None]] = set()

    def begin() -> None:
        task = loop.create_task(control.stop())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    before = signal.signal(signal.SIGTSTP, lambda _number, _frame: loop.call_soon_threadsafe(begin))
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)
