"""Reasons of disabled actions. One short line says why a key cannot act now."""

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, one_line


@dataclass(frozen=True, slots=True)
class DisabledReason:
    """Reason why an action cannot run now."""

    words: SafeText
    """One short sentence."""
    dimmed: bool = False
    """True if the footer shows the action dimmed: it depends on the row under the cursor, and can run on another row. Otherwise
    the footer does not show it."""


def not_here(words: str) -> DisabledReason:
    """Return a reason that depends on the row under the cursor."""
    return DisabledReason(SafeText(words), dimmed=True)


def read_only(profile: str) -> DisabledReason:
    """Return the reason of actions that send or kill in a read-only profile."""
    return DisabledReason(one_line(f"Profile {profile} is read-only: nothing is sent or killed."))
