"""`cordage-tui stats`: statistics of webhooks, of what is known here. Needs no API key and no network."""

import argparse
from collections.abc import Iterator, Mapping, Sequence

from cordage_tui.cli.base.console import Console, fit
from cordage_tui.cli.base.context import command_database, find_context
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.base.profile import find_webhook
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.domain.text import SafeText, masked, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.history.statistics import (
    CommonError,
    DurationChange,
    SpanStatistics,
    WebhookStatistics,
    figures,
    read_words,
    statistics_of_all,
)
from cordage_tui.store.outbox.spending import SpendingTable
from cordage_tui.store.servers import Servers
from cordage_tui.store.statistics import StatisticsPass

_NAME = 10
"""Cells of the names of figures."""


def run(options: argparse.Namespace) -> int:
    """Print the statistics; return 0. Raises CommandError and ConfigError."""
    console, clock = Console(options), SystemClock()
    context = find_context(options, console)
    keys = (
        [find_webhook(context.profile, options.webhook, context.settings.profiles).key]
        if options.webhook
        else context.profile.webhook_keys
    )
    with command_database(context, console) as database:
        profile = context.stored(Servers(database)).profile
        done = StatisticsPass(database, clock, profile.stored_as, keys)
        while done.step():
            pass
        found = statistics_of_all(done, profile, SpendingTable(database, clock).accounts(profile))
    if console.json:
        webhooks = [_as_json(stats, profile) for stats in found]
        console.object("stats", {"profile": profile.name, "at": moment(done.now), "webhooks": webhooks})
        return ExitCode.OK
    for line in _lines(found, profile, console.width, drawn=not console.linear):
        console.print(line)
    if not found:
        console.info(f"Profile {profile.name!r} has no webhooks. Add one: cordage-tui webhooks add KEY NAME")
    return ExitCode.OK


def _lines(found: Sequence[WebhookStatistics], profile: Profile, width: int | None, *, drawn: bool) -> Iterator[str]:
    """Yield a line for each figure; in a pipe tab-separated and uncut. Unless `drawn`, as sentences."""
    for index, stats in enumerate(found):
        name, told = one_line(profile.label(stats.webhook_key), 60), read_words(stats)
        each = [(figure.name, figure.text, figure.strip) for figure in figures(stats)]
        if told is not None:
            each.insert(0, ("age", told, ""))
        if not drawn:
            yield from (f"{name}, {label}: {words.replace(' · ', ', ')}." for label, words, _ in each)
            continue
        if width is None:
            yield from ("\t".join((name, *parts)).rstrip("\t") for parts in each)
            continue
        yield from ([""] if index else [])
        yield fit(name, width).rstrip()
        for label, words, strip in each:
            line = f"  {label:<{_NAME}}  {f'{words:<12}  {strip}' if strip else words}"
            yield fit(SafeText(line), width).rstrip()


def _as_json(stats: WebhookStatistics, profile: Profile) -> Mapping[str, object]:
    return {
        "webhook": one_line(profile.label(stats.webhook_key), 60),
        "webhook_key": masked(stats.webhook_key),
        "read_at": moment(stats.read_at),
        "runs_24h": stats.runs_day,
        "failed_24h": sum(stats.failures),
        "hours": [*stats.hours],
        "failed_hours": [*stats.failures],
        "runs_7d": stats.runs_week,
        "active": stats.active,
        "success": _proportion(stats.success),
        "kept": _proportion(stats.kept),
        "ended_a_minute": stats.ended_a_minute,
        "own_queue": _spans(stats.own_queue),
        "queued": _spans(stats.queued),
        "running": _spans(stats.running),
        "total": _spans(stats.total),
        "change": None if stats.change is None else _change(stats.change),
        "top_error": None if stats.error is None else _error(stats.error),
        "spent_today": stats.spent,
    }


def _proportion(proportion: Proportion) -> Mapping[str, object]:
    low, high = proportion.interval or (None, None)
    return {"count": proportion.count, "of": proportion.of, "share": proportion.share, "low": low, "high": high}


def _spans(spans: SpanStatistics) -> Mapping[str, object]:
    return {
        "runs": spans.runs,
        "p50_s": spans.p50_s,
        "p90_s": spans.p90_s,
        "lasting": spans.lasting,
        "longest_s": spans.longest_s,
    }


def _change(change: DurationChange) -> Mapping[str, object]:
    return {
        "of": "running" if change.is_running else "total",
        "since": moment(change.since),
        "quantile": change.quantile,
        "factor": change.factor,
    }


def _error(error: CommonError) -> Mapping[str, object]:
    return {"pattern": error.pattern, "count": error.runs.count, "of": error.runs.of}
