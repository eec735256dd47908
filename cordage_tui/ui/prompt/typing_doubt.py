"""Doubt about the text of a prompt: if it may have begun elsewhere, Enter asks before it sends."""

from enum import Enum, auto


class Beginning(Enum):
    """Event before the next letter."""

    LETTER = auto()
    """Another letter of the text."""
    FOCUS = auto()
    """The focus came to the editor."""
    LOADING = auto()
    """A key loaded a text."""


class TypingDoubt:
    """Doubt whether a text was written for the prompt.

    It may have begun in the middle of a word or of a paste, whose first letters were commands elsewhere. Pure: the order of
    keys says how fast they came.
    """

    def __init__(self) -> None:
        self._is_doubtful = False
        self._after = Beginning.LETTER

    @property
    def must_ask(self) -> bool:
        """True if Enter must ask about the text."""
        return self._is_doubtful

    def record_focus(self, *, is_in_word: bool, is_empty: bool) -> None:
        """Record that a key moved the focus here. `is_in_word`: the key was a letter at the end of a word. `is_empty`: there is no
        text yet."""
        self._is_doubtful = is_in_word or (self._is_doubtful and not is_empty)
        if self._after is Beginning.LETTER:
            self._after = Beginning.FOCUS

    def record_loading(self, *, is_in_word: bool) -> None:
        """Record that a key loaded a text. The doubt about the text before ends."""
        self._is_doubtful = is_in_word
        self._after = Beginning.LOADING

    def record_letter(self, *, is_fast: bool, is_in_burst: bool, is_first: bool) -> None:
        """Record a letter of the text.

        `is_fast`: it followed the last command as fast as in a word. `is_in_burst`: both are of one paste. `is_first`: the text
        was empty before it. A text that begins anew here has no doubt.
        """
        if self._after is Beginning.LETTER:
            self._is_doubtful &= not is_first
        else:
            self._is_doubtful |= is_in_burst or (is_fast and self._after is Beginning.LOADING)
        self._after = Beginning.LETTER
