"""`cordage-tui tag`: tag runs. Needs no API key and no network."""

import argparse
from collections.abc import Sequence

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import command_database, find_context, reporting_store_errors
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.find_run import check_long_enough, find_run
from cordage_tui.cli.base.run_table import guess_fields, mark_guesses, name_of
from cordage_tui.cli.base.where_option import acting_condition, check_chosen, filter_conditions
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.run import RunRow
from cordage_tui.domain.tag import TAG_RULE, InvalidTag, TagChange, parse_tag_change
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.file.database import Database
from cordage_tui.store.runs.run_listing import RunFilter, RunListing
from cordage_tui.store.runs.run_lookup import RunRows
from cordage_tui.store.servers import Servers
from cordage_tui.store.tags import RunTags


def run(options: argparse.Namespace) -> int:
    """Tag the runs and print how many have changed; without a change print their tags. Raises CommandError and ConfigError."""
    console = Console(options)
    names = [word for word in options.words if not _is_change(word)]
    try:
        change = parse_tag_change(filter(_is_change, options.words))
    except InvalidTag as error:
        raise UsageError(error.what, TAG_RULE) from error
    check_chosen(names, options.where, required=bool(change))
    context = find_context(options, console)
    with command_database(context, console) as database, reporting_store_errors():
        profile = context.stored(Servers(database)).profile
        if not names and options.where is None:
            _print_known(RunTags(database), profile, console)
            return ExitCode.OK
        rows = _named(names, profile, database) if names else _found(options.where, profile, database)
        if change and rows and not names and not options.yes:
            _confirm(rows, change, console)
        changed = RunTags(database).change([row.id for row in rows], change)
        _print(rows, change, changed, profile, database, console)
    return ExitCode.OK


def _is_change(word: str) -> bool:
    return word[:1] in ("+", "-")


def _named(names: Sequence[str], profile: Profile, database: Database) -> list[RunRow]:
    """Find the runs of these names. Raises UsageError."""
    check_long_enough(names)
    runs = [find_run(RunListing(database), RunRows(database), profile.stored_as, name) for name in names]
    return list({row.id: row for row in runs}.values())


def _found(expression: str, profile: Profile, database: Database) -> list[RunRow]:
    """Find the runs that a filter finds. Raises UsageError."""
    condition = acting_condition(expression, profile, filter_conditions(database))
    return RunListing(database).newest(RunFilter(profile.stored_as, where=condition))


def _confirm(rows: Sequence[RunRow], change: TagChange, console: Console) -> None:
    change_text = " ".join(
        [*(f"+{tag}" for tag in sorted(change.added)), *(f"-{tag}" for tag in sorted(change.removed))]
    )
    if not console.confirm(f"Tag {counted(len(rows), 'run')} with {change_text}?", "tag them", len(rows)):
        raise CommandError(ExitCode.USAGE, "Nothing was tagged.", "", "")


def _print(
    rows: Sequence[RunRow], change: TagChange, changed: int, profile: Profile, database: Database, console: Console
) -> None:
    tags = RunTags(database).of_rows([row.id for row in rows])
    mark_guesses(rows, console)
    if console.json:
        runs = [
            {"id": row.run_id, "row": row.id, "tags": sorted(tags.get(row.id, ())), **guess_fields(row)} for row in rows
        ]
        console.object("tags", {"profile": profile.name, "changed": changed, "runs": runs})
    elif not rows:
        console.info("No matching runs.")
    elif change:
        console.info(f"{counted(len(rows), 'run')}, {changed:,} changed.")
    else:
        for row in rows:
            console.print(" ".join([name_of(row), *sorted(tags.get(row.id, ()))]))


def _print_known(tags: RunTags, profile: Profile, console: Console) -> None:
    """Print all tags with the number of their runs."""
    counts = tags.counts(profile.stored_as)
    if console.json:
        tags_found = [{"tag": tag, "runs": count} for tag, count in counts.items()]
        console.object("known_tags", {"profile": profile.name, "tags": tags_found})
        return
    for tag, count in counts.items():
        console.print(f"{count:>7,}  {tag}")
    if not counts:
        console.info("No run has a tag.")
