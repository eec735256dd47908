"""Statistics of webhooks: figures of what the history has, in numbers and in words."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from cordage_tui.domain.base.clock import is_within
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import clock_time, counted, duration, format_ago
from cordage_tui.domain.run import Status
from cordage_tui.domain.statistics.change_point import after_change_point
from cordage_tui.domain.statistics.duration_model import ENOUGH
from cordage_tui.domain.statistics.error_pattern import error_pattern, has_parts, pattern_filter, pattern_parts
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.domain.statistics.survival_curve import ObservedSpan, known_quantiles
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.outbox.spending import money
from cordage_tui.store.outbox.spending import SpendingAccount
from cordage_tui.store.runs.past_durations import PastRun, RunUnderWay, in_order_of_start
from cordage_tui.store.statistics import HOURS, LATEST, RECENT_S, StatisticsPass, WebhookHistory

FEW: Final = 10
"""Of fewer no percentage and no p90 is given."""
_NOTABLE: Final = 1.25
"""A change by less is not told."""
_STALE_S: Final = 120.0
"""Age of the last read from which it is told."""
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
    found: str | None = None
    """Filter that finds those that are over; None: none does."""

    @classmethod
    def of(cls, spans: Sequence[ObservedSpan], found: str | None = None) -> "SpanStatistics":
        whole = [seconds for seconds, is_whole in spans if is_whole]
        p50_s, p90_s = known_quantiles(spans, 0.5, 0.9)
        few = len(whole) < FEW
        return cls(len(whole), p50_s, None if few else p90_s, len(spans) - len(whole), max(whole, default=None), found)


@dataclass(frozen=True, slots=True)
class DurationChange:
    """Lasting change of how long runs take."""

    is_running: bool
    """True if it is one of the running time; else of the total, for few were seen to begin."""

    since: float
    """When the first run began that is like the last ones, epoch seconds."""
    quantile: str
    """Which one it is told of: `p90`, or `p50` where few runs have ended since."""
    factor: float
    """How many times as long as before."""


@dataclass(frozen=True, slots=True)
class CommonError:
    """The most frequent error."""

    pattern: SafeText
    """Text without numbers, ids and URLs."""
    parts: tuple[str, ...]
    """What stands between them."""
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
    """From then to the end; since the last lasting change."""
    total: SpanStatistics
    """From when the server got them to the end, of all runs with a known duration; since the last lasting change."""
    change: DurationChange | None
    error: CommonError | None
    spent: SafeText | None
    """Money of today; None: the webhook has no price."""

    @property
    def runs_day(self) -> int:
        """Runs of the last 24 hours."""
        return sum(self.hours)

    @property
    def ended_a_minute(self) -> float | None:
        """Throughput; None: unknown, for it was not read since."""
        is_known = self.read_at is not None and is_within(self.read_at, self.now, RECENT_S)
        return self.ended * 60 / RECENT_S if is_known else None


def statistics_of(history: WebhookHistory, now: float, spent: SafeText | None = None) -> WebhookStatistics:
    """Return the statistics of a history that was read at `now`, epoch seconds."""
    completed, failed = history.statuses[Status.COMPLETED], history.statuses[Status.FAILED]
    runs = in_order_of_start(history.past, history.under_way)
    ran = [run for run in runs if run.duration.running is not None]
    recent_ran, recent = _since_change(ran, _running), _since_change(runs, _total)
    is_running = sum(isinstance(run, PastRun) for run in ran) >= ENOUGH
    change = _change(ran, recent_ran, _running) if is_running else _change(runs, recent, _total)
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
        queued=_spans(runs, lambda run: run.duration.queued, history.past),
        running=_spans(recent_ran, _running, history.past),
        total=_spans(recent, _total, history.past),
        change=None if change is None else DurationChange(is_running, *change),
        error=common_error(history.errors),
        spent=spent,
    )


def _running(run: Run) -> ObservedSpan | None:
    return run.duration.running


def _total(run: Run) -> ObservedSpan | None:
    return run.duration.total


def _own_queue(history: WebhookHistory, runs: Sequence[Run], now: float) -> SpanStatistics:
    """Return the statistics of our own queue. A prompt that waits there, submitted since the first of the runs, counts too."""
    sent = _spans(runs, lambda run: _span(run.duration.own_queue_s), history.past)
    if not sent.runs:
        return sent
    first = min(run.begun_at - (run.duration.own_queue_s or 0.0) for run in runs)
    waiting = [(max(0.0, now - at), False) for at in history.waiting if at >= first]
    known = [span for run in runs if (span := _span(run.duration.own_queue_s)) is not None]
    return SpanStatistics.of([*known, *waiting], sent.found)


def _span(seconds: float | None) -> ObservedSpan | None:
    return None if seconds is None else (seconds, True)


def statistics_of_all(
    done: StatisticsPass, profile: Profile, accounts: Sequence[SpendingAccount]
) -> list[WebhookStatistics]:
    """Return the statistics of each webhook that a pass has read, with the money that is spent of it."""
    spent = {
        account.webhook: one_line(money(profile, account.amount)) for account in accounts if account.amount is not None
    }
    return [statistics_of(history, done.now, spent.get(key)) for key, history in done.histories.items()]


def _spans(
    runs: Sequence[Run], span_of: Callable[[Run], ObservedSpan | None], past: Sequence[PastRun]
) -> SpanStatistics:
    """Return the statistics of the known spans. `past`: all runs of the webhook that are over."""
    known = [(run, span) for run in runs if (span := span_of(run)) is not None]
    over = [run for run, span in known if span[1] and isinstance(run, PastRun)]
    return SpanStatistics.of([span for _, span in known], _filter_of(over, past))


def _filter_of(runs: Sequence[PastRun], past: Sequence[PastRun]) -> str | None:
    """Return the filter that finds these runs: those that ended since the first of them, or else were submitted since; None: others
    would be found as well."""
    if not runs:
        return None
    for word, time_of in (("ended", lambda run: run.ended_at), ("since", _submitted_at)):
        since = math.floor(min(map(time_of, runs)))
        if sum(time_of(run) >= since for run in past) == len(runs):
            return f"status:completed,failed {word}:{datetime.fromtimestamp(since).isoformat(timespec='seconds')}"
    return None


def _submitted_at(run: PastRun) -> float:
    return run.begun_at - (run.finished.own_queue_s or 0.0)


def _since_change(runs: Sequence[Run], span_of: Callable[[Run], ObservedSpan | None]) -> Sequence[Run]:
    """Return the runs since a lasting change, by the rank-sum test that estimates use (`after_change_point`)."""
    spans = [span for run in runs if (span := span_of(run)) is not None]
    if sum(is_whole for _, is_whole in spans) < ENOUGH:
        return runs
    return runs[len(runs) - after_change_point(spans) :]


def _change(
    runs: Sequence[Run], recent: Sequence[Run], span_of: Callable[[Run], ObservedSpan | None]
) -> tuple[float, str, float] | None:
    """Return since when, by which quantile, and how many times as long the `recent` runs take; None: no change, or a slight one."""
    before = _since_change(runs[: len(runs) - len(recent)], span_of)
    if not before or not recent:
        return None
    were, are = ([span for run in each if (span := span_of(run)) is not None] for each in (before, recent))
    is_much = min(sum(is_whole for _, is_whole in spans) for spans in (were, are)) >= FEW
    name, share = ("p90", 0.9) if is_much else ("p50", 0.5)
    (was,), (now,) = known_quantiles(were, share), known_quantiles(are, share)
    if not was or not now or 1 / _NOTABLE < now / was < _NOTABLE:
        return None
    return recent[0].begun_at, name, now / was


def common_error(errors: Sequence[str]) -> CommonError | None:
    """Return the most frequent pattern of these errors, the newest first; None: there are none. It counts what its filter
    finds: all errors with the parts of the pattern."""
    counts = Counter(map(error_pattern, errors))
    if not counts:
        return None
    pattern = counts.most_common(1)[0][0]
    parts = pattern_parts(pattern)
    found = sum(has_parts(error, parts) for error in errors) if parts else counts[pattern]
    return CommonError(SafeText(pattern), parts, Proportion(found, len(errors)))


# Words.

_ARE_RUNS: Final = "-status:waiting,rejected"
_DAY: Final = f"since:{HOURS}h"
_WEEK: Final = "since:7d"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in words."""

    name: str
    words: SafeText
    counted: str | None = None
    """Filter that finds the runs of the webhook that it counts; None: it counts no runs."""
    strip: str = ""
    """Runs by hour, as blocks."""
    is_bad: bool = False
    """True for a strip of failures."""
    note: SafeText | None = None
    """What has changed; None: nothing."""
    error: SafeText | None = None
    """Pattern of the error that it is about; None: it is about none."""

    @property
    def text(self) -> SafeText:
        """Words and note."""
        return self.words if self.note is None else SafeText(f"{self.words} · {self.note}")


