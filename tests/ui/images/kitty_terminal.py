"""A strict reader of Kitty's graphics protocol: pictures that are sent, held and shown."""

import re
import unicodedata
from base64 import b64decode
from dataclasses import dataclass, field

PLACEHOLDER = "\U0010eeee"
_COMMAND = re.compile(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")
_CELL = re.compile(rf"\x1b\[38;2;(\d+);(\d+);(\d+)m|{PLACEHOLDER}(.)(.)")
_FUSED = {*range(0x300, 0x305), *range(0x306, 0x30D), 0x30F, 0x311, 0x313, 0x314, 0x342, 0x653, 0x654}


def marks() -> list[str]:
    """Return the marks that the protocol allows: marks above a letter (class 230) that are no part of another
    character."""
    return [
        chr(code)
        for code in range(0x300, 0x1D245)
        if unicodedata.category(chr(code)) == "Mn"
        and unicodedata.combining(chr(code)) == 230
        and not unicodedata.decomposition(chr(code))
        and code not in _FUSED
    ]


@dataclass
class Held:
    """Picture that the terminal holds."""

    png: bytes
    columns: int
    rows: int


@dataclass
class KittyTerminal:
    """Reads the text that is written to it, and raises ValueError for anything outside the protocol."""

    held: dict[int, Held] = field(default_factory=dict)
    sent: int = 0
    _open: tuple[dict[str, str], str] | None = None

    def read(self, written: str) -> str:
        """Obey the commands, and return the remaining text."""
        for command in _COMMAND.finditer(written):
            self._obey(dict(pair.split("=", 1) for pair in command[1].split(",")), command[2] or "")
        left = _COMMAND.sub("", written)
        if "\x1b_" in left or self._open is not None:
            raise ValueError("a command without end")
        return left

    def shows(self, cells: str) -> tuple[int, list[tuple[int, int]]]:
        """Return the number of the picture, and (row, column) of each cell."""
        order = {mark: number for number, mark in enumerate(marks())}
        number, places = 0, list[tuple[int, int]]()
        for cell in _CELL.finditer(cells):
            if cell[1] is not None:
                number = int(cell[1]) << 16 | int(cell[2]) << 8 | int(cell[3])
            else:
                places.append((order[cell[4]], order[cell[5]]))
        if number not in self.held:
            raise ValueError(f"no picture {number}")
        if any(row >= self.held[number].rows or column >= self.held[number].columns for row, column in places):
            raise ValueError("a cell outside of the picture")
        return number, places

    def _obey(self, keys: dict[str, str], data: str) -> None:
        if keys.get("a") == "q":
            return
        if keys.get("q") != "2":
            raise ValueError("an answer would come")
        if keys.get("a") == "d":
            if set(keys) != {"a", "d", "i", "q"} or keys["d"] != "I" or data:
                raise ValueError("not a deletion of one picture")
            del self.held[int(keys["i"])]
            return
        self._take(keys, data)

    def _take(self, keys: dict[str, str], data: str) -> None:
        if self._open is None:
            if set(keys) != {"a", "U", "f", "i", "c", "r", "q", "m"} or (keys["a"], keys["U"], keys["f"]) != (
                "T",
                "1",
                "100",
            ):
                raise ValueError(f"not a picture with placeholders: {keys}")
            first, so_far = keys, ""
        else:
            if set(keys) != {"q", "m"}:
                raise ValueError("a later part has nothing but its data")
            first, so_far = self._open
        if len(data) > 4096 or (keys["m"] == "1" and len(data) % 4):
            raise ValueError("a part that is too long, or is no whole base64")
        if keys["m"] == "1":
            self._open = first, so_far + data
            return
        self._open = None
        self.sent += 1
        self.held[int(first["i"])] = Held(b64decode(so_far + data, validate=True), int(first["c"]), int(first["r"]))
