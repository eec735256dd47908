"""Fitting text into cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cordage_tui.domain.safe_text import one_line
from cordage_tui.ui.widgets.text import fit, steady


@pytest.mark.parametrize(
    ("text", "width", "fitted_text"),
    [
        *[("fox", 5, "fox  "), ("foxes", 5, "foxes"), ("foxes run", 5, "foxe…"), ("a fox", 3, "a… "), ("fox", 0, "")],
        *[("日本の庭", 5, "日本…"), ("日本の庭", 4, "日… "), ("e\u0301te\u0301", 4, "e\u0301te\u0301 ")],
    ],
)
def test_a_text_is_padded_or_cut_to_its_cells(text: str, width: int, fitted_text: str) -> None:
    """A text is padded or cut to its cells without halving a wide character or losing an accent."""
    assert fit(text, width) == fitted_text


def test_a_number_is_right_aligned() -> None:
    """A number is aligned to the right end of its cells."""
    assert fit("0:12", 7, right=True) == "   0:12"


@given(st.text(max_size=40), st.integers(0, 30))
def test_any_text_takes_exactly_its_cells(text: str, width: int) -> None:
    """Any text is fitted to exactly its cells."""
    assert cell_len(fit(one_line(text), width)) == width


def test_emoji_that_terminals_disagree_on_are_taken_apart() -> None:
    """Joiners, skin tones and selectors are removed, because terminals measure them differently."""
    assert steady("👨\u200d👩 👍\U0001f3fd ✔\ufe0f") == "👨👩 👍 ✔"
