"""The screen shows the picture of a run in each way of drawing, and the answers of the terminal are never typed."""

import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from cordage_tui.ui.terminal.driver import MOST
from tests.acceptance.server import KEY, Judge
from tests.e2e.home import PROGRAM, Home
from tests.e2e.person import Person
from tests.e2e.terminal import Terminal
from tests.storage_server import StorageServer
from tests.ui.images.kitty_terminal import KittyTerminal
from tests.ui.images.sixel_terminal import read_sixel

CELL = (10, 20)
CELL_ANSWER = {"\x1b[16t": "\x1b[6;20;10t"}
KITTY = {"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\": "\x1b_Gi=31;OK\x1b\\", "\x1b[c": "\x1b[?62;c"} | CELL_ANSWER
SIXEL = {"\x1b[c": "\x1b[?62;4;22c"} | CELL_ANSWER
_SLICE = re.compile(r"\x1b\[(\d+);\d+H(?:(?!\x1b\[\d+;\d+H)[^P])*?\x1b7 +\x1b8(\x1bP[^\x1b]*\x1b\\)", re.DOTALL)

Opening = Callable[..., Terminal]


@pytest.fixture
def source() -> Image.Image:
    """Return a picture in which all neighbours differ and each corner has its own colour."""
    picture = Image.new("RGB", (360, 240))
    picture.putdata([(x * 255 // 359, y * 255 // 239, (x + y) * 7 % 40 + 90) for y in range(240) for x in range(360)])
    return picture


@pytest.fixture
def open_picture(home: Home, judge: Judge, source: Image.Image) -> Iterator[Opening]:
    """Return a function that opens the program at a run, and waits until its picture is on screen by `until`."""
    terminals = list[Terminal]()
    file = BytesIO()
    source.save(file, "PNG")
    with StorageServer() as storage:
        judge.outputs = (storage.put("fox.png", file.getvalue(), media_type="image/png"),)

        def start(until: Callable[[Terminal], bool], answers: dict[str, str] | None = None, **environ: str) -> Terminal:
            terminal = home.open(home.environ(KEY, COLORTERM="truecolor", **environ), answers=answers)
            terminals.append(terminal)
            terminal.wait_for("● live")
            Person(terminal, "Sunset", "Portrait", "Video").runs("fox")
            terminal.type("\x1b")
            terminal.wait_for(lambda _: until(terminal))
            return terminal

        yield start
    for terminal in terminals:
        terminal.__exit__(None, None, None)


def _difference(picture: Image.Image, source: Image.Image) -> float:
    """Return the mean difference over all pixels and primary colours, of 255."""
    expected = source.resize(picture.size, Image.Resampling.LANCZOS)
    return sum(ImageStat.Stat(ImageChops.difference(picture, expected)).mean) / 3


def _blocks(terminal: Terminal) -> Image.Image | None:
    """Return the half blocks on screen as pixels: the lines that begin with the longest run of them."""
    rows = [
        [(cell.fg, cell.bg) for x in range(120) if (cell := terminal.screen.buffer[y][x]).data == "▀"]
        for y in range(36)
    ]
    rows = [row for row in rows if len(row) > 12]
    width = max(map(len, rows), default=0)
    rows = [row for row in rows if len(row) == width]
    if len(rows) < 5:
        return None
    picture = Image.new("RGB", (width, len(rows) * 2))
    halves = [[cell[half] for cell in row] for row in rows for half in (0, 1)]
    picture.putdata([tuple(bytes.fromhex(colour)) for half in halves for colour in half])
    return picture


def test_half_blocks_show_the_picture(open_picture: Opening, source: Image.Image) -> None:
    """The half blocks on screen show the picture, although this terminal never answers a question."""
    terminal = open_picture(
        lambda terminal: (shown := _blocks(terminal)) is not None and shown.width <= shown.height * 1.5
    )
    shown = _blocks(terminal)
    assert shown is not None
    below = round(shown.width / 1.5)  # where it ends, maybe in the middle of a cell
    assert _difference(shown.crop((0, 0, shown.width, below)), source) < 4


def _kitty(terminal: Terminal) -> tuple[KittyTerminal, int] | None:
    """Return what the terminal holds and the number of the picture whose cells were all drawn in order."""
    kitty, drawn = KittyTerminal(), dict[int, list[list[tuple[int, int]]]]()
    try:
        text = kitty.read(terminal.written.decode())
    except (ValueError, KeyError):  # it is not whole yet
        return None
    colour = ""  # it is in force until another is set
    for codes, run in re.findall("\x1b\\[([\\d;]*)m|((?:\U0010eeee..)+)", text):
        if run:
            number, places = kitty.shows(colour + run)
            drawn.setdefault(number, []).append(places)
        elif match := re.match(r"(?:\d?;)*(38;2;\d+;\d+;\d+)", codes):
            colour = f"\x1b[{match[1]}m"
        elif not codes:
            colour = ""
    for number, rows in drawn.items():
        held = kitty.held[number]
        if rows[-held.rows :] == [[(y, x) for x in range(held.columns)] for y in range(held.rows)]:
            return kitty, number
    return None


def _held(terminal: Terminal) -> int | None:
    """Return how many pictures the terminal has, or None in the middle of a command."""
    kitty = KittyTerminal()
    try:
        kitty.read(terminal.written.decode())
    except ValueError:
        return None
    return len(kitty.held)


def test_kitty_is_sent_the_picture_and_lets_it_go(
    open_picture: Opening, source: Image.Image, is_restored: Callable[[Terminal], bool]
) -> None:
    """Kitty gets the picture and its cells in order. When the program sleeps or ends, the terminal has no picture any
    more."""
    terminal = open_picture(lambda terminal: _kitty(terminal) is not None, KITTY, TERM="xterm-kitty")
    kitty, number = _kitty(terminal) or (KittyTerminal(), 0)
    sent = Image.open(BytesIO(kitty.held[number].png)).convert("RGB")
    assert _difference(sent, source) < 8
    assert kitty.held[number].columns == -(-sent.width // CELL[0])
    terminal.signal(signal.SIGTSTP)
    terminal.wait_for(lambda _: _held(terminal) == 0)
    terminal.wait_stopped()
    terminal.signal(signal.SIGCONT)
    terminal.wait_for(lambda _: bool(_held(terminal)))
    terminal.type("\x11")
    assert terminal.wait_exit() == 0
    assert _held(terminal) == 0
    assert is_restored(terminal)


def _times_sent(terminal: Terminal) -> dict[str, int]:
    """Return how often each picture was sent whole."""
    return Counter(re.findall(r"a=T,U=1,f=100,i=(\d+)", terminal.written.decode(errors="replace")))


def test_kitty_is_sent_a_picture_of_the_whole_screen_once(open_picture: Opening) -> None:
    """A picture that is longer than the output buffer is sent once, although the screen changes meanwhile."""
    terminal = open_picture(lambda terminal: _kitty(terminal) is not None, KITTY, TERM="xterm-kitty")
    for number, keys in enumerate(("4\r", "z", "l"), 2):
        terminal.type(keys)
        terminal.wait_for(lambda _, number=number: len(_times_sent(terminal)) >= number)
    longest = max(re.findall(r"\x1b_Ga=T.*?m=0;", terminal.written.decode(errors="replace"), re.DOTALL), key=len)
    assert len(longest) > MOST
    assert set(_times_sent(terminal).values()) == {1}


def _sixels(terminal: Terminal) -> Image.Image | None:
    """Return the lines of the largest picture, put together by their places on the screen."""
    slices = [(int(y), read_sixel(image)) for y, image in _SLICE.findall(terminal.written.decode(errors="replace"))]
    width = max((image.width for _, image in slices), default=0)
    lines = {y: image for y, image in slices if image.width == width}
    height = sum(image.height for image in lines.values())
    if not width or not 1.4 < width / height < 1.6:
        return None
    picture = Image.new("RGB", (width, height))
    for y, image in lines.items():
        top = (y - min(lines)) * CELL[1]
        for (x, down), colour in image.pixels.items():
            picture.putpixel((x, top + down), tuple(round(part * 2.55) for part in colour))
    return picture


def test_sixel_lines_show_the_picture(open_picture: Opening, source: Image.Image) -> None:
    """Each line of cells is a Sixel image at its place, and together they show the picture."""
    shown = _sixels(open_picture(lambda terminal: _sixels(terminal) is not None, SIXEL))
    assert shown is not None
    assert _difference(shown, source) < 8


def test_answers_of_the_terminal_are_never_typed(home: Home) -> None:
    """A late answer that comes torn into single characters between typed letters is never typed.

    The escape has more time here, because a busy machine tears the answer wider.
    """
    with home.open(home.environ(KEY, ESCDELAY="5000"), program=PROGRAM) as terminal:
        terminal.wait_for("● live")
        terminal.type("t")
        terminal.wait_for("f1 help")
        for piece in ("ab", "\x1b[?62;4c", "cd", "\x1b[6;20;10t", "ef", "\x1b_Gi=31;OK\x1b\\", "gh"):
            terminal.type_slowly(piece, gap_s=0.01)
        terminal.wait_for("abcdefgh")
        assert not re.search(r"62|;OK|i=31|10t", terminal.text())
