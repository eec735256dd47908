"""A pause that nobody in this window asked for is news: nobody should wonder why nothing is sent."""

from cordage_tui.domain.outbox import QueueSettings
from cordage_tui.domain.text import SafeText


class PauseAnnouncer:
    """Tells each pause once."""

    def __init__(self) -> None:
        self._told: tuple[float | None, SafeText | None] = (None, None)

    def news(self, control: QueueSettings) -> SafeText | None:
        """Why the queue is paused, if it was not, or by another pause, when last asked."""
        before, self._told = self._told, (control.paused_at, control.paused)
        return control.paused if self._told != before else None
