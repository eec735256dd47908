"""Main loop of the decoder process: jobs from stdin, replies to stdout."""

import os
import select
import sys
import warnings
from typing import Any, BinaryIO, Final

from PIL import Image

from cordage_tui.engine.images.protocol import Message, ProtocolError, packed, read_frame
from cordage_tui.engine.images.sandbox.decode import DecodeRefused, cut, fitted, preview, reduced, rendered
from cordage_tui.engine.images.sandbox.resource_limits import allow_cpu, confine


def answered(job: Message) -> Message:
    """Return the reply to a job; `refused` in its head says why there is no result."""
    try:
        match job.head["job"]:
            case "reduce":
                return _reduce(job)
            case "render":
                return _rendered(preview(job.parts[0]), job.head["forms"])
            case "compose":
                from cordage_tui.engine.images.sandbox.contact_sheet import composed

                return Message({}, (composed(job.head, job.parts),))
            case other:
                raise ValueError(other)
    except DecodeRefused as error:
        return Message({"refused": str(error)})
    except MemoryError:
        return Message({"refused": "Decoding needs more memory than allowed."})


def _reduce(job: Message) -> Message:
    (width, height), picture, file = reduced(job.parts[0], job.head["name"], job.head["side"])
    images = _rendered(picture, job.head["forms"])
    return Message({"width": width, "height": height, **images.head}, (file, *images.parts))


def _rendered(picture: Image.Image, forms: list[dict[str, Any]]) -> Message:
    """Render a picture in each of these forms."""
    heads, parts = [], list[bytes]()
    for form in forms:
        image = fitted(cut(picture, form["part"]), form["width"], form["height"], grow=form["grow"])
        found = rendered(image, form["form"], form["cell_height"])
        heads.append({"width": image.width, "height": image.height, "parts": len(found)})
        parts += found
    return Message({"images": heads}, tuple(parts))


MEMORY: Final = 768 << 20
IDLE_S: Final = 60.0
"""Seconds without a job after which the process ends, in case the parent has forgotten it."""
JOB_CPU_S: Final = 10.0
NO_PILLOW: Final = 3
"""Exit code where Pillow is missing or broken."""


def main() -> None:
    """Run jobs until stdin ends or none comes for a while."""
    confine(MEMORY, alone=True)
    try:
        from cordage_tui.engine.images.sandbox.main import answered
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
