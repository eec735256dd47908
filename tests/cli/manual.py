"""Manual page in roff, from the parsers that read the command line.

`python -m tests.generate` writes the file that the package ships.
"""

import re
from collections.abc import Iterator

from cordage_tui import __version__
from cordage_tui.cli.base.command_line import build_parser
from cordage_tui.cli.base.errors import PROGRAM
from cordage_tui.cli.base.parser import Parser

_FILES = (
    ("$XDG_CONFIG_HOME/cordage-tui/config.toml", "your settings; never rewritten by the program"),
    ("$XDG_CONFIG_HOME/cordage-tui/webhooks.toml", "webhooks that were added in the app or by the command"),
    ("$XDG_CONFIG_HOME/cordage-tui/views.toml", "views: filters with a name; edited by you and by the app"),
    ("$XDG_CONFIG_HOME/cordage-tui/credentials.toml", "API keys, mode 0600"),
    ("$XDG_DATA_HOME/cordage-tui/cordage.db", "runs, queue, drafts"),
)
_VARIABLES = (
    ("CORDAGE_API_KEY", "the API key; it is never given on the command line"),
    ("CORDAGE_PROFILE, CORDAGE_BASE_URL", "stand before the settings and behind the flags"),
    ("CORDAGE_AUTHOR", "who submits, if it is not you; as --author, which stands before it"),
    ("NO_COLOR, FORCE_COLOR", "no colours; colours for people also where the output is no terminal"),
)


def manual_page() -> str:
    """Return the whole page."""
    return "\n".join(_lines(build_parser())) + "\n"


def _lines(parser: Parser) -> Iterator[str]:
    yield f'.TH CORDAGE-TUI 1 "" "cordage-tui {__version__}" "User Commands"'
    yield from (".SH NAME", rf"{_text(PROGRAM)} \- {_text(parser.description or '')}")
    yield from (".SH SYNOPSIS", rf"\fB{_text(PROGRAM)}\fR [OPTION]... [COMMAND [ARGUMENT]...]")
    yield ".SH OPTIONS"
    yield from _arguments(parser)
    yield ".SH COMMANDS"
    for inner in _inner(parser):
        yield from _command(inner)
    for title, pairs in (("ENVIRONMENT", _VARIABLES), ("FILES", _FILES)):
        yield f".SH {title}"
        for name, words in pairs:
            yield from (".TP", rf"\fB{_text(name)}\fR", _text(words))
    yield ".SH NOTES"
    yield from _verbatim(parser.epilog or "")


def _command(parser: Parser) -> Iterator[str]:
    usage = re.sub(r"\s+", " ", parser.format_usage()).removeprefix("usage: ").strip()
    yield from (f".SS {_text(parser.prog.removeprefix(PROGRAM).strip())}", _text(parser.description or ""), ".PP")
    yield rf"\fB{_text(usage)}\fR"
    yield from _arguments(parser)
    yield from _verbatim(parser.epilog or "")
    for inner in _inner(parser):
        yield from _command(inner)


def _arguments(parser: Parser) -> Iterator[str]:
    for action in parser.arguments:
        if isinstance(action.choices, dict) or not action.help:
            continue
        value = "" if action.nargs == 0 else rf" \fI{_text(str(action.metavar or action.dest.upper()))}\fR"
        names = ", ".join(rf"\fB{_text(name)}\fR" for name in action.option_strings)
        yield from (".TP", (names + value).strip(), _text(action.help.replace("%(default)s", str(action.default))))


def _inner(parser: Parser) -> Iterator[Parser]:
    yield from parser.commands.values()


def _verbatim(text: str) -> Iterator[str]:
    if text.strip():
        yield from (".PP", ".nf", *map(_text, text.strip("\n").split("\n")), ".fi")


def _text(text: str) -> str:
    """Return `text` escaped, so that roff finds no request in it."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    ascii_only = "".join(char if char.isascii() else rf"\[u{ord(char):04X}]" for char in escaped)
    return rf"\&{ascii_only}" if ascii_only.startswith(".") else ascii_only
