"""`cordage-tui rate`: keep, reject and star outputs. Needs no API key and no network."""

import argparse
from collections.abc import Sequence

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import command_database, find_context, reporting_store_errors
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.find_run import check_long_enough, find_run
from cordage_tui.cli.base.parser import RATINGS
from cordage_tui.cli.base.run_table import guess_fields, mark_guesses
from cordage_tui.cli.base.where_option import acting_condition, check_chosen, filter_conditions
from cordage_tui.cli.linear.sentences import rating_sentence
from cordage_tui.domain.filter.output_filter import outputs_asked_for
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.output import UNJUDGED
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.file.database import Database
from cordage_tui.store.ratings import Ratings
from cordage_tui.store.runs.run_listing import RunFilter, RunListing
from cordage_tui.store.runs.run_lookup import RunLookup, RunRows
from cordage_tui.store.servers import Servers

Outputs = dict[tuple[RowId, int], RunRow]
"""Outputs by row and number from 1, with their runs."""


def run(options: argparse.Namespace) -> int:
    """Rate the outputs and print how many. Raises CommandError and ConfigError."""
    console = Console(options)
    *named, rating = options.words
    if rating not in RATINGS:
        raise UsageError(
            f"{rating!r} is not a rating.",
            f"Add one after the runs: {', '.join(RATINGS[:3])}, or 1 to 5. See: cordage-tui rate --help",
        )
    check_chosen(named, options.where)
    context = find_context(options, console)
    with command_database(context, console) as database, reporting_store_errors():
        profile = context.stored(Servers(database)).profile
        outputs = _named(named, profile, database) if named else _found(options.where, profile, database)
        if outputs and not named and not options.yes:
            _confirm(outputs, rating, console)
        _rate(Ratings(database), list(outputs), rating)
        mark_guesses({row.id: row for row in outputs.values()}.values(), console)
        if console.json:
            console.object("ratings", {"profile": profile.name, "ratings": _objects(Ratings(database), outputs)})
        else:
            console.info(_message(outputs, rating, console) if outputs else "No matching outputs.")
    return ExitCode.OK


def _named(words: Sequence[str], profile: Profile, database: Database) -> Outputs:
    """Find the outputs that the words name: `RUN#N`, or all of `RUN`. Raises UsageError."""
    outputs_named: Outputs = {}
    for word in words:
        name, mark, number = word.partition("#")
        check_long_enough([name])
        row = find_run(RunListing(database), RunRows(database), profile.stored_as, name)
        if not row.output_count:
            raise UsageError(f"Run {one_line(name, 60)} has no outputs.", "To list them: cordage-tui show")
        numbers = [*range(1, row.output_count + 1)]
        if mark:
            numbers = [n for n in numbers if str(n) == number]
            if not numbers:
                outputs = counted(row.output_count, "output")
                raise UsageError(
                    f"Run {one_line(name, 60)} has no output {number!r}; it has {outputs}.",
                    "To list them: cordage-tui show",
                )
        outputs_named |= {(row.id, n): row for n in numbers}
    return outputs_named


def _found(expression: str, profile: Profile, database: Database) -> Outputs:
    """Find the outputs that a filter asks for, of the runs that it finds. Raises UsageError."""
    compiler = filter_conditions(database)
    condition = acting_condition(expression, profile, compiler)
    rows = {row.id: row for row in RunListing(database).newest(RunFilter(profile.stored_as, where=condition))}
    outputs = RunLookup(database).output_refs([*rows])
    asked = outputs_asked_for(
        compiler.parse(expression, profile.names).expression, outputs, Ratings(database).of_rows([*rows])
    )
    return {(output.row, output.number): rows[output.row] for output in asked}


def _rate(ratings: Ratings, outputs: Sequence[tuple[RowId, int]], rating: str) -> None:
    if rating in ("keep", "reject"):
        ratings.decide(outputs, rating == "keep")
    elif rating != "none":
        ratings.rate(outputs, int(rating))
    else:
        ratings.decide(outputs, None)
        ratings.rate(outputs, 0)


def _confirm(outputs: Outputs, rating: str, console: Console) -> None:
    if not console.confirm(f"Rate {_count(outputs)} as {rating}?", "rate them", len(outputs)):
        raise CommandError(ExitCode.USAGE, "Nothing was rated.", "", "")


def _message(outputs: Outputs, rating: str, console: Console) -> str:
    if not console.linear:
        return _done(outputs, rating)

    return rating_sentence(list(outputs), rating)


def _done(outputs: Outputs, rating: str) -> str:
    """Return the sentence about what was done to the outputs."""
    if rating in ("keep", "reject", "none"):
        done = {"keep": "Kept", "reject": "Rejected", "none": "Removed the rating of"}[rating]
        return f"{done} {_count(outputs)}."
    return f"Gave {counted(int(rating), 'star')} to {_count(outputs)}."


def _count(outputs: Outputs) -> str:
    runs = len({row for row, _ in outputs})
    return f"{counted(len(outputs), 'output')} of {counted(runs, 'run')}"


def _objects(ratings: Ratings, outputs: Outputs) -> list[dict[str, object]]:
    by_row = ratings.of_rows({row for row, _ in outputs})
    return [
        {"id": run.run_id, "row": row, "number": n, "kept": rating.kept, "stars": rating.stars, **guess_fields(run)}
        for (row, n), run in outputs.items()
        for rating in [by_row.get(row, {}).get(n, UNJUDGED)]
    ]
