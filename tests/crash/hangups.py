"""The terminal goes away under the real program: at every moment of its life, in every way a terminal goes.

    python tests/crash/hangups.py [--hangups 500] [--jobs 2] [--seed 1] [--only WORD]

Each time the process and what it started must be gone within two seconds, its locks free and its database whole; the next
process sends what was queued, and nothing is sent twice. Also SIGTERM while the terminal does not read. Prints the figures by
way and moment; exits with 1 when something did not hold.
"""

import argparse
import fcntl
import os
import random
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import termios
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[2]))

from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.store.store import Store
from tests.acceptance.server import KEY, Judge, Run
from tests.crash.terminals import WAYS, Holder, NotHere, Terminal, state_of, wait_until
from tests.e2e.home import PROGRAM, Home

WEBHOOKS: Final = {"wh_sunset00001": "Sunset", "wh_portrait002": "Portrait"}
SOON_S: Final = 2.0
WORK_S: Final = 60.0
"""Seconds in which the next process must send the queue."""
PROMPTS: Final = 3
"""Number of prompts that are submitted right before the terminal goes."""
UNREAD: Final = "SIGTERM while the terminal does not read"
EDITOR: Final = """#!/bin/sh
echo $$ >> "{folder}/children"
{body}
"""
"""An editor that ends only when it is killed."""


@dataclass(frozen=True)
class Case:
    """One hang-up."""

    way: str
    moment: str
    nohup: bool
    seed: int


@dataclass
class Outcome:
    """The result of a hang-up."""

    case: Case
    seconds: float = 0.0
    """Seconds until the process had ended."""
    faults: list[str] = field(default_factory=list)
    missing: str = ""
    """Why this machine cannot play it; empty if it can."""


class Play:
    """A machine, a server, a terminal with the program on it."""

    def __init__(self, case: Case, folder: Path, judge: Judge) -> None:
        self.case = case
        self.judge = judge
        self.folder = folder
        self.rng = random.Random(case.seed)
        self.home = Home(folder)
        self.home.configure(judge.base_url, WEBHOOKS)
        self._write("editor", EDITOR.format(folder=folder, body="while :; do sleep 1; done"))
        self._write("writer", EDITOR.format(folder=folder, body="trap '' HUP TERM\nwhile :; do echo noise; done"))
        editor = "writer" if case.moment == "a child writing" else "editor"
        environ = self.home.environ(KEY, EDITOR=str(folder / editor), COLORTERM="truecolor")
        assigned = " ".join(shlex.quote(f"{name}={value}") for name, value in environ.items())
        hup = "trap '' HUP\n" if case.nohup else ""
        self._write(
            "go",
            f"#!/bin/sh\n{hup}cd {Path(__file__).parents[2]}\necho $$ > {folder}/pid\n"
            f'exec env -i {assigned} TERM="$TERM" {shlex.join(PROGRAM)}\n',
        )
        self.terminal: Terminal = WAYS[case.way](folder, environ)

    def start(self) -> None:
        wait_until(lambda: self.terminal.text().strip(), "the shell's prompt")
        self.terminal.type(f"sh {self.folder}/go\r")
        pid_file = self.folder / "pid"
        wait_until(
            lambda: pid_file.exists() and pid_file.read_text().strip(), "the program's start", self.terminal.text
        )
        self.program = int(pid_file.read_text())
        self.terminal.found(self.program)

    def submit(self) -> list[str]:
        """Queue prompts from another process, as a working user does, and return their texts."""
        names = [f"prompt {self.case.seed}-{n}" for n in range(PROMPTS)]
        with closing(Store.open(self.home.paths.database, SystemClock())) as store:
            for name in names:
                store.outbox.submit("studio", next(iter(WEBHOOKS)), {"prompt": name})
        return names

    def children(self) -> list[int]:
        children_file = self.folder / "children"
        return [int(line) for line in children_file.read_text().split()] if children_file.exists() else []

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)


def _first_frame(play: Play) -> None:
    """Wait for a random moment between the first import and the first answer."""
    time.sleep(play.rng.uniform(0.0, 1.5))


def _live(play: Play) -> None:
    play.terminal.wait_for("live")


