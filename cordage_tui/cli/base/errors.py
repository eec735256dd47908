"""Errors that end a command, exit codes, and the flags of the commands that an error advises."""

import re
from collections.abc import Mapping
from enum import IntEnum

from cordage_tui.cli.base.output_streams import print_message

TYPE_CHECKING = False  # importing `typing` would cost 2.5 ms of the 32 that --help takes
if TYPE_CHECKING:
    from typing import Final


PROGRAM: "Final" = "cordage-tui"

# Exit codes for scripts.


class ExitCode(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FAILED = 1
    """A run that was waited for, or that the answer to its trigger tells of, failed, was cancelled or was rejected."""
    USAGE = 2
    """Wrong use, or settings that cannot be used. Of `trigger`: nothing was started."""
    TRY_AGAIN = 3
    """Network, limit, or another process in the way. Of `trigger`: nothing was started, the same command may be repeated."""
    KEY_REFUSED = 4
    """The server refuses the API key, or its account (402). Of `trigger`: nothing was started."""
    UNCERTAIN = 5
    """A trigger is uncertain: it may be running and may be charged."""
    UNFINISHED = 6
    """Started, but not followed or downloaded to its end: the same command again would start and charge it again."""
    STILL_RUNNING = 7
    """`--timeout` is up: the started runs continue, and the same command again would start and charge them again."""
    BUG = 70
    """A bug of this program, as EX_SOFTWARE of sysexits.h."""
    HUNG_UP = 129
    """SIGHUP: the terminal went away, or the client that read stdout."""
    INTERRUPTED = 130
    TERMINATED = 143
    """SIGTERM."""


REACHING = (ExitCode.TRY_AGAIN, ExitCode.KEY_REFUSED)
"""Exit codes of every command that calls the server."""
MEANINGS = {
    ExitCode.OK: "ok",
    ExitCode.FAILED: "a run failed, was cancelled or was rejected",
    ExitCode.USAGE: "usage or configuration error",
    ExitCode.TRY_AGAIN: "network error, rate limit or locked: try again",
    ExitCode.KEY_REFUSED: "API key or account refused",
    ExitCode.UNCERTAIN: "a trigger is uncertain: it may be running, do not repeat it",
    ExitCode.UNFINISHED: "started, but not followed or downloaded to the end: do not repeat it",
    ExitCode.STILL_RUNNING: "the time is up, and the runs continue: do not repeat it",
    ExitCode.BUG: "a bug in cordage-tui",
    ExitCode.HUNG_UP: "its terminal or client went away",
    ExitCode.INTERRUPTED: "interrupted (143: by SIGTERM, 129: its terminal or client went away)",
    ExitCode.TERMINATED: "ended by SIGTERM",
}
"""Short descriptions for `--help`."""


# Errors for the person who typed the command. `--help` imports this, so safe text is loaded only for an error.

_UNCHANGED: "Final[Mapping[str, str]]" = {
    **dict.fromkeys(("trigger", "rerun"), "No run was started."),
    "kill": "No run was killed.",
    "prune": "Nothing was removed.",
    "rate": "No rating was changed.",
    "tag": "No tag was changed.",
    "queue work": "Nothing was sent.",
    **{
        f"queue {action}": "The queue was not changed."
        for action in ("pause", "resume", "approve", "drop", "resend", "wait", "edit", "move", "limit", "settle")
    },
    **dict.fromkeys(("webhooks add", "webhooks rename", "webhooks remove", "key set"), "Nothing was saved."),
    **dict.fromkeys(("profile use", "profile set", "profile remove"), "Nothing was saved."),
}
"""What an error means by default, for each command or action that starts, kills, sends or writes."""


def nothing_done(command: str, action: str = "") -> str:
    """Return what an error of a command means if it says nothing itself; empty for commands that only read."""
    return _UNCHANGED.get(f"{command} {action}") or _UNCHANGED.get(command, "")


class CommandError(Exception):
    """Error that ends a command: the event, its meaning for the user's runs, and the next step."""

    def __init__(self, code: ExitCode, happened: str, advice: str, meaning: str | None = None) -> None:
        """Make an error; without `meaning` the command has changed nothing, and `nothing_done` says so."""
        self.code = code
        self.happened = happened
        self.meaning = meaning
        self.advice = advice
        super().__init__(happened)


class UsageError(CommandError):
    """The command line was used in a way that cannot be meant. Exit code 2."""

    def __init__(self, happened: str, advice: str, meaning: str | None = None) -> None:
        super().__init__(ExitCode.USAGE, happened, advice, meaning)


# Errors on stderr: the event, its meaning, the next step.


def print_error(happened: str, meaning: str, advice: str) -> None:
    """Print an error. Control characters are escaped, and anything like an API key is removed."""
    from cordage_tui.domain.safe_text import safe
    from cordage_tui.domain.secrets import without_keys

    happened, *lines = map(with_flags, (happened, meaning, advice))
    lines_shown = [f"{PROGRAM}: {without_keys(happened)}", *(safe(f"  {line}") for line in lines)]
    print_message("\n".join(line for line in lines_shown if line.strip()))


# Flags of advised commands. Without them a copied command would act on another profile, and send its prompts.

_flags: "list[str]" = []
_OF_A_PROFILE: "Final" = (
    rf"\b{PROGRAM} (?=(?:trigger|rerun|kill|download|runs|show|urls|rate|tag|keepers|watch|stats|queue|webhooks|key|prune"
    r"|export|doctor)\b(?! --help))"
)
"""Start of a command that acts on one profile."""
_KEY_SET: "Final" = "key set"
_SERVER: "Final" = "--base-url"


def advise_with(**flags: "object") -> None:
    """Have every command that is advised from now on carry these flags, but those without a value."""
    _flags[:] = [word for name, value in flags.items() if value for word in (f"--{name.replace('_', '-')}", str(value))]


def program_with_flags() -> "list[str]":
    """The program with the flags of advised commands, as arguments."""
    return [PROGRAM, *_flags]


def _joined(words: "list[str]") -> str:
    """Quote the words for a shell."""
    from shlex import join

    return join(words)


def with_flags(text: str) -> str:
    """Make each command that `text` advises use the profile and server of the running command. Flags already in it
    stay. `key set` gets no server, because it refuses another than that of the profile."""
    if not _flags or PROGRAM not in text:
        return text
    pairs = [pair for pair in zip(_flags[::2], _flags[1::2], strict=True) if pair[0] not in text]

    def program(start: "re.Match[str]") -> str:
        is_key_set = text.startswith(_KEY_SET, start.end())
        return _joined([PROGRAM, *(word for pair in pairs if not (is_key_set and pair[0] == _SERVER) for word in pair)])

    return re.sub(_OF_A_PROFILE, lambda start: f"{program(start)} ", text)


def for_lines(text: str) -> str:
    """Name commands as linear mode takes them, without the program and its flags."""
    if _flags:
        text = text.replace(f"{_joined(program_with_flags())} ", "")
    return text.replace(f"{PROGRAM}: ", "").replace(f"{PROGRAM} ", "")
