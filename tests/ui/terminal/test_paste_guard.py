"""Bursts of input."""

from textual.events import Key, Mount

from cordage_tui.ui.terminal.paste_guard import READ_S, PasteGuard, SentenceGuard
from cordage_tui.ui.terminal.pauses import TypingPauses


def bursts(*times: float) -> list[bool]:
    """What the guard says of a key at each of these times."""
    guard, said = PasteGuard(), list[bool]()
    for at in times:
        key = Key("y", "y")
        key.time = at
        said.append(guard.record(key))
    return said


def test_input_within_the_quiet_time_is_a_burst():
    """30 ms is the line; the first input of all is none."""
    assert bursts(1.0, 1.02, 1.049, 1.08, 2.0) == [False, True, True, False, False]


def test_input_out_of_order_counts_as_a_burst():
    """Safe side: an event older than the last one never looks like quiet."""
    assert bursts(5.0, 4.0, 5.01) == [False, True, True]


def typed(at: float) -> Key:
    """A `y` that the driver read at that time."""
    key = Key("y", "y")
    TypingPauses().mark([key], at)
    return key


def opened(at: float = 1.0) -> SentenceGuard:
    """The guard of a question that opened at that time."""
    guard, mount = SentenceGuard(), Mount()
    mount.time = at
    guard.record_opening(mount)
    return guard


def test_a_yes_before_anybody_can_have_read_the_question_is_given_twice():
    """The second letter of a word comes within that time; whoever knows the keys presses once more."""
    guard = opened()
    guard.record_key(typed(1.0 + READ_S - 0.01))
    assert guard.refusal(in_burst=False)
    guard.record_key(typed(1.0 + READ_S - 0.005))
    assert guard.refusal(in_burst=False) is None
    later = opened()
    later.record_key(typed(1.0 + READ_S))
    assert later.refusal(in_burst=False) is None


def test_a_letter_without_a_meaning_ends_the_yes_of_the_keyboard():
    """However late the next key comes; a click is an answer all the same."""
    guard = opened()
    guard.record_text()
    guard.record_key(typed(60.0))
    assert guard.refusal(in_burst=False)
    guard.record_click()
    assert guard.refusal(in_burst=False) is None


def test_a_yes_within_a_paste_is_none():
    """Neither the first nor any later one in it."""
    guard = opened()
    guard.record_key(typed(9.0))
    assert guard.refusal(in_burst=True) and guard.refusal(in_burst=True)
