"""Safe Content, fitting of text, colours of states."""

import os
import re
from pathlib import Path
from typing import Any, Final

from rich.cells import cell_len, split_text
from textual.content import Content
from textual.style import Style
from textual.widgets import Input

from cordage_tui.domain.formatting import bar
from cordage_tui.domain.output import Rating
from cordage_tui.domain.run import Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus

# The one place that turns strings into what widgets draw. Textual reads markup in a `str`; never hand it one.

GLYPHS: Final = {
    Status.QUEUED: "◌",
    Status.SENDING: "◔",
    Status.UNCERTAIN: "?",
    Status.HELD: "‖",
    Status.REJECTED: "⊘",
    Status.PENDING: "○",
    Status.RUNNING: "●",
    Status.COMPLETED: "✔",
    Status.FAILED: "✖",
    Status.CANCELLED: "⊝",
    Status.KILLING: "◍",
    Status.OTHER: "◇",
    Status.LOST: "∅",
    Status.SENT: "≈",
    Status.BATCH: "▤",
}
"""Sign of each status, one cell wide, so that colour never carries meaning alone."""

RUN_COLOURS: Final = {
    Status.QUEUED: "run-wait",
    Status.SENDING: "run-wait",
    Status.UNCERTAIN: "run-wait",
    Status.HELD: "run-wait",
    Status.REJECTED: "run-bad",
    Status.PENDING: "run-active",
    Status.RUNNING: "run-active",
    Status.COMPLETED: "run-done",
    Status.FAILED: "run-bad",
    Status.CANCELLED: "run-past",
    Status.KILLING: "run-wait",
    Status.OTHER: "run-active",
    Status.LOST: "run-wait",
    Status.SENT: "run-wait",
    Status.BATCH: "run-past",
}
"""Theme variable (without `$`) that colours a status."""


def literal(text: SafeText, style: str | Style = "") -> Content:
    """Return `text` as literal content in one style; no markup is read from it."""
    return Content.styled(text, style)


# Fitting text into cells, in the one form that every panel uses.

