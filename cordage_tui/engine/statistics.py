"""Statistics of webhooks: figures of what the history has, in numbers and in words."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from cordage_tui.domain.duration_model import ENOUGH, after_change_point, quantile
from cordage_tui.domain.error_pattern import error_pattern, has_parts, pattern_filter, pattern_parts
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.formatting import clock_time, counted, duration, format_age
from cordage_tui.domain.proportion import Proportion
from cordage_tui.domain.run import Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.spending import money
from cordage_tui.store.run_lookup import PastRun
from cordage_tui.store.spending import SpendingAccount
from cordage_tui.store.statistics import HOURS, LATEST, RECENT_S, StatisticsPass, WebhookHistory

FEW: Final = 10
"""Of fewer no percentage and no p90 is given."""
_NOTABLE: Final = 1.25
"""A change by less is not told."""
_STALE_S: Final = 120.0
"""Age of the last read from which it is told."""
_BLOCKS: Final = "▁▂▃▄▅▆▇█"

# Numbers.


@dataclass(frozen=True, slots=True)
class SpanStatistics:
    """Quantiles of how long runs took, in seconds."""

    runs: int
    """How many they rest on."""
    p50_s: float | None
    """None: of no run."""
    p90_s: float | None
    """None: of fewer than `FEW` runs."""
    since: float | None = None
    """They are all that ended since then, epoch seconds; None: others ended between them."""

    @classmethod
    def of(cls, spans: Sequence[float], since: float | None = None) -> "SpanStatistics":
        ordered = sorted(spans)
        p90_s = quantile(ordered, 0.9) if len(ordered) >= FEW else None
        return cls(len(ordered), quantile(ordered, 0.5) if ordered else None, p90_s, since)


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
        is_known = self.read_at is not None and self.read_at >= self.now - RECENT_S
        return self.ended * 60 / RECENT_S if is_known else None


def statistics_of(history: WebhookHistory, now: float, spent: SafeText | None = None) -> WebhookStatistics:
    """Return the statistics of a history that was read at `now`, epoch seconds."""
    completed, failed = history.statuses[Status.COMPLETED], history.statuses[Status.FAILED]
    past, ran = history.past, [run for run in history.past if run.finished.running_s is not None]
    running, total = [run.finished.running_s or 0.0 for run in ran], [run.finished.total_s for run in past]
    recent_running, recent_total = _alike(running), _alike(total)
    is_running = len(ran) >= ENOUGH
    change = _change(ran, running, len(recent_running)) if is_running else _change(past, total, len(recent_total))
    return WebhookStatistics(
        webhook_key=history.webhook_key,
        now=now,
        read_at=history.read_at,
        hours=tuple(history.hours),
        failures=tuple(history.failures),
        runs_week=history.statuses.total(),
        success=Proportion(completed, completed + failed),
        kept=Proportion(history.kept, history.judged),
        ended=history.ended,
        own_queue=_spans([(run, run.finished.own_queue_s) for run in past], past),
        queued=_spans([(run, run.finished.queued_s) for run in ran], past),
        running=_spans([*zip(ran, running, strict=True)][len(ran) - len(recent_running) :], past),
        total=_spans([*zip(past, total, strict=True)][len(past) - len(recent_total) :], past),
        change=None if change is None else DurationChange(is_running, *change),
        error=common_error(history.errors),
        spent=spent,
    )


def statistics_of_all(
    done: StatisticsPass, profile: Profile, accounts: Sequence[SpendingAccount]
) -> list[WebhookStatistics]:
    """Return the statistics of each webhook that a pass has read, with the money that is spent of it."""
    spent = {
        account.webhook: one_line(money(profile, account.amount)) for account in accounts if account.amount is not None
    }
    return [statistics_of(history, done.now, spent.get(key)) for key, history in done.histories.items()]


def _spans(samples: Sequence[tuple[PastRun, float | None]], past: Sequence[PastRun]) -> SpanStatistics:
    """Return the statistics of the known spans. `past`: all runs that they are of, in the order they ended."""
    known = [(run, span) for run, span in samples if span is not None]
    since = known[0][0].ended_at if known else math.inf
    are_all = len(known) == sum(run.ended_at >= since for run in past)
    return SpanStatistics.of([span for _, span in known], since if known and are_all else None)


def _alike(spans: Sequence[float]) -> Sequence[float]:
    """Return the last spans since a lasting change, by the rank-sum test that estimates use (`after_change_point`)."""
    return spans[len(spans) - after_change_point(spans) :] if len(spans) >= ENOUGH else spans


def _change(runs: Sequence[PastRun], spans: Sequence[float], alike: int) -> tuple[float, str, float] | None:
    """Return since when, by which quantile, and how many times as long the last `alike` runs take; None: no change, or a
    slight one."""
    before, after = spans[: len(spans) - alike], spans[len(spans) - alike :]
    before = before[len(before) - after_change_point(before) :]
    if not before or not after:
        return None
    name, share = ("p90", 0.9) if min(len(before), len(after)) >= FEW else ("p50", 0.5)
    was, now = quantile(sorted(before), share), quantile(sorted(after), share)
    if was <= 0 or now <= 0 or 1 / _NOTABLE < now / was < _NOTABLE:
        return None
    return runs[len(runs) - alike].ended_at - after[0], name, now / was


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
    yield Figure("success", success_words(stats.success), f"status:completed,failed {_WEEK}")
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
    yield Figure("our queue", span_words(stats.own_queue, "none was sent from here"), _found(stats.own_queue))
    yield Figure("queued", span_words(stats.queued, none), _found(stats.queued))
    running, total = span_words(stats.running, none), span_words(stats.total, "none has ended")
    yield Figure("running", running, _found(stats.running), note=change if by_running else None)
    yield Figure("total", total, _found(stats.total), note=None if by_running else change)
    if stats.spent is not None:
        yield Figure("spent", SafeText(f"{stats.spent} today"))


def _found(spans: SpanStatistics) -> str | None:
    """Return the filter that finds the runs that the figure rests on; None: there is none."""
    if spans.since is None:
        return None
    since = datetime.fromtimestamp(math.floor(spans.since)).isoformat(timespec="seconds")
    return f"status:completed,failed ended:{since}"


def read_words(stats: WebhookStatistics) -> SafeText | None:
    """Say how old all of it is; None: it is new."""
    if stats.read_at is None:
        return SafeText("never read from here: runs of elsewhere are missing")
    passed = stats.now - stats.read_at
    return SafeText(f"last read {format_age(passed)} ago") if passed >= _STALE_S else None


def share_words(proportion: Proportion, noun: str, none: str) -> SafeText:
    """Format a share: `4 of 5 rated`, from ten on `80 % of 50 rated`."""
    if not proportion.of:
        return SafeText(f"unknown: {none}")
    share = proportion.share
    if proportion.of < FEW or share is None:
        return SafeText(f"{proportion.count:,} of {proportion.of:,} {noun}")
    return SafeText(f"{_percent(share)} % of {proportion.of:,} {noun}")


def success_words(success: Proportion) -> SafeText:
    """Format the success with its interval: `95 % of 82 that completed or failed; 95 % interval 88 to 98 %`."""
    words = share_words(success, "that completed or failed", "none completed or failed")
    interval = success.interval
    if interval is None or success.of < FEW:
        return words
    low, high = map(_percent, interval)
    return SafeText(f"{words}; 95 % interval {low} to {high} %")


def span_words(spans: SpanStatistics, none: str) -> SafeText:
    """Format quantiles: `p50 0:41 · p90 1:20 · of 57 runs`; `none`: why there are none."""
    if spans.p50_s is None:
        return SafeText(f"unknown: {none}")
    p90 = "" if spans.p90_s is None else f" · p90 {duration(spans.p90_s)}"
    few = " only" if spans.p90_s is None else ""
    return SafeText(f"p50 {duration(spans.p50_s)}{p90} · of {counted(spans.runs, 'run')}{few}")


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
