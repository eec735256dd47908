"""Sentences for notes and reports, out of what went wrong."""

from typing import Final

from cordage_tui.domain.text import SafeText, one_line

PAUSED_BY_USER: Final = "Paused by you: nothing is sent until you resume"
"""Why the queue stands still, when somebody said so."""

_ENDS: Final = (".", "!", "?", "…")


def sentences(*parts: str) -> SafeText:
    """The parts that say something, each with a capital and a full stop, on one line."""
    return one_line(" ".join(_sentence(part.strip()) for part in parts if part.strip()), 1_000)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + ("" if text.endswith(_ENDS) else ".")
