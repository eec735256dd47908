"""Keyboard of the terminal: an answer to a question, and text that is typed unseen."""

import signal
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from cordage_tui.domain.confirmation import is_confirmed, number_to_type, request_words


def is_confirmed_by_user(
    what: str, verb: str, count: int, show: Callable[[str], None], *, end: str, listed: bool, typed: bool
) -> bool:
    """Ask `what` and return the answer, as `Console.confirm` describes it.

    `show` prints the question, which ends with `end`. Raises what `show` raises, and KeyboardInterrupt.
    """
    required = number_to_type(count, listed=listed, always=typed)
    before, after = request_words(verb)
    handler = signal.getsignal(signal.SIGINT)
    if handler is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        drop_typed_ahead()
        show(f"{what} {before}{required or 'y'}{after}{end}")
        return is_confirmed(sys.stdin.readline(), required)
    finally:
        signal.signal(signal.SIGINT, handler)


def drop_typed_ahead() -> None:
    """Discard text typed at the terminal before now.

    Otherwise a paste whose second line is `y` would answer the question about its first line. Answers from a pipe
    belong to a script, and stay.
    """
    if (drop := getattr(sys.stdin, "drop_typed_ahead", None)) is not None:  # linear mode
        drop()
        return
    with suppress(termios.error, ValueError):  # not a terminal
        termios.tcflush(0, termios.TCIFLUSH)


@contextmanager
def without_echo() -> Iterator[None]:
    """Have the terminal on stdin, or its replacement in linear mode, not echo typed text; without a terminal, do
    nothing."""
    if (silenced := getattr(sys.stdin, "without_echo", None)) is not None:  # linear mode
        with silenced():
            yield
        return
    try:
        before = termios.tcgetattr(0)
    except (termios.error, ValueError):  # not a terminal
        yield
        return
    silent = [*before]
    silent[3] = before[3] & ~termios.ECHO
    termios.tcsetattr(0, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
