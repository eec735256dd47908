"""A screen that reads what a program draws.

It keeps the results of pyte's screen, which takes most of the time of a test of the whole program.
"""

import re
from functools import cache, lru_cache
from typing import Any

import pyte
from pyte.modes import IRM
from pyte.screens import Char
from wcwidth import wcwidth

_PIECE = re.compile(r"([^\x00-\x1f\x7f-\x9f]+)|\x1b\[(\??)([\d;]*)([A-Za-z])")
"""Text, or a whole control sequence of a common kind."""
_STRINGS = ("\x1b_", "\x1bP", "\x1b^", "\x1bX")
_END = "\x1b\\"
_NARROW: set[str] = set()
"""Characters that are known to be one cell wide."""


@cache
def _parameters(written: str) -> tuple[int, ...]:
    return tuple(min(int(number or 0), 9999) for number in written.split(";"))


@lru_cache(10_000)
def _cells(style: Char, text: str) -> tuple[Char, ...]:
    return tuple(style._replace(data=character) for character in text)


class Screen(pyte.Screen):
    """Draws plain text at once, works out each style once, and renders only lines that have changed."""

    def __init__(self, columns: int, rows: int) -> None:
        self._styles: dict[tuple[Char, tuple[int, ...]], Char] = {}
        self._lines: list[str] = []
        super().__init__(columns, rows)

    @property
    def display(self) -> list[str]:
        """The lines of the screen."""
        if len(self._lines) != self.lines:
            self._lines = [""] * self.lines
            self.dirty.update(range(self.lines))
        for y in self.dirty:
            if y < self.lines:
                self._lines[y] = self._rendered(y)
        self.dirty.clear()
        return [*self._lines]

    def _rendered(self, y: int) -> str:
        line = self.buffer[y]
        cells = [line[x].data for x in range(self.columns)]
        if _NARROW.issuperset(cells):
            return "".join(cells)
        visible, covered = "", False
        for cell in cells:  # one of two cells' width covers the next
            visible += "" if covered else cell
            covered = not covered and wcwidth(cell[:1]) == 2
        return visible

    def draw(self, data: str) -> None:
        cursor = self.cursor
        end = cursor.x + len(data)
        if not _NARROW.issuperset(data):
            _NARROW.update(character for character in data if wcwidth(character) == 1)
        if end > self.columns or IRM in self.mode or not _NARROW.issuperset(data):
            super().draw(data)
            return
        self.buffer[cursor.y].update(zip(range(cursor.x, end), _cells(cursor.attrs, data), strict=True))
        cursor.x = end
        self.dirty.add(cursor.y)

    def select_graphic_rendition(self, *attrs: int, **options: Any) -> None:
        change = (self.cursor.attrs, attrs)
        if change not in self._styles:
            super().select_graphic_rendition(*attrs, **options)
            self._styles[change] = self.cursor.attrs
        self.cursor.attrs = self._styles[change]


class ByteStream(pyte.ByteStream):
    """Passes text and whole sequences to the screen at once; pyte reads the rare and torn ones.

    Control strings, for example pictures, are left out, because pyte would draw them as text.
    """

    _begun = ""
    """A control string without its end, or the beginning of one."""

    def feed(self, data: bytes) -> None:
        text, at = self._begun + self.utf8_decoder.decode(data), 0
        self._begun = ""
        assert self.listener is not None
        while at < len(text):
            if self._taking_plain_text and text.startswith(_STRINGS, at):
                if (end := text.find(_END, at)) < 0:
                    self._begun = text[at:]
                    return
                at = end + len(_END)
            elif not self._taking_plain_text or (piece := _PIECE.match(text, at)) is None:
                if text[at:] == "\x1b" and self._taking_plain_text:
                    self._begun = "\x1b"
                    return
                self._taking_plain_text = self._send_to_parser(text[at])
                at += 1
            else:
                plain, private, numbers, final = piece.groups()
                if plain:
                    self.listener.draw(plain)
                else:
                    options = {"private": True} if private else {}
                    getattr(self.listener, self.csi.get(final, "debug"))(*_parameters(numbers), **options)
                at = piece.end()
