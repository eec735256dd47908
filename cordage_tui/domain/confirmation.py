"""Confirmation of an action on many prompts or runs: their number must be typed (docs/dev/faults.md rule 18)."""

from typing import Final

from cordage_tui.domain.safe_text import SafeText

TYPED_FROM: Final = 11
"""Count from which it must be typed."""
TYPED_FROM_LISTED: Final = 21
"""The same if the question lists each of them, not only their number."""


def number_to_type(count: int, *, listed: bool = False, always: bool = False) -> SafeText | None:
    """Return the number that confirms an action on `count`; None: a plain yes does. `listed`: the question shows each of
    them. `always`: however few, as in a protected profile."""
    few = count < (TYPED_FROM_LISTED if listed else TYPED_FROM)
    return None if few and not (always and count) else SafeText(str(count))


def request_words(purpose: str = "confirm") -> tuple[SafeText, SafeText]:
    """Return the words before and after the text that is to be typed: `Type 30 to confirm`."""
    return SafeText("Type "), SafeText(f" to {purpose}")


def is_confirmed(answer: str, required: SafeText | None) -> bool:
    """Return whether the answer is the required text; None: y or yes is enough."""
    return answer.strip().lower() in (("y", "yes") if required is None else (required,))
