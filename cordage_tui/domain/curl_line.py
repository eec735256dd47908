"""curl commands that trigger a webhook: the vendor's quick start, a browser's `Copy as cURL`, or this program's own."""

import re
import shlex
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.inputs import Inputs, strict_json
from cordage_tui.domain.text import SafeText, one_line

LONGEST: Final = 2**20
"""Characters of a command that is read."""
_CURL: Final = r"\s*(?:\$\s+)?curl\s"
_QUOTED: Final = r"""\\.|'[^']*'|"(?:[^"\\]|\\.)*"|\$'((?:[^'\\]|\\.)*)'"""
"""Parts of a command in which a quote means something else; the group is the inside of bash's `$'…'`, in which browsers write what
has quotes or line ends in it."""
_ESCAPE: Final = r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|(.))"
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_DATA: Final = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json")
_WITH_VALUE: Final = frozenset(
    (
        *(
            "-X",
            "--request",
            "-H",
            "--header",
            "-A",
            "--user-agent",
            "-b",
            "--cookie",
            "-e",
            "--referer",
            "-u",
            "--user",
        ),
        *("-o", "--output", "-m", "--max-time", "--connect-timeout", "--retry", "-x", "--proxy", "-w", "--write-out"),
    )
)
"""Other options that take a value, which is neither URL nor body."""


class InvalidCurlLine(Exception):
    """Error of a curl command that does not trigger a webhook; `words` says why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words: SafeText = one_line(words, 300)


@dataclass(frozen=True, slots=True)
class CurlLine:
    """Trigger of a webhook, as a curl command writes it. Its headers, and with them any API key, are left out."""

    webhook_key: str | None
    """None: the command has a variable in its place."""
    inputs: Inputs = field(repr=False)


def is_curl(text: str) -> bool:
    """Return whether that is a curl command."""
    return len(text) <= LONGEST and re.match(_CURL, text) is not None


def parse_curl(text: str) -> CurlLine:
    """Parse a curl command as a POSIX shell reads it. Raises InvalidCurlLine."""
    lines = re.sub(r"\\\r?\n", " ", text.strip())
    try:
        words = shlex.split(re.sub(_QUOTED, _plain, lines, flags=re.DOTALL))
    except ValueError as error:
        raise InvalidCurlLine(f"This curl command is not whole: {str(error)[:1].lower()}{str(error)[1:]}.") from None
    urls, bodies = [], []
    for option, value in _arguments(words[words.index("curl") + 1 :]):
        if option in _DATA:
            bodies.append(value)
        elif option in ("", "--url"):
            urls.append(value)
    url = next((url for url in urls if "/" in url), None)
    if url is None or not (path := urlsplit(url).path.rstrip("/")).endswith("/trigger"):
        raise InvalidCurlLine("This curl command does not trigger a webhook: its URL does not end in /trigger.")
    key = unquote(path.split("/")[-2])
    return CurlLine(None if not key or "$" in key else key, _body(bodies))


def _arguments(words: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs of option and value; of what is no option the empty text and it."""
    rest = iter(words)
    for word in rest:
        name, sign, value = word.partition("=")
        if word in _DATA or word in _WITH_VALUE or word == "--url":
            yield word, next(rest, "")
        elif sign and name in (*_DATA, "--url"):
            yield name, value
        elif word[:2] in ("-d", "-X", "-H") and not word.startswith("--"):
            yield word[:2], word[2:]
        elif not word.startswith("-"):
            yield "", word


def _body(bodies: list[str]) -> Inputs:
    if not bodies:
        return {}
    if len(bodies) > 1 or bodies[0].startswith("@"):
        raise InvalidCurlLine("The body of this curl command is in a file or in parts; only JSON in it is read.")
    try:
        inputs = strict_json(bodies[0])
    except (ValueError, RecursionError):
        raise InvalidCurlLine("The body of this curl command is not JSON.") from None
    if not isinstance(inputs, dict):
        raise InvalidCurlLine("The body of this curl command is no JSON object.")
    return inputs


def _plain(found: re.Match[str]) -> str:
    """Return `$'…'` as a text in single quotes, and other parts as they are."""

    def character(escape: re.Match[str]) -> str:
        if code := escape[1] or escape[2]:
            return chr(int(code, 16))
        return _LETTERS.get(escape[3], escape[3])

    if found[1] is None:
        return found[0]
    return shlex.quote(re.sub(_ESCAPE, character, found[1], flags=re.DOTALL))