def _idle(play: Play) -> None:
    _live(play)
    time.sleep(play.rng.uniform(0.5, 1.5))


def _ticking(play: Play) -> None:
    _live(play)
    time.sleep(play.rng.uniform(0.0, 1.2))


def _pictures(play: Play) -> None:
    _live(play)
    play.terminal.type("2")
    for _ in range(play.rng.randint(1, 6)):
        play.terminal.type("j")
        time.sleep(0.05)


def _dialog(play: Play) -> None:
    _live(play)
    play.terminal.type("2")
    time.sleep(0.2)
    play.terminal.type("x")
    play.terminal.wait_for("Kill this run?")


def _editor(play: Play) -> None:
    _live(play)
    play.terminal.type("t")
    play.terminal.wait_for("$EDITOR")
    time.sleep(0.1)
    play.terminal.type("\x05")
    wait_until(play.children, "the editor", play.terminal.text)
    time.sleep(play.rng.uniform(0.0, 0.3))


def _suspended(play: Play) -> None:
    _live(play)
    play.terminal.type("2")
    time.sleep(0.2)
    play.terminal.type("\x1a")
    wait_until(lambda: state_of(play.program) == "T", "ctrl+z", play.terminal.text)


def _shutdown(play: Play) -> None:
    _live(play)
    play.terminal.type("\x11")
    time.sleep(play.rng.uniform(0.0, 0.3))


def _unread(play: Play) -> None:
    """Let the terminal stop reading, by ctrl+s or a stopped reader, and cause much to draw."""
    _live(play)
    play.terminal.type("2")
    if play.rng.random() < 0.5:
        with Path(f"/proc/{play.program}/fd/0").open("rb", buffering=0) as tty:
            termios.tcflow(tty, termios.TCOOFF)
        for _ in range(60):
            play.terminal.type("+")
            time.sleep(0.005)
    else:
        for _ in range(30):
            play.terminal.type("+")
        assert isinstance(play.terminal, Holder)
        play.terminal.holder.send_signal(signal.SIGSTOP)
        time.sleep(play.rng.uniform(0.0, 0.5))


MOMENTS: Final[dict[str, Callable[[Play], None]]] = {
    "first frame": _first_frame,
    "idle": _idle,
    "30 runs ticking": _ticking,
    "pictures loading": _pictures,
    "dialog open": _dialog,
    "$EDITOR running": _editor,
    "suspended by ctrl+z": _suspended,
    "during shutdown": _shutdown,
    "a child writing": _editor,
}


