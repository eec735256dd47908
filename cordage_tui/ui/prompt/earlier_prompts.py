"""Earlier prompts in the editor, as in a shell: up and down go through them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cordage_tui.domain.inputs import PROMPT, Inputs, canonical


class HistoryPlace(NamedTuple):
    """Place of the user among earlier inputs."""

    at: int = -1
    """Index of the shown entry; -1 if none is shown."""
    written: Inputs = {}
    """Inputs that were written before the first entry was shown."""
    loaded: Inputs | None = None
    """Inputs from elsewhere that are shown unedited; None if there are none."""

    @property
    def is_own(self) -> bool:
        """True if the user's own text is shown, not an earlier prompt."""
        return self.at < 0 and self.loaded is None


OWN: Final = HistoryPlace()
"""Place of the user's own text."""


class PromptHistory:
    """Earlier inputs of one webhook, newest first, and the user's place among them."""

    def __init__(self, entries: Sequence[Inputs] = ()) -> None:
        self._entries = list(entries)
        self.place = OWN

    def renew(self, entries: Sequence[Inputs]) -> None:
        """Replace the entries, unless one of them is shown."""
        if self.place.at < 0:
            self._entries = list(entries)

    @property
    def browsing(self) -> bool:
        """True if the text is unedited and is an entry or was loaded from elsewhere."""
        return self.shown is not None

    @property
    def shown(self) -> Inputs | None:
        """Inputs that are shown unedited; None if `browsing` is false."""
        at = self.place.at
        return self.place.loaded if at < 0 else self._entries[at] if at < len(self._entries) else None

    def older(self, current: Inputs) -> HistoryPlace | None:
        """Return the place of the next older entry; None if there is none. `current` are the inputs that are written now, to which
        `newer` returns."""
        at, written, loaded = self.place
        if at + 1 >= len(self._entries):
            return None
        return HistoryPlace(at + 1, current if at < 0 else written, loaded)

    def newer(self) -> HistoryPlace | None:
        """Return the place of the next newer entry, or after the newest the place of the user's own text; None if no entry is
        shown."""
        return None if self.place.at < 0 else self.place._replace(at=self.place.at - 1)

    def inputs_at(self, place: HistoryPlace) -> Inputs:
        """Return the inputs at a place that `older` or `newer` has returned."""
        return self._entries[place.at] if place.at >= 0 else place.written

    def completing(self, text: str) -> str | None:
        """Return the newest prompt that begins with `text` and is longer; None if there is none."""
        prompts = (entry.get(PROMPT) for entry in self._entries)
        return next((p for p in prompts if isinstance(p, str) and p.startswith(text) and p != text), None)

    def go_to(self, place: HistoryPlace) -> None:
        """Go to a place. After an edit that is `OWN`."""
        self.place = place

    def add(self, inputs: Inputs) -> None:
        """Add a body as the newest entry. An older entry with the same body is removed."""
        body = canonical(inputs)
        self._entries = [inputs, *(entry for entry in self._entries if canonical(entry) != body)]
        self.go_to(OWN)
