"""Pictures pass through a real tmux to a simulated terminal, and as pixels to kitty and xterm."""

import os
import re
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.acceptance.server import KEY, Judge
from tests.e2e.home import PROGRAM, Home
from tests.e2e.person import Person
from tests.e2e.terminal import Terminal
from tests.storage_server import StorageServer
from tests.ui.images.kitty_terminal import KittyTerminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

NAME = {"\x1b[>q": "\x1bP>|kitty(0.41.1)\x1b\\"}
"""The answer to tmux of a kitty whose TERM is not its own."""
CONFIG = """
set -g default-terminal tmux-256color
set -g status off
set -g allow-passthrough on
set -as terminal-features ',xterm*:RGB'
"""


@contextmanager
def _tmux(folder: Path, environ: dict[str, str], config: str = CONFIG) -> Iterator[tuple[str, ...]]:
    """Yield the words with which the tmux commands begin; the server ends with the test."""
    (folder / "tmux.conf").write_text(config)
    tmux = (shutil.which("tmux") or "tmux", "-S", str(folder / "socket"), "-f", str(folder / "tmux.conf"))
    try:
        yield tmux
    finally:
        subprocess.run([*tmux, "kill-server"], env=environ, capture_output=True, check=False)


def _shows_picture(terminal: Terminal, picture: bytes) -> bool:
    """Return whether the terminal was sent that picture after its last removal, and cells that show it."""
    kitty, written = KittyTerminal(), terminal.written.decode(errors="ignore")
    try:
        kitty.read(written.rpartition("\x1b_Ga=d")[2])
    except ValueError:  # it is not whole yet
        return False
    numbers = [number for number, held in kitty.held.items() if _colour(held.png) == _colour(picture)]
    return any(f"38;2;{number >> 16};{number >> 8 & 255};{number & 255}m" in written for number in numbers)


def _colour(file: bytes) -> object:
    """Return the colour of the first pixel of this image."""
    return Image.open(BytesIO(file)).convert("RGB").getpixel((0, 0))


def test_a_picture_passes_tmux_also_after_a_new_attachment(home: Home, judge: Judge, tmp_path: Path) -> None:
    """tmux passes the picture on and draws its cells as text, also after it was detached and attached again."""
    file = BytesIO()
    Image.new("RGB", (120, 80), (200, 40, 90)).save(file, "PNG")
    environ = home.environ(KEY, COLORTERM="truecolor")
    with StorageServer() as storage, _tmux(tmp_path, environ) as tmux, ExitStack() as stack:
        judge.outputs = (storage.put("fox.png", file.getvalue(), media_type="image/png"),)
        first = stack.enter_context(home.open(environ, program=(*tmux, "new-session", *PROGRAM), answers=NAME))
        first.wait_for("● live")
        Person(first, "Sunset", "Portrait", "Video").runs("fox")
        first.type("\x1b")
        first.wait_for(lambda _: _shows_picture(first, file.getvalue()))
        assert not re.search(r"Gi=31|kitty\(", first.text())
        subprocess.run([*tmux, "detach-client"], env=environ, check=True)
        assert first.wait_exit() == 0
        again = stack.enter_context(home.open(environ, program=(*tmux, "attach-session"), answers=NAME))
        again.wait_for(lambda _: _shows_picture(again, file.getvalue()))


# Real terminals on a screen that nobody sees.

