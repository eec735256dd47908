"""`cordage-tui doctor`: diagnose problems, and collect what a bug report needs."""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from typing import Final

from cordage_tui.cli.base.console import Console, width_of
from cordage_tui.cli.base.context import CommandContext
from cordage_tui.cli.base.engine_context import run_engine
from cordage_tui.cli.base.errors import CommandError, ExitCode, with_flags
from cordage_tui.cli.base.profile import config_file, load_settings
from cordage_tui.cli.base.refresh import read_lists
from cordage_tui.cli.base.run_table import sgr
from cordage_tui.cli.doctor import checks
from cordage_tui.cli.doctor.checks import Check, CheckLevel, note, wrong
from cordage_tui.cli.doctor.versions import versions
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.key_lookup import FoundKey
from cordage_tui.config.paths import Paths
from cordage_tui.config.profiles import with_published_path
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.formatting import format_age
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.outbox.spending_limits import account_lines
from cordage_tui.engine.processes.process_locks import Holder, downloading_lock, holder_of, polling_lock, sending_lock
from cordage_tui.store.errors import DiskFull, NotWritable, StoreError

# Server: connection, key, limits and clock. Costs one read.

_FAR_S = 60.0
"""Clock error in seconds beyond which TLS and signed links may fail."""
_CURES = {
    ExitCode.KEY_REFUSED: "Create a key under API Keys in the workspace settings (after a 402: pay for the account). Change it in the place that the line API key names; in credentials.toml: cordage-tui key set",
    ExitCode.TRY_AGAIN: "Check the network, the base URL and the proxies above; then try again.",
    ExitCode.USAGE: "Compare webhook key and base URL with the webhook node's settings.",
}


def server_checks(context: CommandContext, key: FoundKey, console: Console) -> Sequence[Check]:
    """Check queue and server. Raises CommandError if the database cannot be opened."""
    found: list[Check] = []

    async def command(engine: Engine) -> ExitCode:
        found.extend(_queue(engine))
        found.extend(_spending(engine))
        found.extend(await _server(engine))
        return ExitCode.OK

    run_engine(context, console, command, key=key)
    return found


async def _server(engine: Engine) -> list[Check]:
    webhook, begun = engine.profile.webhooks[0], time.monotonic()
    code, trouble = await read_lists(engine, [webhook.key])
    took = f"{(time.monotonic() - begun) * 1000:.0f} ms"
    disk = _disk_trouble(engine)
    if disk is not None:  # whatever the server answers cannot be kept
        return [wrong("disk", disk, "Make room on that disk, or see that it can be written; then try again.")]
    if trouble is not None:
        longer = with_published_path(engine.profile.base_url) if code is ExitCode.USAGE else None
        return [wrong("server", trouble, f"The base URL has no path: try {longer}" if longer else _CURES[code], code)]
    found = [Check("server", f"answers in {took}")]
    for view in engine.rate_limiter.views():
        limited = CheckLevel.NOTE if view.limited else CheckLevel.OK
        found.append(Check(str(view.call_class), f"{view.remaining} of {view.limit} a minute left", limited))
    skew = engine.client.skew.estimate()
    if skew is None:
        return [*found, Check("clock", "the server sends no time")]
    words = f"the server's clock differs by {skew.ahead_s:+.1f} s"
    if abs(skew.sure_ahead_s) > _FAR_S:
        return [*found, note("clock", words, "Set this machine's clock: times and links depend on it.")]
    return [*found, Check("clock", words)]


def _disk_trouble(engine: Engine) -> str | None:
    """Return why the database takes nothing, so that an answer of the server cannot be kept; None: it takes all."""
    try:
        engine.store.settings.save("doctor", str(SystemClock().wall()))
    except (DiskFull, NotWritable) as error:
        return error.what
    except StoreError:
        return None
    return None


def _queue(engine: Engine) -> Iterator[Check]:
    """Yield a check of what waits, and one of each thing that needs the user: uncertain prompts, and a pause."""
    counts, paused = engine.queue.counts(), engine.queue.control().paused
    queued, lost = counts.get(OutboxState.QUEUED, 0), counts.get(OutboxState.UNCERTAIN, 0)
    if lost:
        words = f"{lost:,} {'prompt' if lost == 1 else 'prompts'}: {'it' if lost == 1 else 'they'} may be running and may be charged"
        yield note("uncertain", words, "Check whether they run, then resend or drop them: cordage-tui queue list")
    if paused is not None:
        yield note(
            "paused", f"{queued:,} queued. {one_line(paused)}", "To send what is queued: cordage-tui queue resume"
        )
    elif queued:
        yield note("queue", f"{queued:,} queued", "Sent by the next window, or: cordage-tui queue work")
    elif not lost:
        yield Check("queue", "empty")


def _spending(engine: Engine) -> Iterator[Check]:
    """Yield a check for each account of the run limits and prices."""
    profile, now = engine.profile, SystemClock().wall()
    if not profile.tells_spending:
        return
    accounts = engine.spending.accounts()
    reached = any(account.opens_at is not None for account in accounts)
    for name, words in account_lines(profile, accounts, now):
        yield Check(
            "spending", f"{name}: {words}", CheckLevel.NOTE if reached and "opens at" in words else CheckLevel.OK
        )


# Processes that read, send and download for a profile, and whether they respond.