def cases(hangups: int, seed: int, only: str = "") -> list[Case]:
    """Return cases of every way at every moment, with and without ignored SIGHUP, in random order."""
    cells = [(way, moment, nohup) for way in WAYS for moment in MOMENTS for nohup in (False, True)]
    cells += [("holder killed", UNREAD, nohup) for nohup in (False, True)] * 3
    cells = [cell for cell in cells if only in f"{cell[0]} · {cell[1]}"]
    rng = random.Random(seed)
    mixed = [cell for _ in range(-(-hangups // len(cells))) for cell in rng.sample(cells, len(cells))]
    return [Case(*cell, seed * 100_000 + n) for n, cell in enumerate(mixed[:hangups])]


def played(case: Case) -> Outcome:
    """Play one case and return its outcome."""
    outcome = Outcome(case)
    judge = Judge(list(WEBHOOKS))
    judge.limits = {"trigger": 6_000, "read": 60_000, "kill": 3_000}
    active = 0 if case.moment in ("idle", "pictures loading") else 30
    for n in range(40):
        run = Run(
            list(WEBHOOKS)[n % 2], {"prompt": f"fox {n}"}, 600.0 if n < active else 1.0, False, born=time.time() - 60
        )
        run.outputs = (f"{judge.origin}/outputs/{run.id}.png",)
        judge.runs.append(run)
    folder = Path(tempfile.mkdtemp(prefix="hangup-"))
    play = None
    try:
        play = Play(case, folder, judge)
        _play(play, outcome)
    except NotHere as missing:
        outcome.missing = str(missing)
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        outcome.faults.append(f"the play did not come about: {error}")
    finally:
        if play is not None:
            play.terminal.close()
            for pid in [getattr(play, "program", 0), *play.children()]:
                with suppress(ProcessLookupError):
                    if pid and state_of(pid):
                        os.kill(pid, signal.SIGKILL)
        judge.close()
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _play(play: Play, outcome: Outcome) -> None:
    play.start()
    (_unread if play.case.moment == UNREAD else MOMENTS[play.case.moment])(play)
    prompts = play.submit()
    time.sleep(play.rng.choice([0.0, 0.02, 0.2]))
    began = time.monotonic()
    if play.case.moment == UNREAD:
        os.kill(play.program, signal.SIGTERM)
    else:
        play.terminal.vanish()
        began = time.monotonic()  # kitty takes a second to be told on a busy machine
    while state_of(play.program) and time.monotonic() < began + 3 * SOON_S:
        time.sleep(0.002)
    outcome.seconds = time.monotonic() - began
    if outcome.seconds > SOON_S:
        outcome.faults.append(f"alive after {outcome.seconds:.1f} s")
    while any(map(state_of, play.children())) and time.monotonic() < began + SOON_S:
        time.sleep(0.002)
    if any(map(state_of, play.children())):
        outcome.faults.append("what it started is alive")
    outcome.faults += _held_locks(play.home)
    outcome.faults += _unsent(play, prompts)


def _held_locks(home: Home) -> Iterable[str]:
    for file in home.paths.data_dir.glob("locks/*"):
        with file.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield f"held: {file.name}"


def _unsent(play: Play, prompts: list[str]) -> Iterable[str]:
    """Yield the prompts that the next process does not send, and those that run twice."""
    for run in play.judge.runs:
        run.seconds = 0.0
    work = ("queue", "work")
    for command in (work, ("queue", "resume"), work):
        try:
            subprocess.run(
                [*PROGRAM, *command], env=play.home.environ(KEY), capture_output=True, timeout=WORK_S, check=False
            )
        except subprocess.TimeoutExpired:
            yield f"{' '.join(command)} does not end"
        for run in play.judge.runs:
            run.seconds = 0.0
        ran = Counter(run.body.get("prompt") for run in play.judge.runs)
        if all(ran[name] for name in prompts):
            break
    yield from (f"not sent: {name}" for name in prompts if not ran[name])
    yield from (f"sent twice: {name}" for name in prompts if ran[name] > 1)
    with closing(sqlite3.connect(play.home.paths.database)) as database:
        if (state := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            yield f"damaged: {state}"


def report(outcomes: Iterable[Outcome]) -> tuple[int, int]:
    """Print figures by way and moment, and return how many cases were played and how many failed."""
    by: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        nohup = " (SIGHUP ignored)" if outcome.case.nohup else ""
        by["way", outcome.case.way + nohup].append(outcome)
        by["moment", outcome.case.moment].append(outcome)
    for (kind, name), all_of_it in sorted(by.items(), reverse=True):
        here = [outcome for outcome in all_of_it if not outcome.missing]
        if not here:
            print(f"{kind:7}{name:42} not played: {all_of_it[0].missing}")
            continue
        times = sorted(outcome.seconds for outcome in here)
        held = sum(not outcome.faults for outcome in here)
        print(
            f"{kind:7}{name:42}{held:4} of {len(here):<4} gone after {times[len(times) // 2]:.2f} s,"
            f" at most {times[-1]:.2f} s"
        )
    here = [outcome for (kind, _), group in by.items() if kind == "way" for outcome in group if not outcome.missing]
    for outcome in here:
        for fault in outcome.faults:
            print(f"{outcome.case}: {fault}")
    return len(here), sum(bool(outcome.faults) for outcome in here)


def main() -> int:
    """Print the figures, and return 0 if all is as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hangups", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only where way and moment have this in them")
    asked = parser.parse_args()
    began = time.monotonic()
    with ProcessPoolExecutor(asked.jobs) as pool:
        outcomes = list(pool.map(played, cases(asked.hangups, asked.seed, asked.only)))
    count, faults = report(outcomes)
    print(f"{count} hang-ups in {time.monotonic() - began:,.0f} s, {faults} did not hold")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
