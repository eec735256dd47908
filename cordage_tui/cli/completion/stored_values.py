"""Candidates of shell completion that are read from the settings and the database."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import command_database, find_context
from cordage_tui.cli.base.parser import EXPRESSION, RATINGS, SIGNED_WORDS, HelpFormatter, Parser
from cordage_tui.cli.base.profile import load_settings
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import load
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.file.database import Database
from cordage_tui.store.runs.run_listing import RunFilter, RunListing
from cordage_tui.store.servers import Servers

RECENT = 50
"""Number of newest runs offered."""


def stored_values(action: argparse.Action, before: Sequence[str], current: str) -> Iterator[tuple[str, str]]:
    """Yield the values that an argument takes, each with a description. Raises ConfigError and StoreError."""
    if action.metavar in ("WEBHOOK", "W"):
        yield from _webhooks(before)
    elif action.metavar == SIGNED_WORDS and current[:1] in ("+", "-"):
        yield from _tags(before, current[0])
    elif action.metavar in ("RUN", "RUN|INPUT", SIGNED_WORDS):
        yield from _runs(before)
    elif action.metavar == "RUN[#N]|RATING":
        yield from _runs(before)
        yield from ((rating, "rating") for rating in RATINGS)
    elif action.metavar == "VIEW":
        yield from _views()
    elif action.metavar == EXPRESSION or action.dest == "author":
        yield from _filter_values(action, before, current)
    elif action.dest == "profile":
        yield from _profiles(before)


def _tags(before: Sequence[str], sign: str) -> Iterator[tuple[str, str]]:
    """Yield the tags that a run may get or lose, each with its sign."""
    from cordage_tui.store.tags import RunTags

    with _stored_runs(before) as (profile, database):
        counts = RunTags(database).counts(profile.stored_as)
    yield from ((f"{sign}{tag}", f"{count:,} runs") for tag, count in counts.items())


def _filter_values(action: argparse.Action, before: Sequence[str], current: str) -> Iterator[tuple[str, str]]:
    """Yield the completions of the last word of a filter, or the authors of runs."""
    from cordage_tui.cli.completion.filter_values import authors, filter_endings

    with _stored_runs(before) as (profile, database):
        texts = (
            filter_endings(current, profile, database) if action.metavar == EXPRESSION else authors(profile, database)
        )
        yield from ((text, "") for text in texts)


def _webhooks(before: Sequence[str]) -> Iterator[tuple[str, str]]:
    profile = load_settings(Paths.system(), _options(before)).chosen
    yield from ((webhook.name, webhook.masked_key) for webhook in (profile.webhooks if profile else ()))


def _profiles(before: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield from ((profile.name, profile.base_url) for profile in load(Paths.system()).profiles)


def _views() -> Iterator[tuple[str, str]]:
    from cordage_tui.config.views_file import read_views

    yield from ((view.name, view.filter) for view in read_views(Paths.system()).all)


@contextmanager
def _stored_runs(before: Sequence[str]) -> Iterator[tuple[Profile, Database]]:
    """Open the database of the profile that the words name; yields the profile, too."""
    options = _options(before)
    console = Console(options)
    context = find_context(options, console)
    with command_database(context, console) as database:
        yield context.stored(Servers(database)).profile, database


def _runs(before: Sequence[str]) -> Iterator[tuple[str, str]]:
    with _stored_runs(before) as (profile, database):
        rows = RunListing(database).newest(RunFilter(profile.stored_as, limit=RECENT))
    yield from ((row.typed_name, f"{row.status_name} {row.prompt[:40]}") for row in rows if row.run_id)


def _options(before: Sequence[str]) -> argparse.Namespace:
    """Parse the flags that select settings; quiet, since completion must not print messages."""
    flags = Parser(formatter_class=HelpFormatter, add_help=False, allow_abbrev=False)
    for name in ("--config", "--profile", "--base-url"):
        flags.add_argument(name)
    found, _ = flags.parse_known_args(before)
    return argparse.Namespace(**vars(found), read_only=False, quiet=True, no_color=True)
