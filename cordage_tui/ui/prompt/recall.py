"""Walking through earlier prompts, as a shell does."""

from collections.abc import Sequence

from cordage_tui.domain.inputs import Inputs, canonical


class Recall:
    """Earlier inputs of one webhook, newest first, and where in them the user is."""

    def __init__(self, entries: Sequence[Inputs] = ()) -> None:
        self._entries = list(entries)
        self._at = -1
        self._left: Inputs = {}

    @property
    def browsing(self) -> bool:
        """An earlier entry is shown, unedited."""
        return self._at >= 0

    @property
    def shown(self) -> Inputs | None:
        """The entry that is shown; None when not browsing."""
        return self._entries[self._at] if self.browsing else None

    def older(self, current: Inputs) -> Inputs | None:
        """The entry before the one shown, or None at the oldest. `current` is given back by `newer` at the other end."""
        if self._at + 1 >= len(self._entries):
            return None
        if not self.browsing:
            self._left = current
        self._at += 1
        return self._entries[self._at]

    def newer(self) -> Inputs | None:
        """The entry after the one shown; past the newest, what was there before; None when not browsing."""
        if not self.browsing:
            return None
        self._at -= 1
        return self._entries[self._at] if self.browsing else self._left

    def leave(self) -> None:
        """The shown entry has been edited: it is a text of its own now."""
        self._at = -1

    def add(self, inputs: Inputs) -> None:
        """Put a submitted body in front; the same body further back goes."""
        body = canonical(inputs)
        self._entries = [inputs, *(entry for entry in self._entries if canonical(entry) != body)]
        self._at = -1
