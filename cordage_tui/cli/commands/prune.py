"""`cordage-tui prune`: remove old runs from the history and give their space back. Needs no API key and no network."""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from cordage_tui.cli.base.console import Console, table_lines
from cordage_tui.cli.base.context import CommandContext, command_database, find_context, reporting_store_errors
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.profile import find_webhook
from cordage_tui.cli.base.where_option import acting_condition, filter_conditions
from cordage_tui.cli.commands.runs import named_statuses
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.formatting import amount, counted
from cordage_tui.domain.run import Status
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.images.disk_cache import ThumbnailCache
from cordage_tui.store.file.database import Database
from cordage_tui.store.pruning import LEAST_AGE_S, SLICE, DatabaseSpace, Fate, PruneFilter, PrunePass
from cordage_tui.store.servers import Servers

_LOOK: Final = 2_000
"""Runs that are looked at in one transaction of a dry run."""
_STEP_S: Final = 0.02
"""Seconds of CPU that a transaction should take: windows wait for it."""
_FIRST: Final = 50
"""Runs that are removed in the first transaction; later ones take more if that is quick."""
_CACHE_KB: Final = 65_536
"""Pages that one transaction changes are kept in memory until its end."""
_TRIES: Final = 20
_TRY_EVERY_S: Final = 0.1
"""Pause between tries to empty the log while another process reads."""
_HELD_AT_MOST: Final = 32 << 20
"""Bytes of a database that is rebuilt unasked: other processes wait for a fraction of a second."""
_HEADS: Final = ("WEBHOOK", "STATUS", "RUNS")
_STAY: Final = {
    Fate.RATED: "rated",
    Fate.TAGGED: "tagged",
    Fate.PINNED: "with a saved prompt",
    Fate.UNSETTLED: "that may belong to an uncertain prompt",
    Fate.DOWNLOADING: "being downloaded",
    Fate.LINKED: "whose output is the input of a queued prompt",
    Fate.IN_BATCH: "in a batch that keeps another run",
    Fate.ACTIVE: "not ended",
}
_SOME: Final = "The runs removed so far are gone. To remove the rest, give the same command again."


def run(options: argparse.Namespace) -> int:
    """Print and remove runs; return 0. Raises CommandError and ConfigError."""
    console = Console(options)
    context = find_context(options, console)
    if options.older is None:
        options.older = context.settings.retention_s
    if options.older is None and not options.compact:
        raise UsageError(
            "prune needs an age.", 'Add --older 180d, or set keep = "180d" under [retention] in config.toml.'
        )
    if options.older is not None and options.older < LEAST_AGE_S:
        raise UsageError(
            "--older is less than a day, and runs of the last day are never removed.", "Use --older 1d or more."
        )
    with command_database(context, console) as database:
        database.rows(f"PRAGMA cache_size = -{_CACHE_KB}")
        space = DatabaseSpace(database)
        size = space.size
        done = _prune(options, context, database, console) if options.older is not None else None
        if not options.dry_run:
            _give_back(space, console, rebuild=options.compact)
            _clear_log(space, console)
        if console.json:
            values = {} if done is None else _as_json(done, context.profile)
            about = {
                "profile": context.profile.name,
                "dry_run": options.dry_run,
                "size_before": size,
                "size": space.size,
            }
            console.object("prune", {**_NOTHING, **values, **about})
        elif not options.dry_run:
            console.info(f"The database has {amount(space.size)}; it had {amount(size)}.")
    return ExitCode.OK


def _prune(options: argparse.Namespace, context: CommandContext, database: Database, console: Console) -> PrunePass:
    """Print what will be removed, ask, and remove it; returns the pass. Raises CommandError if the user says no."""
    clock = SystemClock()
    profile = context.stored(Servers(database)).profile
    webhook_key = (
        find_webhook(profile, options.webhook, context.settings.profiles).key if options.webhook is not None else None
    )
    condition = None if options.where is None else acting_condition(options.where, profile, filter_conditions(database))
    statuses = named_statuses(options.status or [])
    wanted = PruneFilter(profile.stored_as, clock.wall() - options.older, webhook_key, statuses, condition)
    look = PrunePass(database, clock, wanted)
    _repeat(
        lambda: look.step(remove=False, limit=_LOOK),
        lambda: f"{sum(look.fates.values()):,} runs looked at",
        console,
        writes=False,
    )
    if not console.json:
        _print(look, context.profile, database, console)
    removable = look.removed + look.dropped
    if options.dry_run or not removable:
        return look
    if not options.yes and not console.confirm(f"Remove {_things(look)} for good?", "remove them", removable):
        raise CommandError(ExitCode.USAGE, "Nothing was removed.", "", "")
    removal = PrunePass(database, clock, wanted)
    limit, pictures = _FIRST, ThumbnailCache(context.paths.pictures, context.settings.pictures.cache)

    def remove() -> bool:
        nonlocal limit
        begun = time.process_time()
        more = removal.step(remove=True, limit=limit)
        pictures.remove(removal.outputs)
        pace = limit * _STEP_S / max(_STEP_S / SLICE, time.process_time() - begun)
        limit = max(_FIRST, min(int(pace), 2 * limit, SLICE))
        return more

    with reporting_store_errors(_SOME):
        _repeat(remove, lambda: f"{removal.removed:,} of {look.removed:,} runs removed", console)
        time.sleep(1.0)  # other processes read changes every half second
        after: int | None = 0
        while after is not None:
            after = DatabaseSpace(database).forget_removed(after)
    if not console.json:
        console.info(f"Removed {_things(removal)}.")
    return removal


