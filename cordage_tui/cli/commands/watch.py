"""`cordage-tui watch`: follow runs until they have ended, with the polling shared by all windows."""

import argparse
import time
from collections.abc import Callable, Collection
from math import inf
from typing import Final

from cordage_tui.cli.base.advice import with_command
from cordage_tui.cli.base.console import Console, fit, width_of
from cordage_tui.cli.base.context import find_context
from cordage_tui.cli.base.engine_context import run_engine
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.base.parser import TIMEOUT_S
from cordage_tui.cli.base.profile import find_webhook
from cordage_tui.cli.base.refresh import PATIENCE_S, named_runs, print_trouble, refresh_stale
from cordage_tui.cli.base.run_table import coloured, guess_words, mark_guesses, name_of
from cordage_tui.cli.base.store_patience import StorePatience
from cordage_tui.cli.base.wait import (
    TimeLimits,
    check_key,
    exit_code_of_runs,
    silence_words,
    silent_runs,
    wait_for_run_downloads,
    wait_until,
)
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.formatting import time_figure
from cordage_tui.domain.inputs import whole_prompt
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import MatchedBy, RowId, RunRow, Status
from cordage_tui.domain.run_json import moment, row_object
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import HealthStatus, Profile
from cordage_tui.engine.engine import Engine
from cordage_tui.store.store import Store

_UNREAD: Final = "It is unknown whether anything is active: the runs could not be read."


def run(options: argparse.Namespace) -> int:
    """Print a line for each change of status until all runs have ended; return 1 if one failed. Raises CommandError."""
    console = Console(options)
    context = find_context(options, console)
    only = find_webhook(context.profile, options.webhook, context.settings.profiles).key if options.webhook else None

    limits = TimeLimits.of(options, inf if options.forever else TIMEOUT_S)

    async def command(engine: Engine) -> ExitCode:
        profile, patience = engine.profile, StorePatience(console)
        rows = await patience.repeat(lambda: named_runs(engine, options.runs, console, limits.within(PATIENCE_S)))
        await engine.start()
        keys = [only] if only else [webhook.key for webhook in profile.webhooks]
        code, trouble = await patience.repeat(lambda: refresh_stale(engine, keys, limits.within(PATIENCE_S)))
        check_key(engine)
        if trouble:
            print_trouble(console, code, trouble)
        watched = WatchList(engine.store, profile, [row.id for row in rows], only)
        ends = await _follow(engine, watched, console, options, limits, patience)
        is_read = code is ExitCode.OK or _are_read(engine, keys)
        if not watched.known:
            console.info("Nothing is active." if is_read else _UNREAD)
        await engine.hooks.wait_settled()
        if any(webhook.download for webhook in profile.webhooks):
            download_limits = replace(limits, stall_s=PATIENCE_S)
            await wait_for_run_downloads(engine, watched.completed, console, download_limits, patience)
        return ends or (ExitCode.OK if _are_read(engine, keys) else code)

    return run_engine(context, console, command, for_reader=True)


class WatchList:
    """Followed rows: those named, or all active and uncertain ones from now on."""

    def __init__(self, store: Store, profile: Profile, named: Collection[RowId], webhook_key: str | None) -> None:
        self.known: dict[RowId, Status] = {}
        """Last printed status of each row."""
        self._store = store
        self._profile = profile.stored_as
        self._may = [webhook_key] if webhook_key else [webhook.key for webhook in profile.webhooks]
        self._named = list(dict.fromkeys(named))
        self._webhook_key = webhook_key

    @property
    def webhook_keys(self) -> list[str]:
        """Webhooks of the active runs; without one, all followed webhooks."""
        rows = self._store.rows.many(self.unended)
        return list({row.webhook_key: None for row in rows}) or self._may

    def changed(self) -> list[RunRow]:
        """Return rows whose status is not the printed one, oldest first."""
        return [row for row in self._rows() if self.known.get(row.id) is not row.status]

    @property
    def unended(self) -> list[RowId]:
        """Rows of runs that have not ended."""
        return [row for row, status in self.known.items() if not status.is_final]

    @property
    def completed(self) -> list[RowId]:
        """Completed rows, which may have outputs."""
        return [row for row, status in self.known.items() if status is Status.COMPLETED]

    @property
    def is_over(self) -> bool:
        """True if every followed run has ended or needs the user."""
        return all(status.is_final or status in (Status.UNCERTAIN, Status.HELD) for status in self.known.values())

    def _rows(self) -> list[RunRow]:
        ids = self._named
        if not ids:
            active = self._store.query.active(self._profile)
            own_rows = [row.id for row in active if self._webhook_key in (None, row.webhook_key)]
            lost = self._store.outbox.in_state(self._profile, OutboxState.UNCERTAIN)
            own_rows += [row.id for row in self._store.rows.many(lost) if self._webhook_key in (None, row.webhook_key)]
            ids = [*self.known, *(row for row in reversed(own_rows) if row not in self.known)]
        rows = {row: self._store.rows.run(row) for row in ids}
        for missing in [row for row, listed in rows.items() if listed is None]:
            self.known.pop(missing, None)
        return [row for row in rows.values() if row is not None]


