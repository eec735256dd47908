"""Memory, descriptors, threads and tasks over ten hours of a busy day, lived in minutes.

    python tests/bench/day.py [--quick] [kitty] [blocks]

Five webhooks; an hour is 120 runs that come, run and end, each looked at with its picture, and in between what people open:
filter, orders, help, queue, limits, contact sheet, a picture on the whole screen. The clock is real and the events are dense,
because what grows, grows with what happens. Each kind of pictures has a day of its own. Nothing is asserted.
"""

import os
import signal
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import linear_regression

from history import WEBHOOKS
from home import Home, home
from pictures import photograph
from terminal import Terminal

sys.path.insert(0, str(Path(__file__).parents[2]))
from cordage_tui.simulator.world import PlannedOutcome
from tests.storage_server import StorageServer

HOURS, RUNS = 10, 120
"""Of a day, and of an hour."""
WAYS = ("kitty", "blocks")
LASTS_S = 4.0
"""A run; some ten are on their way at any time."""
RESTS_S = 0.3
"""On each run: until its picture is there."""
PANELS = ("/fox\x1b", "O", "R", "OOOO", "?\x1b", "w\x1b", "L\x1b", "s\x1b", "4\x1b", "J\x1b", "T\x1b", "1\x1b2", "[]")
"""What is opened and left again, one after each tenth run."""
PICTURES = 60
COUNTED = """
import asyncio, os, signal, sys
def count(*_):
    try:
        tasks = len(asyncio.all_tasks())
    except RuntimeError:
        return
    with open(os.environ["COUNTED_TO"], "w") as file:
        file.write(str(tasks))
signal.signal(signal.SIGUSR1, count)
from cordage_tui.cli.main import main
raise SystemExit(main())
"""
"""The program, which writes how many tasks it has when it gets SIGUSR1."""


@dataclass(frozen=True)
class Hour:
    """What the program holds at the end of an hour."""

    mb: float
    descriptors: int
    threads: int
    tasks: int


def day(way: str, hours: int, runs: int) -> list[Hour]:
    """Live a day, and return what was held at its start and after each hour."""
    with StorageServer() as storage, tempfile.TemporaryDirectory() as folder:
        photographs = [photograph(seed) for seed in range(PICTURES)]
        storage.put("old.jpg", photographs[0], media_type="image/jpeg")
        counted = Path(folder) / "tasks"
        env = {"LANG": "C.UTF-8", "COUNTED_TO": str(counted)}
        config = f'[pictures]\nshow = "{way}"'
        with home(1_000, config=config, outputs=lambda n: storage.link("old.jpg")) as ours:
            ours.world.storage_url = storage.origin
            ours.world.options = replace(ours.world.options, page_size=50)  # else each answer is longer than the last
            with Terminal((sys.executable, "-c", COUNTED), {**ours.env, **env}) as terminal:
                terminal.shown(ours.newest)
                terminal.watch(2.0)
                seen = [held(terminal, counted)]
                for hour in range(hours):
                    for n in range(hour * runs, (hour + 1) * runs):
                        live(terminal, ours, storage, n, photographs[n % PICTURES])
                    seen.append(held(terminal, counted))
                    print(f"  {way:8}{hour + 1:3} h {seen[-1].mb:8.1f} MB", file=sys.stderr)
    return seen


def live(terminal: Terminal, ours: Home, storage: StorageServer, n: int, picture: bytes) -> None:
    """A run begins, the cursor goes to another and rests, and sometimes something is opened."""
    key = WEBHOOKS[n % len(WEBHOOKS)]
    ours.world.fate(key, PlannedOutcome(LASTS_S))
    run = ours.world.trigger(key, {"prompt": f"a fox {n}"})
    storage.put(f"outputs/{run.run_id}/{run.files[0]}", picture, media_type="image/jpeg")
    for typed in ("g" if n % 40 == 39 else "j", PANELS[n // 10 % len(PANELS)] if n % 10 == 9 else ""):
        for character in typed:
            terminal.type(character)
            terminal.watch(RESTS_S)
    terminal.written.clear()


def held(terminal: Terminal, counted: Path) -> Hour:
    """What the program holds now, once nothing is being shown."""
    terminal.watch(6.0)
    pid = terminal.pid
    os.kill(pid, signal.SIGUSR1)
    terminal.watch(1.0)
    process = Path(f"/proc/{pid}")
    lists = (len([*(process / kind).iterdir()]) for kind in ("fd", "task"))
    return Hour(terminal.rss_mb(), *lists, int(counted.read_text()))


def main() -> None:
    hours, runs = (4, 60) if "--quick" in sys.argv else (HOURS, RUNS)
    for way in [way for way in WAYS if way in sys.argv] or WAYS:
        seen = day(way, hours, runs)
        print(
            f"pictures: {way}; an hour is {runs} runs\n{'hour':>6}{'MB':>8}{'descriptors':>13}{'threads':>9}{'tasks':>7}"
        )
        for number, hour in enumerate(seen):
            print(f"{number:6}{hour.mb:8.1f}{hour.descriptors:13}{hour.threads:9}{hour.tasks:7}")
        print(
            f"MB an hour: {slope(seen[1:]):+.2f} after the first hour, {slope(seen[hours // 2 :]):+.2f} in the second half\n"
        )


def slope(hours: list[Hour]) -> float:
    """MB an hour. Pictures and texts fill their caches in the first two or three."""
    return linear_regression(range(len(hours)), [hour.mb for hour in hours]).slope


if __name__ == "__main__":
    main()
