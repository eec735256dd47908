"""The `runs` command: list runs."""

import argparse
import time

from cordage_tui.cli.console import Console
from cordage_tui.cli.context import find_place, opened
from cordage_tui.cli.errors import ExitCode
from cordage_tui.cli.profile import find_webhook
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.run import Status
from cordage_tui.domain.run_json import row_object
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.run_listing import RunFilter, RunListing
from cordage_tui.store.servers import Servers

# What `runs` was asked for, as the store takes it.

GROUPS = {
    "active": frozenset(status for status in Status if status.is_active),
    "waiting": frozenset({Status.QUEUED, Status.SENDING, Status.HELD, Status.UNCERTAIN}),
    "ended": frozenset(status for status in Status if status.is_final),
}
"""Words of `--status` that mean several."""


def wanted(options: argparse.Namespace, profile: Profile, now: float) -> RunFilter:
    """`now`: epoch seconds, from which ages count. Raises UsageError for a webhook that there is not."""
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


# `cordage-tui runs`: what this machine knows of its runs, read afresh unless `--offline`.


def run(options: argparse.Namespace) -> int:
    """Prints the rows. What could not be read afresh is told on stderr and in the exit code; the rows known are printed
    all the same. Raises CommandError and ConfigError."""
    voice = Console(options)
    place = find_place(options, voice)
    filters = wanted(options, place.profile, time.time())
    code, trouble, beyond = ExitCode.OK, None, list[str]()
    if not options.offline:
        from cordage_tui.cli.refresh import refresh, refresh_all

        if options.limit is None:
            (code, trouble), beyond = refresh_all(place, filters.webhook_key, voice)
        else:
            code, trouble = refresh(place, filters.webhook_key, voice)
    with opened(place, voice) as database:
        place = place.stored(Servers(database))
        rows = RunListing(database).newest(replace(filters, profile=place.profile.stored_as))
    now, label = time.time(), place.profile.label
    if voice.json:
        found = [row_object(row, label(row.webhook_key), now) for row in rows]
        voice.object(
            "runs",
            {
                "profile": place.profile.name,
                "fresh": not options.offline and trouble is None,
                "trouble": trouble,
                "incomplete": beyond,
                "runs": found,
            },
        )
    else:
        from cordage_tui.cli.run_table import print_rows

        print_rows(rows, place.profile, now, voice)
        if not rows:
            voice.info("No such runs.")
    return code
