"""Line that is being typed in linear mode: characters in, echo out, as the terminal's own line editing does it."""

import re
from collections import deque
from typing import Final

from cordage_tui.cli.base.console import width_of

_KEY: Final = re.compile(r"\x1b(?:[\[O][0-?]*[ -/]*[@-~]?|[\r\n])?")
"""Escape sequence of a cursor or function key, or alt+enter; also the part of one that is cut off."""
_BELL: Final = "\a"
"""Replacement of alt+enter: a line has no second line, and that key enters none."""
_CUT: Final = re.compile(r"\x1b(?:[\[O][0-?]*[ -/]*)?\Z")
_ERASE: Final = ("\b", "\x7f")
_ERASE_LINE: Final = "\x15"
_ERASE_WORD: Final = "\x17"
END: Final = "\x04"
_LINE: Final = ("\n", "\r")


class EditedLine:
    """Editor of one line at a time. Only its end can be changed, so that a listener knows the position."""

    def __init__(self) -> None:
        self.text = ""
        """Text typed and not yet entered."""
        self._coming: deque[str] = deque()
        self._cut = ""
        """Beginning of an escape sequence whose rest has not come."""

    def feed(self, text: str) -> None:
        """Take text from the terminal, which may be several lines: a paste, or lines typed while a command ran."""
        text = self._cut + text
        cut = _CUT.search(text)
        self._cut = cut[0] if cut is not None else ""
        self._coming.extend(_KEY.sub(_meaning, text[: len(text) - len(self._cut)]))

    def edit(self) -> tuple[str, str | None]:
        """Apply the received text up to the end of a line; return the echo for the terminal, and the line if it was
        entered.

        An empty line text means the end of input; any other ends with a line break.
        """
        echo: list[str] = []
        while self._coming:
            char = self._coming.popleft()
            if char in _LINE:
                line, self.text = f"{self.text}\n", ""
                return "".join([*echo, "\n"]), line
            if char == END and not self.text:
                return "".join(echo), ""
            if char in _ERASE:
                echo.append(self._erased(len(self.text) - 1))
            elif char == _ERASE_LINE:
                echo.append(self._erased(0))
            elif char == _ERASE_WORD:
                echo.append(self._erased(self.text.rstrip().rfind(" ") + 1))
            elif char == _BELL:
                echo.append(_BELL)
            elif char == "\t" or char.isprintable():
                self.text += char.replace("\t", " ")
                echo.append(char.replace("\t", " "))
        return "".join(echo), None

    def give_up(self) -> None:
        """Discard the line, and all received text."""
        self.text = self._cut = ""
        self._coming.clear()

    def _erased(self, start: int) -> str:
        start = max(0, start)
        erased, self.text = self.text[start:], self.text[:start]
        return "\b \b" * width_of(erased)


def _meaning(key: re.Match[str]) -> str:
    return _BELL if key[0].endswith(_LINE) else ""
