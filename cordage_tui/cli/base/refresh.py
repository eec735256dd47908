"""Refresh runs from the server, within the rate limit shared by all windows."""

import argparse
import asyncio
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final

from cordage_tui.api.errors import AuthenticationFailed, CordageError, InvalidRequest, NotFound
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import PROGRAM, CommandError, ExitCode, UsageError
from cordage_tui.cli.base.find_run import find_runs
from cordage_tui.cli.base.refusal import refusal_advice
from cordage_tui.cli.base.run_table import mark_guesses, name_of
from cordage_tui.cli.base.store_patience import StorePatience
from cordage_tui.cli.base.where_option import acting_condition
from cordage_tui.domain.base.clock import is_within
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.webhook import HealthStatus, Profile, WebhookHealth
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import Trouble, join_sentences
from cordage_tui.store.errors import DatabaseLocked
from cordage_tui.store.runs.run_listing import RunFilter
from cordage_tui.store.store import Store

FRESH_S: Final = 5.0
"""Greatest age in seconds at which a read by another process counts as fresh, for a webhook without active runs."""
PATIENCE_S: Final = 15.0
"""Seconds to wait for the rate limit or a slow server before showing known data."""
WHY_FAILED: Final = f"What failed, by its error: {PROGRAM} runs --failures"
_TOO_LONG: Final = "Timed out waiting for the server or its rate limit."


_READ_ONLY: Final = "No run was started or killed, and no file was changed."
RefreshResult = tuple[ExitCode, str | None]
"""Exit code of a refresh, and its first error."""


def print_unlisted(engine: Engine, keys: Sequence[str], console: Console) -> list[str]:
    """Print and return the names of webhooks whose server has, or may have, older runs that it no longer lists."""
    names = []
    for key in keys:
        rows = engine.store.listing.newest(RunFilter(engine.profile.stored_as, webhook_key=key))
        ended_runs = sum(row.status.is_final and row.status is not Status.MISSING for row in rows)
        if (beyond := engine.bulk_refresh.has_more(key, ended_runs)) is not False:
            names.append(engine.profile.label(key))
            has = f"{names[-1]}: the server {'has' if beyond else 'may have'} older runs that it does not list."
            console.info(f"{has} Runs never seen on this machine are missing.")
    return names


def print_trouble(console: Console, code: ExitCode, trouble: str) -> None:
    """Print why runs could not be refreshed, and what helps."""
    console.error(f"The runs could not be refreshed: {trouble}")
    advice = {
        ExitCode.KEY_REFUSED: refusal_advice(trouble),
        ExitCode.TRY_AGAIN: "To check the connection: cordage-tui doctor",
    }.get(code)
    if advice is not None:
        console.info(f"  {advice}")


async def named_runs(
    engine: Engine, words: Sequence[str], console: Console, within_s: float = PATIENCE_S
) -> list[RunRow]:
    """Find the named runs, each once; refresh all lists if one is unknown. Raises CommandError if it still is."""
    with suppress(UsageError):
        return _find_runs(engine, words)
    code, trouble = await read_lists(engine, _keys(engine.profile), within_s)
    if trouble:
        print_trouble(console, code, trouble)
    try:
        return _find_runs(engine, words)
    except UsageError as unknown:
        if code is ExitCode.OK:
            raise
        raise CommandError(
            code, unknown.happened, "To check the connection: cordage-tui doctor", trouble or ""
        ) from unknown


async def chosen_runs(
    engine: Engine, options: argparse.Namespace, statuses: Collection[Status], console: Console
) -> list[RunRow]:
    """Find the named runs, or those of these statuses that `--where` finds after all lists are refreshed; mark guesses.

    Raises CommandError if a list could not be refreshed.
    """
    rows = await _chosen_runs(engine, options, statuses, console)
    mark_guesses(rows, console)
    return rows


async def _chosen_runs(
    engine: Engine, options: argparse.Namespace, statuses: Collection[Status], console: Console
) -> list[RunRow]:
    if options.where is None:
        return await named_runs(engine, options.runs, console)
    code, trouble = await read_now(engine, _keys(engine.profile))
    if code is not ExitCode.OK:
        raise CommandError(
            code,
            f"The runs could not be refreshed: {trouble}",
            "To check the connection: cordage-tui doctor",
            _READ_ONLY,
        )
    if trouble:
        print_trouble(console, code, trouble)
    profile, conditions = engine.profile, engine.store.query.filters
    where = acting_condition(options.where, profile, conditions)
    wanted = RunFilter(profile.stored_as, statuses=frozenset(statuses), where=where)
    rows = engine.store.listing.newest(wanted)
    if not rows:
        console.info("No matching runs.")
        if getattr(options, "failed", False):
            console.info(WHY_FAILED)
    return rows


