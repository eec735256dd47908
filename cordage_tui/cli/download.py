"""`cordage-tui download`: the outputs of runs, as files."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from cordage_tui.cli.console import Console, Progress
from cordage_tui.cli.context import CommandContext, find_place
from cordage_tui.cli.engine_context import engine, found_key, on_loop, whole_store
from cordage_tui.cli.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.follow import change_signal, fetched, trouble_with, wait_until
from cordage_tui.cli.refresh import Told, named_runs, read_runs
from cordage_tui.cli.run_table import name_of
from cordage_tui.cli.submission import row_words
from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RunRow, Status
from cordage_tui.engine.downloads.destination import InvalidDestination, tried_target
from cordage_tui.engine.engine import Engine


def run(options: argparse.Namespace) -> int:
    """Prints where each output is, a path a line. Raises CommandError and ConfigError."""
    voice = Console(options)
    place = find_place(options, voice)
    _check_folder(options, place)
    key = found_key(place)
    with whole_store(place, voice) as store:
        place = place.stored(store.servers)
        rows = named_runs(place, store, options.runs, voice)

        async def main() -> ExitCode:
            async with engine(place, key, store, voice.error) as found:
                return await DownloadCommand(found, place, options, voice).brought(rows)

        return on_loop(main)


def _check_folder(options: argparse.Namespace, place: CommandContext) -> None:
    """Try the folder before anything is waited for. Raises UsageError."""
    downloads = place.settings.downloads
    folder = downloads.place(place.paths) if options.folder is None else Path(options.folder)
    try:
        tried_target(folder, options.template or downloads.template)
    except InvalidDestination as error:
        raise UsageError(error.what, "See: cordage-tui download --help") from error


class DownloadCommand:
    """One command at work."""

    def __init__(self, found: Engine, place: CommandContext, options: argparse.Namespace, voice: Console) -> None:
        self._found = found
        self._place = place
        self._options = options
        self._voice = voice
        self._progress = Progress(options)

    async def brought(self, rows: Sequence[RunRow]) -> ExitCode:
        """Fetches what is not there, and prints where everything is. Raises CommandError."""
        if self._options.wait:
            await self._ended(rows)
            await self._found.hooks.settled()
        told = await read_runs(self._found, self._found.bulk_refresh.untold([row.id for row in rows]))
        rows = self._found.store.picked.rows([row.id for row in rows])
        downloads = await self._fetched(self._wanted(rows))
        self._print(rows, downloads)
        if (trouble := trouble_with(downloads)) is not None:
            raise trouble
        return self._code(rows, told)

    async def _ended(self, rows: Sequence[RunRow]) -> None:
        """Until all of them have. Raises CommandError."""
        await self._found.start()

        def over() -> bool:
            now = self._found.store.picked.rows([row.id for row in rows])
            going_on = [row for row in now if not row.status.is_final]
            if going_on:
                many = f"{len(now) - len(going_on)} of {len(now)} ended · " if len(now) > 1 else ""
                self._progress.show(many + row_words(self._found, going_on[0], time.time()))
            return not going_on

        async with change_signal(self._found) as rung:
            await wait_until(self._found, rung, {row.webhook_key for row in rows}, self._options.timeout, over)
        self._progress.end()

    def _wanted(self, rows: Sequence[RunRow]) -> list[OutputRef]:
        """Their outputs, of each only those that were asked for. Raises UsageError where one has not so many."""
        numbers = self._options.output
        outputs = self._found.store.picked.output_refs([row.id for row in rows if row.status is Status.COMPLETED])
        for row in rows:
            there = [output.number for output in outputs if output.row == row.id]
            if numbers and there and (none := [number for number in numbers if number not in there]):
                many = "1 output" if len(there) == 1 else f"{len(there):,} outputs"
                raise UsageError(
                    f"Run {name_of(row)} has {many}, and none is number {none[0]}.", "Look: cordage-tui show"
                )
        return [output for output in outputs if not numbers or output.number in numbers]

    async def _fetched(self, outputs: Sequence[OutputRef]) -> list[Download]:
        """How each stands in the end, in the order of `outputs`."""
        folder, template = self._options.folder, self._options.template
        try:
            asked = self._found.downloads.enqueue(outputs, None if folder is None else Path(folder), template)
        except InvalidDestination as error:
            raise UsageError(error.what, "See: cordage-tui download --help") from error
        if asked.there:
            self._voice.info(f"{_files(len(asked.there))} there already.")
        store = self._found.store.downloads
        settled = self._found.downloads.settled(asked.ids)
        ends = await fetched(settled, lambda: store.some(asked.ids), self._progress, self._voice, self._options.timeout)
        known = {path: one for output in outputs for one in store.of(output.row) if (path := one.path)}
        ends = [*ends, *(known[path] for path in asked.there)]
        place = {(output.row, output.number): n for n, output in enumerate(outputs)}
        return sorted(ends, key=lambda one: place[one.row, one.number])

    def _print(self, rows: Sequence[RunRow], downloads: Sequence[Download]) -> None:
        if self._voice.json:
            ids = {row.id: row.run_id for row in rows}
            found = [{"id": ids[one.row], **_object(one)} for one in downloads]
            self._voice.object("downloads", {"profile": self._place.profile.name, "downloads": found})
            return
        for one in downloads:
            if one.path is not None:
                self._voice.path(one.path)

    def _code(self, rows: Sequence[RunRow], told: Told) -> ExitCode:
        """What it means that some runs have nothing to fetch, which is said. Raises CommandError."""
        code, trouble = told
        empty = [row for row in rows if row.status is Status.COMPLETED and not row.output_count]
        if trouble is not None and self._found.bulk_refresh.untold([row.id for row in rows]):
            raise CommandError(code, trouble, "Try again later.", "Whether there are more outputs is not known.")
        for row in empty:
            self._voice.info(f"Run {name_of(row)} has no outputs.")
        for row in rows:
            if row.status.is_final and row.status is not Status.COMPLETED:
                self._voice.error(f"Run {name_of(row)} {row.status_name}: there is nothing to download.")
        going_on = [row for row in rows if not row.status.is_final]
        if going_on:
            what = f"Run {name_of(going_on[0])} is {going_on[0].status_name}: its outputs come when it completes."
            raise CommandError(ExitCode.TRY_AGAIN, what, "To wait for it: --wait", "It goes on.")
        return ExitCode.FAILED if any(row.status is not Status.COMPLETED for row in rows) else ExitCode.OK


def _files(count: int) -> str:
    return "1 file is" if count == 1 else f"{count:,} files are"


def _object(one: Download) -> dict[str, object]:
    return {
        "row": one.row,
        "number": one.number,
        "state": one.state.value,
        "path": None if one.path is None else str(one.path),
        "size": one.size,
        "error": None if one.state is DownloadState.DONE else one.error,
    }