def window_checks(profile: Profile, key: Secret | None, paths: Paths, now: float) -> Iterator[Check]:
    """Yield a check for each process that holds a lock of the profile; `now` is in epoch seconds."""
    locks = {"sends": sending_lock(profile, paths), "downloads": downloading_lock(profile, paths)}
    if key is not None:
        locks = {"reads": polling_lock(profile, key, paths)} | locks
    found: dict[int, tuple[Holder, list[str]]] = {}
    for does, lock in locks.items():
        if (holder := holder_of(lock)) is not None:
            found.setdefault(holder.pid, (holder, []))[1].append(does)
    if not found:
        yield Check("windows", "none is open")
    for holder, duties in found.values():
        yield _check(holder, " and ".join(duties), now)


def _check(holder: Holder, does: str, now: float) -> Check:
    silent = holder.silent(now)
    if silent is None:
        return Check("windows", f"pid {holder.pid} {does}, for {format_age(now - holder.since)}")
    words = f"{silent.words}, and nothing else {does}; last sign of life {format_age(now - silent.since)} ago"
    return wrong("windows", words, silent.advice, ExitCode.TRY_AGAIN)


_FOR_THE_USER: Final = frozenset({"uncertain", "paused", "damaged"})
"""Names of notes about runs or data that wait for the user."""
_MARKS = {CheckLevel.OK: ("ok", "32"), CheckLevel.NOTE: ("note", "33"), CheckLevel.WRONG: ("WRONG", "31")}


def run(options: argparse.Namespace) -> int:
    """Print every check; the first wrong one gives the exit code. Raises ConfigError only for paths that cannot be used."""
    console, paths = Console(options), Paths.system()
    if options.bundle is not None:
        return _write_bundle(options, paths, console)
    found = list(_checks(options, paths, console))
    failed = [check for check in found if check.state is CheckLevel.WRONG]
    if console.json:
        console.object("doctor", {"ok": not failed, "checks": [_object(check) for check in found]})
    else:
        (_say if console.linear else _print)(found, console)
        console.info(f"{len(failed)} wrong." if failed else _nothing_wrong(found))
    return failed[0].code if failed else ExitCode.OK


def _nothing_wrong(found: Sequence[Check]) -> str:
    waits = [check.name for check in found if check.state is CheckLevel.NOTE and check.name in _FOR_THE_USER]
    return f"Nothing is broken, but look at: {', '.join(dict.fromkeys(waits))}." if waits else "Nothing is wrong."


def _write_bundle(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Write a bundle instead of printing the checks, whatever they find. Raises CommandError and ConfigError."""
    from cordage_tui.cli.doctor.bundle import check_target, write_bundle  # late: most read the checks

    check_target(options.bundle, console)
    found = list(_checks(options, paths, console))
    write_bundle(options.bundle, found, paths, config_file(options), console, yes=options.yes)
    return ExitCode.OK


def _checks(options: argparse.Namespace, paths: Paths, console: Console) -> Iterator[Check]:
    yield from versions()
    yield from checks.terminal(os.environ)
    yield from checks.ways(os.environ)
    yield from checks.network(os.environ)
    yield from checks.on_disk(paths)
    damage = [*checks.database_damage(paths)]
    yield from damage
    try:
        settings = load_settings(paths, options)
    except ConfigError as error:
        yield wrong("settings", error.happened, error.advice)
        return
    yield checks.pictures(os.environ, settings.pictures.show)
    yield from checks.settings(settings)
    yield checks.downloads(paths, settings)
    yield checks.authorities(settings.ca_file, os.environ)
    yield from checks.programs(settings, os.environ)
    if settings.chosen is None:
        return
    key, check = checks.key(paths, settings, settings.chosen)
    yield check
    secret = None if key is None else key.key
    yield from window_checks(settings.chosen, secret, paths, SystemClock().wall())
    if damage:
        return  # to read it for more checks would repair it
    yield from checks.repaired(paths, settings.chosen)
    if key is None or options.offline or not settings.chosen.webhooks:
        return

    try:
        yield from server_checks(CommandContext(paths, settings, settings.chosen), key, console)
    except CommandError as stopped:
        yield wrong("database", stopped.happened, stopped.advice, stopped.code)


def _object(check: Check) -> dict[str, str | None]:
    found = one_line(check.found, 1_000)
    return {"name": check.name, "state": check.state.value, "found": found, "cure": with_flags(check.cure) or None}


_SPOKEN: Final = {CheckLevel.OK: "", CheckLevel.NOTE: "Note: ", CheckLevel.WRONG: "Wrong: "}


def _say(found: Sequence[Check], console: Console) -> None:
    """Print each check as a sentence, what is wrong first: a list is heard from its beginning."""
    order = [CheckLevel.WRONG, CheckLevel.NOTE, CheckLevel.OK]
    for check in sorted(found, key=lambda check: order.index(check.state)):
        words, cure = one_line(check.found, 1_000).removesuffix("."), one_line(check.cure, 1_000)
        console.print(f"{_SPOKEN[check.state]}{check.name}, {words}.{f' {cure}' if cure else ''}")


def _print(found: Sequence[Check], console: Console) -> None:
    room = max(width_of(check.name) for check in found)
    for check in found:
        word, colour = _MARKS[check.state]
        console.print(f"{sgr(f'{word:<5}', colour, console)}  {check.name:<{room}}  {one_line(check.found, 1_000)}")
        if check.cure:
            console.print(f"{'':<5}  {'':<{room}}  → {one_line(with_flags(check.cure), 1_000)}")