def chosen_outputs(engine: Engine, options: argparse.Namespace, rows: Sequence[RowId]) -> list[OutputRef]:
    """List the outputs of the runs from `chosen_runs`; with `--where` only matching ones, such as the kept ones for
    `is:kept`."""
    outputs = engine.store.run_lookup.output_refs(rows)
    if options.where is None:
        return outputs
    from cordage_tui.domain.filter.output_filter import outputs_asked_for  # late: most commands have no filter

    expression = engine.store.query.filters.parse(options.where, engine.profile.names).expression
    return outputs_asked_for(expression, outputs, engine.store.ratings.of_rows(rows))


async def refresh_stale(engine: Engine, keys: Sequence[str], within_s: float = PATIENCE_S) -> RefreshResult:
    """Refresh the webhooks that are not fresh, and the active runs that their lists do not name, for `within_s` seconds at most.

    A webhook with active runs is never fresh: this call confirms each of them. To a key that the server is not known to
    accept nothing is fresh either: another key has read it.
    """
    stale = _stale_keys(engine.store, engine.profile.stored_as, keys) if engine.is_key_accepted() else keys
    return await _read_all(engine, stale, keys, within_s)


async def read_now(engine: Engine, keys: Sequence[str], within_s: float = PATIENCE_S) -> RefreshResult:
    """Refresh these webhooks, and the active runs that their lists do not name, for `within_s` seconds at most."""
    return await _read_all(engine, keys, keys, within_s)


async def read_lists(engine: Engine, keys: Sequence[str], within_s: float = PATIENCE_S) -> RefreshResult:
    """Like `read_now`, but read the lists alone: to find a run, or to see whether the server answers."""
    return await _read_lists(engine, keys, keys, within_s)


async def read_runs(engine: Engine, rows: Sequence[RunRow]) -> RefreshResult:
    """Refresh these runs, for `PATIENCE_S` at most."""
    return _result_of(*await _read_runs(engine, rows))


async def read_outputs(engine: Engine, rows: Sequence[RowId], patience: StorePatience) -> RefreshResult:
    """Refresh those of these ended runs whose outputs are unknown. It is tried again while the database is locked."""

    async def read() -> RefreshResult:
        trouble, late = await _read_runs(engine, engine.store.run_lookup.untold(rows))
        if isinstance(trouble, DatabaseLocked):
            raise trouble
        return _result_of(trouble, late)

    return await patience.repeat(read)


async def _read_runs(engine: Engine, rows: Sequence[RunRow]) -> tuple[Trouble | None, bool]:
    """Refresh these runs, for `PATIENCE_S` at most. Return the first error, and whether the time was too short."""
    troubles, late = await _gather_in_time([asyncio.ensure_future(engine.bulk_refresh.read(rows))] if rows else [])
    return next((error for error in troubles if error is not None), None), late


def _result_of(trouble: Trouble | None, late: bool) -> RefreshResult:
    if trouble is not None:
        return exit_code_of_error(trouble), trouble.what
    return (ExitCode.TRY_AGAIN, _TOO_LONG) if late else (ExitCode.OK, None)


async def _read_all(engine: Engine, keys: Sequence[str], requested: Sequence[str], within_s: float) -> RefreshResult:
    until = time.monotonic() + within_s
    code, trouble = await _read_lists(engine, keys, requested, within_s)
    if code is not ExitCode.OK:
        return code, trouble
    code, unread = await _read_unlisted(engine, requested, max(0.0, until - time.monotonic()))
    return code, "; ".join(part for part in (trouble, unread) if part) or None


