"""Enter asks about a text that may have begun elsewhere, and about no other text."""

from cordage_tui.ui.prompt.typing_doubt import TypingDoubt


def letter(doubt: TypingDoubt, *, is_fast: bool = False, is_in_burst: bool = False, is_first: bool = False) -> None:
    """Type a letter."""
    doubt.record_letter(is_fast=is_fast, is_in_burst=is_in_burst, is_first=is_first)


def test_a_text_that_is_typed_here_is_sent_without_a_question():
    """A person goes to the prompt and writes."""
    doubt = TypingDoubt()
    doubt.record_focus(is_in_word=False, is_empty=True)
    letter(doubt, is_first=True)
    letter(doubt)
    assert not doubt.must_ask


def test_a_focus_that_comes_within_a_word_is_asked_about():
    """The key that moved the focus was a letter of a word, so its first letters are missing. The question comes at each Enter."""
    doubt = TypingDoubt()
    doubt.record_focus(is_in_word=True, is_empty=True)
    letter(doubt, is_first=True)
    assert doubt.must_ask
    letter(doubt)
    assert doubt.must_ask, "the joined text is still none that the user has read"
    doubt.record_focus(is_in_word=False, is_empty=False)
    assert doubt.must_ask
    doubt.record_focus(is_in_word=False, is_empty=True)
    assert not doubt.must_ask, "a text that begins anew has no doubt"


def test_a_first_letter_of_the_same_paste_is_asked_about():
    """The letters before it were commands."""
    doubt = TypingDoubt()
    doubt.record_focus(is_in_word=False, is_empty=True)
    letter(doubt, is_in_burst=True, is_first=True)
    assert doubt.must_ask


def test_a_later_letter_of_a_paste_is_not_asked_about():
    """Only the first letter shows where the text began."""
    doubt = TypingDoubt()
    doubt.record_focus(is_in_word=False, is_empty=True)
    letter(doubt, is_first=True)
    letter(doubt, is_in_burst=True)
    assert not doubt.must_ask


def test_a_fast_letter_after_a_loaded_text_is_asked_about():
    """The key that loaded the text was a letter of a word."""
    for is_loaded in (True, False):
        doubt = TypingDoubt()
        if is_loaded:
            doubt.record_loading(is_in_word=False)
        doubt.record_focus(is_in_word=False, is_empty=True)
        letter(doubt, is_fast=True)
        assert doubt.must_ask is is_loaded


def test_a_loaded_text_ends_the_doubt_about_the_text_before():
    """What was typed before is gone."""
    doubt = TypingDoubt()
    doubt.record_focus(is_in_word=True, is_empty=True)
    doubt.record_loading(is_in_word=False)
    assert not doubt.must_ask
    doubt.record_loading(is_in_word=True)
    assert doubt.must_ask


def test_a_text_that_begins_anew_here_is_not_asked_about():
    """The user has removed the doubtful text, and writes another."""
    doubt = TypingDoubt()
    doubt.record_focus(is_in_word=True, is_empty=True)
    letter(doubt, is_first=True)
    letter(doubt, is_first=True)
    assert not doubt.must_ask
