"""Why there is no batch, and how large one may be."""

from typing import Final

from cordage_tui.domain.text import SafeText, one_line

MOST: Final = 10_000
"""Bodies of one batch."""


class BatchError(Exception):
    """What was written or read makes no batch; `what` says why and where, for a person."""

    def __init__(self, what: str) -> None:
        self.what: SafeText = one_line(what)
        super().__init__(self.what)


def refuse_if_too_many(count: int) -> None:
    """Raises BatchError for more than `MOST`."""
    if count > MOST:
        raise BatchError(f"That makes {count:,} prompts; a batch has {MOST:,} at most.")
