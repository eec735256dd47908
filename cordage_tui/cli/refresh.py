"""Reading runs afresh, within the budget that all windows share."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from cordage_tui.api.errors import AuthenticationFailed, CordageError, InvalidRequest, NotFound
from cordage_tui.cli.console import Console
from cordage_tui.cli.context import CommandContext
from cordage_tui.cli.engine_context import engine, found_key, on_loop, whole_store
from cordage_tui.cli.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.run_table import find_run
from cordage_tui.domain.run import RunRow, Status
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.polling.poller import Trouble
from cordage_tui.store.run_listing import RunFilter
from cordage_tui.store.store import Store

FRESH_S: Final = 5.0
"""What a window has read less than this long ago is not read again."""
PATIENCE_S: Final = 15.0
"""How long the limit or a slow server is waited for: then what is known is better than nothing."""
_TOO_LONG: Final = "The server or its rate limit kept us waiting."


Told = tuple[ExitCode, str | None]
"""How reading went, for a script, and what went wrong first, for a person."""


def refresh(place: CommandContext, webhook_key: str | None, voice: Console) -> Told:
    """Reads one webhook, or all of the profile, where nobody has just done so; says what went wrong."""
    keys = [webhook_key] if webhook_key else _keys(place)
    return _told(place, voice, lambda found: refresh_stale(found, keys))


def refresh_all(place: CommandContext, webhook_key: str | None, voice: Console) -> tuple[Told, list[str]]:
    """Reads one webhook, or all of the profile; says what went wrong, and of which webhooks the server has, or may have,
    runs that it lists no more and that this machine has never seen. Returns their names too."""
    keys = [webhook_key] if webhook_key else _keys(place)
    beyond: dict[str, bool | None] = {}

    async def read(found: Engine) -> Told:
        told = await read_now(found, keys)
        for key in keys:
            rows = found.store.listing.newest(RunFilter(found.profile.stored_as, webhook_key=key))
            known = sum(row.status.is_final and row.status is not Status.LOST for row in rows)
            beyond[found.profile.label(key)] = found.bulk_refresh.beyond(key, known)
        return told

    told = _told(place, voice, read)
    names = [name for name, more in beyond.items() if more is not False]
    for name in names:
        has = "has" if beyond[name] else "may have"
        voice.info(
            f"{name}: the server {has} older runs that it does not list. Those that this machine has not seen are missing."
        )
    return told, names


def named_runs(place: CommandContext, store: Store, words: Sequence[str], voice: Console) -> list[RunRow]:
    """The runs named, each once; all lists are read where one is not known here. Raises CommandError where it still is not."""
    with suppress(UsageError):
        return _named(place, store, words)
    code, trouble = _told(place, voice, lambda found: read_now(found, _keys(place)))
    try:
        return _named(place, store, words)
    except UsageError as unknown:
        if code is ExitCode.OK:
            raise
        raise CommandError(code, unknown.happened, "Look again when the lists can be read.", trouble or "") from unknown


def refresh_run(place: CommandContext, row: RunRow, voice: Console) -> Told:
    """Reads one run; says what went wrong."""
    return _told(place, voice, lambda found: read_runs(found, [row]))


def _told(place: CommandContext, voice: Console, read: Callable[[Engine], Awaitable[Told]]) -> Told:
    key = found_key(place)
    told: Told = ExitCode.OK, None

    async def main() -> ExitCode:
        nonlocal told
        async with engine(place, key, store, voice.error) as found:
            told = await read(found)
        return told[0]

    with whole_store(place, voice) as store:
        on_loop(main)
    if told[1]:
        voice.error(f"not read afresh: {told[1]}")
    return told


async def refresh_stale(found: Engine, keys: Sequence[str]) -> Told:
    """Reads the webhooks that nobody has just read, for `PATIENCE_S` at most."""
    return await _listed(found, _stale(found.store, found.profile.stored_as, keys), keys)


async def read_now(found: Engine, keys: Sequence[str]) -> Told:
    """Reads these webhooks, for `PATIENCE_S` at most."""
    return await _listed(found, keys, keys)


async def read_runs(found: Engine, rows: Sequence[RunRow]) -> Told:
    """Reads these runs, for `PATIENCE_S` at most."""
    troubles, late = await _in_time([asyncio.ensure_future(found.bulk_refresh.read(rows))] if rows else [])
    trouble = next((one for one in troubles if one is not None), None)
    if trouble is not None:
        return code_of(trouble), trouble.what
    return (ExitCode.TRY_AGAIN, _TOO_LONG) if late else (ExitCode.OK, None)


async def _listed(found: Engine, keys: Sequence[str], asked: Sequence[str]) -> Told:
    """Reads `keys`, of the webhooks that were `asked` for. One that Cordage does not know any more is named, and is an error
    only where nothing else was asked for: it stands in the settings until somebody takes it out."""
    reads = [asyncio.ensure_future(found.refresh(key)) for key in keys]
    troubles, late = await _in_time(reads)
    gone = {key: one for key, one in zip(keys, troubles, strict=True) if isinstance(one, NotFound)}
    other = next((one for one in troubles if one is not None and not isinstance(one, NotFound)), None)
    words = [f"{found.profile.label(key)}: {one.what}" for key, one in gone.items()]
    if other is not None:
        return code_of(other), "; ".join([other.what, *words])
    if late:
        return ExitCode.TRY_AGAIN, "; ".join([_TOO_LONG, *words])
    is_all = bool(gone) and len(gone) == len(asked)
    return ExitCode.USAGE if is_all else ExitCode.OK, "; ".join(words) or None


async def _in_time(reads: Sequence["asyncio.Future[Trouble | None]"]) -> tuple[list[Trouble | None], bool]:
    """What each of the reads ended with, in their order, and whether any was too late."""
    if not reads:
        return [], False
    done, late = await asyncio.wait(reads, timeout=PATIENCE_S)
    return [read.result() if read in done else None for read in reads], bool(late)


def code_of(trouble: Trouble) -> ExitCode:
    """What a failed read means for a script."""
    if isinstance(trouble, AuthenticationFailed):
        return ExitCode.KEY_REFUSED
    if isinstance(trouble, NotFound | InvalidRequest) or not isinstance(trouble, CordageError):
        return ExitCode.USAGE
    return ExitCode.TRY_AGAIN


def _named(place: CommandContext, store: Store, words: Sequence[str]) -> list[RunRow]:
    rows = [find_run(store.listing, place.profile.stored_as, word) for word in words]
    return list({row.id: row for row in rows}.values())


def _keys(place: CommandContext) -> list[str]:
    return [webhook.key for webhook in place.profile.webhooks]


def _stale(store: Store, profile: str, keys: Sequence[str]) -> list[str]:
    """Those whose last good read is too old, by whichever process."""
    healths, since = store.healths.all(profile), time.time() - FRESH_S
    return [key for key in keys if not _is_fresh(healths.get(key), since)]


def _is_fresh(known: WebhookHealth | None, since: float) -> bool:
    return known is not None and known.health is HealthStatus.LIVE and (known.ok_at or 0.0) >= since
