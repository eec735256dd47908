"""What can be typed: commands, flags, help, and words for what was mistyped."""

import argparse
import re
from collections.abc import Sequence
from typing import Final, NoReturn, TypeAlias

from cordage_tui import __version__
from cordage_tui.cli.complaint import UsageError
from cordage_tui.config.near_miss import nearest

DEFAULT_PORT: Final = 8765

_EPILOG: Final = """\
examples:
  cordage-tui --demo                          try it: no key, no network, nothing left behind
  cordage-tui                                 open the app; the first time it helps you connect
  cordage-tui --profile studio --read-only    look, and start or kill nothing
  cordage-tui webhooks add wh_abc123xyz Sunset
  cordage-tui simulate --port 8765            a Cordage on this machine for curl

the API key is never given here: set CORDAGE_API_KEY, or save it in the app.
exit codes: 0 ok, 2 usage or settings, 130 interrupted.
"""
_WEBHOOKS_EPILOG: Final = """\
examples:
  cordage-tui webhooks
  cordage-tui webhooks add wh_abc123xyz "Product shots"
  pass cordage/webhook | cordage-tui webhooks add - Sunset
  cordage-tui webhooks rename Sunset Dawn
  cordage-tui webhooks remove Dawn
  cordage-tui webhooks list --json --show-keys
"""
_SIMULATE_EPILOG: Final = """\
example:
  cordage-tui simulate --port 8765
It prints an API key, webhook keys and a curl line that works; ctrl+c ends it.
"""
_Commands: TypeAlias = "argparse._SubParsersAction[Parser]"

_BAD_CHOICE: Final = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")
_UNKNOWN: Final = "unrecognized arguments: "
_KEY_FLAGS: Final = frozenset({"--key", "--api-key", "--api_key", "--apikey", "--token"})


class Parser(argparse.ArgumentParser):
    """argparse that raises UsageError, names the nearest thing that exists, and shows no value that might be a key."""

    def error(self, message: str) -> NoReturn:
        advice = f"See: {self.prog} --help"
        if mistyped := _BAD_CHOICE.search(message):
            near = nearest(mistyped.group(1), re.findall(r"[\w-]+", mistyped.group(2)))
            raise UsageError(f"There is no command {mistyped.group(1)!r}.{near}", advice)
        if message.startswith(_UNKNOWN):
            raise self._unknown(message.removeprefix(_UNKNOWN).split(), advice)
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", advice)

    def _unknown(self, words: list[str], advice: str) -> UsageError:
        flag = next((word.split("=", 1)[0] for word in words if word.startswith("-")), None)
        if flag is None:
            return UsageError("There are more words than this command takes.", f"Quote names with spaces. {advice}")
        near = nearest(flag, re.findall(r"--[\w-]+", self.format_help()))
        return UsageError(f"There is no option {flag}.{near}", advice)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line as values; `command` is None for opening the app. Raises UsageError, and SystemExit after --help."""
    if any(word.split("=", 1)[0] in _KEY_FLAGS for word in argv):
        raise UsageError("An API key is not taken from the command line.", "Set CORDAGE_API_KEY instead.")
    return build_parser().parse_args(argv)


def build_parser() -> Parser:
    """The whole command line."""
    parser = Parser(
        prog="cordage-tui",
        description="Trigger, watch and kill Cordage workflow runs from a terminal.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"cordage-tui {__version__}")
    parser.add_argument("--demo", action="store_true", help="run against a simulator inside, without key or network")
    parser.add_argument("--read-only", action="store_true", help="refuse everything that starts or kills a run")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    _add_common(parser, None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    _add_webhooks(commands)
    simulate = _command(commands, "simulate", "serve a simulated Cordage on this machine", _SIMULATE_EPILOG)
    simulate.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="loopback port, 0 for any free one (default: %(default)s)"
    )
    return parser


def _command(commands: _Commands, name: str, words: str, epilog: str = "", *parents: Parser) -> Parser:
    return commands.add_parser(
        name,
        help=words,
        description=f"{words[:1].upper()}{words[1:]}.",
        epilog=epilog,
        parents=parents,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _add_common(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Flags that work before and after the command; `default` SUPPRESS keeps the later place from undoing the earlier."""
    parser.add_argument("--config", metavar="FILE", default=default, help="read FILE instead of config.toml")
    parser.add_argument("--profile", metavar="NAME", default=default, help="the workspace to use (or CORDAGE_PROFILE)")
    parser.add_argument("--base-url", metavar="URL", default=default, help="the server (or CORDAGE_BASE_URL)")


def _add_webhooks(commands: _Commands) -> None:
    shared = Parser(add_help=False)
    _add_common(shared, argparse.SUPPRESS)
    shared.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    parser = _command(commands, "webhooks", "list, add, rename and remove webhooks", _WEBHOOKS_EPILOG, shared)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    listing = _command(actions, "list", "list the profile's webhooks (the default)", "", shared)
    listing.add_argument("--show-keys", action="store_true", help="show webhook keys whole")
    add = _command(actions, "add", "add a webhook to the profile", "", shared)
    add.add_argument("key", metavar="KEY", help="from the webhook node's settings; - reads it from stdin")
    add.add_argument("name", metavar="NAME", help="what you call it")
    rename = _command(actions, "rename", "give a webhook another name", "", shared)
    rename.add_argument("webhook", metavar="WEBHOOK", help="its name or key")
    rename.add_argument("name", metavar="NAME", help="its new name")
    remove = _command(actions, "remove", "forget a webhook; its runs stay", "", shared)
    remove.add_argument("webhook", metavar="WEBHOOK", help="its name or key")


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
