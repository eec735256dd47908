"""Nearest names for misspelt ones, and what to type for words that people know from other programs.

It is loaded only for an error.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from cordage_tui.cli.base.errors import PROGRAM
from cordage_tui.config.errors import suggest
from cordage_tui.domain.safe_text import closest

__all__ = ("advice_for", "nearest_option", "suggest")

_KILL: Final = f"To kill a run: {PROGRAM} kill RUN"
_TRIGGER: Final = f'To start a run: {PROGRAM} trigger WEBHOOK "PROMPT"'
_LIST: Final = f"To list runs: {PROGRAM} runs"
_ACTIVE: Final = f"To list active runs: {PROGRAM} runs --status active"
_CONNECT: Final = f"To connect: {PROGRAM} key set, then {PROGRAM} webhooks add KEY NAME"
_HELP: Final = f"To read the manual: {PROGRAM} help"
_SETTINGS_FILE: Final = f'"$({PROGRAM} config path)"'

_COMMANDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("list", "ls", "history", "find", "search"), _LIST),
    **dict.fromkeys(("ps", "status", "top", "jobs"), _ACTIVE),
    **dict.fromkeys(("cancel", "stop", "abort", "terminate"), f"{_KILL}. To pause the queue: {PROGRAM} queue pause"),
    **dict.fromkeys(("run", "start", "submit", "send", "generate", "prompt", "new", "create"), _TRIGGER),
    **dict.fromkeys(("login", "auth", "connect", "setup", "init"), _CONNECT),
    **dict.fromkeys(("logout", "signout"), f"To remove a profile with its saved key: {PROGRAM} profile remove NAME"),
    **dict.fromkeys(("retry", "again", "repeat", "resubmit"), f"To rerun it: {PROGRAM} rerun RUN"),
    **dict.fromkeys(("manual", "docs", "doc", "topics", "?", "usage"), _HELP),
    **dict.fromkeys(("settings", "configure", "edit", "preferences"), f"To find the settings file: {PROGRAM} config"),
    **dict.fromkeys(("logs", "log", "debug", "check", "info", "diagnose"), f"To diagnose problems: {PROGRAM} doctor"),
    **dict.fromkeys(("outputs", "images", "pictures", "get", "fetch"), f"To download outputs: {PROGRAM} download RUN"),
    **dict.fromkeys(("delete", "rm", "remove", "clean"), f"To remove old runs: {PROGRAM} prune --older 180d --dry-run"),
    **dict.fromkeys(("follow", "tail", "wait"), f"To follow active runs: {PROGRAM} watch"),
    **dict.fromkeys(("open", "tui", "app", "ui"), f"To open the app, type no command: {PROGRAM}"),
    **{action: f"To do it: {PROGRAM} queue {action}" for action in ("pause", "resume", "drop", "approve", "settle")},
    **{rating: f"To rate outputs: {PROGRAM} rate RUN {rating}" for rating in ("keep", "reject")},
    "demo": f"To try the app without a key: {PROGRAM} --demo",
    "version": f"To print the version: {PROGRAM} --version",
}
"""Advice for words that are not commands."""

_ACTIONS: Final[Mapping[tuple[str, str], str]] = {
    **dict.fromkeys(
        (("config", "get"), ("config", "show"), ("config", "cat")), f"To print your settings: cat {_SETTINGS_FILE}"
    ),
    **dict.fromkeys(
        (("config", "set"), ("config", "edit"), ("config", "open"), ("config", "unset")),
        f"To change your settings: ${{EDITOR:-vi}} {_SETTINGS_FILE}",
    ),
    **dict.fromkeys(
        (("config", "init"), ("config", "default"), ("config", "list")),
        f"To print a file with every setting: {PROGRAM} config example",
    ),
    **dict.fromkeys(
        (("key", "remove"), ("key", "delete"), ("key", "rm")), f"To remove it: {PROGRAM} profile remove NAME"
    ),
    **dict.fromkeys(
        (("profile", "add"), ("profile", "new"), ("profile", "create")), f"{_CONNECT}, both with --profile NAME"
    ),
    ("profile", "rename"): f"A profile keeps its name. To make a new one: {PROGRAM} help connect",
    ("queue", "add"): _TRIGGER,
    ("queue", "clear"): f"To drop all prompts: {PROGRAM} queue drop --all",
    ("queue", "start"): f"To send without a screen: {PROGRAM} queue work",
}
"""Advice for words that are not actions of a command, by command and word."""

_SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("ls", "show", "status", "get", "info"), ("list", "status", "show")),
    **dict.fromkeys(("rm", "remove", "delete", "del", "cancel", "kill"), ("remove", "drop")),
    **dict.fromkeys(("switch", "select", "open"), ("use",)),
    **dict.fromkeys(("new", "create", "add", "save", "change"), ("add", "set")),
    **dict.fromkeys(("unpause", "continue", "go"), ("resume",)),
    **dict.fromkeys(("hold", "suspend"), ("pause",)),
    **dict.fromkeys(("validate", "test", "lint"), ("check",)),
    **dict.fromkeys(("run", "send"), ("work",)),
    **dict.fromkeys(("rename", "mv"), ("rename", "move")),
}
"""Actions with the same meaning, the first that the command has."""


def nearest_option(flag: str, known: Sequence[str]) -> str:
    """Return ` Did you mean --name?` for an option that is close to a known one, or an empty text."""
    near = closest(flag.lstrip("-"), [name.lstrip("-") for name in known], 0.6)
    return f" Did you mean --{near}?" if near is not None else ""


def advice_for(command: str, word: str, known: Sequence[str]) -> str:
    """Return what to type instead of `word`, which is not among the `known` actions of `command`; empty if unclear.

    `command` is the program if the word stands in place of a command.
    """
    word = word.lower()
    if command == PROGRAM:
        return f"Did you mean: {PROGRAM} {word}" if word in known else _COMMANDS.get(word, "")
    if word == "help":
        return f"To read about it: {PROGRAM} {command} --help"
    if found := _ACTIONS.get((command, word)):
        return found
    action = next((action for action in (word, *_SYNONYMS.get(word, ())) if action in known), None)
    return f"To do it: {PROGRAM} {command} {action}" if action else ""
