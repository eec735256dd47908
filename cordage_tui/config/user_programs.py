"""Programs of the user in config.toml: hooks, which events start, and commands, which keys start."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from cordage_tui.config.errors import ConfigError, suggest
from cordage_tui.config.profiles import checked_label
from cordage_tui.config.toml_reader import TomlTable
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.base.program_arguments import embedded, is_run, placeholder
from cordage_tui.domain.safe_text import SafeText, one_line

TIME_LIMIT_S: Final = 30.0
"""Time limit of a program if the settings set none, in seconds."""
_LONGEST_S: Final = 3600.0

# [hooks]: once for each event, whichever process notices it first.

HOOKS: Final = ("on_finish", "on_batch", "on_idle", "on_hold")
HOOK_PLACEHOLDERS: Final = ("text", "text_json")


@dataclass(frozen=True, slots=True)
class Hook:
    """Program that is run when something has happened."""

    argv: tuple[str, ...]
    """The program and its arguments; run without a shell.

    `{text}` is replaced by a sentence about the event, `{text_json}` by an object with that sentence, as chat
    services take it.
    """
    limit_s: float = TIME_LIMIT_S
    """Seconds after which it is ended."""


def read_hooks(table: TomlTable) -> Mapping[str, Hook]:
    """Read the hooks, by the names of their events. Raises ConfigError."""
    limit_s = table.number("time_limit_s", 1.0, _LONGEST_S) or TIME_LIMIT_S
    programs = {name: argv for name in HOOKS if (argv := table.words(name)) is not None}
    table.finish()
    for name, argv in programs.items():
        _check_arguments(table, name, argv, HOOK_PLACEHOLDERS)
    return {name: Hook(argv, limit_s) for name, argv in programs.items()}


# [[commands]]: on a key and in the palette, run on the selection.


class CommandTarget(StrEnum):
    """Kind of selection that a command is run on."""

    RUN = "run"
    OUTPUT = "output"
    MARKS = "marks"
    BATCH = "batch"
    PROMPT = "prompt"


class CommandOutput(StrEnum):
    """Use of a command's output."""

    TOAST = "toast"
    PROMPT = "prompt"
    """Fills the prompt panel, which waits for the user's Enter."""


_OF_RUN: Final = ("id", "prompt", "webhook", "profile", "url", "path", "number")
PLACEHOLDERS: Final[Mapping[CommandTarget, tuple[str, ...]]] = {
    CommandTarget.RUN: _OF_RUN,
    CommandTarget.OUTPUT: _OF_RUN,
    CommandTarget.MARKS: ("profile",),
    CommandTarget.BATCH: ("title", "webhook", "profile"),
    CommandTarget.PROMPT: ("prompt", "webhook", "profile"),
}
"""Placeholders by target; of a run `url`, `path` and `number` are those of its chosen output."""


@dataclass(frozen=True, slots=True)
class UserCommand:
    """Program that the user runs on the selection."""

    name: SafeText
    argv: tuple[str, ...]
    """The program and its arguments; run without a shell."""
    on: tuple[CommandTarget, ...]
    key: str = ""
    """As the settings have it; whether it is free is the screen's to check. Empty: it is in the palette only."""
    confirm: bool = False
    """Asks first."""
    spends: bool = False
    """Starts or kills runs, or costs money otherwise: refused if the profile is read-only."""
    background: bool = True
    """Runs while the app continues; otherwise the app hands the terminal over to it."""
    into: CommandOutput = CommandOutput.TOAST
    limit_s: float = TIME_LIMIT_S
    """Seconds after which it is ended; ignored for one that has the terminal."""


def read_commands(tables: Sequence[TomlTable]) -> tuple[UserCommand, ...]:
    """Read all commands. Raises ConfigError."""
    commands = tuple(map(_read_command, tables))
    names = [command.name.casefold() for command in commands]
    for table, name in zip(tables, names, strict=True):
        if names.count(name) > 1:
            raise ConfigError(f"{table.place('name')} is the name of two commands.", "Rename one of them.")
    return commands


def _read_command(table: TomlTable) -> UserCommand:
    name, argv, on = table.text("name"), table.words("run"), _read_targets(table)
    if name is None:
        raise ConfigError(f"{table.place()} has no name.", 'An example that works: name = "To the wall"')
    if argv is None:
        raise ConfigError(f"{table.place()} runs nothing.", 'An example that works: run = ["wall-upload", "{path}"]')
    key, into = table.text("key") or "", table.choice("into", tuple(CommandOutput)) or CommandOutput.TOAST
    flags = {flag: value for flag in ("confirm", "spends", "background") if (value := table.flag(flag)) is not None}
    limit_s = table.number("time_limit_s", 1.0, _LONGEST_S) or TIME_LIMIT_S
    table.finish()
    shown = SafeText(checked_label(name, table.place("name"), "To the wall"))
    _check_arguments(
        table,
        "run",
        argv,
        [
            placeholder_name
            for placeholder_name in PLACEHOLDERS[on[0]]
            if all(placeholder_name in PLACEHOLDERS[t] for t in on)
        ],
    )
    return UserCommand(shown, argv, on, key, **flags, into=CommandOutput(into), limit_s=limit_s)


def _read_targets(table: TomlTable) -> tuple[CommandTarget, ...]:
    value: Any = table.value("on")
    names = [value] if isinstance(value, str) else value
    known = tuple(CommandTarget)
    advice = f'There are: {", ".join(known)}. An example that works: on = ["run", "output"]'
    if value is None:
        raise ConfigError(f"{table.place()} does not say what it is run on.", advice)
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise table.wrong("on", "a list of names")
    if unknown := next((name for name in names if name not in known), None):
        problem = (
            f"{table.place('on')} has {one_line(unknown, 60)!r}, which nothing is called.{suggest(unknown, known)}"
        )
        raise ConfigError(problem, advice)
    return tuple(CommandTarget(name) for name in dict.fromkeys(names))


def _check_arguments(table: TomlTable, key: str, argv: Sequence[str], known: Sequence[str]) -> None:
    """Raise ConfigError for placeholders that do not exist, would not be replaced, or would be run."""
    known_names = f"There are: {', '.join(f'{{{name}}}' for name in known)}."
    for place, argument in enumerate(argv):
        name = placeholder(argument)
        if name is not None and name not in known:
            advice = f"{known_names} To write braces as text, put spaces inside: {{ {one_line(name, 20)} }}"
            problem = f"{table.place(key)} has {{{one_line(name, 40)}}}, which has no value here.{suggest(name, known)}"
            raise ConfigError(problem, advice)
        if (inner := embedded(argument, known)) is not None:
            problem = f"{table.place(key)} has {{{inner}}} inside an argument, and is not replaced there."
            raise ConfigError(problem, f'Make it an argument of its own: "{{{inner}}}".')
        if name is not None and is_run(argv, place):
            problem = f"{table.place(key)} would run the text of {{{name}}} as a program."
            raise ConfigError(problem, f'Pass it as an argument: ["sh", "-c", "echo \\"$1\\"", "sh", "{{{name}}}"].')
