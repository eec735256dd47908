"""Safe content, fitting of text into cells, and signs and colours of states."""

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.cells import cell_len, split_text
from textual.content import Content
from textual.style import Style
from textual.widgets import Input

from cordage_tui.domain.formatting import bar
from cordage_tui.domain.output import Rating
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus

# Only this module turns strings into content of widgets. Textual reads markup in a `str`, so never pass it one.

_RUN_SIGNS: Final = {
    Status.QUEUED: ("◌", "run-wait"),
    Status.SENDING: ("◔", "run-wait"),
    Status.UNCERTAIN: ("?", "run-wait"),
    Status.HELD: ("‖", "run-wait"),
    Status.REJECTED: ("⊘", "run-bad"),
    Status.PENDING: ("○", "run-active"),
    Status.RUNNING: ("●", "run-active"),
    Status.COMPLETED: ("✔", "run-done"),
    Status.FAILED: ("✖", "run-bad"),
    Status.CANCELLED: ("⊝", "run-past"),
    Status.KILLING: ("◍", "run-wait"),
    Status.OTHER: ("◇", "run-active"),
    Status.MISSING: ("∅", "run-wait"),
    Status.UNMATCHED: ("≈", "run-wait"),
    Status.BATCH: ("▤", "run-past"),
}
GLYPHS: Final = {status: glyph for status, (glyph, _) in _RUN_SIGNS.items()}
"""Sign of each status, one cell wide. With signs, no meaning depends on a colour alone."""
RUN_COLOURS: Final = {status: colour for status, (_, colour) in _RUN_SIGNS.items()}
"""Theme variable (without `$`) that colours a status."""


def literal(text: SafeText, style: str | Style = "") -> Content:
    """Return `text` as literal content in one style. Markup in it is not interpreted."""
    return Content.styled(text, style)


# Fitting of text into cells, which every panel uses.

_UNSTEADY: Final = "[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"


def steady(text: str) -> str:
    """Remove emoji joiners, variation selectors and skin tones.

    Terminals disagree about their width by whole cells. Everything to the right of one, with the border, would be shifted.
    """
    return text if text.isascii() else re.sub(_UNSTEADY, "", text)


