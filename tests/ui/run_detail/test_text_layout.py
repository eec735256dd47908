"""Lines within their width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cordage_tui.domain.safe_text import SafeText, safe
from cordage_tui.ui.run_detail.text_layout import columns, middle_cut, wrapped

_text = st.text(max_size=80).map(safe)


@pytest.mark.parametrize(
    ("text", "width", "cut_text"),
    [("abcdef", 6, "abcdef"), ("abcdefgh", 5, "ab…gh"), ("abc", 1, "…"), ("abc", 0, ""), ("日本語日本語", 6, "日…語")],
)
def test_the_middle_gives_way(text: str, width: int, cut_text: str) -> None:
    """A long text is cut in the middle, and no wide character is halved."""
    assert middle_cut(SafeText(text), width) == cut_text


@given(_text, st.integers(0, 40))
def test_a_cut_text_fits(text: SafeText, width: int) -> None:
    """A cut text fits its cells."""
    assert cell_len(middle_cut(text, width)) <= max(width, 0)


@given(_text, st.integers(2, 40))
def test_wrapped_lines_fit_and_lose_nothing_but_space(text: SafeText, width: int) -> None:
    """Wrapped lines fit their width and lose only white space."""
    lines = wrapped(text, width)
    assert all(line.cell_length <= width for line in lines)
    assert "".join("".join(line.plain for line in lines).split()) == "".join(text.split())


def test_values_stand_in_one_column() -> None:
    """All values start in the same cell, also in continued lines."""
    pairs = [(SafeText("a"), SafeText("one two three four")), (SafeText("longer"), SafeText("x"))]
    assert [line.plain.rstrip() for line in columns(pairs, 24)] == [
        "a           one two",
        "            three four",
        "longer      x",
    ]
