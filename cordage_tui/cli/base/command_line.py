"""Command line: its whole parser, and the meaning of a line."""

import argparse
from collections.abc import Iterator, Mapping, Sequence

from cordage_tui import SOURCE, __version__
from cordage_tui.cli.arguments.history import LISTS
from cordage_tui.cli.base.errors import PROGRAM, ExitCode, UsageError, nothing_done
from cordage_tui.cli.base.parser import (
    CommandSpec,
    Parser,
    add_command,
    add_common,
    app_only,
    exit_codes,
    in_columns,
    new_parser,
)

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
_ONE_OF_THESE = f"one of those below; its options: {PROGRAM} COMMAND --help"
_MORE = f"""

manual:
  cordage-tui help              list its pages
  cordage-tui help TOPIC        print a page, or the help of a command
{f"  {SOURCE}   report a bug" if SOURCE else ""}"""
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
    for option in ("demo", "no_mouse", "linear"):
        if options.command is not None and getattr(options, option):
            raise app_only(f"--{option.replace('_', '-')}")


def build_parser(only: str | None = "", *, listed: bool = True) -> Parser:
    """Build the parser of the complete command line.

    To save time, it may be partial: with only the command `only` if it exists, or, if that is None, without the
    arguments of commands. Unless `listed`, it has no commands at all.
    """
    parser = new_parser(
        PROGRAM,
        "Trigger, watch and kill Cordage workflow runs from a terminal.",
        f"{_EPILOG}{exit_codes(ExitCode)}{_MORE}",
    )
    parser.add_argument("--version", "-V", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument("--demo", action="store_true", help="use the built-in simulator; needs no key or network")
    parser.add_argument("--linear", action="store_true", help="lines instead of a screen, as for a screen reader")
    parser.add_argument("--no-mouse", action="store_true", help="disable mouse support")
    add_common(parser, after_command=False)
    subparsers = parser.add_subparsers(
        dest="command", metavar="COMMAND", title="commands", prog=PROGRAM, help=_ONE_OF_THESE
    )
    for command in _commands(only) if only or listed else ():
        add_command(parser, subparsers.add_parser, command, filled=only is not None, listed=False)
    if not only and listed:
        for title, commands in _groups().items():
            parser.add_argument_group(title, in_columns([(command.name, command.words) for command in commands]))
    return parser


def _commands(only: str | None) -> Sequence[CommandSpec]:
    """Return the command `only` if it exists, otherwise every command."""
    chosen = [command for command in LISTS if command.name == only]
    if chosen:
        return chosen
    commands = [command for group in _groups().values() for command in group]
    return [command for command in commands if command.name == only] or commands


def _groups() -> "Mapping[str, Sequence[CommandSpec]]":
    from cordage_tui.cli.arguments.commands import GROUPS  # late: scripts call lists, and shells at each press of tab

    return GROUPS


_ROOMS = {
    "trigger": "commands.trigger.command",
    "queue": "commands.queue.command",
    "doctor": "doctor.command",
    "mcp": "agents.mcp",
    "skill": "agents.skill",
    "completion": "completion.script",
}
"""Commands whose module is not `commands` and their name."""


def module_of(command: str | None) -> str:
    """Return the name of the module that runs a command; without one, that of the app."""
    if command is None:
        return "cordage_tui.cli.launch"
    return f"cordage_tui.cli.{_ROOMS.get(command, f'commands.{command}')}"


def command_in(argv: Sequence[str]) -> str | None:
    """Return the word that names the command, known or not; None without one, or after --help."""
    return next(_words_in(argv), None)


def unchanged(argv: Sequence[str]) -> str:
    """Return what an error in this command line means if it says nothing itself; empty for commands that only read."""
    words = _words_in(argv)
    return nothing_done(next(words, ""), next(words, ""))


def _words_in(argv: Sequence[str]) -> Iterator[str]:
    """Yield the words that are not options of every command, up to --help."""
    words = iter(argv)
    for word in words:
        if word in ("-h", "--help"):
            return
        if word in _TAKE_A_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            yield word
