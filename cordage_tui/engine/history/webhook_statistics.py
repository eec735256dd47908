"""Statistics of webhooks: what the history has, in numbers, and as cells of a table with a row for each webhook."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from cordage_tui.domain.base.clock import is_ahead, is_within
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import duration, format_age
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.statistics.error_pattern import error_pattern, has_parts, pattern_parts
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.domain.statistics.survival_curve import ObservedSpan, known_quantiles
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.outbox.spending_limits import money
from cordage_tui.store.outbox.spending_accounts import SpendingAccount
from cordage_tui.store.runs.past_durations import PastRun, RunUnderWay, in_order_of_start
from cordage_tui.store.webhook_history import RECENT_S, StatisticsPass, WebhookHistory

FEW: Final = 10
"""Of fewer no percentage and no p90 is given."""
_STALE_S: Final = 120.0
"""Age of the last read from which it is shown, seconds."""
_BLOCKS: Final = "▁▂▃▄▅▆▇█"

# Numbers.


Run = PastRun | RunUnderWay
"""A run that has ended, or an active one, which lasts at least as long as it was seen to."""


@dataclass(frozen=True, slots=True)
class SpanStatistics:
    """Quantiles of how long runs took, in seconds. Active ones are counted, by Kaplan and Meier."""

    runs: int
    """How many of them are over."""
    p50_s: float | None
    """None: of no run, or longer than `longest_s`."""
    p90_s: float | None
    """None: of fewer than `FEW` runs, or longer than `longest_s`."""
    lasting: int = 0
    """How many more are active."""
    longest_s: float | None = None
    """Longest of those that are over; None: none is."""

    @classmethod
    def of(cls, spans: Sequence[ObservedSpan]) -> "SpanStatistics":
        whole = [seconds for seconds, is_whole in spans if is_whole]
        p50_s, p90_s = known_quantiles(spans, 0.5, 0.9)
        few = len(whole) < FEW
        return cls(len(whole), p50_s, None if few else p90_s, len(spans) - len(whole), max(whole, default=None))


@dataclass(frozen=True, slots=True)
class CommonError:
    """The most frequent error."""

    pattern: SafeText
    """Text without numbers, ids and URLs."""
    runs: Proportion
    """Of the latest failures."""


@dataclass(frozen=True, slots=True)
class WebhookStatistics:
    """Statistics of one webhook."""

    webhook_key: str
    now: float
    """Epoch seconds."""
    read_at: float | None
    """When it was last read from the server, epoch seconds; None: never."""
    hours: tuple[int, ...]
    """Runs of each of the last 24 hours, the oldest first."""
    failures: tuple[int, ...]
    """Those of them that failed."""
    runs_week: int
    active: int
    """Runs of the week that are active."""
    success: Proportion
    """Completed, of the completed and failed ones of the week; cancelled ones are no failures."""
    kept: Proportion
    """Runs with a kept output, of those with an output that was decided on."""
    ended: int
    """Runs that ended in the last `RECENT_S`."""
    own_queue: SpanStatistics
    """In our own queue, of those sent from here."""
    queued: SpanStatistics
    """In the server's queue, until they were first seen running. What they waited in our own is no part of it."""
    running: SpanStatistics
    """From then to the end."""
    total: SpanStatistics
    """From when the server got them to the end, of all runs with a known duration."""
    error: CommonError | None
    spent: SafeText | None
    """Money of today; None: the webhook has no price."""
    amount: float | None
    """The same as a number, in the user's currency."""

    @property
    def runs_day(self) -> int:
        """Runs of the last 24 hours."""
        return sum(self.hours)

    @property
    def is_stale(self) -> bool:
        """Return whether the last read is so old that its age is to be shown."""
        return self.read_at is None or not is_within(self.read_at, self.now, _STALE_S)

    @property
    def ended_a_minute(self) -> float | None:
        """Throughput; None: unknown, for it was not read since."""
        is_known = self.read_at is not None and is_within(self.read_at, self.now, RECENT_S)
        return self.ended * 60 / RECENT_S if is_known else None


