"""`cordage-tui runs`: list runs, refreshed unless `--offline`."""

import argparse
import time

from cordage_tui.cli.console import Console
from cordage_tui.cli.context import command_database, find_context
from cordage_tui.cli.errors import ExitCode
from cordage_tui.cli.profile import find_webhook
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.run import Status
from cordage_tui.domain.run_json import row_object
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.run_listing import RunFilter, RunListing
from cordage_tui.store.servers import Servers

GROUPS = {
    "active": frozenset(status for status in Status if status.is_active),
    "waiting": frozenset({Status.QUEUED, Status.SENDING, Status.HELD, Status.UNCERTAIN}),
    "ended": frozenset(status for status in Status if status.is_final),
}
"""Values of `--status` that stand for several."""


def run_filter(options: argparse.Namespace, profile: Profile, now: float) -> RunFilter:
    """Build the filter from the options; ages count back from `now`, epoch seconds. Raises UsageError."""
    words = options.status or []
    statuses = frozenset[Status]().union(*(GROUPS.get(word) or {Status(word)} for word in words))
    return RunFilter(
        profile.name,
        webhook_key=find_webhook(profile, options.webhook).key if options.webhook else None,
        statuses=statuses or None,
        created_after=None if options.since is None else now - options.since,
        created_before=None if options.older is None else now - options.older,
        text=options.text or "",
        limit=options.limit,
    )


def run(options: argparse.Namespace) -> int:
    """Print the known runs; a failed refresh shows on stderr and in the exit code. Raises CommandError and ConfigError."""
    console = Console(options)
    context = find_context(options, console)
    filters = run_filter(options, context.profile, time.time())
    code, trouble, beyond = ExitCode.OK, None, list[str]()
    if not options.offline:
        from cordage_tui.cli.refresh import refresh, refresh_all

        if options.limit is None:
            (code, trouble), beyond = refresh_all(context, filters.webhook_key, console)
        else:
            code, trouble = refresh(context, filters.webhook_key, console)
    with command_database(context, console) as database:
        context = context.stored(Servers(database))
        rows = RunListing(database).newest(replace(filters, profile=context.profile.stored_as))
    now, label = time.time(), context.profile.label
    if console.json:
        found = [row_object(row, label(row.webhook_key), now) for row in rows]
        console.object(
            "runs",
            {
                "profile": context.profile.name,
                "fresh": not options.offline and trouble is None,
                "trouble": trouble,
                "incomplete": beyond,
                "runs": found,
            },
        )
    else:
        from cordage_tui.cli.run_table import print_rows

        print_rows(rows, context.profile, now, console)
        if not rows:
            console.info("No matching runs.")
    return code
