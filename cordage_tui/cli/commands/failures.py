"""`cordage-tui runs --failures`: failures by their errors, and how many of them completed when they were run again."""

from collections.abc import Mapping, Sequence
from typing import Final

from cordage_tui.cli.base.console import Console, table_lines
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.formatting import counted, format_age
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.secrets import masked
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.history.failure_clusters import (
    ClusterPass,
    FailureCluster,
    again_words,
    error_words,
    random_inputs,
)
from cordage_tui.store.failure_groups import FailurePass
from cordage_tui.store.file.database import Database

_HEADS: Final = ("COUNT", "WEBHOOK", "ERROR", "SINCE", "LAST", "RERUN", "LEFT")
_WIDE: Final = _HEADS.index("ERROR")


def print_failures(
    database: Database,
    profile: Profile,
    keys: Sequence[str],
    since: float | None,
    limit: int | None,
    known: Mapping[str, object],
    console: Console,
) -> None:
    """Print the clusters of these webhooks, the one that failed last first, `limit` at most. `since`: epoch seconds."""
    failures = FailurePass(database, SystemClock(), profile.stored_as, random_inputs(profile, keys), since)
    done = ClusterPass(failures)
    found = sorted(done.run(), key=lambda cluster: -cluster.last)[:limit]
    if console.json:
        console.object("failures", {**known, "failures": [_as_json(cluster, profile) for cluster in found]})
        return
    if console.linear:
        for cluster in found:
            console.print(_sentence(cluster, profile, done.now))
    rows = [_cells(cluster, profile, done.now, whole=console.width is None) for cluster in found if not console.linear]
    for line in table_lines(_HEADS, rows, _WIDE, console.width):
        console.print(line)
    if not found:
        is_read = known["trouble"] is None
        console.info("No failures." if is_read else "No failure is known here, and not all could be read now.")


def _sentence(cluster: FailureCluster, profile: Profile, now: float) -> str:
    name, again = one_line(profile.label(cluster.webhook_key), 60), cluster.again
    first, last = (format_age(max(0.0, now - at)) for at in (cluster.since, cluster.last))
    once = f"{again.count} of {again.of} completed when rerun" if again.of else "none was rerun"
    times = f"once, {last} ago" if cluster.count == 1 else f"{cluster.count:,} times, first {first} and last {last} ago"
    left = f" {counted(len(cluster.left), 'prompt')} of it not completed." if cluster.left else ""
    return f"{name} failed {times}: {error_words(cluster)}; {once}.{left}"


def _cells(cluster: FailureCluster, profile: Profile, now: float, *, whole: bool) -> tuple[str, ...]:
    return (
        f"{cluster.count}" if whole else f"{cluster.count:,}",
        one_line(profile.label(cluster.webhook_key), 200 if whole else 20),
        error_words(cluster),
        format_age(max(0.0, now - cluster.since)),
        format_age(max(0.0, now - cluster.last)),
        again_words(cluster),
        f"{len(cluster.left)}" if whole else f"{len(cluster.left):,}",
    )


def _as_json(cluster: FailureCluster, profile: Profile) -> Mapping[str, object]:
    low, high = cluster.again.interval or (None, None)
    return {
        "webhook": one_line(profile.label(cluster.webhook_key), 60),
        "webhook_key": masked(cluster.webhook_key),
        "error": cluster.pattern,
        "count": cluster.count,
        "since": moment(cluster.since),
        "last": moment(cluster.last),
        "transience": "unknown",
        "again": {
            "count": cluster.again.count,
            "of": cluster.again.of,
            "share": cluster.again.share,
            "low": low,
            "high": high,
        },
        "not_completed": len(cluster.left),
        "under_way": cluster.under_way,
        "inputs_unknown": cluster.unknown,
        "filter": cluster.filter,
    }