@lru_cache(512)
def fit(text: str, width: int, right: bool = False) -> str:
    """Pad or cut `text` to exactly `width` cells; `right` aligns it right. A cut text ends with `…`, never with half a wide
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


def centred(lines: Sequence[Content], width: int, height: int) -> list[Content]:
    """Return the lines centred in `width` × `height` cells, with blank lines above them."""
    above = [Content("")] * (max(0, height - len(lines)) // 2)
    return above + [line.pad_left(max(0, width - line.cell_length) // 2) for line in lines]


def with_place(subtitle: Content, index: int, count: int) -> Content:
    """Format the subtitle of a list with the position of its cursor: `2 uncertain · 3 of 12`."""
    place = Content(f"{index + 1:,} of {count:,}" if count else "")
    return Content(" · ").join([part for part in (subtitle, place) if part.plain])


def coloured_bar(share: float, cells: int, colour: str) -> Content:
    """Draw a progress bar in a colour. A cell is full when its whole share is reached."""
    cells_text = bar(min(1.0, share), cells)
    full = cells_text.count("▰")
    return Content.assemble(literal(SafeText(cells_text[:full]), colour), literal(SafeText(cells_text[full:]), "$edge"))


# Display of paths.


def short_path(path: Path) -> SafeText:
    """Return `path` as people write it: `~/Downloads/cordage/…`."""
    text, home = str(path), os.path.expanduser("~").rstrip("/")  # noqa: PTH111  Path.home() raises if this returns "~"
    inside = home.startswith("/") and text.startswith(f"{home}/")
    return one_line(f"~{text[len(home) :]}" if inside else text, 1_000)


# Ratings in the form in which they are shown everywhere.

STAR: Final = "★"
_SIGNS: Final = {True: literal(SafeText("✔"), "$run-done"), False: literal(SafeText("✖"), "$run-bad")}
_WORDS: Final = {True: literal(SafeText("kept"), "$run-done"), False: literal(SafeText("rejected"), "$run-past")}


def mark(verdict: Rating, gap: str = " ") -> Content:
    """Return a rating in little room, as `✔ ★★★` or `✖`. Empty: there is no rating. `gap`: between decision and stars."""
    decided = [] if verdict.kept is None else [_SIGNS[verdict.kept]]
    return Content(gap).join([*decided, *_stars(verdict)])


def opinion_words(verdict: Rating) -> Content:
    """Return a rating as `★★★ kept`: stars in the accent colour, the decision in its own colour."""
    decided = [] if verdict.kept is None else [_WORDS[verdict.kept]]
    return Content(" ").join([*_stars(verdict), *decided])


def _stars(verdict: Rating) -> list[Content]:
    return [literal(SafeText(STAR * verdict.stars), "$accent")] if verdict.stars else []


# Sign, colour and words of each health, for sidebar and header.


class HealthLabel(NamedTuple):
    """Sign, colour and texts of a health."""

    sign: str
    """Sign, one cell wide, so that no meaning depends on the colour alone."""
    colour: str
    """Theme variable. Yellow: it will recover automatically. Red: it needs the user."""
    words: SafeText
    """Text for the header."""
    short: SafeText
    """Text for a sidebar row, if there is room."""


HEALTH_LABELS: Final = {
    health: HealthLabel(sign, f"${colour}", SafeText(words), SafeText(short))
    for health, sign, colour, words, short in (
        (HealthStatus.LOADING, "◌", "quiet", "connecting", "…"),
        (HealthStatus.LIVE, "●", "run-done", "live", ""),
        (HealthStatus.WAITING, "◷", "run-wait", "waiting for a response", "waiting"),
        (HealthStatus.STALLED, "▣", "run-bad", "not polled", "not polled"),
        (HealthStatus.OFFLINE, "⊘", "run-wait", "offline", "offline"),
        (HealthStatus.TIMEOUT, "◔", "run-wait", "response timed out", "timeout"),
        (HealthStatus.REFUSED, "✖", "run-bad", "access refused", "refused"),
        (HealthStatus.GONE, "∅", "run-bad", "webhook not found", "gone"),
        (HealthStatus.TROUBLE, "!", "run-wait", "server error", "error"),
        (HealthStatus.DISK, "▤", "run-wait", "disk error", "disk"),
        (HealthStatus.NOT_THE_API, "≠", "run-bad", "not the Cordage API", "no API"),
        (HealthStatus.LIMITED, "‖", "run-wait", "rate limited", "limited"),
    )
}

EMPTY: Final = {
    HealthStatus.LOADING: ("Looking for runs…", None),
    HealthStatus.WAITING: ("Waiting for a response. {} retries now.", "runs.refresh"),
    HealthStatus.LIVE: ("No runs yet. {} takes you to the prompt.", "panel.prompt"),
    HealthStatus.STALLED: ("The process that polls for this window is not responding.", None),
    HealthStatus.OFFLINE: ("Offline, and no data from earlier. {} retries now.", "runs.refresh"),
    HealthStatus.TIMEOUT: ("The server is not responding. {} retries now.", "runs.refresh"),
    HealthStatus.REFUSED: ("The API key or its account is refused. {} enters a new key.", "app.new_key"),
    HealthStatus.GONE: ("Webhook not found. Check its key; {} goes to the webhooks.", "panel.webhooks"),
    HealthStatus.TROUBLE: ("The server reports an error. {} retries now.", "runs.refresh"),
    HealthStatus.DISK: ("This machine's disk reports an error. {} retries now.", "runs.refresh"),
    HealthStatus.NOT_THE_API: ("This server is not the Cordage API. Check the base URL.", None),
    HealthStatus.LIMITED: ("Read limit reached; polling resumes automatically.", None),
}
"""Text of an empty table by health, and the action whose key is put in place of `{}`."""


# Input that all forms use.


class SteadyInput(Input):
    """Input whose cursor does not blink, because an idle screen must write nothing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_blink = False
