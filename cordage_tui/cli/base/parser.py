"""Command-line parser: shared flags, value types, form of the help."""

import argparse
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from cordage_tui.cli.base.errors import MEANINGS, PROGRAM, ExitCode, UsageError

TYPE_CHECKING = False  # importing `typing` would cost 2.5 ms of the 32 that --help takes
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, NoReturn, TypeVar

    AnyAction = TypeVar("AnyAction", bound=argparse.Action)
    Argument = tuple[tuple[str, ...], dict[str, Any]]


# Shared by all parsers: flags, help format, and messages for typos.

# Two private names of argparse are replaced, this one and `HelpFormatter._set_color`.
# Help and messages are English, and `Parser.error` reads argparse's. Its own look-up of translations would try four files
# for every word of the help: 30 ms of CPU in place of 26.
argparse._ = lambda text: text  # type: ignore[attr-defined]  # not str: argparse hands None through it too
_OF_ARGUMENT = r"argument ([^\s:]+): (.*)"
_BAD_CHOICE = r"invalid choice: '([^']*)' \(choose from (.*)\)"
_EXCLUDED = r"not allowed with argument (\S+)"
_REQUIRED = "the following arguments are required: "
_UNKNOWN = "unrecognized arguments: "
_NEGATIVE_NUMBER = r"-\d+$|-\d*\.\d+$"

_KINDS = {"--status": "status", "--format": "format", "--lane": "lane", "SHELL": "shell"}
"""Arguments whose values have a name of their own."""


EXPRESSION = "EXPR"
"""Metavar of options whose values may begin with a minus sign."""
_MEANINGS_AT = 18
"""Column of the meanings in the list of all options and commands."""
SIGNED_WORDS = "RUN|+TAG|-TAG"
"""Metavar of positionals that may begin with a minus sign; options of their command are still read as options."""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, 100 columns at most; epilogs keep their lines."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=min(100, columns()) - 2)

    def _set_color(self, *_: object, **__: object) -> None:
        """Choose no colours, as up to Python 3.13.

        From 3.14 on argparse colours help, which linear mode must not have. It loads `dataclasses` and `inspect` for that,
        also without colours, which takes 5 ms of CPU.
        """
        self._theme, self._decolor = _PlainTheme(), str


class _PlainTheme:
    """Theme of argparse whose every colour is nothing."""

    def __getattr__(self, name: str) -> str:
        return ""


