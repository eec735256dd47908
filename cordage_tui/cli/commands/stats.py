"""`cordage-tui stats`: statistics of webhooks, of what is known here. Needs no API key and no network."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from cordage_tui.cli.base.console import Console, table_lines
from cordage_tui.cli.base.context import command_database, find_context
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.base.profile import find_webhook
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import masked
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.history.webhook_statistics import (
    COLUMNS,
    SPAN_TITLES,
    SPANS,
    UNKNOWN,
    CommonError,
    SpanStatistics,
    WebhookStatistics,
    span_cells,
    statistics_of_all,
)
from cordage_tui.store.outbox.spending_accounts import SpendingTable
from cordage_tui.store.servers import Servers
from cordage_tui.store.webhook_history import StatisticsPass

_HEADS: Final = ("WEBHOOK", *(column.title for column in COLUMNS))


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
    for line in _spoken(found, profile) if console.linear else _lines(found, profile, console.width):
        console.print(line)
    if not found:
        console.info(f"Profile {profile.name!r} has no webhooks. Add one: cordage-tui webhooks add KEY NAME")
    return ExitCode.OK


def _lines(found: Sequence[WebhookStatistics], profile: Profile, width: int | None) -> Iterator[str]:
    """Yield a table with a row for each webhook; of one webhook on a terminal also its durations. In a pipe the cells of what is
    unknown are empty."""
    rows = [(_name(stats, profile), *_cells(stats)) for stats in found]
    if width is None:
        rows = [tuple("" if cell == UNKNOWN else cell for cell in row) for row in rows]
    yield from table_lines(_HEADS, rows, 0, width)
    if width is not None and len(found) == 1:
        yield ""
        durations = [(name, *span_cells(spans(found[0]))) for name, spans in SPANS]
        yield from table_lines(("DURATION", *SPAN_TITLES), durations, 0, width)


def _spoken(found: Sequence[WebhookStatistics], profile: Profile) -> Iterator[str]:
    """Yield a sentence for each known figure of each webhook."""
    for stats in found:
        for column, cell in zip(COLUMNS, _cells(stats), strict=True):
            if cell != UNKNOWN:
                yield f"{_name(stats, profile)}, {column.name}: {cell}."


def _name(stats: WebhookStatistics, profile: Profile) -> SafeText:
    return one_line(profile.label(stats.webhook_key), 60)


def _cells(stats: WebhookStatistics) -> tuple[str, ...]:
    return tuple(column.cell(stats) for column in COLUMNS)


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
        "waiting_here": _spans(stats.own_queue),
        "waiting_at_cordage": _spans(stats.queued),
        "running": _spans(stats.running),
        "total": _spans(stats.total),
        "change": None,
        "top_error": None if stats.error is None else _error(stats.error),
        "spent_today": stats.spent,
        "own_queue": _spans(stats.own_queue),  # the earlier names, for one version
        "queued": _spans(stats.queued),
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


def _error(error: CommonError) -> Mapping[str, object]:
    return {"pattern": error.pattern, "count": error.runs.count, "of": error.runs.of}
