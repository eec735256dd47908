"""Keys in the field of the filter, with a history of 100,000 runs of five inputs, beside cursor down in the same table.

    python tests/bench/find_filter.py [ROUNDS]

Milliseconds from a key to the end of the frame that shows it in the field (for cursor down: of the first frame), typed ten a
second, `at once` with each key as soon as the one before is on screen; CPU of the program for that; bytes of that frame, and of
all that came before the next key. `rows`: from a key to the first frame whose title names the filter typed so far, with its
first rows; where the next key came before, there was none. `all`: from the last key to the title that says how many there
are. Trust the ratios. Nothing is asserted; the aim stands below the figures.
"""

import json
import random
import re
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median

from home import COMMAND, HISTORY, Home, home
from keys import percentile
from terminal import CONTROL, FRAME_END, Terminal

from cordage_tui.store.file.schema import define_functions
from cordage_tui.store.file.schema_steps import SEARCH_ALL_INPUTS

FILTERS = (
    "fox harbour",
    "-fox",
    "status:failed",
    "webhook:3 fox",
    "style:noir",
    "seed:12",
    "steps:>30",
    "fox | took:>30",
)
STYLES = ("noir", "ink", "anime", "line art", "watercolour", "photo")
STARTED_S, CLEARED_S = 3.0, 0.3
FIELD_AT = b"\x1b[35;22H"
"""Where a frame changes the text of the field, at 120×40."""
PAUSE_S = 0.1
"""Between two keys of a person who types fast."""
GIVE_UP_S = 5.0
DOWNS = 20
NO_FILTER = "cursor down, no filter"
AIM = "aim: a key of a filter within 2 of one without (p95), both within a frame of 16.7 ms; all rows within 100 ms"


@dataclass
class KeyFigures:
    """What keys of one kind cost."""

    shown_ms: list[float] = field(default_factory=list)
    at_once_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    """Of the program, until a key is shown that was typed with a pause."""
    sizes: list[tuple[int, int]] = field(default_factory=list)
    """Bytes of the frame that shows a key, and of all until the next one."""
    rows_ms: list[float] = field(default_factory=list)
    all_ms: list[float] = field(default_factory=list)


def add_inputs(database: Path) -> None:
    """Give each run four more inputs."""
    rng = random.Random(2)
    with closing(sqlite3.connect(database)) as connection, connection:
        define_functions(connection)
        changed = []
        for row, text in connection.execute("SELECT id, inputs FROM details WHERE inputs IS NOT NULL"):
            more = {
                "style": rng.choice(STYLES),
                "seed": rng.getrandbits(31),
                "steps": rng.randrange(10, 60),
                "ratio": "3:2",
            }
            changed.append((json.dumps(json.loads(text) | more, sort_keys=True, separators=(",", ":")), row))
        connection.executemany("UPDATE details SET inputs = ? WHERE id = ?", changed)
        connection.execute(SEARCH_ALL_INPUTS)


def press(terminal: Terminal, key: str, typed: str, pause_s: float, figures: KeyFigures) -> None:
    """Press a key that makes the field's text `typed`, empty where there is none, and watch the frames for `pause_s`, or
    until one shows the key."""
    begin, cpu, start = len(terminal.written), terminal.cpu_ms(), time.perf_counter()
    terminal.type(key)
    seen: tuple[float, int] | None = None
    rows: float | None = None
    at = begin
    while (left := start + (pause_s if seen else GIVE_UP_S) - time.perf_counter()) > 0:
        terminal.read(left)
        while (end := terminal.written.find(FRAME_END, at)) >= 0:
            drawn, at = terminal.written[at:end], end + len(FRAME_END)
            frame, line = (
                CONTROL.sub(b"", part).decode(errors="replace") for part in (drawn, drawn.partition(FIELD_AT)[2])
            )
            ms = (time.perf_counter() - start) * 1000
            if seen is None and (line.startswith(typed) or f"/ {typed}" in frame):
                seen = ms, at - begin
                used = terminal.cpu_ms() - cpu
            if rows is None and f" /{typed[:29]}" in frame:
                rows = ms
    if seen is None:
        sys.exit(f"never shown: {typed!r}: {bytes(terminal.written[begin:])!r}")
    if pause_s:
        figures.shown_ms.append(seen[0])
        figures.cpu_ms.append(used)
        figures.sizes.append((seen[1], len(terminal.written) - begin))
        figures.rows_ms += [rows] if rows is not None else []
    else:
        figures.at_once_ms.append(seen[0])


