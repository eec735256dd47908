"""What `runs` was asked for, as the store takes it."""

import argparse

from cordage_tui.cli.profile import find_webhook
from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.run_listing import RunFilter

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
