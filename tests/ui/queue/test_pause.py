"""Which pauses are news."""

from cordage_tui.domain.outbox import QueueSettings
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.queue.summary import PauseAnnouncer


def test_each_pause_is_told_once() -> None:
    """Also one that stood when the window opened; going on is no news, and the next pause is again."""
    watch = PauseAnnouncer()
    first, second = (QueueSettings(SafeText(why), at) for why, at in (("crash", 1.0), ("you", 9.0)))
    said = [watch.news(control) for control in (first, first, QueueSettings(), second, second)]
    assert said == ["crash", None, None, "you", None]
