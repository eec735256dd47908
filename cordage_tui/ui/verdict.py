"""What the user thinks of an output, as it is shown everywhere."""

from typing import Final

from textual.content import Content

from cordage_tui.domain.output import Rating
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal

STAR: Final = "★"
_SIGNS: Final = {True: literal(SafeText("✔"), "$run-done"), False: literal(SafeText("✖"), "$run-bad")}
_WORDS: Final = {True: literal(SafeText("kept"), "$run-done"), False: literal(SafeText("rejected"), "$run-past")}


def mark(verdict: Rating, gap: str = " ") -> Content:
    """`✔ ★★★`, `✖`: where there is little room; empty: nothing is thought of it yet. `gap` is between the two."""
    decided = [] if verdict.kept is None else [_SIGNS[verdict.kept]]
    return Content(gap).join([*decided, *_stars(verdict)])


def opinion_words(verdict: Rating) -> Content:
    """`★★★ kept`: stars in the accent, what was decided in its own colour and word."""
    decided = [] if verdict.kept is None else [_WORDS[verdict.kept]]
    return Content(" ").join([*_stars(verdict), *decided])


def _stars(verdict: Rating) -> list[Content]:
    return [literal(SafeText(STAR * verdict.stars), "$accent")] if verdict.stars else []
