"""Fitting text into cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cordage_tui.domain.text import one_line
from cordage_tui.ui.widgets.text import fit, steady


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        *[("fox", 5, "fox  "), ("foxes", 5, "foxes"), ("foxes run", 5, "foxe…"), ("a fox", 3, "a… "), ("fox", 0, "")],
        *[("日本の庭", 5, "日本…"), ("日本の庭", 4, "日… "), ("e\u0301te\u0301", 4, "e\u0301te\u0301 ")],
    ],
)
def test_fit(text: str, width: int, shown: str) -> None:
    """Text is padded or cut to its cells, a wide character is never halved, accents stay on their letters."""
    assert fit(text, width) == shown


def test_fit_right() -> None:
    """Numbers stand at the right end of their cells."""
    assert fit("0:12", 7, right=True) == "   0:12"


@given(st.text(max_size=40), st.integers(0, 30))
def test_fit_is_exact(text: str, width: int) -> None:
    """Whatever the text, it takes exactly its cells."""
    assert cell_len(fit(one_line(text), width)) == width


def test_emoji_that_terminals_disagree_on_are_taken_apart() -> None:
    """A joined family, a skin tone and a selector lose what terminals measure differently."""
    assert steady("👨\u200d👩 👍\U0001f3fd ✔\ufe0f") == "👨👩 👍 ✔"
