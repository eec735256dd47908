"""`cordage-tui runs`: list runs, refreshed unless `--offline`."""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import command_database, find_context
from cordage_tui.cli.base.errors import ExitCode, UsageError
from cordage_tui.cli.base.profile import find_view, find_webhook
from cordage_tui.cli.base.where_option import compile_where, filter_conditions, unknown_words
from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.run import STATUS_BY_WORD, STATUS_GROUPS, RowId, Status
from cordage_tui.domain.run_json import RowWriter
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.file.database import Database
from cordage_tui.store.file.repair_record import RepairRecord
from cordage_tui.store.runs.run_listing import RunFilter, RunListing
from cordage_tui.store.servers import Servers

if TYPE_CHECKING:
    from cordage_tui.engine.engine import Engine
    from cordage_tui.store.runs.filter_sql import FilterConditions

_NOT_OF_FAILURES: Final = ("status", "older", "text", "where", "view", "batch", "format")
"""Options that do not go with `--failures`."""


def named_statuses(words: Sequence[str]) -> frozenset[Status] | None:
    """Return the statuses that the words of `--status` mean; None: any status."""
    return frozenset[Status]().union(*(STATUS_GROUPS.get(word) or {STATUS_BY_WORD[word]} for word in words)) or None


def run_filter(options: argparse.Namespace, profile: Profile, now: float, others: Sequence[Profile] = ()) -> RunFilter:
    """Build the filter from the options; ages count back from `now`, epoch seconds. Raises UsageError, which names the one of the
    `others` that has the webhook."""
    return RunFilter(
        profile.name,
        webhook_key=find_webhook(profile, options.webhook, others).key if options.webhook else None,
        statuses=named_statuses(options.status or []),
        created_after=None if options.since is None else now - options.since,
        created_before=None if options.older is None else now - options.older,
        text=options.text or "",
        batch=None if options.batch is None else RowId(options.batch),
        limit=options.limit,
    )


def run(options: argparse.Namespace) -> int:
    """Print the known runs; a failed refresh shows on stderr and in the exit code. Raises CommandError and ConfigError."""
    console = Console(options)
    if options.failures:
        _check_failure_options(options)
    context = find_context(options, console)
    filters = run_filter(options, context.profile, time.time(), context.settings.profiles)
    wheres = {"--where": options.where} if options.where else {}
    if options.view is not None:
        wheres["--view"] = find_view(context.paths, options.view, console).filter
    if options.offline:
        with command_database(context, console) as database:
            profile = context.stored(Servers(database)).profile
            filters = _where(wheres, filters, profile, console, lambda: filter_conditions(database))
            source = _RunReads(database, RunListing(database), RepairRecord(database).unseen)
            _print(source, filters, profile, console, options, fresh=False)
            return ExitCode.OK
    from cordage_tui.cli.base.engine_context import run_engine
    from cordage_tui.cli.base.refresh import print_trouble, print_unlisted, read_now, refresh_stale

    async def command(engine: "Engine") -> ExitCode:
        keys = [filters.webhook_key] if filters.webhook_key else [webhook.key for webhook in context.profile.webhooks]
        code, trouble = await (refresh_stale if options.limit else read_now)(engine, keys)
        if trouble:
            print_trouble(console, code, trouble)
        beyond = [] if options.limit else print_unlisted(engine, keys, console)
        fresh = trouble is None
        wanted = _where(wheres, filters, engine.profile, console, lambda: engine.store.query.filters)
        store = engine.store
        source = _RunReads(store.database, store.listing, lambda profile: store.queue_control.read(profile).repaired)
        _print(source, wanted, engine.profile, console, options, fresh=fresh, trouble=trouble, beyond=beyond)
        return code

    return run_engine(context, console, command)


def _check_failure_options(options: argparse.Namespace) -> None:
    """Raise UsageError for options that do not go with `--failures`."""
    other = next((f"--{name}" for name in _NOT_OF_FAILURES if getattr(options, name) is not None), None)
    if other is None and isinstance(getattr(options, "json", None), tuple):
        other = "--json=FIELDS"
    if other is not None:
        raise UsageError(
            f"--failures and {other} cannot be combined.",
            "--failures takes WEBHOOK, --since, --limit, --all, --offline and --json.",
        )


def _where(
    wheres: Mapping[str, str],
    filters: RunFilter,
    profile: Profile,
    console: Console,
    conditions: "Callable[[], FilterConditions]",
) -> RunFilter:
    """Add the expressions to the filter, each by the option it is from; words that are not understood are named on stderr."""
    for option, text in wheres.items():
        condition, parsed = compile_where(text, profile, conditions())
        for typed, why, near in unknown_words(text, parsed):
            console.info(f"{option}: {typed!r} is searched as text: {why}.{near}")
        before = filters.where
        if before is not None:
            sql, params = f"({before.sql}) AND ({condition.sql})", (*before.params, *condition.params)
            condition = replace(condition, sql=sql, params=params)
        filters = replace(filters, where=condition)
    return filters


@dataclass(frozen=True, slots=True)
class _RunReads:
    """Reads of the runs to print."""

    database: Database
    listing: RunListing
    repaired: "Callable[[str], SafeText | None]"
    """As `domain.queue.QueueSettings.repaired`, of a profile."""


def _print(
    source: _RunReads,
    filters: RunFilter,
    profile: Profile,
    console: Console,
    options: argparse.Namespace,
    *,
    fresh: bool,
    trouble: str | None = None,
    beyond: Sequence[str] = (),
) -> None:
    filters, now = replace(filters, profile=profile.stored_as), time.time()
    if (repaired := source.repaired(profile.stored_as)) is not None:
        from cordage_tui.cli.base.advice import with_command  # late: few databases are ever repaired

        console.error(with_command(repaired))
    known = {"profile": profile.name, "fresh": fresh, "trouble": trouble, "incomplete": [*beyond], "repaired": repaired}
    if options.failures:
        from cordage_tui.cli.commands.failures import print_failures

        keys = profile.webhook_keys if filters.webhook_key is None else [filters.webhook_key]
        since, limit = filters.created_after, filters.limit
        print_failures(source.database, profile, keys, since, limit, known, console)
        return
    if options.format is None and console.json and options.json is True:
        items = source.listing.newest_json(filters, RowWriter(profile.label, now))
        console.long_object("runs", known, "runs", items)
        return
    if options.format is not None or console.json:
        from cordage_tui.cli.base.run_records import print_fields, print_table

        if options.format is not None:
            print_table(source.database, filters, profile, options.format, console)
        else:
            print_fields(source.database, filters, profile, known, options.json, console)
        return
    from cordage_tui.cli.base.run_table import print_rows

    rows = source.listing.newest(filters)
    print_rows(source.listing.uncut(rows) if console.width is None else rows, profile, now, console)
    if not rows:
        console.info(
            "No matching runs." if trouble is None else "No matching run is known here, and not all could be read now."
        )
