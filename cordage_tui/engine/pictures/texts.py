"""The beginning of an output that is text, fit to be shown."""

import json
from typing import Final

from cordage_tui.domain.media_type import MediaKind, decoded
from cordage_tui.domain.text import SafeText, safe

TEXT_BYTES: Final = 64 << 10
"""Of the file, that are fetched: JSON that is whole within it is laid out anew."""
SHOWN: Final = 2_048
"""Characters."""


def beginning(head: bytes, kind: MediaKind, *, whole: bool) -> SafeText:
    """`whole`: `head` is all there is."""
    text = decoded(head) if kind is MediaKind.TEXT else head.decode("utf-8-sig", "replace")
    if kind is MediaKind.JSON and whole:
        text = _laid_out(text)
    shown = text[:SHOWN]
    return safe(shown if whole and len(text) <= SHOWN else shown.rstrip("\ufffd") + "…")


def _laid_out(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text
