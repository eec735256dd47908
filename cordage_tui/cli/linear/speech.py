"""Output of linear mode: lines from two threads, which wait while a command or a question has the word."""

import threading
from collections import deque
from typing import Final

from cordage_tui.cli.stdout import print_message
from cordage_tui.domain.text import safe

_KEPT: Final = 200
"""Sentences kept while nothing may be said; older ones are only counted."""


class Speech:
    """Sentences about changes. Held back while a command runs or a question is open, and in quiet mode."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[str] = deque(maxlen=_KEPT)
        self._lost = 0
        self._held = self._quiet = False
        self.command = ""
        """Command that runs, which reports what it does; empty: none."""

    def announce(self, sentence: str) -> None:
        """Print a change, now or as soon as it may be said."""
        with self._lock:
            if not self._held and not self._quiet:
                _print(sentence)
                return
            self._lost += len(self._kept) == _KEPT
            self._kept.append(sentence)

    def report(self, sentence: str) -> None:
        """Print progress, unless something else has the word: it is outdated later."""
        with self._lock:
            if not self._held and not self._quiet:
                _print(sentence)

    def answer(self, text: str) -> None:
        """Print what the user has asked for."""
        with self._lock:
            _print(text)

    def hold(self) -> None:
        """Keep changes back until `release`."""
        with self._lock:
            self._held = True

    def release(self) -> None:
        """Print what was kept back, unless in quiet mode."""
        with self._lock:
            self._held, self.command = False, ""
            self._print_kept()

    def flush(self) -> None:
        """Print what was kept back, even while something else has the word: from now on it may be outdated."""
        with self._lock:
            held, self._held = self._held, False
            self._print_kept()
            self._held = held

    def set_quiet(self, quiet: bool) -> bool:
        """Begin or end quiet mode; returns whether that is a change. At its end, print what was kept back."""
        with self._lock:
            changed, self._quiet = quiet is not self._quiet, quiet
            self._print_kept()
            return changed

    def _print_kept(self) -> None:
        if self._held or self._quiet:
            return
        if self._lost:
            _print(f"{self._lost:,} earlier changes are left out; type runs to hear how the runs are.")
        for sentence in self._kept:
            _print(sentence)
        self._kept.clear()
        self._lost = 0


def _print(text: str) -> None:
    print_message(safe(text).replace("\t", " "))