def statistics_of(
    history: WebhookHistory, now: float, spent: SafeText | None = None, amount: float | None = None
) -> WebhookStatistics:
    """Return the statistics of a history that was read at `now`, epoch seconds. `spent`: the `amount` of today in words."""
    completed, failed = history.statuses[Status.COMPLETED], history.statuses[Status.FAILED]
    runs = in_order_of_start(history.past, history.under_way)
    return WebhookStatistics(
        webhook_key=history.webhook_key,
        now=now,
        read_at=history.read_at,
        hours=tuple(history.hours),
        failures=tuple(history.failures),
        runs_week=history.statuses.total(),
        active=sum(count for status, count in history.statuses.items() if status.is_active),
        success=Proportion(completed, completed + failed),
        kept=Proportion(history.kept, history.judged),
        ended=history.ended,
        own_queue=_own_queue(history, runs, now),
        queued=_spans(runs, lambda run: run.duration.queued),
        running=_spans(runs, lambda run: run.duration.running),
        total=_spans(runs, lambda run: run.duration.total),
        error=common_error(history.errors),
        spent=spent,
        amount=amount,
    )


def _own_queue(history: WebhookHistory, runs: Sequence[Run], now: float) -> SpanStatistics:
    """Return the statistics of our own queue. A prompt that waits there, submitted since the first of the runs, counts too."""
    sent = _spans(runs, lambda run: _span(run.duration.own_queue_s))
    if not sent.runs:
        return sent
    first = min(run.begun_at - (run.duration.own_queue_s or 0.0) for run in runs)
    waiting = [(max(0.0, now - at), False) for at in history.waiting if at >= first]
    known = [span for run in runs if (span := _span(run.duration.own_queue_s)) is not None]
    return SpanStatistics.of([*known, *waiting])


def _span(seconds: float | None) -> ObservedSpan | None:
    return None if seconds is None else (seconds, True)


def statistics_of_all(
    done: StatisticsPass, profile: Profile, accounts: Sequence[SpendingAccount]
) -> list[WebhookStatistics]:
    """Return the statistics of each webhook that a pass has read, with the money that is spent of it."""
    amounts = {account.webhook: account.amount for account in accounts if account.amount is not None}
    spent = {key: one_line(money(profile, amount)) for key, amount in amounts.items()}
    return [
        statistics_of(history, done.now, spent.get(key), amounts.get(key)) for key, history in done.histories.items()
    ]


def _spans(runs: Sequence[Run], span_of: Callable[[Run], ObservedSpan | None]) -> SpanStatistics:
    """Return the statistics of the known spans."""
    return SpanStatistics.of([span for run in runs if (span := span_of(run)) is not None])


def common_error(errors: Sequence[str]) -> CommonError | None:
    """Return the most frequent pattern of these errors, the newest first; None: there are none. It counts what its filter
    finds: all errors with the parts of the pattern."""
    counts = Counter(map(error_pattern, errors))
    if not counts:
        return None
    pattern = counts.most_common(1)[0][0]
    parts = pattern_parts(pattern)
    found = sum(has_parts(error, parts) for error in errors) if parts else counts[pattern]
    return CommonError(SafeText(pattern), Proportion(found, len(errors)))


# Cells.

UNKNOWN: Final = "–"
WEEK_FILTER: Final = "-status:waiting,rejected since:7d"
"""Filter that finds the runs of the week among those of the webhook."""


@dataclass(frozen=True, slots=True)
class StatisticsColumn:
    """Column of the table of webhooks."""

    title: str
    """Heading."""
    name: str
    """Name in a sentence."""
    cell: Callable[[WebhookStatistics], str]
    """Text of a webhook's cell."""
    value: Callable[[WebhookStatistics], float | None]
    """Number that the rows are sorted by; None: unknown, which is always last."""