class _StoreOnce(argparse.Action):
    """Action that raises UsageError for a second value; argparse's own would lose the first one silently."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: "Any", option: str | None = None
    ) -> None:
        given_options = vars(namespace).setdefault("_given", {})
        if option is not None and given_options.setdefault(self.dest, values) != values:
            raise UsageError(
                f"{option} was given twice, with two values.", f"Give one of them. See: {parser.prog} --help"
            )
        setattr(namespace, self.dest, values)


class Parser(argparse.ArgumentParser):
    """ArgumentParser that raises UsageError with the nearest match, and shows no value that might be a key."""

    outer: "Parser | None" = None
    """Parser of the command line that this command or action belongs to; None for the whole command line."""

    def __init__(self, **options: "Any") -> None:
        self._all: list[argparse.Action] = []
        self._by_flag: dict[str, argparse.Action] = {}
        """Options by each of their names."""
        super().__init__(**options)
        for name in (None, "store"):
            self.register("action", name, _StoreOnce)

    def add_argument(self, *names: "Any", **options: "Any") -> argparse.Action:
        return self._recorded(super().add_argument(*names, **options))

    def add_subparsers(self, **options: "Any") -> "Any":
        return self._recorded(super().add_subparsers(**options))

    def add_to(self, group: "Any", *arguments: "Argument") -> None:
        """Add arguments to a group of this parser."""
        for names, options in arguments:
            self._recorded(group.add_argument(*names, **options))

    def _recorded(self, action: "AnyAction") -> "AnyAction":
        """Record an argument: argparse has no public name for those of a parser."""
        self._all.append(action)
        self._by_flag |= dict.fromkeys(action.option_strings, action)
        return action

    def error(self, message: str) -> "NoReturn":
        advice = f"See: {self.prog} --help"
        if message.startswith(_UNKNOWN):
            raise self._unknown(message.removeprefix(_UNKNOWN).split())
        if message.startswith(_REQUIRED):
            values = [
                value
                for action in self._all
                if not action.option_strings
                for value in str(action.metavar or action.dest).split("|")[: None if action.nargs == "+" else 1]
            ]
            missing = [value for value in values if value in re.split("[, |]+", message)]
            raise UsageError(f"{self._title} needs {' and '.join(missing)}.", f"Type: {' '.join((self.prog, *values))}")
        if of_argument := re.fullmatch(_OF_ARGUMENT, message, re.DOTALL):
            raise self._wrong_argument(*of_argument.groups())
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", advice)

    def _wrong_argument(self, names: str, message: str) -> UsageError:
        """Return the error for what argparse says about an argument; an option may have two `names`."""
        name, advice = names.split("/")[0], f"See: {self.prog} --help"
        if mistyped := re.fullmatch(_BAD_CHOICE, message, re.DOTALL):
            return self._unknown_choice(name, mistyped.group(1), re.findall(r"[\w-]+", mistyped.group(2)))
        if excluded := re.fullmatch(_EXCLUDED, message):
            return UsageError(f"{name} and {excluded.group(1).split('/')[0]} cannot be combined.", "Omit one of them.")
        if message.startswith("expected one argument"):
            return UsageError(f"{name} needs a value.", advice)
        happened = f"{name}: {message}." if name.startswith("-") else f"{message[:1].upper()}{message[1:]}."
        return UsageError(happened, advice)

    def _unknown_choice(self, name: str, word: str, known: Sequence[str]) -> UsageError:
        if name not in ("COMMAND", "ACTION"):
            kind = _KINDS.get(name, f"value of {name}")
            return UsageError(f"{word!r} is not a {kind}.{_nearest(word, known)}", f"Use one of: {', '.join(known)}.")
        advice = _habits().advice_for(self._title, word, known)
        near = "" if advice else _nearest(word, known)
        if name == "COMMAND":
            return UsageError(f"There is no command {word!r}.{near}", advice or f"See: {self.prog} --help")
        return UsageError(f"{self._title} has no action {word!r}.{near}", advice or f"It has: {', '.join(known)}.")

    @property
    def _title(self) -> str:
        """The command without the program, as in `queue drop`; of the whole command line, the program."""
        return self.prog.partition(" ")[2] or self.prog

    @property
    def arguments(self) -> Sequence[argparse.Action]:
        """Arguments shown in help, for completion and the manual page."""
        return [action for action in self._all if action.help is not argparse.SUPPRESS]

    @property
    def commands(self) -> "Mapping[str, Parser]":
        """Parsers of its commands or actions by their names; empty if it has none."""
        return next((action.choices for action in self.arguments if isinstance(action.choices, dict)), {})

    def parse_known_args(self, args: "Any" = None, namespace: "Any" = None) -> "Any":
        """Parse options anywhere between positionals; argparse alone stops reading positionals at the first option.

        The options of an action follow it.
        """
        if args is not None and self.commands:
            self._check_places(args)
        elif args is not None:
            options, positionals, literal = self.split(args)
            args = (
                [*options, "--", *positionals, *literal[1:]]
                if self._takes_signs
                else [*options, *positionals, *literal]
            )
        options, unknown_words = super().parse_known_args(args, namespace)
        if unknown_words and self.outer is not None:
            raise self._unknown(unknown_words)
        return options, unknown_words

    def _check_places(self, words: Sequence[str]) -> None:
        """Raise UsageError for an option of a command that is given before the command."""
        commands = self.commands
        remaining = iter(words)
        for word in remaining:
            if not word.startswith("-"):
                return
            flag, parser = (
                word.split("=", 1)[0],
                commands.get(next((w for w in words if w in commands), "")),
            )
            if flag not in self._by_flag and parser and flag in parser._by_flag:
                raise UsageError(
                    f"{flag} stands before its command.", f"Put it after the command: {parser.prog} {flag}"
                )
            if self._takes_next(word):
                next(remaining, None)

    def split(self, words: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
        """Split `words` into options with their values, positionals, and the rest from `--` on."""
        options: list[str] = []
        positionals: list[str] = []
        remaining = list(words)
        while remaining:
            if remaining[0] == "--":
                return options, positionals, remaining
            word = remaining.pop(0)
            is_signed = self._takes_signs and word[:2] != "--" and word not in self._by_flag
            if not is_signed and self.reads_as_option(word):
                action = self._by_flag.get(word)
                if action is not None and action.nargs == argparse.OPTIONAL:  # its value would be attached
                    options.append(f"{word}={action.const}")
                    continue
                value = [remaining.pop(0) for _ in remaining[:1] if self._takes_next(word)]
                begins = word in self._by_flag and self._by_flag[word].metavar == EXPRESSION
                options += ["=".join((word, *value))] if begins else [word, *value]
            else:
                positionals.append(word)
        return options, positionals, []

    def reads_as_option(self, word: str) -> bool:
        """Return whether argparse takes a word for an option; it has no public name for that rule."""
        if word[:1] != "-" or len(word) == 1:
            return False
        if word in self._by_flag or word.split("=", 1)[0] in self._by_flag or word[:2] in self._by_flag:
            return True
        return " " not in word and re.match(_NEGATIVE_NUMBER, word) is None

    @property
    def _takes_signs(self) -> bool:
        return any(action.metavar == SIGNED_WORDS for action in self.arguments)

    def _takes_next(self, word: str) -> bool:
        """Return whether the next word is the option's value: `--limit 5`, `-qo DIR`; not `--limit=5`, `-oDIR`, `-q`."""
        actions = self._by_flag
        if word.startswith("--"):
            return word in actions and actions[word].nargs != 0
        for place, letter in enumerate(word[1:], 2):
            action = actions.get(f"-{letter}")
            if action is None or action.nargs != 0:
                return action is not None and place == len(word)
        return False

    def _unknown(self, words: list[str]) -> UsageError:
        advice = f"See: {self.prog} --help"
        flag = next((word.split("=", 1)[0] for word in words if word.startswith("-")), None)
        if flag is None:
            return UsageError(f"{words[0]!r} is one word too many.", f"Put quotes around a name with spaces. {advice}")
        root = self
        while root.outer is not None:
            root = root.outer
        if root is not self and flag in root._by_flag:
            return app_only(flag)
        near = _habits().nearest_option(flag, [name for name in self._by_flag if name.startswith("--")])
        if self.outer is None:
            return UsageError(f"There is no option {flag}.{near}", advice)
        return UsageError(f"{self._title} has no option {flag}.{near}", advice)


