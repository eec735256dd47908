"""Signs and colours of run statuses, ratings and the health of webhooks."""

from typing import Final, NamedTuple

from textual.content import Content

from cordage_tui.domain.output import Rating
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.ui.widgets.text import literal

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
        (HealthStatus.STALLED, "▣", "run-bad", "not read", "not read"),
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
    HealthStatus.STALLED: ("The window or worker that reads for this one is not responding.", None),
    HealthStatus.OFFLINE: ("Offline, and no data from earlier. {} retries now.", "runs.refresh"),
    HealthStatus.TIMEOUT: ("The server is not responding. {} retries now.", "runs.refresh"),
    HealthStatus.REFUSED: ("The API key or its account is refused. {} enters a new key.", "app.new_key"),
    HealthStatus.GONE: ("Webhook not found. Check its key; {} goes to the webhooks.", "panel.webhooks"),
    HealthStatus.TROUBLE: ("The server reports an error. {} retries now.", "runs.refresh"),
    HealthStatus.DISK: ("This machine's disk reports an error. {} retries now.", "runs.refresh"),
    HealthStatus.NOT_THE_API: ("This server is not the Cordage API. Check the base URL.", None),
    HealthStatus.LIMITED: ("Read limit reached; reading resumes automatically.", None),
}
"""Text of an empty table by health, and the action whose key is put in place of `{}`."""
