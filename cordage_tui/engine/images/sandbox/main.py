"""Main loop of the decoder process: jobs from stdin, replies to stdout."""

import os
import select
import sys
import warnings
from typing import BinaryIO, Final

from cordage_tui.engine.images.protocol import Message, ProtocolError, packed, read_frame
from cordage_tui.engine.images.sandbox.resource_limits import allow_cpu, confine

MEMORY: Final = 768 << 20
IDLE_S: Final = 60.0
"""Seconds without a job after which the process ends, in case the parent has forgotten it."""
JOB_CPU_S: Final = 10.0
NO_PILLOW: Final = 3
"""Exit code where Pillow is missing or broken."""


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
