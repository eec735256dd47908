"""Programs that get the terminal while the app is suspended."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final, Self

from textual.app import App, SuspendNotSupported

from cordage_tui.domain.base.environment import ChildEnvironment
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.concurrency import run_in_daemon_thread
from cordage_tui.ui.terminal.terminal import REPAINT_S

END_S: Final = 0.3
"""Seconds a program gets to end, and to save in its own way, when ours ends."""
LOOK_S: Final = 0.05
"""Interval of checks of how much it has printed."""


class TerminalProgram:
    """Program in our process group, so that the terminal is its own. Leaving the context ends it."""

    def __init__(self, argv: Sequence[str], given: str, environ: ChildEnvironment, keep: int) -> None:
        """Start it with `given` on its stdin; what it prints is kept, up to `keep` bytes, or goes to the terminal (0). Raises
        OSError and ValueError."""
        self._keep = keep
        with ExitStack() as files:
            stdin, self._stdout = (files.enter_context(tempfile.TemporaryFile()) for _ in range(2))
            stdin.write(given.encode())
            stdin.seek(0)
            self._process = subprocess.Popen(argv, stdin=stdin, stdout=self._stdout if keep else None, env=environ)
            self._files = files.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()
        self._files.close()

    def wait(self) -> int:
        """Block until it has ended, and return its exit code. One that prints more than is kept is ended."""
        while os.fstat(self._stdout.fileno()).st_size <= self._keep:
            with suppress(subprocess.TimeoutExpired):
                return self._process.wait(LOOK_S if self._keep else None)
        self.end()
        return self._process.wait()

    def printed(self) -> str | None:
        """Return what it has printed; None: more than is kept."""
        self._stdout.seek(0)
        data = self._stdout.read(self._keep + 1)
        return data.decode(errors="replace") if len(data) <= self._keep else None

    def end(self) -> str | None:
        """End it if it runs. Returns None, as it has edited nothing."""
        end_process(self._process)
        return None


def end_process(process: "subprocess.Popen[bytes]") -> None:
    """End a process that has the terminal, if it runs; one that saves something when it is ended has `END_S` for it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def interrupts_are_its_own() -> Iterator[None]:
    """Ignore ctrl+c and ctrl+\\, which reach every program on the terminal: while another one has it, they are not for us. By
    a handler, not SIG_IGN, which the program would inherit."""
    numbers = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.signal(number, lambda _signal, _frame: None) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


async def run_in_terminal(
    app: App[Any],
    name: str,
    program: Callable[[], TerminalProgram],
    started: Callable[[TerminalProgram], None],
) -> tuple[str, SafeText | None]:
    """Suspend `app`, run a program, and resume; return what it printed, and what went wrong. `name` begins the words.

    The event loop keeps running; `started` gets the program. The body of `suspend` may not raise, as the app would not come
    back.
    """
    try:
        with app.suspend(), interrupts_are_its_own():
            outcome = await _outcome(name, program, started)
    except SuspendNotSupported:
        return "", one_line(f"{name}: this terminal cannot be handed over to a program.")
    app.set_timer(REPAINT_S, lambda: app.refresh(layout=True))
    return outcome


async def _outcome(
    name: str, program: Callable[[], TerminalProgram], started: Callable[[TerminalProgram], None]
) -> tuple[str, SafeText | None]:
    try:
        with program() as process:
            started(process)
            code = await run_in_daemon_thread(process.wait, "program")
            printed = process.printed()
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or error
        return "", one_line(f"{name} cannot be started: {why}.", 300)
    if printed is None:
        return "", one_line(f"{name} printed too much.", 300)
    return printed, one_line(f"{name} failed ({code}).", 300) if code else None
