"""What all commands' parsers share: the flags, the form of the help, and words for what was mistyped."""

import argparse
import os
import re
from collections.abc import Callable, Iterable, Sequence

from cordage_tui.cli.errors import UsageError
from cordage_tui.cli.exit_codes import MEANINGS, ExitCode

TYPE_CHECKING = False  # the one of `typing` would cost a tenth of what --help takes
if TYPE_CHECKING:
    from typing import Any, NoReturn

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
            return UsageError("There are more words than this command takes.", f"Quote names with spaces. {advice}")
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
    group.add_argument("--config", metavar="FILE", default=unset, help="read FILE instead of config.toml")
    group.add_argument("--profile", metavar="NAME", default=unset, help="the workspace to use (or CORDAGE_PROFILE)")
    group.add_argument("--base-url", metavar="URL", default=unset, help="the server (or CORDAGE_BASE_URL)")
    group.add_argument("--read-only", action="store_true", default=off, help="refuse whatever starts or kills a run")
    group.add_argument("--quiet", "-q", action="store_true", default=off, help="say nothing on stderr but errors")
    group.add_argument("--no-color", action="store_true", default=off, help="no colours (or NO_COLOR)")


def add_shared(parser: argparse.ArgumentParser) -> None:
    """What every command takes that prints data: `--json` and the common flags."""
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    add_common(parser)


def _nearest(word: str, known: Sequence[str]) -> str:
    from cordage_tui.config.errors import suggest

    return suggest(word, known)
