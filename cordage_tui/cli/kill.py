"""`cordage-tui kill`: asks, then kills runs within the budget."""

import argparse
import asyncio
import textwrap
from collections.abc import Sequence

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.console import Console, confirm
from cordage_tui.cli.context import CommandContext, find_place
from cordage_tui.cli.engine_context import engine, found_key, on_loop, whole_store
from cordage_tui.cli.errors import CommandError, ExitCode
from cordage_tui.cli.refresh import named_runs
from cordage_tui.cli.run_table import check_long_enough, name_of
from cordage_tui.domain.run import RunRow
from cordage_tui.domain.text import one_line
from cordage_tui.engine.errors import ReadOnlyProfile
from cordage_tui.engine.kill import KillOutcome, KillReport

_LISTED = 10


def run(options: argparse.Namespace) -> int:
    """Prints what became of each; 0 when the server has taken every kill, 2 to 4 when it has not. Raises CommandError and ConfigError."""
    voice = Console(options)
    place = find_place(options, voice)
    if place.profile.read_only:
        raise CommandError(ExitCode.USAGE, ReadOnlyProfile(place.profile.name).what, "Nothing was killed.")
    if options.yes:
        check_long_enough(options.runs)
    key = found_key(place)
    with whole_store(place, voice) as store:
        place = place.stored(store.servers)
        rows = named_runs(place, store, options.runs, voice)
        expected = {row.id: store.outbox.expected(row.id) for row in rows if row.run_id is None}
        if not options.yes and not _agreed(rows, place):
            raise CommandError(ExitCode.USAGE, "Nothing was killed.", "", "")

        async def main() -> ExitCode:
            async with engine(place, key, store, voice.error, acts=True) as found:
                try:
                    reports = await asyncio.gather(*(found.killer.kill(row.id, expected.get(row.id)) for row in rows))
                except asyncio.CancelledError:
                    voice.error("Interrupted. Kills that were sent go through: look with cordage-tui runs.")
                    raise
                _print(rows, reports, voice)
                await found.hooks.settled()
                code = _code(reports)
                return ExitCode.KEY_REFUSED if code and found.refused is not None else code

        return on_loop(main)


def _code(reports: Sequence[KillReport]) -> ExitCode:
    failed = [one for one in reports if one.outcome is KillOutcome.NOT_KILLED or not one.answered]
    if all(one.hopeless for one in failed):
        return ExitCode.USAGE if failed else ExitCode.OK
    return ExitCode.TRY_AGAIN


def _agreed(rows: Sequence[RunRow], place: CommandContext) -> bool:
    lines = [
        f"  {name_of(row)}  {row.status_name}  {one_line(place.profile.label(row.webhook_key), 20)}  {row.prompt[:60]}"
        for row in rows[:_LISTED]
    ]
    more = [f"  and {len(rows) - _LISTED:,} more"] if len(rows) > _LISTED else []
    what = "this run" if len(rows) == 1 else f"these {len(rows):,} runs"
    question = "\n".join([f"Kill {what}?", *lines, *more, ""])
    return confirm(question, "kill", len(rows), typed=place.profile.protected)


def _print(rows: Sequence[RunRow], reports: Sequence[KillReport], voice: Console) -> None:
    if voice.json:
        kills = [
            {"id": row.run_id, "row": row.id, "outcome": report.outcome.value, "words": for_shell(report.words)}
            for row, report in zip(rows, reports, strict=True)
        ]
        voice.object("kills", {"kills": kills})
        return
    for row, report in zip(rows, reports, strict=True):
        words = for_shell(report.words)
        if voice.width is None:
            voice.print(f"{name_of(row)}\t{report.outcome.value}\t{words}")
            continue
        name = f"{name_of(row):<8}  "
        voice.print("\n".join(textwrap.wrap(name + words, voice.width, subsequent_indent=" " * len(name))))
