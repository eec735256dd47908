"""Announcements of pauses."""

from cordage_tui.domain.queue import QueueSettings
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.queue.summary import PauseAnnouncer


def test_each_pause_is_announced_once() -> None:
    """Each pause is announced once, also one from before the start, and a resumed queue is not announced."""
    watch = PauseAnnouncer()
    first, second = (QueueSettings(SafeText(why), at) for why, at in (("crash", 1.0), ("you", 9.0)))
    announcements = [watch.news(control) for control in (first, first, QueueSettings(), second, second)]
    assert announcements == ["crash", None, None, "you", None]
