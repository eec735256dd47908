"""`cordage-tui help`: print pages of the manual, and the help of commands."""

import argparse
import re
from typing import Final

from cordage_tui.cli.arguments.commands import COMMANDS
from cordage_tui.cli.base.command_line import parse
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import PROGRAM, ExitCode, UsageError
from cordage_tui.config.errors import suggest
from cordage_tui.domain.manual import OTHER_NAMES, TOPICS, Line, SpanStyle, lay_out, page, title

_WIDEST: Final = 100
"""Cells of a line at most; in a pipe as well."""
_MOST_PAGES: Final = 4
"""Topics named for a word that is none."""
_SGR: Final = {
    SpanStyle.HEADING: "1",
    SpanStyle.STRONG: "1",
    SpanStyle.EMPHASIS: "3",
    SpanStyle.CODE: "36",
    SpanStyle.FAINT: "2",
}
"""Parameters of the escape sequences for each style, if there are colours."""


def run(options: argparse.Namespace) -> int:
    """Print a topic, the help of the command of that name, or the list of topics. Raises UsageError, and SystemExit after the
    help of a command."""
    console, topic = Console(options), " ".join(options.topic)
    topic = OTHER_NAMES.get(topic, topic)
    actions = {command.name: {action.name for action in command.actions} for command in COMMANDS}
    names = [*actions]
    command, *rest = options.topic or [""]
    if command in names and rest and (not actions[command] or rest[0] in actions[command]):
        parse([command, *rest[: bool(actions[command])], "--help"])
    elif not topic:
        console.print(_topics())
    elif topic in TOPICS:
        width = min(console.width or _WIDEST, _WIDEST)
        console.print(
            "\n".join(_printed(line, console) for line in lay_out(page(topic), width, quoted=not console.colours))
        )
        if topic in names:
            console.info(f"The options of the command: {PROGRAM} {topic} --help")
    elif topic in names:
        parse([topic, "--help"])
    else:
        near = suggest(topic, [*TOPICS, *names]) + _pages_with(topic)
        raise UsageError(f"There is no topic or command {topic!r}.{near}", f"To list the topics: {PROGRAM} help")
    return ExitCode.OK


def _pages_with(word: str) -> str:
    """Return a sentence that names the first topics with `word`, those with it in a heading first.

    Empty if no page has it.
    """
    texts = {name: page(name).casefold() for name in TOPICS if name != "changelog"}
    pages = [name for name, text in texts.items() if word.casefold() in text]
    pages.sort(key=lambda name: not any(word.casefold() in line for line in re.findall("^#.*", texts[name], re.M)))
    return f" Pages with that word: {', '.join(pages[:_MOST_PAGES])}." if pages and word.strip() else ""


def _topics() -> str:
    wide = max(map(len, TOPICS))
    pages = [f"  {name:<{wide}}  {title(page(name))}" for name in TOPICS]
    return "\n".join(["topics:", *pages, "", f"Print one: {PROGRAM} help TOPIC. A command: {PROGRAM} help COMMAND"])


def _printed(line: Line, console: Console) -> str:
    pieces = [
        f"\x1b[{_SGR[span.style]}m{span.text}\x1b[m" if console.colours and span.style in _SGR else span.text
        for span in line
    ]
    return "".join(pieces).rstrip()
