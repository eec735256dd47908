"""Shell completion: scripts and candidates."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import suppress

from cordage_tui.cli.errors import CommandError, ExitCode
from cordage_tui.cli.man import SHIPPED
from cordage_tui.cli.parser import Parser, build_parser, command_in
from cordage_tui.cli.stdout import print_data

# What could be typed next: for the shells' completion, which asks at each press of tab. Loads no wire and no screen.

RECENT = 50
"""Runs that are offered, the newest."""

Candidate = tuple[str, str]
"""What would stand there, and a few words on it."""


def print_candidates(words: Sequence[str]) -> int:
    """`words`: the shell's name, then what follows the program's name, the last one being typed. Prints what could stand
    there, one a line; for fish and zsh with a tab and a few words on it. Says nothing where it knows nothing."""
    from cordage_tui.config.errors import ConfigError
    from cordage_tui.store.errors import StoreError

    shell, *typed = words or ["bash"]
    *before, current = typed or [""]
    with suppress(CommandError, ConfigError, StoreError, SystemExit):
        for value, told in candidates(before, current):
            if value.lower().startswith(current.lower()):
                print_data(value.replace(" ", "\\ ") if shell == "bash" else f"{value}\t{told}")
    return ExitCode.OK


def candidates(before: Sequence[str], current: str) -> Iterator[Candidate]:
    """All that could stand after the words `before`, whatever of it has been typed. Raises what reading settings raises."""
    parser, rest = _parser_of(before)
    options = {name: action for action in parser.arguments for name in action.option_strings}
    asked = options.get(before[-1]) if before else None
    if asked is not None and asked.nargs != 0:
        yield from _values(asked, before)
    elif current.startswith("-"):
        yield from ((name, action.help or "") for name, action in options.items() if name.startswith("--"))
    else:
        positionals = [action for action in parser.arguments if not action.option_strings]
        _, typed, _ = parser.split(rest)
        if positionals:
            yield from _values(positionals[min(len(typed), len(positionals) - 1)], before)


def _parser_of(before: Sequence[str]) -> tuple[Parser, list[str]]:
    """The parser that the words lead to, and those of them that it reads."""
    parser, rest = build_parser(command_in(before)), list(before)
    for place, word in enumerate(before):
        inner = next((a.choices for a in parser.arguments if isinstance(a, argparse._SubParsersAction)), None)
        if inner and word in inner:
            parser, rest = inner[word], list(before[place + 1 :])
    return parser, rest


def _values(action: argparse.Action, before: Sequence[str]) -> Iterator[Candidate]:
    if isinstance(action, argparse._SubParsersAction):
        yield from ((name, parser.description or "") for name, parser in action.choices.items())
    elif action.choices:
        yield from ((str(choice), "") for choice in action.choices)
    elif action.metavar in ("WEBHOOK", "W"):
        yield from _webhooks(before)
    elif action.metavar == "RUN":
        yield from _runs(before)
    elif action.dest == "profile":
        yield from _profiles(before)


def _webhooks(before: Sequence[str]) -> Iterator[Candidate]:
    from cordage_tui.cli.profile import load_settings
    from cordage_tui.config.paths import Paths

    profile = load_settings(Paths.system(), _options(before)).chosen
    yield from ((webhook.name, webhook.masked_key) for webhook in (profile.webhooks if profile else ()))


def _profiles(before: Sequence[str]) -> Iterator[Candidate]:
    from cordage_tui.config.paths import Paths
    from cordage_tui.config.settings import load

    yield from ((profile.name, profile.base_url) for profile in load(Paths.system()).profiles)


def _runs(before: Sequence[str]) -> Iterator[Candidate]:
    from cordage_tui.cli.console import Console
    from cordage_tui.cli.context import find_place, opened
    from cordage_tui.store.run_listing import RunFilter, RunListing
    from cordage_tui.store.servers import Servers

    options = _options(before)
    voice = Console(options)
    place = find_place(options, voice)
    with opened(place, voice) as database:
        profile = place.stored(Servers(database)).profile.stored_as
        rows = RunListing(database).newest(RunFilter(profile, limit=RECENT))
    yield from ((row.short_id, f"{row.status_name} {row.prompt[:40]}") for row in rows if row.run_id)


def _options(before: Sequence[str]) -> argparse.Namespace:
    """The flags among the words that say which settings count; nothing is said while somebody types."""
    flags = Parser(add_help=False, allow_abbrev=False)
    for name in ("--config", "--profile", "--base-url"):
        flags.add_argument(name)
    found, _ = flags.parse_known_args(before)
    return argparse.Namespace(**vars(found), read_only=False, quiet=True, no_color=True)


# `cordage-tui completion`: the script that a shell reads once. It asks the hidden command at each press of tab.


def run(options: argparse.Namespace) -> int:
    """Print the script of `options.shell`."""
    print_data((SHIPPED / f"completion.{options.shell}").read_text().rstrip("\n"))
    return ExitCode.OK
