"""Another program's output, within limits of time and size."""

import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from typing import Final

from cordage_tui.domain.child_environment import ChildEnvironment
from cordage_tui.domain.fast_dataclass import dataclass, field

_MAX_OUTPUT: Final = 64 * 1024


class CommandTimeout(Exception):
    """The program did not end within its time; it has been killed."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a program ended. Both outputs may hold secrets."""

    code: int
    """Exit code; negative: the signal that ended it."""
    out: str = field(repr=False)
    """At most 64 KiB, as all that is said afterwards is not read."""
    err: str = field(repr=False)


def run_bounded(argv: Sequence[str], *, environ: ChildEnvironment, limit_s: float) -> CommandResult:
    """Run a program without a shell and without input, for at most `limit_s` seconds.

    Raises OSError when it cannot be started and CommandTimeout. What it started itself and left behind, holding its output
    open, does not hold us: `subprocess.run` would wait for that even after its timeout.
    """
    deadline = time.monotonic() + limit_s
    process = subprocess.Popen(
        argv, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        out, err = _drained(process, deadline)
        code = process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise CommandTimeout from error
    finally:
        _end(process)
    return CommandResult(code, out.decode(errors="replace"), err.decode(errors="replace"))


def _drained(process: "subprocess.Popen[bytes]", deadline: float) -> tuple[bytes, bytes]:
    pipes = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
    texts = {pipe.fileno(): bytearray() for pipe in pipes}
    with selectors.DefaultSelector() as selector:
        for descriptor in texts:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise CommandTimeout
            for found, _ in selector.select(left):
                chunk = os.read(found.fd, 4096)
                text = texts[found.fd]
                text += chunk
                if not chunk or len(text) > _MAX_OUTPUT:
                    selector.unregister(found.fd)
    out, err = texts.values()
    return bytes(out[:_MAX_OUTPUT]), bytes(err[:_MAX_OUTPUT])


def _end(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    if process.poll() is None:
        process.kill()
        process.wait()
