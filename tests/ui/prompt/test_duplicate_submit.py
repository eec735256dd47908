"""Repeated submissions."""

from cordage_tui.ui.prompt.duplicate_submit import DuplicateSubmitGuard


def test_the_same_body_to_the_same_webhook_is_a_repeat_for_two_seconds():
    """A body repeats within two seconds also if only blanks and order differ, or another was sent in between."""
    guard = DuplicateSubmitGuard(2.0)
    guard.sent("a", {"prompt": "fox", "n": 1}, 10.0)
    guard.sent("a", {"prompt": "owl"}, 11.0)
    assert guard.since("a", {"n": 1, "prompt": " fox "}, 11.5) == 1.5
    assert guard.since("b", {"prompt": "fox", "n": 1}, 11.5) is None
    assert guard.since("a", {"prompt": "fox", "n": 2}, 11.5) is None
    assert guard.since("a", {"prompt": "fox", "n": 1}, 12.0) is None


def test_what_was_refused_is_no_repeat():
    """A prompt that could not be stored is no repeat, so the next Enter sends it."""
    guard = DuplicateSubmitGuard(2.0)
    guard.sent("a", {"prompt": "fox"}, 10.0)
    guard.sent("a", {"prompt": "owl"}, 10.0)
    guard.refused({"prompt": " fox "})
    assert guard.since("a", {"prompt": "fox"}, 10.5) is None
    assert guard.since("a", {"prompt": "owl"}, 10.5) == 0.5