def wait(terminal: Terminal, words: str, begin: int) -> None:
    """Read until a pattern is in what was written from `begin` on."""
    while not re.search(words, CONTROL.sub(b"", terminal.written[begin:]).decode(errors="replace")):
        if not terminal.read(GIVE_UP_S):
            sys.exit(f"never shown: {words!r}: {bytes(terminal.written[begin:])!r}")


def measure(ours: Home, figures: dict[str, KeyFigures]) -> None:
    """Start the program once, move the cursor, and type each filter, with pauses and at once."""
    with Terminal(COMMAND, dict(ours.env)) as terminal:
        terminal.shown(ours.newest)
        terminal.watch(STARTED_S)
        for pause_s in (PAUSE_S, 0.0):
            for _ in range(DOWNS):
                press(terminal, "j", "", pause_s, figures.setdefault(NO_FILTER, KeyFigures()))
            terminal.watch(CLEARED_S)
            for text in FILTERS:
                type_filter(terminal, text, pause_s, figures.setdefault(text, KeyFigures()))


def type_filter(terminal: Terminal, text: str, pause_s: float, figures: KeyFigures) -> None:
    """Open the field, type a filter, and clear it again."""
    begin = len(terminal.written)
    terminal.type("/")
    wait(terminal, "words, or", begin)
    terminal.watch(CLEARED_S)
    for place, letter in enumerate(text[:-1]):
        press(terminal, letter, text[: place + 1], pause_s, figures)
    begin, start = len(terminal.written), time.perf_counter()
    press(terminal, text[-1], text, 0.001 if pause_s else 0.0, figures)
    wait(terminal, rf" /{re.escape(text[:29])}\S* · [\d,]+ of ", begin)
    figures.all_ms.append((time.perf_counter() - start) * 1000)
    begin = len(terminal.written)
    terminal.type("\x1b")
    wait(terminal, "Runs · All ─", begin)
    terminal.watch(CLEARED_S)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    figures: dict[str, KeyFigures] = {}
    with home(HISTORY) as ours:
        add_inputs(Path(ours.env["XDG_DATA_HOME"]) / "cordage-tui" / "cordage.db")
        for _ in range(rounds):
            measure(ours, figures)
    base = figures[NO_FILTER]
    heads = (f"{HISTORY:,} runs: keys of", "ms p50", "p95", "ratio", "at once", "p95", "ratio", "cpu", "bytes", "later")
    print(f"{heads[0]:25}{''.join(f'{head:>8}' for head in (*heads[1:], 'rows p50', 'p95', 'all'))}")
    for name, keys in figures.items():
        print(f"  {name:23}{line(keys, base)}")
    print(AIM)


def line(keys: KeyFigures, base: KeyFigures) -> str:
    """Figures of one kind of key, beside those of a key without a filter."""
    cells = []
    for own, other in ((keys.shown_ms, base.shown_ms), (keys.at_once_ms, base.at_once_ms)):
        slow = percentile(own, 95)
        cells += [f"{median(own):8.1f}{slow:8.1f}{slow / percentile(other, 95):8.2f}"]
    cells += [f"{median(keys.cpu_ms):8.1f}", f"{mean(own for own, _ in keys.sizes):8.0f}"]
    cells += [f"{mean(whole - own for own, whole in keys.sizes):8.0f}"]
    if len(keys.rows_ms) > 1:
        cells += [f"{median(keys.rows_ms):8.0f}{percentile(keys.rows_ms, 95):8.0f}"]
    return "".join([*cells, *([f"{median(keys.all_ms):8.0f}"] if keys.all_ms else [])])


if __name__ == "__main__":
    main()
