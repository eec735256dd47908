"""Keys in the field of the filter, with a history of 100,000 runs of five inputs, beside cursor down in the same table.

    python tests/bench/find_filter.py [ROUNDS]

Milliseconds from a key to the last byte of the frame that answers it, and bytes of that frame. The search goes on between keys:
`all rows` is from the last key of a filter until its title says how many there are and nothing more is written. Trust the
ratios. Nothing is asserted; the aim stands below the figures.
"""

import json
import random
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from statistics import mean, median

from home import COMMAND, HISTORY, Home, home
from keys import percentile
from terminal import Terminal

from cordage_tui.store.schema import SEARCH_ALL_INPUTS, define_with_inputs

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
AIM = "aim: a key of a filter within 2 of one without (p95), both within a frame of 16.7 ms"


def add_inputs(database: Path) -> None:
    """Give each run four more inputs."""
    rng = random.Random(2)
    with closing(sqlite3.connect(database)) as connection, connection:
        define_with_inputs(connection)
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


def measure(ours: Home, keys: dict[str, list[tuple[float, int]]], whole: dict[str, list[float]]) -> None:
    """Start the program once, move the cursor, and type each filter."""
    with Terminal(COMMAND, dict(ours.env)) as terminal:
        terminal.shown(ours.newest)
        terminal.watch(STARTED_S)
        for _ in range(30):
            keys.setdefault("cursor down, no filter", []).append(terminal.press("j"))
            terminal.frame(CLEARED_S)
        for text in FILTERS:
            terminal.press("/")
            terminal.frame(CLEARED_S)
            for letter in text:
                keys.setdefault(text, []).append(terminal.press(letter))
            start = time.perf_counter()
            seconds, _ = terminal.frame(1.0)
            whole.setdefault(text, []).append(min(seconds, time.perf_counter() - start) * 1000)
            terminal.type("\x1b")
            terminal.frame(CLEARED_S)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    keys: dict[str, list[tuple[float, int]]] = {}
    whole: dict[str, list[float]] = {}
    with home(HISTORY) as ours:
        add_inputs(Path(ours.env["XDG_DATA_HOME"]) / "cordage-tui" / "cordage.db")
        for _ in range(rounds):
            measure(ours, keys, whole)
    base = percentile([ms for ms, _ in keys["cursor down, no filter"]], 95)
    print(f"{HISTORY:,} runs: keys of{'':22}{'ms p50':>8}{'p95':>8}{'ratio':>8}{'bytes':>8}{'all rows':>10}")
    for name, pressed in keys.items():
        times = [ms for ms, _ in pressed]
        slow = percentile(times, 95)
        rows = f"{median(whole[name]):10.0f}" if name in whole else ""
        print(
            f"  {name:40}{median(times):8.1f}{slow:8.1f}{slow / base:8.2f}{mean(size for _, size in pressed):8.0f}{rows}"
        )
    print(AIM)


if __name__ == "__main__":
    main()