WINDOW_S = 240.0
"""Longest wait: a window without a graphics card takes more than half a minute to open on a busy machine."""
COLOUR = (220, 30, 140)
COLUMNS, ROWS = 20, 8
DRAW = f"""
import sys, time
from io import BytesIO
from PIL import Image
from rich.console import Console
from textual.color import Color
from cordage_tui.domain.image import PixelSize
from cordage_tui.engine.images.sandbox.decode import sixels
from cordage_tui.ui.terminal.capabilities import BAND, GraphicsProtocol
from cordage_tui.ui.images.kitty import kitty_strips, passed_through, sending
from cordage_tui.ui.images.tmux import ask
from cordage_tui.ui.images.tmux_sixels import SixelScreen
import fcntl, os, struct, termios
while (clients := ask(os.environ)) is None or clients.route is GraphicsProtocol.BLOCKS:
    time.sleep(0.05)
height, width, across, down = struct.unpack("HHHH", fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))
cell = PixelSize(across // width, down // height)
picture = Image.new("RGB", ({COLUMNS} * cell.width, {ROWS} * cell.height), {COLOUR})
ground, after = Color(0, 0, 0), []
screen = SixelScreen()
if clients.route is GraphicsProtocol.KITTY:
    file = BytesIO()
    picture.save(file, "PNG")
    sys.stdout.write(passed_through(sending(0x123456, file.getvalue(), {COLUMNS}, {ROWS})))
    strips = kitty_strips(0x123456, {COLUMNS}, {ROWS}, ground)
else:
    strips = screen.strips(sixels(picture, BAND), {COLUMNS}, {ROWS}, cell, ground)
console = Console(force_terminal=True, color_system="truecolor", width=80)
frame, after = screen.finished("".join(f"\\x1b[{{y}};5H{{strip.render(console)}}" for y, strip in enumerate(strips, 3)))
sys.stdout.write("".join(["\\x1b[2J", frame, *after]))
sys.stdout.flush()
open(sys.argv[1] + ".part", "w").write(f"{{cell.width}} {{cell.height}}")
os.rename(sys.argv[1] + ".part", sys.argv[1])
time.sleep(300)
"""
WINDOWS = {
    "kitty": ["kitty", "--config", "NONE", "-o", "update_check_interval=0", "-o", "remember_window_size=no"],
    "xterm": [
        "xterm",
        "-ti",
        "vt340",
        "-tn",
        "xterm-256color",
        "-xrm",
        "XTerm*numColorRegisters: 256",
        "-fa",
        "mono",
        "-e",
    ],
}


def _pixels(memory: Path) -> int:
    """Return how many pixels have the colour on the screen with this memory."""
    data = memory.read_bytes()
    header, _, _, _, width, height, *_, line = struct.unpack(">13I", data[:52])
    start = header + 12 * struct.unpack(">I", data[76:80])[0]
    screen = Image.frombytes("RGB", (width, height), data[start : start + line * height], "raw", "BGRX", line)
    colours = screen.getcolors(width * height) or []
    return sum(count for count, colour in colours if max(abs(a - b) for a, b in zip(colour, COLOUR, strict=True)) <= 4)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("window", WINDOWS)
def test_the_pixels_are_on_the_screen(window: str, tmp_path: Path) -> None:
    """All cells of the picture are on the screen, except some lines of pixels that tmux leaves out of a Sixel image."""
    if not all(map(shutil.which, ("Xvfb", window))):
        pytest.skip(f"needs Xvfb and {window}")
    display = f":{300 + os.getpid() % 3000}"
    variables = {"HOME": str(tmp_path), "DISPLAY": display, "LANG": "C.UTF-8", "LIBGL_ALWAYS_SOFTWARE": "1"}
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), **variables}
    cell_file, memory = tmp_path / "cell", tmp_path / "Xvfb_screen0"
    with ExitStack() as stack:
        _started(stack, ["Xvfb", display, "-screen", "0", "800x600x24", "-fbdir", str(tmp_path)], environ)
        _wait(Path(f"/tmp/.X11-unix/X{display[1:]}").exists)
        tmux = stack.enter_context(_tmux(tmp_path, environ, CONFIG.replace("set -as", "# set -as")))
        _started(stack, [*WINDOWS[window], *tmux, "new-session", sys.executable, "-c", DRAW, str(cell_file)], environ)
        _wait(cell_file.exists)
        width, height = map(int, cell_file.read_text().split())
        whole = COLUMNS * width * ROWS * height
        least = whole - COLUMNS * width * (12 if window == "xterm" else 0)
        _wait(lambda: _pixels(memory) >= least)
        assert _pixels(memory) <= whole


def _started(stack: ExitStack, command: list[str], environ: dict[str, str]) -> None:
    """Start this process and end it with the test."""
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environ, stdin=nowhere, stdout=nowhere, stderr=nowhere)
    stack.callback(process.wait)
    stack.callback(process.terminate)


def _wait(condition: Callable[[], bool]) -> None:
    """Wait until the condition is true, or fail at the deadline."""
    end = time.monotonic() + WINDOW_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
