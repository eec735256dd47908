"""Finds keys in what people paste: the key itself, a trigger address, or a whole curl line."""

import re
from collections.abc import Callable
from typing import Any, Final

from textual import events

from cordage_tui.ui.still_input import SteadyInput

MAX_PASTE: Final = 20_000
"""Characters of a paste that are looked at; a longer one is no key."""

_IN_ADDRESS: Final = re.compile(r"/webhooks/([A-Za-z0-9._~-]+)")
_BARE: Final = re.compile(r"(?<![A-Za-z0-9_-])wh_[A-Za-z0-9_-]+")
_BEARER: Final = re.compile(r"\bbearer\s+([^\s'\"]+)", re.IGNORECASE)


def picked(text: str) -> str:
    """The webhook key in `text`, where one can be made out; else `text` trimmed, for a check to say what is wrong."""
    found = _IN_ADDRESS.search(text)
    if found:
        return found.group(1)
    bare = _BARE.search(text)
    return bare.group() if bare else text.strip()


def picked_api_key(text: str) -> str:
    """The key behind `Bearer`, else `text` trimmed."""
    found = _BEARER.search(text)
    return found.group(1) if found else text.strip()


class PasteCleaningInput(SteadyInput):
    """An input that keeps of a paste only what `pick` finds in it, also when the paste has several lines."""

    def __init__(self, pick: Callable[[str], str], **options: Any) -> None:
        super().__init__(**options)
        self._pick = pick

    def on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        found = self._pick(event.text[:MAX_PASTE])
        self.value = found.splitlines()[0] if found else ""
        self.action_end()
