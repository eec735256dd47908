"""A preview as a file of the disk cache: a line of facts, then the small copy."""

import json
from dataclasses import fields
from hashlib import sha256
from typing import Any, Final

from cordage_tui.domain import media_type as kinds
from cordage_tui.domain.image import PixelSize
from cordage_tui.domain.media_type import MediaType
from cordage_tui.domain.text import safe
from cordage_tui.engine.pictures.preview import OutputMetadata, Thumbnail

FORMAT: Final = 1
"""A file of another format is taken for damaged."""
_MEDIA: Final = {value.suffix: value for value in vars(kinds).values() if isinstance(value, MediaType)}


def written(preview: Thumbnail) -> bytes:
    """Neither the address nor anything else of the output is in it."""
    facts = preview.facts
    head = {field.name: getattr(facts, field.name) for field in fields(facts)}
    pixels = None if facts.pixels is None else [facts.pixels.width, facts.pixels.height]
    line = json.dumps({**head, "media": facts.media.suffix, "pixels": pixels}).encode()
    return b"%d %b\n%b\n%b" % (FORMAT, _digest(line + preview.file), line, preview.file)


def read(data: bytes) -> Thumbnail | None:
    """None when it is damaged."""
    mark, _, rest = data.partition(b"\n")
    line, _, file = rest.partition(b"\n")
    if mark != b"%d %b" % (FORMAT, _digest(line + file)):
        return None
    try:
        return Thumbnail(_facts(json.loads(line)), file)
    except (ValueError, LookupError, TypeError):  # whole, but by somebody else's hand
        return None


def _facts(head: dict[str, Any]) -> OutputMetadata:
    pixels, text = head["pixels"], head["text"]
    return OutputMetadata(
        _MEDIA[head["media"]],
        None if head["size"] is None else int(head["size"]),
        None if pixels is None else PixelSize(int(pixels[0]), int(pixels[1])),
        None if head["duration_s"] is None else float(head["duration_s"]),
        None if text is None else safe(str(text)),
    )


def _digest(data: bytes) -> bytes:
    return sha256(data).hexdigest()[:32].encode()
