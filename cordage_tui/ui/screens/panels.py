"""Which of the four panels are on screen, by width and by where the user is."""

from enum import StrEnum
from typing import Final


class Panel(StrEnum):
    """The four panels; values are the words their keys use."""

    WEBHOOKS = "webhooks"
    RUNS = "runs"
    PROMPT = "prompt"
    RUN = "run"


WIDE: Final = 120
"""Columns from which all four stand side by side."""
MEDIUM: Final = 80
"""Columns from which sidebar, table and prompt stand together, and the run takes the place of the last two when opened."""
LOW: Final = 16
"""Rows below which table and prompt do not fit over each other."""


def on_screen(width: int, height: int, at: Panel) -> frozenset[Panel]:
    """The panels shown at a terminal of `width` × `height` cells while the user is `at` one of them.

    The panel the user is at is always among them (DESIGN.md section 3).
    """
    if width < MEDIUM:
        return frozenset({at})
    shown = {Panel.WEBHOOKS, Panel.RUNS, Panel.PROMPT}
    if width >= WIDE:
        shown.add(Panel.RUN)
    elif at is Panel.RUN:
        shown -= {Panel.RUNS, Panel.PROMPT}
        shown.add(Panel.RUN)
    if height < LOW and {Panel.RUNS, Panel.PROMPT} <= shown:
        shown.discard(Panel.RUNS if at is Panel.PROMPT else Panel.PROMPT)
    return frozenset(shown)
