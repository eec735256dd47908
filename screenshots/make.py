"""Makes the pictures of the README: `python screenshots/make.py [NAME …]`.

Each is the demo in a real kitty on a screen of its own, with real keys, so that no picture can show what the program does
not. Debian: apt-get install xvfb kitty xterm tmux xdotool imagemagick fonts-dejavu fonts-noto-color-emoji
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

HERE: Final = Path(__file__).parent
PROGRAM: Final = (sys.executable, "-m", "cordage_tui", "--demo")
FONT: Final = "DejaVu Sans Mono"
POINTS: Final = 14
CELL: Final = (14, 28)
"""Pixels of a cell, at most: for the size of the screen."""
IN_TMUX: Final = {"tmux": "kitty", "tmux-sixel": "xterm"}
"""Those inside tmux, whose last line is its own, and the terminal around it."""
TMUX: Final = """
set -g default-terminal tmux-256color
set -g allow-passthrough on
set -g status-style "bg=#1c1f26,fg=#8d93a1"
set -g window-status-current-style "fg=#e0a458"
set -g window-status-current-format " #I cordage-tui "
set -g status-left " tmux "
set -g status-right " #{client_termname} "
"""
FIRST_S: Final = 8.0
"""Seconds for the window, the first polls, and some runs to end."""
LAST_S: Final = 3.0
"""Seconds for what the last key asked for."""
BETWEEN_S: Final = 0.25
"""A person's pause between keys. Keys that come faster are a paste by rule, and a paste decides nothing."""

FOX: Final = ("t", "text:a {red|grey|white} fox in {snow|fog} at {dawn|dusk}", "Return", "wait:1", "y", "wait:1")
"""A batch of twelve, agreed to."""
DOWN: Final = ("j",) * 7

SHOTS: Final[dict[str, tuple[tuple[int, int], str, tuple[str, ...]]]] = {
    "runs": ((120, 36), "cordage", DOWN),
    "runs-light": ((120, 36), "cordage-light", DOWN),
    "sheet": ((120, 36), "cordage", (*FOX, "Escape", "g", "wait:45", "s", "wait:4", "l", "j", "plus", "l", "4")),
    "compare": ((120, 36), "cordage", (*DOWN, "space", "space", "equal", "wait:2")),
    "viewer": ((120, 36), "cordage", (*DOWN, "4", "Return", "wait:2")),
    "downloads": ((120, 36), "cordage", (*DOWN, "D", "j", "j", "D", "wait:2", "w", "wait:1")),
    "kill": ((120, 36), "cordage", ("j", "x")),
    "prompt": ((120, 36), "cordage", ("t", "text:a lighthouse at dusk, long exposure", "F1")),
    "narrow": ((80, 24), "cordage", (*DOWN, "4")),
    "large": ((200, 50), "cordage", DOWN),
    "palette": ((120, 36), "cordage", ("colon",)),
    "marked": ((120, 36), "cordage", ("V", "j", "j", "j", "j", "j", "V", "x")),
    "batch": ((120, 36), "cordage", FOX[:3]),
    "queue": ((120, 36), "cordage", (*FOX, "Escape", "w", "wait:1", "j", "j")),
    "limits": ((120, 36), "cordage", ("L",)),
    "keepers": ((120, 36), "cordage", ("ampersand", "wait:2")),
    "failures": ((120, 36), "cordage", ("exclam", "wait:2")),
    "statistics": ((120, 36), "cordage", ("percent", "wait:2")),
    "tmux": ((120, 37), "cordage", ("wait:35", *DOWN, "s", "wait:6", "h", "plus", "l", "wait:2")),
    "tmux-sixel": ((120, 37), "cordage", (*DOWN, "wait:3")),
}
"""Name → size in cells, theme, keys: xdotool's names, `text:` to type, `wait:` with seconds."""


