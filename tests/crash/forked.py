"""One life: a forked process that is killed after its time if it has not ended."""

import os
import select
import signal
from collections.abc import Callable
from typing import NoReturn


def run_in_fork(live: Callable[[], NoReturn], kill_after_s: float | None) -> int:
    """Run `live` in a fork to its end and return the exit code.

    The fork holds one end of a pipe, which closes when the fork dies.
    """
    watched_end, held_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(watched_end)
        live()
    os.close(held_end)
    if not select.select([watched_end], [], [], kill_after_s)[0]:
        os.kill(child, signal.SIGKILL)
    os.close(watched_end)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