def figures(stats: WebhookStatistics) -> Iterator[Figure]:
    """Yield the figures of a webhook."""
    most = max(stats.hours, default=0)
    failed = sum(stats.failures)
    yield Figure("24 hours", counted(stats.runs_day, "run"), f"{_ARE_RUNS} {_DAY}", strip(stats.hours, most))
    yield Figure("failed", counted(failed, "run"), f"status:failed {_DAY}", strip(stats.failures, most), is_bad=True)
    yield Figure("7 days", counted(stats.runs_week, "run"), f"{_ARE_RUNS} {_WEEK}")
    yield Figure("success", success_words(stats.success, stats.active), f"status:completed,failed {_WEEK}")
    if stats.error is not None:
        error = stats.error
        is_whole = error.runs.of < LATEST and error.parts
        found = f"status:failed {_WEEK} {pattern_filter(error.parts)}" if is_whole else None
        yield Figure("top error", _error_words(error), found, error=error.pattern)
    yield Figure("kept", share_words(stats.kept, "rated", "none is rated"), f"is:kept,rejected {_ARE_RUNS} {_WEEK}")
    yield Figure("throughput", _throughput(stats), f"{_ARE_RUNS} {_WEEK} ended:{RECENT_S / 60:.0f}m")
    change = None if stats.change is None else change_words(stats.change, stats.now)
    by_running = stats.change is not None and stats.change.is_running
    none = "no run was seen to begin"
    yield Figure("our queue", span_words(stats.own_queue, "none was sent from here"), stats.own_queue.found)
    yield Figure("queued", span_words(stats.queued, none), stats.queued.found)
    running, total = span_words(stats.running, none), span_words(stats.total, "none has ended")
    yield Figure("running", running, stats.running.found, note=change if by_running else None)
    yield Figure("total", total, stats.total.found, note=None if by_running else change)
    if stats.spent is not None:
        yield Figure("spent", SafeText(f"{stats.spent} today"))


