"""Pictures get through a real tmux to the terminals around it: to one that is played here, and as pixels to kitty and xterm."""

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
from tests.ui.terminal.kitty_terminal import KittyTerminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

NAME = {"\x1b[>q": "\x1bP>|kitty(0.41.1)\x1b\\"}
"""What a kitty whose TERM is not its own answers tmux."""
CONFIG = """
set -g default-terminal tmux-256color
set -g status off
set -g allow-passthrough on
set -as terminal-features ',xterm*:RGB'
"""


@contextmanager
def _tmux(folder: Path, environ: dict[str, str], config: str = CONFIG) -> Iterator[tuple[str, ...]]:
    """The words with which its commands begin; its server ends with the test."""
    (folder / "tmux.conf").write_text(config)
    tmux = (shutil.which("tmux") or "tmux", "-S", str(folder / "socket"), "-f", str(folder / "tmux.conf"))
    try:
        yield tmux
    finally:
        subprocess.run([*tmux, "kill-server"], env=environ, capture_output=True, check=False)


def _holds(terminal: Terminal, picture: bytes) -> bool:
    """Whether the terminal was sent that picture since it last let go of one, and cells that show it."""
    kitty, written = KittyTerminal(), terminal.written.decode(errors="ignore")
    try:
        kitty.read(written.rpartition("\x1b_Ga=d")[2])
    except ValueError:  # it is not whole yet
        return False
    numbers = [number for number, held in kitty.held.items() if _colour(held.png) == _colour(picture)]
    return any(f"38;2;{number >> 16};{number >> 8 & 255};{number & 255}m" in written for number in numbers)


def _colour(file: bytes) -> object:
    return Image.open(BytesIO(file)).convert("RGB").getpixel((0, 0))


def test_a_picture_goes_through_and_again_after_it_was_attached_anew(home: Home, judge: Judge, tmp_path: Path) -> None:
    """tmux passes on the picture, and draws its cells as the text that they are."""
    file = BytesIO()
    Image.new("RGB", (120, 80), (200, 40, 90)).save(file, "PNG")
    environ = home.environ(KEY, COLORTERM="truecolor")
    with StorageServer() as storage, _tmux(tmp_path, environ) as tmux, ExitStack() as stack:
        judge.outputs = (storage.put("fox.png", file.getvalue(), media_type="image/png"),)
        first = stack.enter_context(home.open(environ, program=(*tmux, "new-session", *PROGRAM), answers=NAME))
        first.wait_for("● live")
        Person(first, "Sunset", "Portrait", "Video").runs("fox")
        first.type("\x1b")
        first.wait_for(lambda _: _holds(first, file.getvalue()))
        assert not re.search(r"Gi=31|kitty\(", first.text())
        subprocess.run([*tmux, "detach-client"], env=environ, check=True)
        assert first.wait_exit() == 0
        again = stack.enter_context(home.open(environ, program=(*tmux, "attach-session"), answers=NAME))
        again.wait_for(lambda _: _holds(again, file.getvalue()))


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
from cordage_tui.ui.images.protocols import kitty_strips, passed_through, sending
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
    """How many pixels of the colour there are on the screen whose memory this is."""
    data = memory.read_bytes()
    header, _, _, _, width, height, *_, line = struct.unpack(">13I", data[:52])
    start = header + 12 * struct.unpack(">I", data[76:80])[0]
    screen = Image.frombytes("RGB", (width, height), data[start : start + line * height], "raw", "BGRX", line)
    found = screen.getcolors(width * height) or []
    return sum(count for count, colour in found if max(abs(a - b) for a, b in zip(colour, COLOUR, strict=True)) <= 4)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("window", WINDOWS)
def test_the_pixels_are_on_the_screen(window: str, tmp_path: Path) -> None:
    """All of its cells, but for some lines of pixels that tmux leaves out at the foot of a Sixel image."""
    if not all(map(shutil.which, ("Xvfb", window))):
        pytest.skip(f"needs Xvfb and {window}")
    display = f":{300 + os.getpid() % 3000}"
    own = {"HOME": str(tmp_path), "DISPLAY": display, "LANG": "C.UTF-8", "LIBGL_ALWAYS_SOFTWARE": "1"}
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), **own}
    told, memory = tmp_path / "cell", tmp_path / "Xvfb_screen0"
    with ExitStack() as stack:
        _started(stack, ["Xvfb", display, "-screen", "0", "800x600x24", "-fbdir", str(tmp_path)], environ)
        _wait(Path(f"/tmp/.X11-unix/X{display[1:]}").exists)
        tmux = stack.enter_context(_tmux(tmp_path, environ, CONFIG.replace("set -as", "# set -as")))
        _started(stack, [*WINDOWS[window], *tmux, "new-session", sys.executable, "-c", DRAW, str(told)], environ)
        _wait(told.exists)
        width, height = map(int, told.read_text().split())
        whole = COLUMNS * width * ROWS * height
        least = whole - COLUMNS * width * (12 if window == "xterm" else 0)
        _wait(lambda: _pixels(memory) >= least)
        assert _pixels(memory) <= whole


def _started(stack: ExitStack, command: list[str], environ: dict[str, str]) -> None:
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environ, stdin=nowhere, stdout=nowhere, stderr=nowhere)
    stack.callback(process.wait)
    stack.callback(process.terminate)


def _wait(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WINDOW_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