def _are_read(engine: Engine, keys: Collection[str]) -> bool:
    healths = {engine.health.of(key).health for key in keys}
    return HealthStatus.LIVE in healths and healths <= {HealthStatus.LIVE, HealthStatus.GONE}


async def _follow(
    engine: Engine,
    watched: WatchList,
    console: Console,
    options: argparse.Namespace,
    limits: TimeLimits,
    patience: StorePatience,
) -> ExitCode:
    """Print changes until all runs have ended, or with `--fail-fast` one badly. Raises CommandError when the time is up, and
    after too long without a successful read or with a locked database."""
    healths: dict[str, HealthStatus] = {}
    silent: set[RowId] = set()
    print_event = _event_printer(engine.profile, engine.store, console)

    def is_over() -> bool:
        for row in watched.changed():
            print_event(row)
            watched.known[row.id] = row.status
        _print_health(engine, healths, console)
        _print_silent(engine, watched, silent, console)
        if options.fail_fast and exit_code_of_runs(watched.known.values()) is ExitCode.FAILED:
            return True
        return watched.is_over and (not options.forever or limits.is_up)

    await wait_until(engine, lambda: watched.webhook_keys, lambda: watched.unended, limits, is_over, patience)
    if not watched.is_over:
        continuing = sum(not status.is_final for status in watched.known.values())
        console.info(f"A run has failed; {continuing:,} {'continues' if continuing == 1 else 'continue'}.")
    return exit_code_of_runs(watched.known.values())


def _event_printer(profile: Profile, store: Store, console: Console) -> Callable[[RunRow], None]:
    marked: set[RowId] = set()

    def mark_once(row: RunRow) -> None:
        if row.matched is MatchedBy.GUESS and row.id not in marked:
            marked.add(row.id)
            mark_guesses([row], console)

    def print_event(row: RunRow) -> None:
        if (
            (console.json or console.width is None)
            and row.prompt.endswith("…")
            and (detail := store.query.detail(row.id)) is not None
        ):
            row = replace(row, prompt=whole_prompt(row.prompt, detail.inputs))
        now, name = time.time(), profile.label(row.webhook_key)
        if console.json:
            event = "ended" if row.status.is_final else "changed"
            note = guess_words([row]) or None
            console.object(
                "event", {"event": event, "at": moment(now), "note": note, "run": row_object(row, name, now)}
            )
            mark_once(row)
            return
        took = time_figure(row, now)
        clock = time.strftime("%H:%M:%S", time.localtime(now))
        status, columns = f"{row.status_name:<9}", f"{took:>7}  {one_line(name, 20)}  {row.marked_prompt}"
        head = f"{clock}  {name_of(row):<8}  "
        if console.width is not None:
            columns = fit(columns, console.width - width_of(head + status) - 2)
        console.print(f"{head}{coloured(status, row.status, console)}  {columns}".rstrip())
        mark_once(row)

    return print_event


def _print_silent(engine: Engine, watched: WatchList, reported: set[RowId], console: Console) -> None:
    """Print once for each run that it is not heard from, and that it is heard from again."""
    silent = silent_runs(engine)
    heard = engine.store.rows.many([row for row in watched.unended if row in reported and row not in silent])
    for row in [row for row in watched.unended if row in silent and row not in reported]:
        console.error(silence_words(silent[row]))
    for run in heard:
        console.info(f"Run {name_of(run)} is read again.")
    reported.clear()
    reported.update(silent)


def _print_health(engine: Engine, reported: dict[str, HealthStatus], console: Console) -> None:
    """Print once for each webhook that it cannot be read, and that it can be read again."""
    for webhook in engine.profile.webhooks:
        health = engine.health.of(webhook.key)
        before = reported.get(webhook.key, HealthStatus.LIVE)
        if health.health in (before, HealthStatus.LOADING):
            continue
        reported[webhook.key] = health.health
        if health.health is HealthStatus.LIVE:
            console.info(f"{webhook.name}: read again")
        else:
            console.error(f"{webhook.name}: {with_command(health.words or health.health.value)}")
