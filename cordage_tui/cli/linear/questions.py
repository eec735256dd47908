"""Questions of linear mode, and the lines that answer them."""

import sys
from collections.abc import Sequence
from typing import Final

from cordage_tui.cli.base.keyboard import without_echo
from cordage_tui.cli.linear.speech import Speech

_REPEATED: Final = 5
"""Most choices that are repeated after an invalid answer."""


LEAVING: Final = frozenset({"quit", "exit", "q"})
"""Words that leave, also at a question for a number, a key or an address."""


class InputEnded(Exception):
    """Raised at the end of stdin, or if the user types the command to leave."""


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
        """Ask, and return the answer; announcements wait for it."""
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
        """Ask for one of numbered choices, until a number is given; returns its place from 0, None for an empty line.

        Raises InputEnded, also for a word that leaves.
        """
        choices_text = "".join(f" {number}: {choice}." for number, choice in enumerate(choices, 1))
        full_question = f"{question}{choices_text}"
        while answer := self.read_answer(f"{full_question} Type its number:"):
            if answer.lower() in LEAVING:
                raise InputEnded
            if answer.isascii() and answer.isdigit() and 0 < int(answer[:9]) <= len(choices):
                return int(answer[:9]) - 1
            full_question = (
                f"Not one of the numbers 1 to {len(choices)}.{choices_text if len(choices) <= _REPEATED else ''}"
            )
        return None