COLUMNS: Final = (
    StatisticsColumn("24H", "runs in 24 hours", lambda stats: f"{stats.runs_day:,}", lambda stats: stats.runs_day),
    StatisticsColumn(
        "FAILED", "failed in 24 hours", lambda stats: f"{sum(stats.failures):,}", lambda stats: sum(stats.failures)
    ),
    StatisticsColumn("7D", "runs in 7 days", lambda stats: f"{stats.runs_week:,}", lambda stats: stats.runs_week),
    StatisticsColumn("ACTIVE", "active", lambda stats: f"{stats.active:,}", lambda stats: stats.active),
    StatisticsColumn("SUCCESS", "success", lambda stats: share_cell(stats.success), lambda stats: stats.success.share),
    StatisticsColumn("KEPT", "kept", lambda stats: share_cell(stats.kept), lambda stats: stats.kept.share),
    StatisticsColumn("P50", "median duration", lambda stats: p50_cell(stats.total), lambda stats: _p50(stats.total)),
    StatisticsColumn("P90", "p90", lambda stats: p90_cell(stats.total), lambda stats: _p90(stats.total)),
    StatisticsColumn("/MIN", "ended a minute", lambda stats: _pace_cell(stats), lambda stats: stats.ended_a_minute),
    StatisticsColumn("SPENT", "spent today", lambda stats: stats.spent or UNKNOWN, lambda stats: stats.amount),
    StatisticsColumn("READ", "last read", lambda stats: read_cell(stats), lambda stats: stats.read_at),
)
"""Columns after the name of the webhook."""

SPANS: Final[Sequence[tuple[str, Callable[[WebhookStatistics], SpanStatistics]]]] = (
    ("waiting here", lambda stats: stats.own_queue),
    ("waiting at Cordage", lambda stats: stats.queued),
    ("running", lambda stats: stats.running),
    ("total", lambda stats: stats.total),
)
"""Durations of a webhook, each with its name."""
SPAN_TITLES: Final = ("P50", "P90", "ENDED", "ACTIVE")


def span_cells(spans: SpanStatistics) -> tuple[str, ...]:
    """Return the cells of a duration: p50, p90, how many runs are over, and how many are active."""
    return p50_cell(spans), p90_cell(spans), f"{spans.runs:,}", f"{spans.lasting:,}"


def p50_cell(spans: SpanStatistics) -> str:
    """Format the median: `0:41`; `>1:10` if too many are active to know more."""
    return _span_cell(spans.p50_s, spans.longest_s)


def p90_cell(spans: SpanStatistics) -> str:
    """Format the p90, which fewer than ten runs do not have."""
    return UNKNOWN if spans.runs < FEW else _span_cell(spans.p90_s, spans.longest_s)


def _span_cell(seconds: float | None, longest_s: float | None) -> str:
    if longest_s is None:
        return UNKNOWN
    return f">{duration(longest_s)}" if seconds is None else duration(seconds)


def _p50(spans: SpanStatistics) -> float | None:
    return spans.longest_s if spans.p50_s is None else spans.p50_s


def _p90(spans: SpanStatistics) -> float | None:
    if spans.runs < FEW:
        return None
    return spans.longest_s if spans.p90_s is None else spans.p90_s


def share_cell(proportion: Proportion) -> str:
    """Format a share: `4/5`, from ten on `80 %`."""
    share = proportion.share
    if share is None:
        return UNKNOWN
    return f"{proportion.count}/{proportion.of}" if proportion.of < FEW else f"{_percent(share)} %"


def share_words(proportion: Proportion) -> str:
    """Format a share with what it is of and its interval: `95 % of 82 (88–98 %)`."""
    if not proportion.of:
        return UNKNOWN
    interval = proportion.interval
    if interval is None or proportion.of < FEW:
        return f"{proportion.count} of {proportion.of}"
    low, high = map(_percent, interval)
    return f"{share_cell(proportion)} of {proportion.of:,} ({low}–{high} %)"


def read_cell(stats: WebhookStatistics) -> str:
    """Format how old all of it is: `now`, `3h ago`, `never`. A time in the future was stored before the clock was set back."""
    if stats.read_at is None:
        return "never"
    if is_ahead(stats.read_at, stats.now):
        return UNKNOWN
    return f"{format_age(stats.now - stats.read_at)} ago" if stats.is_stale else "now"


def strip(counts: Sequence[int], most: int) -> str:
    """Draw counts as eighth blocks, the highest for `most`; none at all as a dot."""
    return "".join(_BLOCKS[max(0, math.ceil(n * len(_BLOCKS) / most) - 1)] if n else "·" for n in counts)


def _percent(share: float) -> str:
    """Format a share as a percentage; only all of them are 100, only none 0."""
    return f"{100 * share:.0f}" if share in (0.0, 1.0) else f"{min(99.0, max(1.0, 100 * share)):.0f}"


def _pace_cell(stats: WebhookStatistics) -> str:
    pace = stats.ended_a_minute
    return UNKNOWN if pace is None else f"{pace:.1f}".removesuffix(".0")
