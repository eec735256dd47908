"""Resource limits of the decoder process, which sets them before it reads a byte, and of ffmpeg (docs/faults.md 142)."""

import os
import resource
from contextlib import suppress
from typing import Final

NICE: Final = 5
OPEN_FILES: Final = 32


def confine(memory: int, largest_file: int = 0, *, alone: bool) -> None:
    """Limit this process.

    `memory`: bytes of address space; `largest_file`: bytes of any file it writes; `alone`: it starts neither process
    nor thread (root may). A limit that the system does not know is left out; the parent's timeout holds everywhere.
    """
    limits = (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, largest_file),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        *([(resource.RLIMIT_NPROC, 0)] if alone else []),
    )
    for limit, most in limits:
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))
    with suppress(OSError):
        os.nice(NICE)


def allow_cpu(seconds: float) -> None:
    """Allow so many more seconds of CPU time, after which the kernel kills the process. The parent's timeout is
    shorter."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def run_confined(memory: int, largest_file: int, cpu_s: float, argv: list[str]) -> None:
    """Replace this process by the program `argv`, with the same limits."""
    confine(memory, largest_file, alone=False)
    allow_cpu(cpu_s)
    os.execve(argv[0], argv, dict(os.environ))
