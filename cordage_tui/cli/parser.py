"""Command-line parser: shared flags, value types, form of the help."""

import argparse
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module

from cordage_tui import __version__
from cordage_tui.cli.errors import MEANINGS, ExitCode, UsageError

TYPE_CHECKING = False  # the one of `typing` would cost start-up time
if TYPE_CHECKING:
    from typing import Any, NoReturn


# What all commands' parsers share: the flags, the form of the help, and words for what was mistyped.

PROGRAM = "cordage-tui"
_BAD_CHOICE = r"invalid choice: '([^']*)' \(choose from (.*)\)"
_UNKNOWN = "unrecognized arguments: "


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, 100 columns at most; epilogs keep their lines."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=min(100, columns()) - 2)


class Parser(argparse.ArgumentParser):
    """argparse that raises UsageError, names the nearest thing that exists, and shows no value that might be a key."""

    def error(self, message: str) -> "NoReturn":
        advice = f"See: {self.prog} --help"
        if mistyped := re.search(_BAD_CHOICE, message):
            near = _nearest(mistyped.group(1), re.findall(r"[\w-]+", mistyped.group(2)))
            what = "command" if "COMMAND" in message or "ACTION" in message else "choice"
            raise UsageError(f"There is no {what} {mistyped.group(1)!r}.{near}", advice)
        if message.startswith(_UNKNOWN):
            raise self._unknown(message.removeprefix(_UNKNOWN).split(), advice)
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", advice)

    @property
    def arguments(self) -> Sequence[argparse.Action]:
        """All that can be typed: options, positionals, and the actions behind a command word. argparse has no public name
        for them; completion and the manual page, made from the same parsers as the help, come through here."""
        return [action for action in self._actions if action.help is not argparse.SUPPRESS]

    def parse_known_args(self, args: "Any" = None, namespace: "Any" = None) -> "Any":
        """As argparse does, with options taken wherever they stand: it would read the positionals before the first option
        as all there are."""
        if args is not None and not self._subparsers:
            options, others, literal = self.split(args)
            args = [*options, *others, *literal]
        return super().parse_known_args(args, namespace)

    def split(self, words: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
        """The options with their values, the positionals, and what begins with a `--` that makes all behind it positional."""
        options: list[str] = []
        others: list[str] = []
        rest = list(words)
        while rest:
            if rest[0] == "--":
                return options, others, rest
            word = rest.pop(0)
            if (
                self._parse_optional(word) is not None
            ):  # what argparse itself would call one, or their order would change
                options += [word, *(rest.pop(0) for _ in rest[:1] if self._takes_next(word))]
            else:
                others.append(word)
        return options, others, []

    def _takes_next(self, word: str) -> bool:
        """Whether the word behind the option is its value: `--limit 5` and `-qo DIR`, but not `--limit=5`, `-oDIR` or `-q`."""
        known = self._option_string_actions
        if word.startswith("--"):
            return word in known and known[word].nargs != 0
        for place, letter in enumerate(word[1:], 2):
            action = known.get(f"-{letter}")
            if action is None or action.nargs != 0:
                return action is not None and place == len(word)
        return False

    def _unknown(self, words: list[str], advice: str) -> UsageError:
        flag = next((word.split("=", 1)[0] for word in words if word.startswith("-")), None)
        if flag is None:
            return UsageError("Too many arguments.", f"Quote names with spaces. {advice}")
        near = _nearest(flag, re.findall(r"--[\w-]+", self.format_help()))
        return UsageError(f"There is no option {flag}.{near}", advice)


class CommandSpec:
    """One command as it can be typed. Its parser is filled in only when it is used, or all are looked at."""

    def __init__(
        self,
        name: str,
        words: str,
        fill: Callable[[Parser], None],
        examples: str = "",
        codes: Iterable[ExitCode] = (),
    ) -> None:
        """`words` say in half a line what it does; `fill` adds its arguments; `examples` end its help. `codes` are the exit
        codes that it gives besides those that every command gives."""
        self.name = name
        self.codes = sorted({ExitCode.OK, ExitCode.USAGE, ExitCode.BUG, ExitCode.INTERRUPTED, *codes})
        self.words = words
        self.fill = fill
        self.examples = examples


Commands = Sequence[CommandSpec]


def columns() -> int:
    """Cells in a line of the terminal that stderr or stdout is on; COLUMNS over both; 80 where there is none."""
    told = os.environ.get("COLUMNS", "")
    if told.isascii() and told.isdigit() and int(told[:5]) > 0:
        return int(told[:5])
    for descriptor in (1, 2):
        try:
            return os.get_terminal_size(descriptor).columns or 80
        except OSError:
            continue
    return 80


def new_parser(prog: str, description: str, epilog: str = "") -> Parser:
    """A parser of ours: no abbreviations, which would change their meaning with every new option."""
    return Parser(prog=prog, description=description, epilog=epilog, formatter_class=HelpFormatter, allow_abbrev=False)


def add_command(
    commands: "argparse._SubParsersAction[Parser]", prog: str, command: CommandSpec, *, filled: bool = True
) -> None:
    """Make `command` known to the parser of `prog`; without its arguments unless `filled`."""
    parser = commands.add_parser(
        command.name,
        help=command.words,
        prog=f"{prog} {command.name}",
        description=f"{command.words[:1].upper()}{command.words[1:]}.",
        epilog=_epilog(command),
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    if filled:
        command.fill(parser)


def exit_codes(codes: Iterable[ExitCode]) -> str:
    """The part of a help that tells the exit codes, one a line."""
    return "exit codes:\n" + "\n".join(f"  {code:<4} {MEANINGS[code]}" for code in codes)


def _epilog(command: CommandSpec) -> str:
    examples = f"examples:\n{command.examples}\n" if command.examples else ""
    return examples + exit_codes(command.codes)


def add_common(parser: argparse.ArgumentParser, *, after_command: bool = True) -> None:
    """The flags that work before and after a command; the later place does not undo the earlier."""
    group = parser.add_argument_group("common options")
    unset = argparse.SUPPRESS if after_command else None
    off = argparse.SUPPRESS if after_command else False
    group.add_argument("--config", metavar="FILE", default=unset, help="configuration file (default: config.toml)")
    group.add_argument("--profile", metavar="NAME", default=unset, help="profile to use (or CORDAGE_PROFILE)")
    group.add_argument("--base-url", metavar="URL", default=unset, help="base URL of the server (or CORDAGE_BASE_URL)")
    group.add_argument("--read-only", action="store_true", default=off, help="never start or kill a run")
    group.add_argument("--quiet", "-q", action="store_true", default=off, help="only errors on stderr")
    group.add_argument("--no-color", action="store_true", default=off, help="no colors (or NO_COLOR)")


def add_shared(parser: argparse.ArgumentParser) -> None:
    """What every command takes that prints data: `--json` and the common flags."""
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    add_common(parser)


def _nearest(word: str, known: Sequence[str]) -> str:
    from cordage_tui.config.errors import suggest

    return suggest(word, known)


# The whole command line, as values.

_EPILOG = """\
examples:
  cordage-tui --demo                          try it without key or network; leaves no files
  cordage-tui                                 open the app; the first start sets up the connection
  cordage-tui --profile studio --read-only    open the app without starting or killing runs
  cordage-tui trigger Sunset "A fox" --wait   run a webhook from a script
  cordage-tui runs --status failed --json     failed runs, for jq
  cordage-tui doctor                          diagnose problems

There is no option for the API key: set CORDAGE_API_KEY, or save the key in the app.

"""
_KEY_FLAGS = frozenset({"--key", "--api-key", "--api_key", "--apikey", "--token"})
_TAKE_A_VALUE = frozenset({"--config", "--profile", "--base-url"})

_GROUPS = ("ACTION_COMMANDS", "READ_COMMANDS", "QUEUE_COMMANDS", "WEBHOOK_COMMANDS", "TOOL_COMMANDS")
"""The tables of `cli.commands`, in the order of the help."""


def commands() -> Iterator[CommandSpec]:
    """Yield every command, in the order of the help."""
    tables = import_module("cordage_tui.cli.commands")
    for group in _GROUPS:
        found: Commands = getattr(tables, group)
        yield from found


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line as values; `command` is None for opening the app. Raises UsageError, and SystemExit after --help."""
    if any(word.split("=", 1)[0] in _KEY_FLAGS for word in argv):
        raise UsageError("There is no option for the API key.", "Set CORDAGE_API_KEY instead.")
    options = build_parser(command_in(argv)).parse_args(argv)
    _refuse_app_options(options)
    return options


def _refuse_app_options(options: argparse.Namespace) -> None:
    """Raise UsageError where an option of the app stands before a command: ignored, `--demo trigger` would be a paid run."""
    for option, advice in (
        ("demo", "To try commands, start cordage-tui simulate and point them at it with --base-url."),
        ("no_mouse", "Omit it: commands use no mouse."),
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
    parser.add_argument("--demo", action="store_true", help="use the built-in simulator; needs no key or network")
    parser.add_argument("--no-mouse", action="store_true", help="disable mouse support")
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


# What stands behind a flag: ages, counts, ports, words for a status.

STATUSES = (
    *("active", "waiting", "ended", "queued", "sending", "uncertain", "held", "rejected", "sent"),
    *("pending", "running", "killing", "completed", "failed", "cancelled", "lost", "other"),
)
"""What `--status` takes: every status there is, and three words for several. Held to `domain.run` by a test."""

TIMEOUT_S = 120.0
"""How long a command waits for an answer where `--timeout` does not say."""
_SPAN = r"([0-9]{1,9})([smhdw])"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def span(text: str) -> float:
    """Seconds in `90s`, `30m`, `2h`, `1d` or `2w`."""
    found = re.fullmatch(_SPAN, text)
    if found is None:
        raise argparse.ArgumentTypeError("an age is a number and a unit: 90s, 30m, 2h, 1d, 2w")
    return float(int(found[1]) * _UNITS[found[2]])


def seconds(text: str) -> float:
    """Seconds as a plain number, or as `span` takes them."""
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text, re.ASCII) else span(text)


def add_timeout(parser: argparse.ArgumentParser, progress: str, never: str = "") -> None:
    """Add `--timeout`, in seconds. `progress` words what resets it, `never` is the option that disables it."""
    told = f"{TIMEOUT_S:g}s{f'; with {never}: never' if never else ''}"
    default = None if never else TIMEOUT_S
    parser.add_argument(
        "--timeout",
        metavar="AGE",
        type=seconds,
        default=default,
        help=f"give up after this long without {progress} (default: {told})",
    )


def count(text: str) -> int:
    """A number of things, at least 1."""
    if text.isascii() and text.isdigit() and int(text[:10]) > 0:
        return int(text[:10])
    raise argparse.ArgumentTypeError("must be a number, 1 or more")


def row(text: str) -> int:
    """The number of a row, as `queue list` has it or with the `@` that `runs` puts before it."""
    return count(text.removeprefix("@"))


def words(text: str) -> str:
    """What is looked for: text that can be text in the database, which bytes that are not UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("not text in UTF-8") from None
    return text


def path(text: str) -> str:
    """The name of a folder."""
    if text:
        return text
    raise argparse.ArgumentTypeError("must be the name of a folder")


def port(text: str) -> int:
    """A TCP port; 0 is any free one."""
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
