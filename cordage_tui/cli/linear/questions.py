"""Questions of linear mode, and the lines that answer them."""

import sys
from collections.abc import Sequence
from typing import Final

from cordage_tui.cli.base.console import without_echo
from cordage_tui.cli.linear.speech import Speech

_REPEATED: Final = 5
"""Choices that are said again after an answer that is none of them."""


LEAVING: Final = frozenset({"quit", "exit", "q"})
"""Words that leave, also where a number, a key or an address is asked for."""


class InputEnded(Exception):
    """End of stdin, or the user's word that leaves."""


class Questions:
    """Reader of lines. Methods raise InputEnded, and KeyboardInterrupt for Ctrl-C."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech

    def line(self) -> str:
        """Read one line."""
        try:
            text = sys.stdin.readline() if sys.stdin is not None else ""
        except OSError as error:  # the terminal is gone
            raise InputEnded from error
        except UnicodeDecodeError:
            return "\N{REPLACEMENT CHARACTER}"
        if not text:
            raise InputEnded
        return text.strip()

    def read_answer(self, question: str) -> str:
        """Ask, and return the answer; changes wait meanwhile."""
        self._speech.hold()
        self._speech.answer(question)
        return self.line()

    def ask_secret(self, question: str) -> str:
        """Ask for a secret, which a terminal does not echo."""
        self._speech.hold()
        self._speech.answer(question)
        with without_echo():
            return self.line()

    def choose(self, question: str, choices: Sequence[str]) -> int | None:
        """Ask for one of numbered choices, until a number is given; its place from 0, None for an empty line. Raises InputEnded, also
        for a word that leaves."""
        said = "".join(f" {number}: {words}." for number, words in enumerate(choices, 1))
        asked = f"{question}{said}"
        while answer := self.read_answer(f"{asked} Type its number:"):
            if answer.lower() in LEAVING:
                raise InputEnded
            if answer.isascii() and answer.isdigit() and 0 < int(answer[:9]) <= len(choices):
                return int(answer[:9]) - 1
            asked = f"Not one of the numbers 1 to {len(choices)}.{said if len(choices) <= _REPEATED else ''}"
        return None