def app_only(flag: str) -> UsageError:
    """Return the error for an option of the app that is given with a command."""
    advice = {
        "--demo": "To try commands, run: cordage-tui simulate",
        "--no-mouse": "Omit it: commands use no mouse.",
        "--linear": "Omit it: commands print lines.",
    }
    return UsageError(f"{flag} only works without a command.", advice.get(flag, f"Without a command: {PROGRAM} {flag}"))


def arg(*names: str, **options: "Any") -> "Argument":
    """Define an argument, as for `add_argument`."""
    return names, options


def flag(*names: str, help: str) -> "Argument":
    """Define an option without a value."""
    return names, {"action": "store_true", "help": help}


class CommandSpec:
    """Definition of a command. Its parser is filled only when it is used, or for the complete command line."""

    def __init__(
        self,
        name: str,
        words: str,
        *arguments: "Argument | list[Argument]",
        examples: str = "",
        codes: Iterable[ExitCode] = (),
        json: str | None = "print one JSON object",
        actions: "Sequence[CommandSpec]" = (),
    ) -> None:
        """Define a command.

        `words` are its one-line help; a list among the arguments is mutually exclusive; `examples` end its help.
        `codes` are its exit codes besides those of every command. `json` is the help of `--json`, None without it.
        `actions` are its own commands.
        """
        self.name = name
        self.words = words
        self.arguments = arguments
        self.examples = examples
        self.codes = sorted({ExitCode.OK, ExitCode.USAGE, ExitCode.BUG, ExitCode.INTERRUPTED, *codes})
        self.json = json
        self.actions = actions


def columns() -> int:
    """Width of the terminal on stdout or stderr, in cells; COLUMNS overrides it; 80 without a terminal."""
    columns_setting = os.environ.get("COLUMNS", "")
    if columns_setting.isascii() and columns_setting.isdigit() and int(columns_setting[:5]) > 0:
        return int(columns_setting[:5])
    for descriptor in (1, 2):
        try:
            return os.get_terminal_size(descriptor).columns or 80
        except OSError:
            continue
    return 80


