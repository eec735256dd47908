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
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread
from cordage_tui.ui.terminal.raw_sequences import REPAINT_S

END_S: Final = 0.3
"""Seconds that a program gets to save and to end when ours ends."""
LOOK_S: Final = 0.05
"""Seconds between two checks of how much the program has printed."""


class TerminalProgram:
    """Program in our process group, so that it has the terminal. Leaving the context ends it."""

    def __init__(self, argv: Sequence[str], given: str, environ: ChildEnvironment, keep: int) -> None:
        """Start the program with `given` on its stdin. Raises OSError and ValueError.

        `keep`: most bytes of its output that are stored; 0: the output goes to the terminal.
        """
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
        """Wait until the program has ended, and return its exit code. If it prints too much, end it. Blocks."""
        while os.fstat(self._stdout.fileno()).st_size <= self._keep:
            with suppress(subprocess.TimeoutExpired):
                return self._process.wait(LOOK_S if self._keep else None)
        self.end()
        return self._process.wait()

    def printed(self) -> str | None:
        """Return the output; None: it is more than is stored."""
        self._stdout.seek(0)
        data = self._stdout.read(self._keep + 1)
        return data.decode(errors="replace") if len(data) <= self._keep else None

    def end(self) -> str | None:
        """End the program if it runs. Return None, because it has not edited a text."""
        end_process(self._process)
        return None


def end_process(process: "subprocess.Popen[bytes]") -> None:
    """End a process that has the terminal, if it runs. It has `END_S` to save something."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def interrupts_are_its_own() -> Iterator[None]:
    """Ignore ctrl+c and ctrl+\\ while another program has the terminal: they reach every program there, but are not for us.

    A handler ignores them, because the other program would inherit SIG_IGN.
    """
    numbers = (signal.SIGINT, signal.SIGQUIT)
    handlers = [signal.signal(number, lambda _signal, _frame: None) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)


async def run_in_terminal(
    app: App[Any],
    name: str,
    program: Callable[[], TerminalProgram],
    started: Callable[[TerminalProgram], None],
) -> tuple[str, SafeText | None]:
    """Suspend `app`, run a program, and resume. Return its output, and what went wrong, in a sentence that begins with
    `name`.

        The event loop keeps running. `started` gets the program. The body of `suspend` must not raise, or the app would not
        come back.
    """
    try:
        with app.suspend(), interrupts_are_its_own():
            outcome = await _run(name, program, started)
    except SuspendNotSupported:
        return "", one_line(f"{name}: this terminal cannot be handed over to a program.")
    app.set_timer(REPAINT_S, lambda: app.refresh(layout=True))
    return outcome


async def _run(
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
