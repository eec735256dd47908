"""Lines of linear mode: the command line's own commands, with numbers for runs and webhooks, and some short forms."""

import argparse
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cordage_tui.cli.base.errors import UsageError
from cordage_tui.config.errors import suggest
from cordage_tui.domain.webhook import Profile

OWN: Final = (
    "drop",
    "edit",
    "exceed",
    "help",
    "key",
    "prompt",
    "quiet",
    "quit",
    "resume",
    "send",
    "status",
    "use",
    "version",
)
"""Commands that exist only in linear mode."""
SAME: Final = {
    "again": "rerun",
    "cancel": "kill",
    "delete": "drop",
    "discard": "drop",
    "exit": "quit",
    "info": "show",
    "list": "runs",
    "open": "urls",
    "outputs": "urls",
    "q": "quit",
    "remove": "drop",
    "start": "trigger",
    "stop": "kill",
    "?": "help",
}
"""Other words for commands, as people say them."""
SHORT: Final[Mapping[str, Callable[[Sequence[str]], list[str]]]] = {
    "failures": lambda words: ["runs", *words, "--failures"],
    "rename": lambda words: ["webhooks", "rename", *words],
    "drop": lambda words: ["queue", "drop", *(["--all"] if words == ["all"] else words)],
    "pause": lambda words: ["queue", "pause", *words],
    "resend": lambda words: ["queue", "resend", *words],
    "keep": lambda words: _rate(words, "keep"),
    "reject": lambda words: _rate(words, "reject"),
    "unrate": lambda words: _rate(words, "none"),
    "stars": lambda words: _rate(words[:-1], words[-1] if words else ""),
}
"""Short forms, and their command lines."""
KNOWN: Final = frozenset(
    {
        *(
            "trigger",
            "rerun",
            "kill",
            "download",
            "runs",
            "show",
            "urls",
            "rate",
            "watch",
            "stats",
            "queue",
            "webhooks",
        ),
        *("tag", "keepers", "prune", "backup", "doctor", "help", "key"),
    }
)
"""Commands of the command line that print lines and end."""
_FEW: Final = "10"
"""Number of runs that `runs` lists by default. It is small because a screen reader reads the whole list."""
_NUMBER: Final = re.compile(r"(\d{1,15})(#\d+)?", re.ASCII)


def words_of(line: str) -> list[str]:
    """Split a line into words, as a shell does. Raises UsageError for a quote that is not closed."""
    try:
        return shlex.split(line)
    except ValueError:
        raise UsageError(
            "A quotation mark is not closed.",
            "Put words with an apostrophe in double quotes. A prompt without any quotes: prompt A fox in the snow.",
        ) from None


def argv_of(words: Sequence[str]) -> list[str]:
    """Return the command line for a line of linear mode. Raises UsageError for a command that is not for lines."""
    name, arguments = words[0].lower(), list(words[1:])
    argv = SHORT[name](arguments) if name in SHORT else [name, *arguments]
    if argv[0] not in KNOWN:
        near = suggest(name, [*KNOWN, *SHORT, *OWN])
        raise UsageError(f"There is no command {name!r} here.{near}", "Type help to hear the commands.")
    if argv[0] == "runs" and not any(word.startswith(("--limit", "--all", "-h", "--help")) for word in argv):
        argv += ["--limit", _FEW]
    return argv


def adapt(options: argparse.Namespace, profile: Profile) -> None:
    """Replace numbers by their runs, and have this program send prompts.

    Raises UsageError for options that would take over stdin or the screen.
    """
    for flag in ("config", "profile", "base_url"):
        if getattr(options, flag):
            raise UsageError(
                f"Profile {profile.name} is open.",
                f"For another one, quit and start again with --{flag.replace('_', '-')}.",
            )
    if getattr(options, "file", None) == "-" or "-" in getattr(options, "inputs", ()):
        raise UsageError("A single - reads stdin, where your lines come from.", "Type the prompt itself.")
    action = getattr(options, "action", None)
    if options.command == "queue" and (action == "edit" or (action == "work" and not options.detach)):
        raise UsageError(f"queue {action} does not work in linear mode.", f"In a shell: cordage-tui queue {action}")
    if options.command in ("trigger", "rerun"):
        options.queue = not (options.wait or options.download or options.over_limit or options.dry_run)
    if options.command == "trigger" and options.file is None and not options.zip:
        options.expand = True  # as in the app, which opens a preview for a pattern
    _name_runs(options)
    if isinstance(webhook := getattr(options, "webhook", None), str):
        options.webhook = webhook_word(webhook, profile)


def webhook_word(word: str, profile: Profile) -> str:
    """Return the key of the webhook with this number in the list, or the word itself."""
    named = any(webhook.name == word for webhook in profile.webhooks)
    if named or not word.isascii() or not word.isdigit() or not 0 < int(word[:9]) <= len(profile.webhooks):
        return word
    return profile.webhooks[int(word[:9]) - 1].key


def _name_runs(options: argparse.Namespace) -> None:
    """Mark numbers of runs as such: in a command line, digits may be the beginning of an id."""
    if isinstance(run := getattr(options, "run", None), str):
        options.run = _run_word(run)
    if isinstance(runs := getattr(options, "runs", None), list):
        options.runs = [_run_word(word) for word in runs]
    if isinstance(words := getattr(options, "words", None), list):
        kept = 1 if options.command == "rate" else 0
        named = words[: len(words) - kept]
        options.words = [*map(_run_word, named), *words[len(named) :]]


def _run_word(word: str) -> str:
    return f"@{word}" if _NUMBER.fullmatch(word) else word


def _rate(words: Sequence[str], rating: str) -> list[str]:
    """Rate outputs: the first word is the run, the others are numbers of its outputs."""
    run, outputs = words[0] if words else "", words[1:]
    if not run or not rating:
        raise UsageError(
            "It is not clear which run is meant.", "For output 1 of run 3: keep 3 1, reject 3 1, or stars 3 1 5."
        )
    return ["rate", *([f"{run}#{number}" for number in outputs] or [run]), rating]
