"""Names of authors: which texts are valid."""

import pytest

from cordage_tui.domain.author import LONGEST, InvalidAuthor, parse_author


@pytest.mark.parametrize("name", ["claude", "Claude Code", "cron@nightly", "ci/42", "夜", "x" * LONGEST])
def test_a_name_is_kept_as_it_is_written(name: str) -> None:
    assert parse_author(name) == parse_author(f"  {name} ") == name


@pytest.mark.parametrize(
    "text",
    ["", " ", "@me", "-a", "=a", "#a", "a,b", 'a"b', "a|b", "(a", "a  b", "a\nb", "\x1b[31m", "\u202ea", "\ud800", "x" * (LONGEST + 1)],
)  # fmt: skip
def test_what_could_not_be_shown_or_filtered_for_is_none(text: str) -> None:
    """A name that could not be shown or filtered for is refused, and the message about it is safe to print."""
    with pytest.raises(InvalidAuthor) as raised:
        parse_author(text)
    assert "\x1b" not in raised.value.what and "\n" not in raised.value.what and raised.value.what.encode()
