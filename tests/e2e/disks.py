"""Disks for the real program: small ones, read-only ones and quotas, without a privilege where possible."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.home import PROGRAM
from tests.e2e.terminal import Terminal

SMALL = 'mount -t tmpfs -o size=4m none "$0"'
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"'


def command_with_mount(how: str, folder: Path) -> tuple[str, ...]:
    """Return a command that starts the program with such a disk at `folder`, in a mount namespace of its own.

    Where mounting is not permitted, the test is skipped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare here")
    line = (unshare, "-rm", "/bin/sh", "-c", f'{how} && exec "$@"', str(folder))
    if subprocess.run((*line, "/bin/true"), capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    return (*line, *PROGRAM)


def folder_of_program(terminal: Terminal, folder: Path) -> Path:
    """Return the path of `folder` as the program sees it in its mount namespace."""
    return Path(f"/proc/{terminal.process.pid}/root{folder}")


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """Leave no byte free on the disk of `folder` inside this context."""
    filler = os.open(folder / "filler", os.O_CREAT | os.O_WRONLY)
    try:
        with pytest.raises(OSError, match="No space left"):
            while True:
                os.write(filler, b"x" * 4096)
        yield
        os.ftruncate(filler, 0)
    finally:
        os.close(filler)


@contextmanager
def file_size_limit(terminal: Terminal, most: int) -> Iterator[None]:
    """Let writes of the program beyond byte `most` of any file fail in this context, as over a quota or on a bad
    disk."""
    pid, hard = terminal.process.pid, resource.RLIM_INFINITY
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
