"""Walking through earlier prompts, as a shell does."""

from collections.abc import Sequence

from cordage_tui.domain.inputs import Inputs, canonical


class PromptHistory:
    """Earlier inputs of one webhook, newest first, and where in them the user is."""

    def __init__(self, entries: Sequence[Inputs] = ()) -> None:
        self._entries = list(entries)
        self._at = -1
        self._left: Inputs = {}
        self._loaded: Inputs | None = None

    def renew(self, entries: Sequence[Inputs]) -> None:
        """There may be other entries now; while one of them is shown, they stay as they are."""
        if self._at < 0:
            self._entries = list(entries)

    @property
    def browsing(self) -> bool:
        """What is shown is an earlier entry, or was loaded from elsewhere, and is unedited."""
        return self.shown is not None

    @property
    def shown(self) -> Inputs | None:
        """What is shown unedited; None when not browsing."""
        return self._entries[self._at] if self._at >= 0 else self._loaded

    def load(self, inputs: Inputs) -> None:
        """Other inputs are shown now, which are no entry: the newest entry is the next older one."""
        self._at, self._loaded = -1, inputs

    def older(self, current: Inputs) -> Inputs | None:
        """The entry before the one shown, or None at the oldest. `current` is given back by `newer` at the other end."""
        if self._at + 1 >= len(self._entries):
            return None
        if self._at < 0:
            self._left = current
        self._at += 1
        return self._entries[self._at]

    def newer(self) -> Inputs | None:
        """The entry after the one shown; past the newest, what was there before; None when no entry is shown."""
        if self._at < 0:
            return None
        self._at -= 1
        return self._entries[self._at] if self._at >= 0 else self._left

    def leave(self) -> None:
        """What is shown has been edited: it is a text of its own now."""
        self._at, self._loaded = -1, None

    def add(self, inputs: Inputs) -> None:
        """Put a body in front; the same body further back goes."""
        body = canonical(inputs)
        self._entries = [inputs, *(entry for entry in self._entries if canonical(entry) != body)]
        self.leave()
