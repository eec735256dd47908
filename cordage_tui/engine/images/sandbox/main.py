"""Main loop of the decoder process, jobs from stdin and replies to stdout, and its resource limits."""

import os
import resource
import select
import sys
import warnings
from contextlib import suppress
from typing import BinaryIO, Final

from cordage_tui.engine.images.decoder_messages import Message, ProtocolError, packed, read_frame

# Resource limits of the decoder process, which sets them before it reads a byte, and of ffmpeg (docs/dev/faults.md 142).

NICE: Final = 5
OPEN_FILES: Final = 32


def confine(memory: int, largest_file: int = 0, *, alone: bool) -> None:
    """Limit this process.

    `memory`: bytes of address space. `largest_file`: bytes of any file it writes. `alone`: it cannot start processes or
    threads (root can). Limits that the system does not support are skipped; the parent's timeout applies everywhere.
    """
    limits = (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, largest_file),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        *([(resource.RLIMIT_NPROC, 0)] if alone else []),
    )
    for limit, maximum in limits:
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (maximum, maximum))
    with suppress(OSError):
        os.nice(NICE)


def allow_cpu(seconds: float) -> None:
    """Allow `seconds` more of CPU time, after which the kernel kills the process. The parent's timeout is shorter."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def run_confined(memory: int, largest_file: int, cpu_s: float, argv: list[str]) -> None:
    """Replace this process by the program `argv`, with the same limits."""
    confine(memory, largest_file, alone=False)
    allow_cpu(cpu_s)
    os.execve(argv[0], argv, dict(os.environ))


MEMORY: Final = 768 << 20
IDLE_S: Final = 60.0
"""Seconds without a job after which the process ends, in case the parent has forgotten it."""
JOB_CPU_S: Final = 10.0
NO_PILLOW: Final = 3
"""Exit code if Pillow is missing or broken."""


def main() -> None:
    """Run jobs until stdin ends or none comes for a while. Pillow is loaded after the limits are set."""
    confine(MEMORY, alone=True)
    try:
        from cordage_tui.engine.images.sandbox.jobs import answered
    except ImportError:
        os._exit(NO_PILLOW)
    warnings.simplefilter("ignore")
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    while select.select([jobs], [], [], IDLE_S)[0]:
        try:
            job = read_frame(lambda length: _exactly(jobs, length))
        except (EOFError, ProtocolError):
            break
        allow_cpu(JOB_CPU_S)
        _answer(answers, answered(job))
    os._exit(0)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _answer(stream: BinaryIO, frame: Message) -> None:
    try:
        for piece in packed(frame.head, frame.parts):
            stream.write(piece)
        stream.flush()
    except BrokenPipeError:  # the parent has gone
        os._exit(0)