async def _read_unlisted(engine: Engine, keys: Collection[str], within_s: float) -> RefreshResult:
    """Read each active run that the lists of these webhooks do not name.

    If all webhooks of the profile are requested, active runs of removed ones are read too.
    """
    runs = engine.store.unlisted.all(engine.profile.stored_as)
    wanted = [row for row, run in runs.items() if run.webhook_key in keys]
    if set(keys) >= set(engine.profile.webhook_keys):
        wanted += [row for row in _of_removed_webhooks(engine) if row not in wanted]
    rows = engine.store.rows.many(wanted)
    troubles, late = await _gather_in_time(
        [asyncio.ensure_future(engine.bulk_refresh.read_alone(row)) for row in rows], within_s
    )
    after = engine.store.run_lookup.statuses([row.id for row in rows])
    unread = [
        (row, trouble)
        for row, trouble in zip(rows, troubles, strict=True)
        if trouble is not None and after.get(row.id) is not Status.MISSING
    ]
    if unread:
        row, trouble = unread[0]
        more = f"Nor could {len(unread) - 1:,} more be read" if len(unread) > 1 else ""
        is_unknown = isinstance(trouble, NotFound)  # the server may name it later
        code = ExitCode.TRY_AGAIN if is_unknown else exit_code_of_error(trouble)
        return code, join_sentences(f"Run {name_of(row)} is in no list: {trouble.what}", more)
    return (ExitCode.TRY_AGAIN, _TOO_LONG) if late else (ExitCode.OK, None)


def _of_removed_webhooks(engine: Engine) -> list[RowId]:
    """List the active runs of webhooks that the profile no longer has."""
    known, active = engine.profile.webhook_keys, engine.store.query.active(engine.profile.stored_as)
    return [row.id for row in active if row.webhook_key not in known and row.run_id is not None]


async def _read_lists(engine: Engine, keys: Sequence[str], requested: Sequence[str], within_s: float) -> RefreshResult:
    """Refresh `keys`, a subset of the `requested` webhooks.

    A webhook that the server no longer knows may remain in the settings. It is reported, but is an error only if all
    `requested` ones are unknown.
    """
    reads = [asyncio.ensure_future(engine.refresh(key)) for key in keys]
    troubles, late = await _gather_in_time(reads, within_s)
    missing = {key: error for key, error in zip(keys, troubles, strict=True) if isinstance(error, NotFound)}
    other = next((error for error in troubles if error is not None and not isinstance(error, NotFound)), None)
    sentences = [f"{engine.profile.label(key)}: {error.what}" for key, error in missing.items()]
    if other is not None:
        return exit_code_of_error(other), "; ".join([other.what, *sentences])
    if late:
        return ExitCode.TRY_AGAIN, "; ".join([_TOO_LONG, *sentences])
    is_all = bool(missing) and len(missing) == len(requested)
    return ExitCode.USAGE if is_all else ExitCode.OK, "; ".join(sentences) or None


async def _gather_in_time(
    reads: Sequence["asyncio.Future[Trouble | None]"], within_s: float = PATIENCE_S
) -> tuple[list[Trouble | None], bool]:
    """Return the result of each read in order, and whether any timed out."""
    if not reads:
        return [], False
    done, late = await asyncio.wait(reads, timeout=within_s)
    return [read.result() if read in done else None for read in reads], bool(late)


def exit_code_of_error(trouble: Trouble) -> ExitCode:
    """Exit code for a failed read."""
    if isinstance(trouble, AuthenticationFailed):
        return ExitCode.KEY_REFUSED
    if isinstance(trouble, NotFound | InvalidRequest) or not isinstance(trouble, CordageError):
        return ExitCode.USAGE
    return ExitCode.TRY_AGAIN


def _find_runs(engine: Engine, words: Sequence[str]) -> list[RunRow]:
    rows = [
        row
        for word in words
        for row in find_runs(engine.store.listing, engine.store.rows, engine.profile.stored_as, word)
    ]
    return list({row.id: row for row in rows}.values())


def _keys(profile: Profile) -> list[str]:
    return [webhook.key for webhook in profile.webhooks]


def _stale_keys(store: Store, profile: str, keys: Sequence[str]) -> list[str]:
    """List the webhooks that have active runs, or whose last successful read, by any process, is older than `FRESH_S`."""
    healths, now = store.health.all(profile), time.time()
    active = {row.webhook_key for row in store.query.active(profile)}
    return [key for key in keys if key in active or not _is_fresh(healths.get(key), now)]


def _is_fresh(health: WebhookHealth | None, now: float) -> bool:
    return health is not None and health.health is HealthStatus.LIVE and is_within(health.ok_at or 0.0, now, FRESH_S)
