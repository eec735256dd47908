"""Output of linear mode: lines from two threads, which wait while a command, a question or a half typed line has the word."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from cordage_tui.cli.base.output_streams import print_message
from cordage_tui.domain.safe_text import safe

_KEPT: Final = 200
"""Sentences kept while nothing may be said; older ones are only counted."""
_IDLE_S: Final = 20.0
"""Seconds without a key after which a half typed line no longer keeps sentences back."""
_LONGEST_S: Final = 60.0
"""Longest time that one keeps a sentence back, however busily it is typed."""
_URGENT_IDLE_S: Final = 2.0
_URGENT_LONGEST_S: Final = 10.0


class Speech:
    """Sentences about changes. Held back while a command runs or a question is open, while a line is half typed, and in quiet
    mode."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: deque[tuple[int | None, str]] = deque(maxlen=_KEPT)
        """Sentences, each with the run that it is about."""
        self._lost = 0
        self._held = self._quiet = False
        self._typed = ""
        self._key_at = 0.0
        self._due_after = self._due_at = 0.0
        """Pause after the last key, and latest time, at which the sentences that are kept interrupt a half typed line."""
        self.command = ""
        """Running command, which reports its own actions; empty: none."""

    def announce(self, sentence: str, *, urgent: bool = False, of: int | None = None) -> None:
        """Print a change, now or as soon as allowed.

        `urgent`: it is about money or the API key. It waits for a half typed line only until typing pauses.

        `of`: the run that it is about. Only the last change of each run is kept.
        """
        with self._lock:
            if not self._held and not self._quiet and not self._typed:
                _print(sentence)
                return
            pause, longest = (_URGENT_IDLE_S, _URGENT_LONGEST_S) if urgent else (_IDLE_S, _LONGEST_S)
            due_at = self._clock() + longest
            first = not self._kept
            self._due_after = pause if first else min(self._due_after, pause)
            self._due_at = due_at if first else min(self._due_at, due_at)
            if of is not None and any(row == of for row, _ in self._kept):
                self._kept = deque((pair for pair in self._kept if pair[0] != of), maxlen=_KEPT)
            self._lost += len(self._kept) == _KEPT
            self._kept.append((of, sentence))

    def report(self, sentence: str) -> None:
        """Print progress, unless another message is being spoken: it would be outdated later."""
        with self._lock:
            if not self._held and not self._quiet and not self._typed:
                _print(sentence)

    def answer(self, text: str) -> None:
        """Print the answer to the user's request."""
        with self._lock:
            _print(text)

    def typed(self, echo: str, line: str, *, entered: bool) -> None:
        """Echo typed text. `line`: the text typed so far, which holds announcements back.

        `entered`: announcements continue to wait, for the answer to the line.
        """
        with self._lock:
            if echo:
                print_message(echo, end="")
                self._key_at = self._clock()
            self._typed = line
            if not entered and not line:
                self._print_kept()

    def speak_if_due(self) -> None:
        """Print announcements held back long enough by a half typed line, and repeat the typed text below."""
        with self._lock:
            typed = self._typed
            due = self._clock() >= min(self._key_at + self._due_after, self._due_at)
            if not typed or not self._kept or not due or self._held or self._quiet:
                return
            self._typed = ""
            _print("")
            self._print_kept()
            print_message(typed, end="")
            self._typed = typed

    def hold(self) -> None:
        """Keep changes back until `release`."""
        with self._lock:
            self._held = True

    def release(self) -> None:
        """Print the announcements held back, unless in quiet mode."""
        with self._lock:
            self._held, self.command = False, ""
            self._print_kept()

    def flush(self) -> None:
        """Print the announcements held back, even during another message: later they may be outdated."""
        with self._lock:
            held, self._held = self._held, False
            self._print_kept()
            self._held = held

    def set_quiet(self, quiet: bool) -> bool:
        """Begin or end quiet mode; returns whether that is a change. At its end, print the announcements held back."""
        with self._lock:
            changed, self._quiet = quiet is not self._quiet, quiet
            self._print_kept()
            return changed

    def _print_kept(self) -> None:
        if self._held or self._quiet or self._typed:
            return
        if self._lost:
            _print(f"{self._lost:,} earlier changes are left out; type runs to hear how the runs are.")
        for _, sentence in self._kept:
            _print(sentence)
        self._kept.clear()
        self._lost = 0


def _print(text: str) -> None:
    print_message(safe(text).replace("\t", " "))
