"""`cordage-tui show`: all that is known of one run."""

import argparse
import time

from cordage_tui.cli.errors import UsageError
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.kept import LocalOutputs
from cordage_tui.cli.page import print_page
from cordage_tui.cli.place import CommandContext, find_place
from cordage_tui.cli.run_names import find_run
from cordage_tui.cli.voice import Console
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.run_json import detail_object
from cordage_tui.domain.text import SafeText


def run(options: argparse.Namespace) -> int:
    """Prints it. What could not be read afresh is told, and what was known is printed all the same. Raises CommandError."""
    from cordage_tui.cli.engine_room import whole_store

    voice = Console(options)
    place = find_place(options, voice)
    code, trouble = ExitCode.OK, None
    with whole_store(place, voice) as store:
        place = place.stored(store.servers)
        if options.offline:
            row = find_run(store.listing, place.profile.stored_as, options.run)
        else:
            from cordage_tui.cli.refreshing import named_runs, refresh_run

            (row,) = named_runs(place, store, [options.run], voice)
            code, trouble = refresh_run(place, row, voice)  # also one that has ended: links to outputs expire
        detail, kept = store.query.detail(row.id), LocalOutputs.of(store, row.id)
    if detail is None:
        raise UsageError(f"Run {options.run!r} has just gone.", "See: cordage-tui runs")
    _print(detail, kept, place, voice, fresh=not options.offline and code is ExitCode.OK, trouble=trouble)
    return code


def _print(
    detail: RunDetail, kept: LocalOutputs, place: CommandContext, voice: Console, *, fresh: bool, trouble: str | None
) -> None:
    name, now = SafeText(place.profile.label(detail.row.webhook_key)), time.time()
    if voice.json:
        told = {"profile": place.profile.name, "fresh": fresh, "trouble": trouble}
        voice.object("run", {**told, "run": detail_object(detail, name, now) | kept.object()})
    else:
        print_page(detail, kept, name, now, voice)
