"""Disabled actions: why a key cannot act now, said in one short line instead of nothing."""

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line


@dataclass(frozen=True, slots=True)
class DisabledReason:
    """Reason why an action cannot be carried out now."""

    words: SafeText
    """One short sentence."""
    dimmed: bool = False
    """The footer shows the action dimmed, because it depends on the row under the cursor and comes back with the next; else
    it is left out."""


def not_here(words: str) -> DisabledReason:
    """Return a reason that depends on what is under the cursor."""
    return DisabledReason(SafeText(words), dimmed=True)


def read_only(profile: str) -> DisabledReason:
    """Return the reason of actions that send or kill, in a profile that is read-only."""
    return DisabledReason(one_line(f"Profile {profile} is read-only: nothing is sent or killed."))