_UNSTEADY: Final = re.compile("[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


def steady(text: str) -> str:
    """Remove emoji joiners, variation selectors and skin tones.

    Terminals disagree by whole cells on them, and everything to the right of one, up to the border, would be shifted.
    """
    return text if text.isascii() else _UNSTEADY.sub("", text)


def fit(text: str, width: int, right: bool = False) -> str:
    """Pad or cut `text` to exactly `width` cells, with `…` where cut; aligned right if `right`. Never half a wide
    character."""
    if width <= 0:
        return ""
    text = steady(text)
    size = cell_len(text)
    if size > width:
        text = split_text(text, width - 1)[0].rstrip() + "…"
        size = cell_len(text)
    blank = " " * (width - size)
    return blank + text if right else text + blank


def coloured_bar(share: float, cells: int, colour: str) -> Content:
    """A progress bar in the colour of what it shows; a cell is full when all of its share is reached."""
    shown = bar(min(1.0, share), cells)
    full = shown.count("▰")
    return Content.assemble(literal(SafeText(shown[:full]), colour), literal(SafeText(shown[full:]), "$edge"))


# Display of paths.


def short_path(path: Path) -> SafeText:
    """Return `path` as people write it: `~/Downloads/cordage/…`."""
    text, home = str(path), os.path.expanduser("~").rstrip("/")  # noqa: PTH111  Path.home() raises where this says "~"
    inside = home.startswith("/") and text.startswith(f"{home}/")
    return one_line(f"~{text[len(home) :]}" if inside else text, 1_000)


# Ratings, as they are shown everywhere.

STAR: Final = "★"
_SIGNS: Final = {True: literal(SafeText("✔"), "$run-done"), False: literal(SafeText("✖"), "$run-bad")}
_WORDS: Final = {True: literal(SafeText("kept"), "$run-done"), False: literal(SafeText("rejected"), "$run-past")}


def mark(verdict: Rating, gap: str = " ") -> Content:
    """Return a rating as `✔ ★★★` or `✖`, where there is little room; empty for none. `gap` is between the two."""
    decided = [] if verdict.kept is None else [_SIGNS[verdict.kept]]
    return Content(gap).join([*decided, *_stars(verdict)])


def opinion_words(verdict: Rating) -> Content:
    """Return a rating as `★★★ kept`: stars in the accent, the decision in its own colour."""
    decided = [] if verdict.kept is None else [_WORDS[verdict.kept]]
    return Content(" ").join([*_stars(verdict), *decided])


def _stars(verdict: Rating) -> list[Content]:
    return [literal(SafeText(STAR * verdict.stars), "$accent")] if verdict.stars else []


# Sign, colour and words of each health, for sidebar and header.

SIGNS: Final = {
    HealthStatus.LOADING: "◌",
    HealthStatus.LIVE: "●",
    HealthStatus.WAITING: "◷",
    HealthStatus.STALLED: "▣",
    HealthStatus.OFFLINE: "⊘",
    HealthStatus.TIMEOUT: "◔",
    HealthStatus.REFUSED: "✖",
    HealthStatus.GONE: "∅",
    HealthStatus.TROUBLE: "!",
    HealthStatus.DISK: "▤",
    HealthStatus.NOT_THE_API: "≠",
    HealthStatus.LIMITED: "‖",
}
"""Sign of each health, one cell wide, so that colour never carries meaning alone."""

HEALTH_COLOURS: Final = {
    HealthStatus.LOADING: "quiet",
    HealthStatus.LIVE: "run-done",
    HealthStatus.WAITING: "run-wait",
    HealthStatus.STALLED: "run-bad",
    HealthStatus.OFFLINE: "run-wait",
    HealthStatus.TIMEOUT: "run-wait",
    HealthStatus.REFUSED: "run-bad",
    HealthStatus.GONE: "run-bad",
    HealthStatus.TROUBLE: "run-wait",
    HealthStatus.DISK: "run-wait",
    HealthStatus.NOT_THE_API: "run-bad",
    HealthStatus.LIMITED: "run-wait",
}
"""Theme variable (without `$`): yellow mends itself, red needs the user."""

WORDS: Final = {
    HealthStatus.STALLED: SafeText("not polled"),
    HealthStatus.LOADING: SafeText("connecting"),
    HealthStatus.LIVE: SafeText("live"),
    HealthStatus.WAITING: SafeText("waiting for a response"),
    HealthStatus.OFFLINE: SafeText("offline"),
    HealthStatus.TIMEOUT: SafeText("response timed out"),
    HealthStatus.REFUSED: SafeText("key rejected"),
    HealthStatus.GONE: SafeText("webhook not found"),
    HealthStatus.TROUBLE: SafeText("server error"),
    HealthStatus.DISK: SafeText("disk error"),
    HealthStatus.NOT_THE_API: SafeText("not the Cordage API"),
    HealthStatus.LIMITED: SafeText("rate limited"),
}
"""Words for the header."""

SHORT: Final = {
    HealthStatus.STALLED: SafeText("not polled"),
    HealthStatus.LOADING: SafeText("…"),
    HealthStatus.LIVE: SafeText(""),
    HealthStatus.WAITING: SafeText("waiting"),
    HealthStatus.OFFLINE: SafeText("offline"),
    HealthStatus.TIMEOUT: SafeText("timeout"),
    HealthStatus.REFUSED: SafeText("rejected"),
    HealthStatus.GONE: SafeText("gone"),
    HealthStatus.TROUBLE: SafeText("error"),
    HealthStatus.DISK: SafeText("disk"),
    HealthStatus.NOT_THE_API: SafeText("no API"),
    HealthStatus.LIMITED: SafeText("limited"),
}
"""Words for a sidebar row, where there is room beside the name."""


# Input of all forms.


class SteadyInput(Input):
    """Input whose cursor does not blink: an idle screen writes nothing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_blink = False
