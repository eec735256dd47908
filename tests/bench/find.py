"""Keys of the prompt history in the whole program, with 100,000 bodies, beside a key that searches for nothing.

    python tests/bench/find.py [--quick]

Milliseconds from a key to the last byte of the frame that answers it, in the list that ctrl+r opens: letters of queries typed
and taken back, beside the cursor moving down in the same list; then the time until all bodies have been searched. Behind the
cursor of the prompt, letters that an earlier prompt goes on from, beside letters that none begins with. In this process, how
long one step of the search takes, for which nobody else can commit. The words are the worst case: there are sixteen in all, so
that each is in half of the bodies. Trust the ratios. Nothing is asserted.
"""

import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, quantiles

from history import PROFILE, Clock
from home import COMMAND, HISTORY, Home, home
from terminal import QUIET_S, Terminal

from cordage_tui.store.prompt_search import BodyQuery, HistoryScope, define_functions, search_bodies
from cordage_tui.store.store import Store

QUERIES = ("fox snow sailor", "glass", "old river", "mtnbtl", "zebra")
DOWNS = 40
STILL_S = 0.3
GIVE_UP_S = 30.0
CTRL_R, DOWN, BACKSPACE, ESCAPE = "\x12", "\x1b[B", "\x7f", "\x1b"


@dataclass
class KeyFigures:
    """What keys of one kind cost."""

    answered_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    """Of the program, until the frame that answers."""
    answer_bytes: list[int] = field(default_factory=list)
    complete_ms: list[float] = field(default_factory=list)
    """To the last byte of all, once everything has been searched."""

    def press(self, terminal: Terminal, key: str) -> None:
        cpu = terminal.cpu_ms()
        ms, size = terminal.press(key)
        more_s, more = terminal.frame(QUIET_S)  # the list comes right behind the letter itself
        ms, size = ms + (more_s * 1000 if more else 0), size + more
        self.cpu_ms.append(terminal.cpu_ms() - cpu)
        rest_s, rest = terminal.frame(STILL_S, STILL_S)
        self.answered_ms.append(ms)
        self.answer_bytes.append(size)
        self.complete_ms.append(ms + (rest_s * 1000 if rest else 0))

    def line(self, name: str, reference: "KeyFigures | None" = None) -> str:
        p95, cpu = p95_of(self.answered_ms), p95_of(self.cpu_ms)
        over = f"{p95 / p95_of(reference.answered_ms):7.2f}" if reference is not None else " " * 7
        sizes = f"{mean(self.answer_bytes):8,.0f}{p95_of(self.complete_ms):10.0f}"
        return f"{name:42}{mean(self.answered_ms):7.1f}{p95:7.1f}{over}{cpu:8.1f}{sizes}"


def p95_of(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]


@dataclass
class HistoryFigures:
    """What the whole program shows of the prompt history."""

    opened_ms: float
    """From ctrl+r to the first list."""
    read_ms: float
    """From there until all bodies of all webhooks have been searched."""
    mb_before: float
    mb_after: float
    moved: KeyFigures
    typed: KeyFigures


def history_keys(ours: Home, queries: tuple[str, ...]) -> HistoryFigures:
    """Type queries, and take them back; and move the cursor."""
    moved, typed = KeyFigures(), KeyFigures()
    with Terminal(COMMAND, ours.env) as terminal:
        terminal.shown(ours.newest)
        terminal.watch(1.5)
        terminal.press("t")
        settle(terminal)
        before = terminal.rss_mb()
        opened_ms = terminal.press(CTRL_R)[0]
        start = time.perf_counter()
        settle(terminal)
        terminal.press(CTRL_R)  # all webhooks
        settle(terminal)
        read_ms = (time.perf_counter() - start) * 1000
        for _ in range(DOWNS):
            moved.press(terminal, DOWN)
        for query in queries:
            for key in [*query, *BACKSPACE * len(query)]:
                typed.press(terminal, key)
        return HistoryFigures(opened_ms, read_ms, before, terminal.rss_mb(), moved, typed)


def settle(terminal: Terminal) -> None:
    """Read until the program is still."""
    end = time.perf_counter() + GIVE_UP_S
    while terminal.frame(STILL_S, STILL_S)[1] and time.perf_counter() < end:
        pass


def prompt_keys(ours: Home, words: str, times: int) -> KeyFigures:
    """Type `words` into the prompt, again and again."""
    keys = KeyFigures()
    with Terminal(COMMAND, ours.env) as terminal:
        terminal.shown(ours.newest)
        terminal.watch(1.5)
        terminal.press("t")
        settle(terminal)
        for _ in range(times):
            for key in words:
                keys.press(terminal, key)
            for _ in words:
                terminal.press(BACKSPACE)
            settle(terminal)
    return keys


def steps_ms(database: Path, queries: tuple[str, ...]) -> list[float]:
    """CPU of each step of the search for each letter of the queries."""
    taken = []
    with closing(Store.open(database, Clock())) as store, closing(store.database.for_reading()) as reading:
        define_functions(reading)
        for query in ("", *(text[:end] for text in queries for end in range(1, len(text) + 1))):
            start = time.thread_time()
            for _ in search_bodies(reading, BodyQuery(PROFILE, query, HistoryScope.ALL, "wh_0")):
                taken.append((time.thread_time() - start) * 1000)
                start = time.thread_time()
    return taken


def main() -> None:
    quick = "--quick" in sys.argv[1:]
    queries = QUERIES[:2] if quick else QUERIES
    with home(HISTORY) as ours:
        steps = steps_ms(Path(ours.env["XDG_DATA_HOME"]) / "cordage-tui" / "cordage.db", queries)
        seen = history_keys(ours, queries)
        begin = f"{ours.newest[:8]}"
        known, unknown = (prompt_keys(ours, words, 1 if quick else 4) for words in (begin, "zyxwvuts"))
    print(f"{f'prompt history, {HISTORY:,} bodies':42}     ms    p95  ratio     CPU   bytes  all, p95")
    print(seen.moved.line("cursor down in the list"))
    print(seen.typed.line("a letter of a query, typed or taken back", seen.moved))
    print(unknown.line("a letter of a new prompt"))
    print(known.line("a letter of one that was sent before", unknown))
    print(f"opened {seen.opened_ms:.0f} ms after ctrl+r, all searched {seen.read_ms:,.0f} ms later")
    print(f"memory {seen.mb_before:.1f} MB before, {seen.mb_after:.1f} MB after all searches")
    print(f"steps of the search: p95 {p95_of(steps):.1f} ms of CPU, the longest {max(steps):.1f} ms")
    print("aims: a letter below 16 ms more than the cursor down, no step above 16 ms, memory 10 MB more at most")


if __name__ == "__main__":
    main()
