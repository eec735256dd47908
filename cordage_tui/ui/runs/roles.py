"""What a piece of a line is, which decides its colours; and the colours, taken from the stylesheet."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from rich.style import Style
from textual.widget import Widget

from cordage_tui.domain.fast_dataclass import dataclass


class StyleRole(StrEnum):
    """Meanings that `style/runs.tcss` colours; the first five are the theme variables of `ink.COLOURS`."""

    ACTIVE = "run-active"
    DONE = "run-done"
    BAD = "run-bad"
    WAIT = "run-wait"
    PAST = "run-past"
    PROMPT = "prompt"
    QUIET = "quiet"
    BAR = "bar"
    MARK = "mark"
    TITLE = "title"
    SORTED = "sorted"
    THUMB = "thumb"

    @property
    def component(self) -> str:
        """Its CSS class."""
        return f"run-table--{self}"


CURSOR: Final = "run-table--cursor"
"""CSS class of the cursor row: gives the background, a role gives the rest."""

COMPONENTS: Final = {CURSOR, *(role.component for role in StyleRole)}

Styles: TypeAlias = Mapping[StyleRole, Style]


@dataclass(frozen=True, slots=True)
class Palette:
    """Resolved colours of every role, on a plain row and on the cursor row."""

    plain: Styles
    cursor: Styles

    @classmethod
    def of(cls, widget: Widget) -> "Palette":
        """The colours that the stylesheet gives `widget` now."""
        return cls(
            plain={role: widget.get_visual_style(role.component).rich_style for role in StyleRole},
            cursor={role: widget.get_visual_style(CURSOR, role.component).rich_style for role in StyleRole},
        )