def in_columns(rows: "Iterable[tuple[str, str]]") -> str:
    """Lay out names and their meanings as the help does, with meanings wrapped beside the names."""
    width, lines = min(100, columns()) - 2, []
    for name, meaning in rows:
        lines.append(f"{name:<{_MEANINGS_AT - 2}}")
        for word in meaning.split(" "):
            if len(lines[-1]) + len(word) + 2 > width and lines[-1].strip() != name:
                lines.append(" " * (_MEANINGS_AT - 2))
            lines[-1] += word if lines[-1].endswith("  ") else f" {word}"
    return "\n".join(lines)


def new_parser(prog: str, description: str, epilog: str = "") -> Parser:
    """Create a parser without abbreviations, whose meaning would change with every new option."""
    return Parser(prog=prog, description=description, epilog=epilog, formatter_class=HelpFormatter, allow_abbrev=False)


def add_command(
    outer: Parser, add_parser: Callable[..., Parser], command: CommandSpec, *, filled: bool = True, listed: bool = True
) -> None:
    """Add `command` to the commands of `outer`: without its arguments unless `filled`, and without a line in the help
    unless `listed`."""
    parser = add_parser(
        command.name,
        **({"help": command.words} if listed else {}),
        prog=f"{outer.prog} {command.name}",
        description=f"{command.words[:1].upper()}{command.words[1:]}.",
        epilog=_epilog(command),
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    parser.outer = outer
    if filled:
        _add_arguments(parser, command)


def _add_arguments(parser: Parser, command: CommandSpec) -> None:
    for argument in command.arguments:
        if isinstance(argument, list):
            parser.add_to(parser.add_mutually_exclusive_group(), *argument)
        else:
            names, options = argument
            parser.add_argument(*names, **options)
    if command.json:
        parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=command.json)
    add_common(parser)
    if command.actions:
        actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", prog=parser.prog)
        for action in command.actions:
            add_command(parser, actions.add_parser, action)


def exit_codes(codes: Iterable[ExitCode]) -> str:
    """Format the exit codes for help, one per line."""
    listed = set(codes)
    meanings = {code: MEANINGS[code] for code in codes}
    if ExitCode.HUNG_UP in listed:  # then it has a line of its own
        meanings[ExitCode.INTERRUPTED] = "interrupted"
    return "exit codes:\n" + "\n".join(f"  {code:<4} {meaning}" for code, meaning in meanings.items())


def _epilog(command: CommandSpec) -> str:
    examples = f"examples:\n{command.examples}\n" if command.examples else ""
    return examples + exit_codes(command.codes)


def add_common(parser: Parser, *, after_command: bool = True) -> None:
    """Add the flags that work before and after a command; the later place does not reset the earlier."""
    unset = argparse.SUPPRESS if after_command else None
    off = argparse.SUPPRESS if after_command else False
    parser.add_to(
        parser.add_argument_group("common options"),
        arg("--config", metavar="FILE", default=unset, help="configuration file (default: config.toml)"),
        arg("--profile", metavar="NAME", default=unset, help="profile to use (or CORDAGE_PROFILE)"),
        arg("--base-url", metavar="URL", default=unset, help="base URL of the server (or CORDAGE_BASE_URL)"),
        arg("--read-only", action="store_true", default=off, help="never start or kill a run"),
        arg("--quiet", "-q", action="store_true", default=off, help="only errors on stderr"),
        arg("--no-color", action="store_true", default=off, help="no colors (or NO_COLOR)"),
    )


def _nearest(word: str, known: Sequence[str]) -> str:
    near: str = _habits().suggest(word, known)
    return near


def _habits() -> "ModuleType":
    from cordage_tui.cli.base import suggestions

    return suggestions


# Types of values: ages, counts, ports, statuses.

STATUSES = (
    *("active", "waiting", "ended", "queued", "sending", "uncertain", "held", "rejected", "unmatched"),
    *("pending", "running", "killing", "completed", "failed", "cancelled", "missing", "other"),
)
"""Values of `--status`: every status, and three words for several. A test compares it with `domain.run`."""

EARLIER_STATUSES = {"sent": "unmatched", "lost": "missing"}
"""Earlier words of two statuses, which are taken for one version. A test compares it with `domain.run`."""

