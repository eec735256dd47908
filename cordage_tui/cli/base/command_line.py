"""Command line: its whole parser, and the meaning of a line."""

import argparse
from collections.abc import Sequence

from cordage_tui import __version__
from cordage_tui.cli.arguments.history import LISTS
from cordage_tui.cli.base.errors import PROGRAM, ExitCode, UsageError
from cordage_tui.cli.base.parser import CommandSpec, Parser, add_command, add_common, exit_codes, new_parser

_EPILOG = """\
examples:
  cordage-tui --demo                          try it without key or network; leaves no files
  cordage-tui                                 open the app; the first start sets up the connection
  cordage-tui --profile studio --read-only    open the app without starting or killing runs
  cordage-tui trigger Sunset "A fox" --wait   run a webhook from a script
  cordage-tui runs --status failed --json     failed runs, for jq
  cordage-tui doctor                          diagnose problems

There is no option for the API key: cordage-tui key set asks for it, or set CORDAGE_API_KEY.

"""
_KEY_FLAGS = frozenset({"--key", "--api-key", "--api_key", "--apikey", "--token"})
_TAKE_A_VALUE = frozenset({"--config", "--profile", "--base-url"})


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line; `command` is None for the app. Raises UsageError, and SystemExit after --help."""
    if any(word.split("=", 1)[0] in _KEY_FLAGS for word in argv):
        raise UsageError("There is no option for the API key.", "Set CORDAGE_API_KEY instead, or: cordage-tui key set")
    named = command_in(argv)
    for_help = any(word in ("-h", "--help") for word in argv)
    options = build_parser(named, listed=named is not None or for_help).parse_args(argv)
    _refuse_app_options(options)
    return options


def _refuse_app_options(options: argparse.Namespace) -> None:
    """Raise UsageError for an option of the app before a command: ignored, `--demo trigger` would be a paid run."""
    for option, advice in (
        ("demo", "To try commands, start cordage-tui simulate and point them at it with --base-url."),
        ("no_mouse", "Omit it: commands use no mouse."),
        ("linear", "Omit it: commands print lines."),
    ):
        if options.command is not None and getattr(options, option):
            name = f"--{option.replace('_', '-')}"
            raise UsageError(f"{name} is for the app; {options.command} does not take it.", advice)


def build_parser(only: str | None = "", *, listed: bool = True) -> Parser:
    """Build the parser of the complete command line.

    To save time, it may be partial: with only the command `only` if it exists, or, if that is None, without the
    arguments of commands. Unless `listed`, it has no commands at all.
    """
    parser = new_parser(
        PROGRAM, "Trigger, watch and kill Cordage workflow runs from a terminal.", f"{_EPILOG}{exit_codes(ExitCode)}"
    )
    parser.add_argument("--version", "-V", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument("--demo", action="store_true", help="use the built-in simulator; needs no key or network")
    parser.add_argument("--linear", action="store_true", help="lines instead of a screen, as for a screen reader")
    parser.add_argument("--no-mouse", action="store_true", help="disable mouse support")
    add_common(parser, after_command=False)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", prog=PROGRAM)
    for command in _commands(only) if only or listed else ():
        add_command(subparsers.add_parser, PROGRAM, command, filled=only is not None)
    return parser


def _commands(only: str | None) -> Sequence[CommandSpec]:
    """Return the command `only` if it exists, otherwise every command."""
    chosen = [command for command in LISTS if command.name == only]
    if chosen:
        return chosen
    from cordage_tui.cli.arguments.commands import (
        COMMANDS,  # late: scripts call lists, and shells call them at each press of tab
    )

    return [command for command in COMMANDS if command.name == only] or COMMANDS


_ROOMS = {
    "trigger": "commands.trigger.trigger",
    "queue": "commands.queue.queue",
    "doctor": "doctor.doctor",
    "mcp": "agents.mcp",
    "skill": "agents.skill",
    "completion": "completion.completion",
}
"""Commands whose module is not `commands` and their name."""


def module_of(command: str | None) -> str:
    """Return the name of the module that runs a command; without one, that of the app."""
    if command is None:
        return "cordage_tui.cli.launch"
    return f"cordage_tui.cli.{_ROOMS.get(command, f'commands.{command}')}"


def command_in(argv: Sequence[str]) -> str | None:
    """Return the word that names the command, known or not; None without one, or after --help."""
    words = iter(argv)
    for word in words:
        if word in ("-h", "--help"):
            return None
        if word in _TAKE_A_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None