def _repeat(
    step: Callable[[], bool], progress_text: Callable[[], str], console: Console, *, writes: bool = True
) -> None:
    """Repeat `step` until it returns False. If it `writes`, it pauses after each step as long as the step took."""
    more = True
    while more:
        begun = time.monotonic()
        more = step()
        console.progress.show(progress_text())
        if writes:
            time.sleep(time.monotonic() - begun)
    console.progress.end()


def _give_back(space: DatabaseSpace, console: Console, *, rebuild: bool) -> None:
    """Give free pages back to the disk, in steps if the database can do that."""
    with reporting_store_errors("The runs are removed. New runs use their space first."):
        if space.shrinks_in_steps:
            _repeat(space.shrink, lambda: f"{amount(space.free)} to give back", console)
        elif rebuild or space.size - space.free <= _HELD_AT_MOST:
            space.rebuild()
        elif space.free:
            console.info(
                f"{amount(space.free)} of the database are free and are used by new runs first. To give them back to the"
                " disk once, close all windows: cordage-tui prune --compact"
            )


def _clear_log(space: DatabaseSpace, console: Console) -> None:
    """Empty the write-ahead log, because removed data can still be read in it."""
    with reporting_store_errors("The runs are removed from the history."):
        for _ in range(_TRIES):
            if space.clear_log():
                return
            time.sleep(_TRY_EVERY_S)
    console.info(
        "Another program reads the database without a pause: what was removed stays readable in its log (-wal) until that has ended."
    )


def _print(look: PrunePass, profile: Profile, database: Database, console: Console) -> None:
    """Print the removable runs to stdout, and the others with their reasons to stderr."""
    rows = [
        (one_line(profile.label(key), 60), word, f"{n:,}" if console.width else str(n))
        for key, word, n in _counts(look)
    ]
    for line in table_lines(_HEADS, rows, 0, console.width):
        console.print(line)
    if look.dropped:
        console.info(f"And {look.dropped:,} prompts that were dropped.")
    if stay := ", ".join(f"{n:,} {_STAY[fate]}" for fate, n in _stays(look).items()):
        console.info(f"Old enough, but not removed: {stay}.")
    if not look.removed + look.dropped:
        console.info("No run is to be removed.")
        return
    space, runs = DatabaseSpace(database), sum(database.column("SELECT n FROM tallies"))
    console.info(
        f"About {amount(int((space.size - space.free) * 0.9 * look.removed / max(1, runs)))} would become free."
    )


def _counts(look: PrunePass) -> Iterator[tuple[str, Status, int]]:
    for (key, status, fate), n in sorted(look.fates.items()):
        if fate is Fate.REMOVED:
            yield key, status, n


def _stays(look: PrunePass) -> Mapping[Fate, int]:
    """Count the runs that are old enough but stay, by the reason."""
    counts = Counter[Fate]()
    for (_, _, fate), n in look.fates.items():
        counts[fate] += n
    return {fate: counts[fate] for fate in _STAY if counts[fate]}


_NOTHING: Final = {"removed": 0, "dropped": 0, "runs": [], "kept": {}, "before": None}


def _as_json(done: PrunePass, profile: Profile) -> Mapping[str, object]:
    runs = [{"webhook": profile.label(key), "status": status.value, "count": n} for key, status, n in _counts(done)]
    kept = {fate.value.replace(" ", "_"): n for fate, n in _stays(done).items()}
    return {
        "removed": done.removed,
        "dropped": done.dropped,
        "runs": runs,
        "kept": kept,
        "before": moment(done.before),
    }


def _things(done: PrunePass) -> str:
    runs, prompts = counted(done.removed, "run"), f"{counted(done.dropped, 'prompt')} that were dropped"
    return " and ".join(text for text, n in ((runs, done.removed), (prompts, done.dropped)) if n) or "nothing"
