"""Shell completion: scripts and candidates."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cordage_tui.cli.base.command_line import build_parser, command_in
from cordage_tui.cli.base.errors import CommandError, ExitCode
from cordage_tui.cli.base.parser import EXPRESSION, RATINGS, SIGNED_WORDS, HelpFormatter, Parser
from cordage_tui.cli.base.stdout import print_data
from cordage_tui.cli.completion.shell_words import split_line, unquoted
from cordage_tui.config.errors import ConfigError
from cordage_tui.store.errors import StoreError

if TYPE_CHECKING:
    from cordage_tui.domain.webhook import Profile
    from cordage_tui.store.file.database import Database

# Completions for the words typed so far. Called at each press of tab: imports neither client nor screen.

RECENT = 50
"""Number of newest runs offered."""

_JSON = "--json="

Candidate = tuple[str, str]
"""A completion and its description."""


def print_candidates(words: Sequence[str]) -> int:
    """Print completions, one a line; for fish and zsh followed by a tab and a description. Errors print nothing.

    `words`: the shell's name, then of bash the line up to the cursor and its COMP_WORDBREAKS, of others the words after the
    program's name as they are typed; the last is not complete.
    """
    shell, *typed = words or ["bash"]
    line = split_line(*typed[:2]) if shell == "bash" and typed else None
    *before, current = (*line.before[1:], line.current) if line else map(unquoted, typed or [""])
    found: list[Candidate] = []
    with suppress(CommandError, ConfigError, StoreError, SystemExit):
        found += (one for one in candidates(before, current) if one[0].lower().startswith(current.lower()))
    if found:
        print_data("\n".join(line.inserted(value) if line else f"{value}\t{told}" for value, told in found))
    return ExitCode.OK


def candidates(before: Sequence[str], current: str) -> Iterator[Candidate]:
    """Yield completions after the words `before`, not yet filtered by prefix. Raises ConfigError and StoreError."""
    parser, rest = _find_parser(before)
    options = {name: action for action in parser.arguments for name in action.option_strings}
    asked = options.get(before[-1]) if before else None
    if asked is not None and asked.nargs not in (0, argparse.OPTIONAL):
        yield from _values(asked, before, current)
    elif current.startswith(_JSON) and _takes_fields(options.get(_JSON[:-1])):
        yield from _fields(current)
    elif (attached := options.get(current.partition("=")[0])) is not None and "=" in current:
        name, _, begun = current.partition("=")
        yield from ((f"{name}={value}", told) for value, told in _values(attached, before, begun))
    elif current[:1] in ("+", "-") and (signs := _signed(parser, current[:1], before)):
        yield from signs
    elif current.startswith("-"):
        yield from ((name, action.help or "") for name, action in options.items() if name.startswith("--"))
    else:
        positionals = [action for action in parser.arguments if not action.option_strings]
        _, typed, _ = parser.split(rest)
        if positionals:
            yield from _values(positionals[min(len(typed), len(positionals) - 1)], before, current)


def _find_parser(before: Sequence[str]) -> tuple[Parser, list[str]]:
    """Find the parser for the words, and the words that it parses."""
    parser, rest = build_parser(command_in(before)), list(before)
    for place, word in enumerate(before):
        if word in parser.commands:
            parser, rest = parser.commands[word], list(before[place + 1 :])
    return parser, rest


def _values(action: argparse.Action, before: Sequence[str], current: str) -> Iterator[Candidate]:
    if isinstance(action.choices, dict):
        yield from ((name, parser.description or "") for name, parser in action.choices.items())
    elif action.choices:
        yield from ((str(choice), "") for choice in action.choices)
    elif action.metavar in ("WEBHOOK", "W"):
        yield from _webhooks(before)
    elif action.metavar in ("RUN", "RUN|INPUT", SIGNED_WORDS):
        yield from _runs(before)
    elif action.metavar == "RUN[#N]|RATING":
        yield from _runs(before)
        yield from ((rating, "rating") for rating in RATINGS)
    elif action.metavar == "VIEW":
        yield from _views()
    elif action.metavar == "TOPIC":
        yield from _topics()
    elif action.metavar == EXPRESSION:
        yield from _filters(before, current)
    elif action.dest == "profile":
        yield from _profiles(before)
    elif action.dest == "author":
        yield from _authors(before)


def _signed(parser: Parser, sign: str, before: Sequence[str]) -> list[Candidate]:
    """List the tags that a run may get or lose, where the command takes them."""
    if not any(action.metavar == SIGNED_WORDS for action in parser.arguments):
        return []
    from cordage_tui.store.tags import RunTags

    with _stored_runs(before) as (profile, database):
        counts = RunTags(database).counts(profile.stored_as)
    return [(f"{sign}{tag}", f"{count:,} runs") for tag, count in counts.items()]


def _takes_fields(action: argparse.Action | None) -> bool:
    return action is not None and action.metavar == "FIELDS"


def _fields(current: str) -> Iterator[Candidate]:
    from cordage_tui.domain.run_record import FIELDS

    done = current.rpartition(",")[0]
    yield from ((f"{done},{name}" if done else f"{_JSON}{name}", "") for name in FIELDS)


def _webhooks(before: Sequence[str]) -> Iterator[Candidate]:
    from cordage_tui.cli.base.profile import load_settings
    from cordage_tui.config.paths import Paths

    profile = load_settings(Paths.system(), _options(before)).chosen
    yield from ((webhook.name, webhook.masked_key) for webhook in (profile.webhooks if profile else ()))


def _profiles(before: Sequence[str]) -> Iterator[Candidate]:
    from cordage_tui.config.paths import Paths
    from cordage_tui.config.settings import load

    yield from ((profile.name, profile.base_url) for profile in load(Paths.system()).profiles)


def _topics() -> Iterator[Candidate]:
    from cordage_tui.cli.arguments.commands import COMMANDS
    from cordage_tui.domain.manual import TOPICS, page, title

    yield from ((topic, title(page(topic))) for topic in TOPICS)
    yield from ((command.name, command.words) for command in COMMANDS if command.name not in TOPICS)


def _views() -> Iterator[Candidate]:
    from cordage_tui.config.paths import Paths
    from cordage_tui.config.views_file import read_views

    yield from ((view.name, view.filter) for view in read_views(Paths.system()).all)


@contextmanager
def _stored_runs(before: Sequence[str]) -> "Iterator[tuple[Profile, Database]]":
    """Open the database of the profile that the words name; yields the profile, too."""
    from cordage_tui.cli.base.console import Console
    from cordage_tui.cli.base.context import command_database, find_context
    from cordage_tui.store.servers import Servers

    options = _options(before)
    console = Console(options)
    context = find_context(options, console)
    with command_database(context, console) as database:
        yield context.stored(Servers(database)).profile, database


def _runs(before: Sequence[str]) -> Iterator[Candidate]:
    from cordage_tui.store.runs.run_listing import RunFilter, RunListing

    with _stored_runs(before) as (profile, database):
        rows = RunListing(database).newest(RunFilter(profile.stored_as, limit=RECENT))
    yield from ((row.typed_name, f"{row.status_name} {row.prompt[:40]}") for row in rows if row.run_id)


def _authors(before: Sequence[str]) -> Iterator[Candidate]:
    from cordage_tui.cli.base.where import filter_conditions

    with _stored_runs(before) as (profile, database):
        authors = filter_conditions(database).vocabulary(profile.names).authors
    yield from ((author, "") for author in authors)


def _filters(before: Sequence[str], current: str) -> Iterator[Candidate]:
    """Complete the last word of a filter to names and values, as `/` in the app does."""
    from cordage_tui.cli.base.where import filter_conditions
    from cordage_tui.domain.filter.completion import complete
    from cordage_tui.domain.filter.expression import value_text
    from cordage_tui.domain.filter.parser import parse_filter

    with _stored_runs(before) as (profile, database):
        vocabulary = filter_conditions(database).vocabulary(profile.names)
    found = complete(current, len(current), parse_filter(current, vocabulary), vocabulary)
    for one in found.candidates:
        yield f"{current[: found.start]}{one if found.field is None else value_text(one)}", ""


def _options(before: Sequence[str]) -> argparse.Namespace:
    """Parse the flags that select settings; quiet, since completion must not print messages."""
    flags = Parser(formatter_class=HelpFormatter, add_help=False, allow_abbrev=False)
    for name in ("--config", "--profile", "--base-url"):
        flags.add_argument(name)
    found, _ = flags.parse_known_args(before)
    return argparse.Namespace(**vars(found), read_only=False, quiet=True, no_color=True)


# `cordage-tui completion`: the script that a shell reads once. It asks the hidden command at each press of tab.


def run(options: argparse.Namespace) -> int:
    """Print the script of `options.shell`."""
    from cordage_tui.cli.commands.man import SHIPPED  # late: a press of tab needs none of it

    print_data((SHIPPED / f"completion.{options.shell}").read_text().rstrip("\n"))
    return ExitCode.OK
