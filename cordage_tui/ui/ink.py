"""The one place that turns strings into what widgets draw. Textual reads markup in a `str`; never hand it one."""

from typing import Final

from textual.content import Content
from textual.style import Style

from cordage_tui.domain.run import Status
from cordage_tui.domain.text import SafeText

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
"""Each status has its own sign, one cell wide, so colour never carries meaning alone."""

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
    """`text` as literal content in one style; no markup is read from it."""
    return Content.styled(text, style)
