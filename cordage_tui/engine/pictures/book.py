"""What is known of the outputs that were looked at, in memory: what they are, which are too large, and which failed."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.image import ImageState, ImageView
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.pictures.errors import ImageUnavailable
from cordage_tui.engine.pictures.preview import OutputMetadata, Thumbnail

MAX_OUTPUT_STATES: Final = 2_000
"""Outputs; what was forgotten is looked up again."""
AGAIN_S: Final = 30.0
"""After so long a failure that may have passed is tried again."""


@dataclass(frozen=True, slots=True)
class OutputState:
    """What became of one output."""

    standing: ImageState
    """READY: there is a small copy to be drawn."""
    facts: OutputMetadata | None = None
    words: SafeText | None = None
    until: float | None = None
    """Monotonic seconds when a failure is to be forgotten; None: not by itself."""


class OutputStateCache:
    """By `OutputRef.key`."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now()`: monotonic seconds."""
        self._now = now
        self._entries: OrderedDict[str, OutputState] = OrderedDict()

    def get(self, key: str) -> OutputState | None:
        """None: nothing is known (any more)."""
        entry = self._entries.get(key)
        if entry is None or (entry.until is not None and entry.until <= self._now()):
            return None
        self._entries.move_to_end(key)
        return entry

    def known(self, key: str, preview: Thumbnail) -> None:
        """It has been looked at."""
        self._put(key, OutputState(ImageState.READY if preview.file else ImageState.DESCRIBED, preview.facts))

    def too_large(self, key: str, facts: OutputMetadata | None) -> None:
        """It has more bytes than are fetched unasked."""
        self._put(key, OutputState(ImageState.TOO_LARGE, facts))

    def failed(self, key: str, error: ImageUnavailable) -> None:
        """It cannot be shown."""
        until = self._now() + AGAIN_S if error.passing else None
        self._put(key, OutputState(ImageState.FAILED, words=error.what, until=until))

    def forget(self, key: str) -> None:
        """It is looked at anew."""
        self._entries.pop(key, None)

    def forget_failures(self) -> None:
        """All that failed is looked at anew."""
        for key in [key for key, entry in self._entries.items() if entry.standing is ImageState.FAILED]:
            del self._entries[key]

    def _put(self, key: str, entry: OutputState) -> None:
        self._entries[key] = entry
        self._entries.move_to_end(key)
        if len(self._entries) > MAX_OUTPUT_STATES:
            self._entries.popitem(last=False)


def sight_of(entry: OutputState | None, standing: ImageState) -> ImageView:
    """A sight without an image."""
    words, facts = (entry.words, entry.facts) if entry else (None, None)
    if facts is None:
        return ImageView(standing, words=words)
    return ImageView(standing, None, facts.media, facts.size, facts.pixels, facts.duration_s, facts.text, words)
