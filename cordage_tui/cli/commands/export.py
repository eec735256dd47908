"""`cordage-tui export`: whole runs as JSON lines or CSV. Needs no API key and no network."""

import argparse

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import command_database, find_context, reporting_store_errors
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.base.run_records import print_lines, print_table
from cordage_tui.cli.base.where_option import acting_condition, filter_conditions
from cordage_tui.domain.formatting import counted
from cordage_tui.store.runs.run_listing import RunFilter
from cordage_tui.store.servers import Servers


def run(options: argparse.Namespace) -> int:
    """Print the runs that the filter finds, all without one, the newest first. Raises CommandError and ConfigError."""
    console = Console(options)
    context = find_context(options, console)
    with command_database(context, console) as database, reporting_store_errors("The output is incomplete."):
        profile = context.stored(Servers(database)).profile
        expression = options.where
        condition = None if expression is None else acting_condition(expression, profile, filter_conditions(database))
        wanted = RunFilter(profile.stored_as, where=condition)
        if options.format == "jsonl":
            count = print_lines(database, wanted, profile, console)
        else:
            count = print_table(database, wanted, profile, options.format, console)
    console.info(f"{counted(count, 'run')} as known here.")
    return ExitCode.OK