TABLES = ("csv", "tsv")
"""Values of `--format` of tables. A test compares it with `cli.base.run_records`."""

FORMATS = ("lines", "csv", "tsv", "jsonl", "json")
"""Values of `--format`. A test compares it with `engine.batch.prompt_files`."""

LANES = ("interactive", "batch")
"""Values of `--lane`. A test compares it with `domain.submission`."""

ENDED = ("completed", "failed", "cancelled", "missing", "rejected", "unmatched")
"""Those of runs that have ended. A test compares it with `domain.run`."""

RATINGS = ("keep", "reject", "none", "1", "2", "3", "4", "5")
"""Ratings of an output; `none` takes decision and stars back."""

TIMEOUT_S = 120.0
"""Default of `--stall`."""


def status(text: str) -> str:
    """Return the word of today for a status."""
    return EARLIER_STATUSES.get(text, text)


def span(text: str) -> float:
    """Parse `90s`, `30m`, `2h`, `1d` or `2w` to seconds."""
    from cordage_tui.domain.time_span import whole_span_s  # `--help` needs none

    seconds_found = whole_span_s(text)
    if seconds_found is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an age: write a number and a unit, such as 90s, 30m, 2h, 1d or 2w"
        )
    return seconds_found


def since(text: str) -> float:
    """Parse an age like `span`. Raises UsageError for a day or a time, which only filters take."""
    try:
        return span(text)
    except argparse.ArgumentTypeError:
        if not re.fullmatch(r"today|yesterday|\w+day|\d{4}-\d\d-\d\d.*|\d\d?:\d\d", text):
            raise
    raise UsageError(f"{text!r} is not an age, such as 2h or 1d.", f"For a day, use a filter: --where since:{text}")


def seconds(text: str) -> float:
    """Parse seconds: a plain number, or an age like `span`."""
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text, re.ASCII) else span(text)


def times(progress: str, never: str = "") -> "tuple[Argument, Argument]":
    """Define `--timeout` and `--stall`, in seconds.

    `progress` describes the event that resets the second one, and `never` is the option that disables it.
    """
    default = f"{TIMEOUT_S:g}s{f'; with {never}: never' if never else ''}"
    stall_help = f"give up after this long without {progress} (default: {default})"
    in_all = f"wait at most this long; exit {ExitCode.STILL_RUNNING} if something still runs (default: no limit)"
    return (
        arg("--timeout", metavar="AGE", type=seconds, help=in_all),
        arg("--stall", metavar="AGE", type=seconds, help=stall_help),
    )


def count(text: str) -> int:
    """Parse a count, at least 1."""
    if text.isascii() and text.isdigit() and int(text[:10]) > 0:
        return int(text[:10])
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")


def limit(text: str) -> int:
    """Parse a limit of runs; 0 is `none`."""
    if text == "none":
        return 0
    if text.isascii() and text.isdigit() and 0 < int(text[:10]) <= 100_000:
        return int(text[:10])
    raise argparse.ArgumentTypeError(f"{text!r} is not a limit: use a number from 1 to 100000, or none")


def row(text: str) -> int:
    """Parse the number of a row, with or without `@`."""
    return count(text.removeprefix("@"))


def words(text: str) -> str:
    """Accept text that SQLite can hold: bytes that are not UTF-8 cannot be searched for."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("the text is not UTF-8") from None
    return text


def path(text: str) -> str:
    """Accept a folder name that is not empty."""
    if text:
        return text
    raise argparse.ArgumentTypeError("the name is empty: write a file or folder")


def fields(text: str) -> "tuple[str, ...] | bool":
    """Parse names of fields with commas between them; True for none, which leaves the choice to the command. Raises
    UsageError."""
    names = tuple(name for word in text.split(",") if (name := word.strip()))
    if not names:
        return True
    from cordage_tui.domain.run_record import FIELDS  # most commands need none

    for name in names:
        if name not in FIELDS:
            raise UsageError(
                f"There is no field {name!r}.{_nearest(name, FIELDS)}", f"The fields are: {', '.join(FIELDS)}"
            )
    return names


def port(text: str) -> int:
    """Parse a TCP port; 0 is any free one."""
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port: use a number from 0 to 65535")