def main() -> None:
    """All pictures, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(SHOTS)}")
    for name in parser.parse_args().names or SHOTS:
        size, theme, keys = SHOTS[name]
        shoot(HERE / f"{name}.png", size, theme, keys, IN_TMUX.get(name))
        print(HERE.name, f"{name}.png", sep="/")


def shoot(target: Path, size: tuple[int, int], theme: str, keys: tuple[str, ...], around: str | None = None) -> None:
    """The window after `keys`, as PNG of few colours; `around`: inside tmux in that terminal."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        (folder / "config.toml").write_text(f'[ui]\ntheme = "{theme}"\n')
        environ = stack.enter_context(screen(size, folder))
        program = (*PROGRAM, "--config", str(folder / "config.toml"))
        if around is not None:
            program = stack.enter_context(in_tmux(program, folder, environ))
        stack.enter_context(running((xterm if around == "xterm" else kitty)(size, program), environ))
        time.sleep(FIRST_S)
        for key in keys:
            press(key, environ)
            time.sleep(BETWEEN_S)
        time.sleep(LAST_S)
        found = subprocess.check_output(
            ["xdotool", "search", "--onlyvisible", "--class", around or "kitty"], env=environ
        )
        window = found.decode().split()[-1]
        small = ["-strip", "-define", "png:compression-level=9"]
        subprocess.run(["import", "-window", window, *small, str(target)], env=environ, check=True)


@contextmanager
def screen(size: tuple[int, int], folder: Path) -> Iterator[dict[str, str]]:
    """A screen that nobody sees, large enough; the environment of programs on it, with nothing of the user's home."""
    width, height = (cells * pixels for cells, pixels in zip(size, CELL, strict=True))
    display = f":{90 + os.getpid() % 1000}"
    own = {"HOME": str(folder), "DISPLAY": display, "LANG": "C.UTF-8", "LIBGL_ALWAYS_SOFTWARE": "1"}
    with running(["Xvfb", display, "-screen", "0", f"{width}x{height}x24", "-fbdir", str(folder)], dict(os.environ)):
        time.sleep(1.0)
        yield {"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE.parent), **own}


@contextmanager
def in_tmux(program: tuple[str, ...], folder: Path, environ: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """The command that opens a program inside tmux, whose server ends with the context."""
    (folder / "tmux.conf").write_text(TMUX)
    tmux = ("tmux", "-S", str(folder / "tmux"), "-f", str(folder / "tmux.conf"))
    try:
        yield (*tmux, "new-session", *program)
    finally:
        subprocess.run([*tmux, "kill-server"], env=environ, check=False)


def xterm(size: tuple[int, int], program: tuple[str, ...]) -> list[str]:
    """The command that opens a program in an xterm of that size that draws Sixel."""
    settings = ("numColorRegisters: 256", "sixelScrolling: true", "cursorBlink: false")
    told = [word for setting in settings for word in ("-xrm", f"XTerm*{setting}")]
    look = ["-fa", FONT, "-fs", str(POINTS), "-bg", "#101014", "-fg", "#e0e0e0", "-bw", "0", "+sb"]
    columns, rows = size
    return [
        "xterm",
        "-ti",
        "vt340",
        "-tn",
        "xterm-256color",
        *told,
        *look,
        "-geometry",
        f"{columns}x{rows}",
        "-e",
        *program,
    ]


def kitty(size: tuple[int, int], program: tuple[str, ...]) -> list[str]:
    """The command that opens a program in a window of that size."""
    columns, rows = size
    options = {
        "initial_window_width": f"{columns}c",
        "initial_window_height": f"{rows}c",
        "remember_window_size": "no",
        "font_family": FONT,
        "font_size": str(POINTS),
        "update_check_interval": "0",
    }
    told = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return ["kitty", "--config", "NONE", *told, *program]


@contextmanager
def running(command: list[str], environ: dict[str, str]) -> Iterator[None]:
    """`command` for as long as the context lasts."""
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, env=environ, stdin=nowhere, stdout=nowhere, stderr=nowhere) as process:
        try:
            yield
        finally:
            process.terminate()


def press(key: str, environ: dict[str, str]) -> None:
    """One key, a text, or a pause."""
    kind, _, what = key.partition(":")
    if kind == "wait":
        time.sleep(float(what))
    else:
        words = ["type", "--delay", "60", what] if kind == "text" else ["key", key]
        subprocess.run(["xdotool", *words], env=environ, check=True)


if __name__ == "__main__":
    main()
