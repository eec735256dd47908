"""The whole command line, as values."""

import argparse
from collections.abc import Iterator, Sequence
from importlib import import_module

from cordage_tui import __version__
from cordage_tui.cli.errors import UsageError
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.parsing.frame import (
    PROGRAM,
    Commands,
    CommandSpec,
    Parser,
    add_command,
    add_common,
    exit_codes,
    new_parser,
)

_EPILOG = """\
examples:
  cordage-tui --demo                          try it: no key, no network, nothing left behind
  cordage-tui                                 open the app; the first time it helps you connect
  cordage-tui --profile studio --read-only    look, and start or kill nothing
  cordage-tui trigger Sunset "A fox" --wait   run a webhook from a script
  cordage-tui runs --status failed --json     what went wrong, for jq
  cordage-tui doctor                          what is wrong here, and its cure

the API key is never given here: set CORDAGE_API_KEY, or save it in the app.

"""
_KEY_FLAGS = frozenset({"--key", "--api-key", "--api_key", "--apikey", "--token"})
_TAKE_A_VALUE = frozenset({"--config", "--profile", "--base-url"})

_ROOMS = ("acting", "looking", "queue", "webhooks", "tools")
"""The modules of `parsing` that describe commands, in the order of the help."""


def commands() -> Iterator[CommandSpec]:
    """Every command, in the order of the help. Whoever stops at one loads no module behind it."""
    for room in _ROOMS:
        found: Commands = import_module(f"cordage_tui.cli.parsing.{room}").COMMANDS
        yield from found


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line as values; `command` is None for opening the app. Raises UsageError, and SystemExit after --help."""
    if any(word.split("=", 1)[0] in _KEY_FLAGS for word in argv):
        raise UsageError("An API key is not taken from the command line.", "Set CORDAGE_API_KEY instead.")
    options = build_parser(command_in(argv)).parse_args(argv)
    _refuse_app_options(options)
    return options


def _refuse_app_options(options: argparse.Namespace) -> None:
    """Raise UsageError where an option of the app stands before a command: ignored, `--demo trigger` would be a paid run."""
    for option, advice in (
        ("demo", "To try commands, start cordage-tui simulate and point them at it with --base-url."),
        ("no_mouse", "Leave it out: commands use no mouse."),
    ):
        if options.command is not None and getattr(options, option):
            name = f"--{option.replace('_', '-')}"
            raise UsageError(f"{name} is for the app; {options.command} does not take it.", advice)


def build_parser(only: str | None = "") -> Parser:
    """The whole command line; or, since most of a short command's parsing would be to build what it does not use: of the
    command `only` where that is one, and without the arguments of any where it is None."""
    parser = new_parser(
        PROGRAM, "Trigger, watch and kill Cordage workflow runs from a terminal.", f"{_EPILOG}{exit_codes(ExitCode)}"
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument("--demo", action="store_true", help="run against a simulator inside, without key or network")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    add_common(parser, after_command=False)
    words = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", prog=PROGRAM)
    chosen = next((command for command in commands() if command.name == only), None) if only else None
    for command in [chosen] if chosen else commands():
        add_command(words, PROGRAM, command, filled=only is not None)
    return parser


def command_in(argv: Sequence[str]) -> str | None:
    """The word that names the command, known or not; None where there are only options, or help is asked for before it."""
    words = iter(argv)
    for word in words:
        if word in ("-h", "--help"):
            return None
        if word in _TAKE_A_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None
