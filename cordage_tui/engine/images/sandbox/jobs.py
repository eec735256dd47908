"""Jobs of the decoder process, by name."""

from typing import Any

from PIL import Image

from cordage_tui.engine.images.decoder_messages import Message
from cordage_tui.engine.images.sandbox.decode import DecodeRefused, cut, fitted, preview, reduced, rendered


def answered(job: Message) -> Message:
    """Return the reply to a job; `refused` in its head is the reason for a missing result."""
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
        image_parts = rendered(image, form["form"], form["cell_height"])
        heads.append({"width": image.width, "height": image.height, "parts": len(image_parts)})
        parts += image_parts
    return Message({"images": heads}, tuple(parts))
