"""Text with an action that leads on, as it is kept in one column."""

from typing import Final

from cordage_tui.domain.advice import action_of, advised
from cordage_tui.domain.text import SafeText

_MARK: Final = "\x1f"
"""Between the words and the action's id. Text from outside never holds it: the choke point makes it visible."""


def message_column(words: str | None) -> str | None:
    """What to write for `words`."""
    action = action_of(words)
    return words if words is None or action is None else f"{words}{_MARK}{action}"


def message_text(text: str | None) -> SafeText | None:
    """The words and the action that were written. Safe."""
    if text is None:
        return None
    words, _, action = text.partition(_MARK)
    return advised(words, action or None)
