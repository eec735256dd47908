"""`cordage-tui download`: download outputs of runs."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import CommandContext, find_context
from cordage_tui.cli.base.engine_context import run_engine
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.refresh import RefreshResult, chosen_outputs, chosen_runs, read_outputs
from cordage_tui.cli.base.run_table import guess_fields, name_of
from cordage_tui.cli.base.store_patience import StorePatience
from cordage_tui.cli.base.wait import TimeLimits, download_error, wait_for_downloads, wait_until
from cordage_tui.cli.base.where_option import check_chosen
from cordage_tui.cli.commands.trigger.submission import row_words
from cordage_tui.cli.linear.sentences import saved_sentence
from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.engine.downloads.destination import InvalidDestination, tried_target
from cordage_tui.engine.engine import Engine

_AWAITED = (Status.COMPLETED, *(status for status in Status if status.is_active))
"""Statuses of runs that `--where` with `--wait` chooses."""


def run(options: argparse.Namespace) -> int:
    """Print the path of each output, one per line. Raises CommandError and ConfigError."""
    console = Console(options)
    check_chosen(options.runs, options.where)
    context = find_context(options, console)
    _check_folder(options, context)

    async def command(engine: Engine) -> ExitCode:
        download = DownloadCommand(engine, options, console)
        return await download.download(await download.choose())

    return run_engine(context, console, command, for_reader=options.wait)


def _check_folder(options: argparse.Namespace, context: CommandContext) -> None:
    """Test the folder before waiting for anything. Raises UsageError."""
    downloads = context.settings.downloads
    folder = downloads.place(context.paths) if options.folder is None else Path(options.folder)
    try:
        tried_target(folder, options.template or downloads.template)
    except InvalidDestination as error:
        raise UsageError(error.what, "See: cordage-tui download --help") from error


class DownloadCommand:
    """State of one `download` command."""

    def __init__(self, engine: Engine, options: argparse.Namespace, console: Console) -> None:
        self._engine = engine
        self._options = options
        self._console = console
        self._limits = TimeLimits.of(options)
        self._patience = StorePatience(console)

    async def choose(self) -> list[RunRow]:
        """Return the runs that the options name. Raises CommandError."""
        statuses = _AWAITED if self._options.wait else (Status.COMPLETED,)
        return await self._patience.repeat(lambda: chosen_runs(self._engine, self._options, statuses, self._console))

    async def download(self, rows: Sequence[RunRow]) -> ExitCode:
        """Download missing outputs, and print the paths of all. Raises CommandError."""
        if self._options.wait:
            await self._wait_for_runs(rows)
            await self._engine.hooks.wait_settled()
        ids = [row.id for row in rows]
        refresh = await read_outputs(self._engine, ids, self._patience)
        rows = await self._patience.retry(lambda: self._engine.store.rows.many(ids))
        downloads = await self._wait_for_outputs(await self._patience.retry(lambda: self._wanted(rows)))
        self._print(rows, downloads)
        if (trouble := download_error(downloads, self._limits)) is not None:
            raise trouble
        return self._code(rows, refresh)

    async def _wait_for_runs(self, rows: Sequence[RunRow]) -> None:
        """Wait until all runs have ended. Raises CommandError."""
        await self._engine.start()

        def over() -> bool:
            now = self._engine.store.rows.many([row.id for row in rows])
            going_on = [row for row in now if not row.status.is_final]
            unended[:] = [row.id for row in going_on]
            if going_on:
                progress = f"{len(now) - len(going_on)} of {len(now)} ended · " if len(now) > 1 else ""
                self._console.progress.show(progress + row_words(self._engine, going_on[0], time.time()))
            return not going_on

        keys, unended = {row.webhook_key for row in rows}, [row.id for row in rows]
        await wait_until(self._engine, lambda: keys, lambda: unended, self._limits, over, self._patience)
        self._console.progress.end()

    def _wanted(self, rows: Sequence[RunRow]) -> list[OutputRef]:
        """List the outputs to download. Raises UsageError for an `--output` number that a run does not have."""
        numbers = self._options.output
        completed = [row.id for row in rows if row.status is Status.COMPLETED]
        outputs = self._engine.store.run_lookup.output_refs(completed)
        for row in rows:
            run_numbers = [output.number for output in outputs if output.row == row.id]
            if numbers and run_numbers and (missing := [number for number in numbers if number not in run_numbers]):
                outputs_text = counted(len(run_numbers), "output")
                raise UsageError(
                    f"Run {name_of(row)} has no output {missing[0]}; it has {outputs_text}.",
                    "To list them: cordage-tui show",
                )
        chosen = chosen_outputs(self._engine, self._options, completed)
        return [output for output in chosen if not numbers or output.number in numbers]

    async def _wait_for_outputs(self, outputs: Sequence[OutputRef]) -> list[Download]:
        """Download `outputs`, and return their final states in the same order."""
        folder, template = self._options.folder, self._options.template
        target = None if folder is None else Path(folder)
        try:
            enqueued = await self._patience.retry(lambda: self._engine.downloads.enqueue(outputs, target, template))
        except InvalidDestination as error:
            raise UsageError(error.what, "See: cordage-tui download --help") from error
        if enqueued.there:
            self._console.info(f"{counted(len(enqueued.there), 'file is', 'files are')} there already.")
        store = self._engine.store.downloads
        ends = await wait_for_downloads(
            lambda: self._engine.downloads.settled(enqueued.ids),
            lambda: store.some(enqueued.ids),
            self._console,
            self._limits,
            self._patience,
        )
        listed = await self._patience.retry(lambda: [store.of(output.row) for output in outputs])
        by_path = {path: download for downloads in listed for download in downloads if (path := download.path)}
        ends = [*ends, *(by_path[path] for path in enqueued.there)]
        order = {(output.row, output.number): n for n, output in enumerate(outputs)}
        return sorted(ends, key=lambda download: order[download.row, download.number])

    def _print(self, rows: Sequence[RunRow], downloads: Sequence[Download]) -> None:
        if self._console.json:
            runs = {row.id: row for row in rows}
            objects = [
                {"id": runs[download.row].run_id, **_object(download), **guess_fields(runs[download.row])}
                for download in downloads
            ]
            self._console.object("downloads", {"profile": self._engine.profile.name, "downloads": objects})
            return
        if self._console.linear:
            folders: dict[Path, list[tuple[RowId, int]]] = {}
            for download in downloads:
                if download.path is not None:
                    folders.setdefault(download.path.parent, []).append((download.row, download.number))
            for folder, saved in folders.items():
                self._console.print(saved_sentence(saved, folder))
            return
        for download in downloads:
            if download.path is not None:
                self._console.path(download.path)

    def _code(self, rows: Sequence[RunRow], refresh: RefreshResult) -> ExitCode:
        """Report runs without outputs, and choose the exit code. Raises CommandError."""
        code, trouble = refresh
        empty = [row for row in rows if row.status is Status.COMPLETED and not row.output_count]
        if trouble is not None and self._engine.store.run_lookup.untold([row.id for row in rows]):
            raise CommandError(code, trouble, "Try again later.", "There may be more outputs.")
        for row in empty:
            self._console.info(f"Run {name_of(row)} has no outputs.")
        for row in rows:
            if row.status.is_final and row.status is not Status.COMPLETED:
                self._console.error(f"Run {name_of(row)} {row.status_name}: there is nothing to download.")
        going_on = [row for row in rows if not row.status.is_final]
        if going_on:
            happened = (
                f"Run {name_of(going_on[0])} is {going_on[0].status_name}: outputs are available when it completes."
            )
            raise CommandError(ExitCode.TRY_AGAIN, happened, "To wait for it: --wait", "The run continues.")
        return ExitCode.FAILED if any(row.status is not Status.COMPLETED for row in rows) else ExitCode.OK


def _object(download: Download) -> dict[str, object]:
    return {
        "row": download.row,
        "number": download.number,
        "state": download.state.value,
        "path": None if download.path is None else str(download.path),
        "size": download.size,
        "error": None if download.state is DownloadState.DONE else download.error,
    }
