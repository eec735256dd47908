"""`cordage-tui backup`: copy the history and the queue to a file. Needs no API key and no network."""

import argparse
from pathlib import Path

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import command_database, find_context, reporting_store_errors
from cordage_tui.cli.base.errors import ExitCode, UsageError
from cordage_tui.domain.formatting import amount
from cordage_tui.domain.safe_text import one_line
from cordage_tui.store.file.backup import back_up


def run(options: argparse.Namespace) -> int:
    """Copy the database to a new private file, and print its contents in numbers. Raises CommandError and
    ConfigError."""
    console = Console(options)
    context, target = find_context(options, console), Path(options.file)
    with command_database(context, console) as database:
        runs = sum(database.column("SELECT n FROM tallies WHERE status <> 'batch'"))
        waiting = sum(
            database.column("SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending', 'held', 'uncertain')")
        )
    try:
        with reporting_store_errors():
            back_up(context.paths.database, target, lambda share: console.progress.show(f"{share:.0%} copied"))
    except FileExistsError as error:
        raise UsageError(
            f"{one_line(str(target), 200)} exists.", "Give the name of a new file: nothing is overwritten."
        ) from error
    except OSError as error:
        raise UsageError(f"{one_line(str(target), 200)} cannot be written: {error.strerror or error}.", "") from error
    finally:
        console.progress.end()
    size = target.stat().st_size
    if console.json:
        console.object("backup", {"path": str(target), "size": size, "runs": runs, "waiting": waiting})
        return ExitCode.OK
    console.path(target)
    console.info(
        f"{amount(size)}: {runs:,} runs of all profiles with inputs, links, ratings and parents, drafts, and {waiting:,} waiting"
        " prompts. Not in it: API keys, settings, webhooks and downloaded files. When it is opened, its queue is paused."
    )
    return ExitCode.OK