def read_words(stats: WebhookStatistics) -> SafeText | None:
    """Say how old all of it is; None: it is new."""
    if stats.read_at is None:
        return SafeText("never read from here: runs of elsewhere are missing")
    is_new = is_within(stats.read_at, stats.now, _STALE_S)
    return None if is_new else SafeText(f"last read {format_ago(stats.read_at, stats.now)}")


def share_words(proportion: Proportion, noun: str, none: str) -> SafeText:
    """Format a share: `4 of 5 rated`, from ten on `80 % of 50 rated`."""
    if not proportion.of:
        return SafeText(f"unknown: {none}")
    share = proportion.share
    if proportion.of < FEW or share is None:
        return SafeText(f"{proportion.count:,} of {proportion.of:,} {noun}")
    return SafeText(f"{_percent(share)} % of {proportion.of:,} {noun}")


def success_words(success: Proportion, active: int = 0) -> SafeText:
    """Format the success with its interval: `95 % of 82 that completed or failed; 95 % interval 88 to 98 %`. The `active` runs are
    named: of a batch under way those that fail at once have ended first."""
    words = share_words(success, "that completed or failed", "none completed or failed")
    if active and success.of:
        words = SafeText(f"{words}; {active:,} active")
    interval = success.interval
    if interval is None or success.of < FEW:
        return words
    low, high = map(_percent, interval)
    return SafeText(f"{words}; 95 % interval {low} to {high} %")


def span_words(spans: SpanStatistics, none: str) -> SafeText:
    """Format quantiles: `p50 0:41 · p90 1:20 · of 57 runs and 3 active`; `p90 over 1:10` if too many are active to know more;
    `none`: why there are none."""
    if spans.longest_s is None:
        return SafeText(f"unknown: {none}")
    over = f"over {duration(spans.longest_s)}"
    p50 = over if spans.p50_s is None else duration(spans.p50_s)
    p90 = over if spans.p90_s is None else duration(spans.p90_s)
    of = f"of {counted(spans.runs, 'run')}" + (f" and {spans.lasting:,} active" if spans.lasting else "")
    return SafeText(f"p50 {p50} · {of} only" if spans.runs < FEW else f"p50 {p50} · p90 {p90} · {of}")


def change_words(change: DurationChange, now: float) -> SafeText:
    """Format a change: `p90 3 times as long since 14:00`."""
    factor = change.factor
    if factor < 1:
        words = f"{_percent(factor)} % as long"
    else:
        words = f"{factor:.0f} times as long" if factor >= 2.95 else f"{factor:.1f} times as long".replace(".0 ", " ")
    return SafeText(f"{change.quantile} {words} since {clock_time(change.since, now)[:-3]}")


def strip(counts: Sequence[int], most: int) -> str:
    """Draw counts as eighth blocks, the highest for `most`; none at all as a dot."""
    return "".join(_BLOCKS[max(0, math.ceil(n * len(_BLOCKS) / most) - 1)] if n else "·" for n in counts)


def _percent(share: float) -> str:
    """Format a share as a percentage; only all of them are 100, only none 0."""
    return f"{100 * share:.0f}" if share in (0.0, 1.0) else f"{min(99.0, max(1.0, 100 * share)):.0f}"


def _error_words(error: CommonError) -> SafeText:
    share = error.runs
    whole = f"the last {share.of:,} failures" if share.of >= LATEST else f"{share.of:,} with an error"
    return one_line(f"{share.count:,} of {whole}: {error.pattern}", 300)


def _throughput(stats: WebhookStatistics) -> SafeText:
    pace = stats.ended_a_minute
    if pace is None:
        return SafeText("unknown: not read from the server in the last 10 minutes")
    figure = f"{pace:.1f}".removesuffix(".0")
    return SafeText(f"{figure} a minute; {counted(stats.ended, 'run')} ended in the last {RECENT_S / 60:.0f} minutes")
