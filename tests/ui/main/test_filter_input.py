"""The line below the filter."""

import pytest

from cordage_tui.domain.filter.completion import complete
from cordage_tui.domain.filter.parser import FilterVocabulary, parse_filter
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.main.filter_input import hint_words

KNOWN = FilterVocabulary(("Sunset",), ("seed", "style", "st\x1b[31mrange"))


def hint(text: str, counts: dict[str, int] | None = None, key: str = "tab") -> str:
    """Return the text of the line below this filter."""
    completion = complete(text, len(text), parse_filter(text, KNOWN), KNOWN, counts)
    return hint_words(text, completion, counts or {}, lambda action: SafeText(key)).plain


@pytest.mark.parametrize(
    ("text", "counts", "line"),
    [
        ("status:f", {"failed": 1_234}, "tab failed 1,234  status: active, waiting, ended, or one status"),
        ("style:n", {"noir": 3, "neon": 2, "ink": 9}, "tab noir 3 · neon 2  style: 12, >30, or part of the text"),
        ("is:", {"kept": 2}, "tab kept 2  is: what you decided, or a property"),
        ("sty", None, "tab style:"),
        ("zebra", None, 'all words must occur · "a phrase" · NOT a · a OR b · ( )'),
        ("took:", None, "took: 2m: two minutes or longer; <30s"),
        ("stile:x", None, "stile:x is not known · did you mean style:x? · tab takes it"),
        ("qqqq:x", None, "qqqq:x is not known · searched as text"),
    ],
)
def test_the_line_explains_the_word_under_the_cursor(text: str, counts: dict[str, int] | None, line: str) -> None:
    """The line lists the values of the field with their counts, and explains the field."""
    assert hint(text, counts) == line


def test_an_empty_field_names_the_fields() -> None:
    """For an empty filter the line lists the fields."""
    assert hint("").startswith("status: · webhook: · is: · stars: · has:")


def test_a_key_that_is_taken_away_is_not_named() -> None:
    """If the user has removed the key for completion, the line does not name one."""
    assert hint("sty", key="") == "style:"


def test_names_from_elsewhere_are_made_safe() -> None:
    """Names and values from outside are shown without control characters."""
    assert (
        "\x1b" not in hint("st") and "\x1b" not in hint("style:\x1b", {"\x1b[2J": 1}) and "\x1b" not in hint("\x1b:x")
    )
