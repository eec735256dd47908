"""`cordage-tui watch`: follows runs until they have ended, through the polling that all windows share."""

import argparse
import time
from collections.abc import Callable, Collection

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.console import Console, Progress, fit, width_of
from cordage_tui.cli.context import CommandContext, find_place
from cordage_tui.cli.engine_context import engine, found_key, on_loop, whole_store
from cordage_tui.cli.errors import CommandError, ExitCode
from cordage_tui.cli.follow import POLL_S, Silence, change_signal, check_key, code_of_ends, fetched_of
from cordage_tui.cli.parser import TIMEOUT_S
from cordage_tui.cli.profile import find_webhook
from cordage_tui.cli.refresh import PATIENCE_S, named_runs, refresh_stale
from cordage_tui.cli.run_table import coloured, name_of
from cordage_tui.domain.formatting import duration
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.run_json import moment, row_object
from cordage_tui.domain.text import one_line
from cordage_tui.domain.webhook import HealthStatus, Profile
from cordage_tui.engine.engine import Engine
from cordage_tui.store.store import Store

_GOES_ON = "The runs go on."


def run(options: argparse.Namespace) -> int:
    """Prints a line at each change of a status; ends when all have ended, 1 if one failed. Raises CommandError."""
    voice = Console(options)
    place = find_place(options, voice)
    only = find_webhook(place.profile, options.webhook).key if options.webhook else None
    key = found_key(place)
    with whole_store(place, voice) as store:
        place = place.stored(store.servers)
        named = [row.id for row in named_runs(place, store, options.runs, voice)]

        async def main() -> ExitCode:
            async with engine(place, key, store, voice.error) as found:
                await found.start()
                keys = [only] if only else [webhook.key for webhook in place.profile.webhooks]
                code, words = await refresh_stale(found, keys)
                check_key(found, _GOES_ON)
                if words:
                    voice.error(f"not read afresh: {words}")
                watched = WatchList(store, place.profile, named, only)
                ends = await _follow(found, watched, place, voice, _patience_s(options), forever=options.forever)
                code = ends or (ExitCode.OK if _are_read(found, keys) else code)
                await found.hooks.settled()
                if any(webhook.download for webhook in place.profile.webhooks):
                    await fetched_of(found, watched.completed, Progress(options), voice, PATIENCE_S)
                return code

        return on_loop(main)


class WatchList:
    """The rows that are followed: those named, or all that are active from now on."""

    def __init__(self, store: Store, profile: Profile, named: Collection[RowId], webhook_key: str | None) -> None:
        self.known: dict[RowId, Status] = {}
        """As each was told last."""
        self._store = store
        self._profile = profile.stored_as
        self._may = [webhook_key] if webhook_key else [webhook.key for webhook in profile.webhooks]
        self._named = list(dict.fromkeys(named))
        self._webhook_key = webhook_key

    @property
    def webhook_keys(self) -> list[str]:
        """Those of the runs that go on; where none does, of all that might."""
        rows = self._store.picked.rows([row for row, status in self.known.items() if not status.is_final])
        return list({row.webhook_key: None for row in rows}) or self._may

    def changed(self) -> list[RunRow]:
        """The rows whose status is another than told last, the oldest first; each is told once."""
        rows = [row for row in self._rows() if self.known.get(row.id) is not row.status]
        self.known |= {row.id: row.status for row in rows}
        return rows

    @property
    def completed(self) -> list[RowId]:
        """Those that may have outputs."""
        return [row for row, status in self.known.items() if status is Status.COMPLETED]

    @property
    def is_over(self) -> bool:
        """All that was followed has ended, or needs the user."""
        return all(status.is_final or status in (Status.UNCERTAIN, Status.HELD) for status in self.known.values())

    def _rows(self) -> list[RunRow]:
        ids = self._named
        if not ids:
            active = self._store.query.active(self._profile)
            mine = [row.id for row in active if self._webhook_key in (None, row.webhook_key)]
            ids = [*self.known, *(row for row in reversed(mine) if row not in self.known)]
        rows = {row: self._store.listing.row(row) for row in ids}
        for gone in [row for row, found in rows.items() if found is None]:
            self.known.pop(gone, None)
        return [row for row in rows.values() if row is not None]


def _are_read(found: Engine, keys: Collection[str]) -> bool:
    healths = {found.health.of(key).health for key in keys}
    return HealthStatus.LIVE in healths and healths <= {HealthStatus.LIVE, HealthStatus.GONE}


def _patience_s(options: argparse.Namespace) -> float:
    """How long nothing may be read."""
    if options.timeout is not None:
        return float(options.timeout)
    return float("inf") if options.forever else TIMEOUT_S


async def _follow(
    found: Engine, watched: WatchList, place: CommandContext, voice: Console, patience_s: float, *, forever: bool
) -> ExitCode:
    """Raises CommandError where nothing could be read for so long."""
    healths: dict[str, HealthStatus] = {}
    silence = Silence(found)
    tell = _teller(place, voice)
    async with change_signal(found) as rung:
        while True:
            await rung.wait(POLL_S)
            check_key(found, _GOES_ON)
            for row in watched.changed():
                tell(row)
            _tell_troubles(found, healths, voice)
            if watched.is_over and not forever:
                break
            if silence.lasts_s(watched.webhook_keys) >= patience_s:
                words = silence.words(watched.webhook_keys)
                raise CommandError(ExitCode.TRY_AGAIN, words, "Follow them later: cordage-tui watch", _GOES_ON)
    if not watched.known:
        voice.info("Nothing is active.")
    return code_of_ends(watched.known.values())


def _teller(place: CommandContext, voice: Console) -> Callable[[RunRow], None]:
    def tell(row: RunRow) -> None:
        now, name = time.time(), place.profile.label(row.webhook_key)
        if voice.json:
            event = "ended" if row.status.is_final else "changed"
            voice.object("event", {"event": event, "at": moment(now), "run": row_object(row, name, now)})
            return
        elapsed = row.elapsed_s(now)
        took = "" if elapsed is None else duration(elapsed)
        clock = time.strftime("%H:%M:%S", time.localtime(now))
        status, rest = f"{row.status_name:<9}", f"{took:>7}  {one_line(name, 20)}  {row.prompt}"
        head = f"{clock}  {name_of(row):<8}  "
        if voice.width is not None:
            rest = fit(rest, voice.width - width_of(head + status) - 2)
        voice.print(f"{head}{coloured(status, row.status, voice)}  {rest}".rstrip())

    return tell


def _tell_troubles(found: Engine, told: dict[str, HealthStatus], voice: Console) -> None:
    """Says of each webhook that it cannot be read (any more), and that it can again; once."""
    for webhook in found.profile.webhooks:
        health = found.health.of(webhook.key)
        before = told.get(webhook.key, HealthStatus.LIVE)
        if health.health in (before, HealthStatus.LOADING):
            continue
        told[webhook.key] = health.health
        if health.health is HealthStatus.LIVE:
            voice.info(f"{webhook.name}: read again")
        else:
            voice.error(f"{webhook.name}: {for_shell(health.words or health.health.value)}")
