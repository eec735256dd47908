"""First command of a line, split into words as bash splits it: quotes, `$'…'`, comments, redirections."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_ANSI_C: Final = re.compile(
    rb"""(?xs)\\(?: x\{(?P<braced>[0-9a-fA-F]*)\} | x(?P<hex>[0-9a-fA-F]{1,2}) | (?P<octal>[0-7]{1,3})
    | u(?P<four>[0-9a-fA-F]{1,4}) | U(?P<eight>[0-9a-fA-F]{1,8}) | c(?P<control>.) | (?P<letter>[abeEfnrtv\\'"?]) )"""
)
_LETTERS: Final = {b"a": 7, b"b": 8, b"e": 27, b"E": 27, b"f": 12, b"n": 10, b"r": 13, b"t": 9, b"v": 11}
_ENDS: Final = ";&|\n()"
"""Characters that end a command."""
_SKIPPED: Final = re.compile(r"(?:[ \t]|\\\n)*")
_REDIRECTED: Final = re.compile(r"[0-9]*(?:&?>>?\|?|<<?<?|<>)(?:&[0-9-]+)?")
_PLAIN: Final = re.compile(r"""[^\s'"\\$`;&|()<>]+""")
_IN_QUOTES: Final = re.compile(r'[^"\\$`]+')
_ANSI_C_TEXT: Final = re.compile(r"(?s)\$'((?:[^'\\]|\\.)*)'")
_EXPANDED: Final = re.compile(r"[A-Za-z0-9_{(@*#?$!-]")
"""First character of an expansion after a dollar sign."""
_BRACED: Final = re.compile(r"\{[^{}]*(?:,|\.\.)[^{}]*\}")


class InvalidShellLine(Exception):
    """Error of a line that bash does not read as one plain command; `what` is the reason, for people."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Word(NamedTuple):
    """Word of a command."""

    text: str
    """As the command gets it; variables stay as written."""
    varies: bool = False
    """It has a variable, or another part that only the shell knows."""


class ShellLine(NamedTuple):
    """First command of a line."""

    words: tuple[Word, ...]
    rest: str
    """The text after it: other commands, such as those of a pipe."""


def parse_line(text: str) -> ShellLine:
    """Split the first command of `text` into words, without redirections. Raises InvalidShellLine."""
    reader = _Reader(text.replace("\r\n", "\n"))
    words = tuple(reader.words())
    return ShellLine(words, reader.remainder)


class _Reader:
    """Reads words from a text, character by character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def remainder(self) -> str:
        return self._text[self._at :]

    def words(self) -> Iterator[Word]:
        while self._skip_blanks():
            if self._text.startswith("#", self._at):
                self._at = len(self._text) if (end := self._text.find("\n", self._at)) < 0 else end
                return
            if redirected := _REDIRECTED.match(self._text, self._at):
                self._at = redirected.end()
                if not redirected[0].endswith(tuple("0123456789-")):
                    self._skip_blanks()
                    self._word()
                continue
            if self._text[self._at] in _ENDS:
                return
            yield self._word()

    def _skip_blanks(self) -> bool:
        """Skip blanks and continued lines; False at the end."""
        if skipped := _SKIPPED.match(self._text, self._at):
            self._at = skipped.end()
        return self._at < len(self._text)

    def _word(self) -> Word:
        parts: list[str] = []
        plain = ""
        varies = False
        while self._at < len(self._text) and (char := self._text[self._at]) not in f" \t{_ENDS}<>":
            part, expands = self._part(char)
            varies = varies or expands
            plain += part if char not in "'\"\\$" else "\0"
            parts.append(part)
        if _BRACED.search(plain):
            raise InvalidShellLine("has braces outside of quotes, which bash expands to several words")
        return Word("".join(parts), varies)

    def _part(self, char: str) -> tuple[str, bool]:
        """Read the next part of a word, and whether the shell expands it."""
        if char == "'":
            return self._until("'", 1), False
        if char == '"':
            return self._double_quoted()
        if self._text.startswith("$'", self._at):
            return self._ansi_c(), False
        if self._text.startswith('$"', self._at):
            self._at += 1
            return self._double_quoted()
        if plain := _PLAIN.match(self._text, self._at):
            self._at = plain.end()
            return plain[0], False
        self._at += 1
        if char == "\\":
            escaped = self._text[self._at : self._at + 1]
            self._at += 1
            return "" if escaped == "\n" else escaped, False
        return char, char == "`" or (char == "$" and self._is_expansion())

    def _is_expansion(self) -> bool:
        return _EXPANDED.match(self._text, self._at) is not None

    def _until(self, quote: str, skip: int) -> str:
        end = self._text.find(quote, self._at + skip)
        if end < 0:
            raise InvalidShellLine("is not whole: a quote is not closed")
        quoted = self._text[self._at + skip : end]
        self._at = end + 1
        return quoted

    def _double_quoted(self) -> tuple[str, bool]:
        self._at += 1
        parts: list[str] = []
        varies = False
        while (char := self._text[self._at : self._at + 1]) != '"':
            if not char:
                raise InvalidShellLine("is not whole: a quote is not closed")
            if inner := _IN_QUOTES.match(self._text, self._at):
                self._at = inner.end()
                parts.append(inner[0])
                continue
            self._at += 1
            if char == "\\" and self._text[self._at : self._at + 1] in ('"', "\\", "$", "`", "\n"):
                char = self._text[self._at].replace("\n", "")
                self._at += 1
            elif char == "`" or (char == "$" and self._is_expansion()):
                varies = True
            parts.append(char)
        self._at += 1
        return "".join(parts), varies

    def _ansi_c(self) -> str:
        """Read `$'…'`: a backslash in it writes characters, and bytes of characters."""
        match = _ANSI_C_TEXT.match(self._text, self._at)
        if match is None:
            raise InvalidShellLine("is not whole: a quote is not closed")
        self._at = match.end()
        written = re.sub(_ANSI_C, _character, match[1].encode("utf-8", "surrogatepass"))
        data = written.partition(b"\0")[0]  # where bash ends the text
        try:
            text = data.decode("utf-8", "surrogatepass")  # browsers write two halves for a character beyond 16 bits
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise InvalidShellLine("has bytes in it that are not UTF-8 text") from None


def _character(escape: re.Match[bytes]) -> bytes:
    """Return the bytes for one escape of `$'…'`."""
    if escape["letter"] is not None:
        code = _LETTERS.get(escape["letter"])
        return escape["letter"] if code is None else bytes([code])
    if escape["control"] is not None:
        return bytes([escape["control"][0] & 0x1F if escape["control"] != b"?" else 0x7F])
    if escape["octal"] is not None:
        return bytes([int(escape["octal"], 8) & 0xFF])
    if (digits := escape["braced"] if escape["braced"] is not None else escape["hex"]) is not None:
        return bytes([int(digits or b"0", 16) & 0xFF])
    code = int(escape["four"] or escape["eight"], 16)
    return chr(code).encode("utf-8", "surrogatepass") if code <= 0x10FFFF else b"\xff"
