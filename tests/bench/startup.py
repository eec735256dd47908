"""Time from start to the first screen with runs on it, with a history of 100,000, beside a bare Textual app of one Static.

And beside the same panels made of Textual's own widgets and filled with constants: nearer to the bare app no program of this
look comes, however little it imports.

    python tests/bench/startup.py [--quick] [--trace]

Both run in a pseudo-terminal and take turns, so a busy machine slows both; trust the ratios, and that of the CPU time more
than that of the time that passed. Memory is what is in use two seconds later. `--trace` prints instead where the CPU time
until the first frame goes, phase by phase. Nothing is asserted.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import reference
from home import COMMAND, HISTORY, Home, home
from terminal import Terminal

SETTLED_S = 2.0
OURS, PANELS, BARE = "cordage-tui", "Textual, the same panels", "Textual, one Static"
Start = tuple[float, float, float, float]
"""Milliseconds until the text is shown, of CPU until then, megabytes and bytes written two seconds later."""


def start(command: tuple[str, ...], env: Mapping[str, str], text: str) -> Start:
    """Start a program, and wait until it shows `text`."""
    with Terminal(command, env) as terminal:
        seconds, cpu_ms = terminal.shown(text), terminal.cpu_ms()
        terminal.watch(SETTLED_S)
        return seconds * 1000, cpu_ms, terminal.rss_mb(), len(terminal.written)


def starts(ours: Home, rounds: int) -> dict[str, Start]:
    """Medians of all programs; of the CPU time the least."""
    programs = {
        OURS: (COMMAND, ours.env, ours.newest),
        PANELS: (reference.command("panels"), {}, reference.SHOWN),
        BARE: (reference.command("static"), {}, reference.SHOWN),
    }
    seen: dict[str, list[Start]] = {name: [] for name in programs}
    for turn in range(rounds + 1):
        for name, program in programs.items():
            result = start(*program)
            if turn:  # the first start warms the disk's cache
                seen[name].append(result)
    return {name: _middle(results) for name, results in seen.items()}


def _middle(results: list[Start]) -> Start:
    ms, cpu_ms, mb, size = zip(*results, strict=True)
    return median(ms), min(cpu_ms), median(mb), median(size)


def trace(ours: Home, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of CPU by phase until the first frame of both programs: of each phase the least of all rounds."""
    least: dict[str, dict[str, float]] = {OURS: {}, BARE: {}}
    script = str(Path(__file__).with_name("startup_trace.py"))
    for _ in range(rounds):
        for name, text in ((OURS, ours.newest), (BARE, reference.SHOWN)):
            with tempfile.TemporaryDirectory() as folder:
                report = Path(folder) / "report.json"
                program = "ours" if name == OURS else "bare"
                with Terminal((sys.executable, script, str(report), program), ours.env) as terminal:
                    terminal.shown(text)
                    terminal.watch(0.2)
                phases = least[name]
                for phase, ms in json.loads(report.read_text()).items():
                    phases[phase] = min(ms, phases.get(phase, ms))
    return least


def report_trace(seen: dict[str, dict[str, float]]) -> None:
    ours, bare = seen[OURS], seen[BARE]
    print(f"{'CPU until the first frame, ms':32}{OURS:>14}{'bare':>10}{'more':>10}")
    for phase, ms in sorted(ours.items(), key=lambda one: bare.get(one[0], 0) - one[1]):
        print(f"{phase:32}{ms:14.1f}{bare.get(phase, 0):10.1f}{ms - bare.get(phase, 0):10.1f}")
    total, base = sum(ours.values()), sum(bare.values())
    print(f"{'all':32}{total:14.1f}{base:10.1f}{total - base:10.1f}")


def main() -> None:
    rounds, rows = (3, 1_000) if "--quick" in sys.argv else (15, HISTORY)
    with home(rows) as ours:
        if "--trace" in sys.argv:
            report_trace(trace(ours, rounds))
            return
        seen = starts(ours, rounds)
    base = seen[BARE]
    print(
        f"{f'{rows:,} runs in the history':32}{'ms':>8}{'ratio':>8}{'CPU ms':>8}{'ratio':>8}{'MB':>8}{'ratio':>8}{'bytes':>10}"
    )
    for name, (ms, cpu, mb, size) in seen.items():
        times = f"{ms:8.0f}{ms / base[0]:8.2f}{cpu:8.0f}{cpu / base[1]:8.2f}"
        print(f"{name:32}{times}{mb:8.1f}{mb / base[2]:8.2f}{size:10,.0f}")


if __name__ == "__main__":
    main()
