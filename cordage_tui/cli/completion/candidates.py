"""Candidates of shell completion."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import suppress

from cordage_tui.cli.base.command_line import build_parser, command_in
from cordage_tui.cli.base.errors import CommandError, ExitCode
from cordage_tui.cli.base.output_streams import print_data
from cordage_tui.cli.base.parser import SIGNED_WORDS, Parser
from cordage_tui.cli.completion.shell_words import split_line, unquoted
from cordage_tui.config.errors import ConfigError
from cordage_tui.store.errors import StoreError

# Completions for the words typed so far. Called at each press of tab: imports neither client nor screen.

_JSON = "--json="

Candidate = tuple[str, str]
"""A completion and its description."""


def print_candidates(words: Sequence[str]) -> int:
    """Print completions, one per line; for fish and zsh followed by a tab and a description. Errors print nothing.

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
    elif action.metavar == "TOPIC":
        yield from _topics()
    else:
        yield from _stored_values(action, before, current)


def _stored_values(action: argparse.Action, before: Sequence[str], current: str) -> Iterator[Candidate]:
    from cordage_tui.cli.completion.stored_values import stored_values

    yield from stored_values(action, before, current)


def _signed(parser: Parser, sign: str, before: Sequence[str]) -> list[Candidate]:
    """List the tags that a run may get or lose, if the command takes tags."""
    takes_tags = (action for action in parser.arguments if action.metavar == SIGNED_WORDS)
    return [candidate for action in takes_tags for candidate in _stored_values(action, before, sign)]


def _takes_fields(action: argparse.Action | None) -> bool:
    return action is not None and action.metavar == "FIELDS"


def _fields(current: str) -> Iterator[Candidate]:
    from cordage_tui.domain.run_record import FIELDS

    done = current.rpartition(",")[0]
    yield from ((f"{done},{name}" if done else f"{_JSON}{name}", "") for name in FIELDS)


def _topics() -> Iterator[Candidate]:
    from cordage_tui.cli.arguments.commands import COMMANDS
    from cordage_tui.domain.manual import TOPICS, page, title

    yield from ((topic, title(page(topic))) for topic in TOPICS)
    yield from ((command.name, command.words) for command in COMMANDS if command.name not in TOPICS)
