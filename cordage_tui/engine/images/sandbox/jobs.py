"""What the child can do, by the name of the job."""

from cordage_tui.engine.images.protocol import Message
from cordage_tui.engine.images.sandbox.decode import DecodeRefused, cut, fitted, preview, reduced, rendered


def answered(job: Message) -> Message:
    """What came of it; `refused` in the head says why nothing did."""
    try:
        match job.head["job"]:
            case "reduce":
                return _reduce(job)
            case "render":
                return _render(job)
            case "compose":
                from cordage_tui.engine.images.sandbox.contact_sheet import composed

                return Message({}, (composed(job.head, job.parts),))
            case other:
                raise ValueError(other)
    except DecodeRefused as error:
        return Message({"refused": str(error)})
    except MemoryError:
        return Message({"refused": "It takes more memory than decoding it is given."})


def _reduce(job: Message) -> Message:
    (width, height), file = reduced(job.parts[0], job.head["name"], job.head["side"])
    return Message({"width": width, "height": height}, (file,))


def _render(job: Message) -> Message:
    picture = cut(preview(job.parts[0]), job.head["part"])
    picture = fitted(picture, job.head["width"], job.head["height"], grow=job.head["grow"])
    parts = rendered(picture, job.head["form"], job.head["cell_height"])
    return Message({"width": picture.width, "height": picture.height}, tuple(parts))
