"""Time from start to the first screen with runs on it, with a history of 100,000, beside a bare Textual app of one Static.

    python tests/bench/startup.py [--quick]

Both run in a pseudo-terminal and take turns, so a busy machine slows both; trust the ratios. Memory is what is in use
two seconds later. Nothing is asserted.
"""

import sys
from statistics import median

import reference
from home import COMMAND, HISTORY, home
from terminal import Terminal

SETTLED_S = 2.0


def start(command: tuple[str, ...], env: dict[str, str], text: str) -> tuple[float, float, float]:
    """Milliseconds to `text`, MB then, and bytes written until `text` and in the two seconds after it."""
    with Terminal(command, env) as terminal:
        seconds = terminal.shown(text)
        terminal.watch(SETTLED_S)
        return seconds * 1000, terminal.rss_mb(), len(terminal.written)


def main() -> None:
    rounds, rows = (3, 1_000) if "--quick" in sys.argv else (15, HISTORY)
    with home(rows) as ours:
        programs = {
            f"cordage-tui, {rows:,} runs": (COMMAND, dict(ours.env), ours.newest),
            "Textual, one Static": (reference.command("static"), {}, reference.SHOWN),
        }
        seen: dict[str, list[tuple[float, float, float]]] = {name: [] for name in programs}
        for turn in range(rounds + 1):
            for name, program in programs.items():
                result = start(*program)
                if turn:  # the first start warms the disk's cache
                    seen[name].append(result)
    medians = {name: tuple(map(median, zip(*results, strict=True))) for name, results in seen.items()}
    base = medians["Textual, one Static"]
    print(f"{'':32}{'ms':>8}{'ratio':>8}{'MB':>8}{'ratio':>8}{'bytes':>10}")
    for name, (ms, mb, size) in medians.items():
        print(f"{name:32}{ms:8.0f}{ms / base[0]:8.2f}{mb:8.1f}{mb / base[1]:8.2f}{size:10,.0f}")


if __name__ == "__main__":
    main()
