"""Answers that are too early, and letters of a sentence."""

from textual.events import Key, Mount

from cordage_tui.ui.dialogs.sentence_guard import READ_S, SentenceGuard
from cordage_tui.ui.terminal.pauses import TypingPauses


def typed(at: float, name: str = "enter", character: str = "\r") -> Key:
    """Return an Enter, or another key, that the driver read at that time."""
    key = Key(name, character)
    TypingPauses().mark([key], at)
    return key


def opened(at: float = 1.0) -> SentenceGuard:
    """Return the guard of a question that opened at that time."""
    guard, mount = SentenceGuard(), Mount()
    mount.time = at
    guard.record_opening(mount)
    return guard


def test_an_enter_before_anybody_can_have_read_the_question_is_given_twice():
    """An Enter within the time for reading is refused once, and accepted when it is pressed again."""
    guard = opened()
    guard.record_key(typed(1.0 + READ_S - 0.01))
    assert guard.refusal(in_burst=False)
    guard.record_key(typed(1.0 + READ_S - 0.005))
    assert guard.refusal(in_burst=False) is None
    later = opened()
    later.record_key(typed(1.0 + READ_S))
    assert later.refusal(in_burst=False) is None


def test_a_letter_that_stands_alone_is_a_yes_however_soon_it_comes():
    """Somebody who knows the keys is not asked twice: whether a letter stands alone is decided before."""
    guard = opened()
    guard.record_key(typed(1.0 + READ_S / 2, "y", "y"))
    assert guard.refusal(in_burst=False) is None


def test_a_letter_without_a_meaning_ends_the_yes_of_the_keyboard():
    """After a letter without a meaning only a click answers yes, however late the next key comes."""
    guard = opened()
    guard.record_text()
    guard.record_key(typed(60.0))
    assert guard.refusal(in_burst=False)
    guard.record_click()
    assert guard.refusal(in_burst=False) is None


def test_a_yes_within_a_paste_is_none():
    """No yes inside a paste is accepted."""
    guard = opened()
    guard.record_key(typed(9.0))
    assert guard.refusal(in_burst=True) and guard.refusal(in_burst=True)
