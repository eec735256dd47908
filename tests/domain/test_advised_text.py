"""Text that names an action: as text it is only the sentence, and a stored text keeps its action."""

import pytest

from cordage_tui.domain.advised_text import action_of, advised
from cordage_tui.store.runs.row_codecs import message_column, message_text


def test_words_and_action_are_apart() -> None:
    """Code that ignores actions sees only the sentence."""
    text = advised("Not sent.", "queue.resume")
    assert text == "Not sent." and action_of(text) == "queue.resume"
    assert action_of(advised("Not sent.", None)) is action_of("Not sent.") is action_of(None) is None


@pytest.mark.parametrize("action", ["queue.resume", None])
@pytest.mark.parametrize("sentence", ["Not sent.", "two\nlines"])
def test_both_come_back_as_they_were_written(sentence: str, action: str | None) -> None:
    """Through the text of one column."""
    back = message_text(message_column(advised(sentence, action)))
    assert back == sentence and action_of(back) == action


def test_nothing_stays_nothing() -> None:
    """Text that is None has no action and is stored as None."""
    assert message_column(None) is None and message_text(None) is None


def test_text_from_outside_can_name_no_action() -> None:
    """A server's text cannot name an action, because `one_line` makes the separator visible."""
    hostile = advised("no\x1frun.kill", "run.edit")
    back = message_text(message_column(hostile))
    assert action_of(back) == "run.edit" and back is not None and "\x1f" not in back
