"""Lines above the footer that are there only while there is something to tell."""

from textual.content import Content
from textual.widgets import Static


class NoticeLine(Static):
    """Says one thing, and takes no room while it says nothing. It never has the keys."""

    def __init__(self) -> None:
        super().__init__()
        self._words: Content | None = None

    def show(self, words: Content | None) -> None:
        """Draw only when it would say something else; None: nothing (any more)."""
        if words is not None and (self._words is None or not words.is_same(self._words)):
            self.update(words)
        self._words = words
        self.set_class(words is not None, "-on")


class RefusedLine(NoticeLine):
    """That the server refuses the API key."""
