"""`cordage-tui doctor`: what a bug report needs, and what is wrong here with its cure."""

import argparse
import os
from collections.abc import Iterator, Sequence

from cordage_tui.cli.cells import width_of
from cordage_tui.cli.checkup import files, machine, outward, windows
from cordage_tui.cli.checkup.check import Check, CheckLevel
from cordage_tui.cli.errors import CommandError
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.place import CommandContext
from cordage_tui.cli.profile import load_settings
from cordage_tui.cli.rows import sgr
from cordage_tui.cli.voice import Console
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.domain.clock import SystemClock
from cordage_tui.domain.text import one_line

_MARKS = {CheckLevel.OK: ("ok", "32"), CheckLevel.NOTE: ("note", "33"), CheckLevel.WRONG: ("WRONG", "31")}


def run(options: argparse.Namespace) -> int:
    """Prints every check; the first wrong one gives the exit code. Only what stops all looking is raised, as ConfigError."""
    voice, paths = Console(options), Paths.system()
    found = list(_checks(options, paths, voice))
    wrong = [check for check in found if check.state is CheckLevel.WRONG]
    if voice.json:
        voice.object("doctor", {"ok": not wrong, "checks": [_object(check) for check in found]})
    else:
        _print(found, voice)
        voice.info(f"{len(wrong)} wrong." if wrong else "Nothing is wrong.")
    return wrong[0].code if wrong else ExitCode.OK


def _checks(options: argparse.Namespace, paths: Paths, voice: Console) -> Iterator[Check]:
    yield from machine.versions()
    yield from machine.terminal(os.environ)
    yield from outward.ways(os.environ)
    yield from machine.network(os.environ)
    yield from files.on_disk(paths)
    try:
        settings = load_settings(paths, options)
    except ConfigError as error:
        yield Check("settings", error.happened, CheckLevel.WRONG, error.advice)
        return
    yield outward.pictures(os.environ, settings.pictures.show)
    yield from files.settings(settings)
    yield files.downloads(paths, settings)
    if settings.chosen is None:
        return
    key, check = files.key(paths, settings, settings.chosen)
    yield check
    secret = None if key is None else key.key
    yield from windows.window_checks(settings.chosen, secret, paths, SystemClock().wall())
    if key is None or options.offline or not settings.chosen.webhooks:
        return
    from cordage_tui.cli.checkup import server

    try:
        yield from server.server_checks(CommandContext(paths, settings, settings.chosen), key, voice)
    except CommandError as stopped:
        yield Check("database", stopped.happened, CheckLevel.WRONG, stopped.advice, stopped.code)


def _object(check: Check) -> dict[str, str | None]:
    found = one_line(check.found, 1_000)
    return {"name": check.name, "state": check.state.value, "found": found, "cure": check.cure or None}


def _print(found: Sequence[Check], voice: Console) -> None:
    room = max(width_of(check.name) for check in found)
    for check in found:
        word, colour = _MARKS[check.state]
        voice.print(f"{sgr(f'{word:<5}', colour, voice)}  {check.name:<{room}}  {one_line(check.found, 1_000)}")
        if check.cure:
            voice.print(f"{'':<5}  {'':<{room}}  → {one_line(check.cure, 1_000)}")
