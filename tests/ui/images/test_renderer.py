"""The renderer follows the replies of the terminal, and draws the same picture only once."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from weakref import ref

import pytest
from textual.color import Color

from cordage_tui.domain.image import Image, ImageFormat, PixelSize
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.terminal.capabilities import GraphicsProtocol
from cordage_tui.ui.terminal.replies import CellSizeReply, DeviceAttributes, KittySupportReply
from tests.ui.images.kitty_terminal import KittyTerminal

GROUND = Color(1, 2, 3)
ENVIRON = {"TERM": "xterm-kitty", "LANG": "C.UTF-8"}
OUTPUT = OutputRef(RowId(1), 1, "https://files.example/1.png")
PNG = Image(ImageFormat.PNG, 95, 61, (b"png",))


@dataclass
class _Wire:
    """Terminal that records its input."""

    sent: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    pixels: PixelSize | None = None
    leaving: Callable[[], str] = str

    def send(self, data: str) -> None:
        self.sent.append(data)

    def send_query(self, questions: str) -> None:
        self.queries.append(questions)

    def finish_frames(self, finish: Callable[[str], tuple[str, list[str]]]) -> None:
        self.finish = finish

    def at_leaving(self, words: Callable[[], str]) -> None:
        self.leaving = words

    def cell(self) -> PixelSize | None:
        return self.pixels


@dataclass
class _Kept:
    """Settings in memory."""

    values: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> SafeText | None:
        return SafeText(self.values[name]) if name in self.values else None

    def save(self, name: str, value: str) -> None:
        self.values[name] = value


@pytest.fixture
def wire() -> _Wire:
    return _Wire()


@pytest.fixture
def kept() -> _Kept:
    return _Kept()


@pytest.fixture
async def painter(wire: _Wire, kept: _Kept) -> AsyncIterator[ImageRenderer]:
    app = BaseApp()
    async with app.run_test():
        yield ImageRenderer(app, wire, "auto", ENVIRON, kept)


def _changes(painter: ImageRenderer) -> list[None]:
    """Return a list that gets an item for each change."""
    changes = list[None]()
    painter.changed.subscribe(painter._app, changes.append, immediate=True)
    return changes


async def test_half_blocks_are_drawn_until_the_terminal_replies(painter: ImageRenderer, wire: _Wire) -> None:
    """Only a reply that changes how pictures are drawn is published to the widgets."""
    changes = _changes(painter)
    painter.query_terminal()
    assert wire.queries == ["\x1b[16t\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"]
    assert (painter.route, painter.form, painter.cell) == (GraphicsProtocol.BLOCKS, ImageFormat.RGB, None)
    painter.on_reply(CellSizeReply(PixelSize(9, 18)))
    painter.on_reply(DeviceAttributes(sixel=False))
    assert changes == []
    painter.on_reply(KittySupportReply(takes=True))
    assert (painter.route, painter.form, painter.cell, len(changes)) == (
        GraphicsProtocol.KITTY,
        ImageFormat.PNG,
        PixelSize(9, 18),
        1,
    )
    wire.pixels = PixelSize(10, 20)
    painter.measure()
    assert (painter.cell, len(changes)) == (PixelSize(10, 20), 2)


async def test_over_a_slow_line_kitty_gets_fewer_colours() -> None:
    """Over SSH Kitty gets pictures with fewer colours, which are sent and held like others."""
    wire, app = _Wire(), BaseApp()
    async with app.run_test():
        painter = ImageRenderer(app, wire, "kitty", {**ENVIRON, "SSH_CONNECTION": "1 2 3 4"})
        assert painter.wanted(OUTPUT, 4, 3).form is ImageFormat.PALETTED
        painter.strips(replace(PNG, form=ImageFormat.PALETTED), GROUND)
        assert len(wire.sent) == 1


async def test_what_is_wanted_fits_the_box(painter: ImageRenderer) -> None:
    """The requested size is the box in cells, times the pixels of a cell in the protocol."""
    assert painter.wanted(OUTPUT, 40, 20).box == PixelSize(40, 40)
    painter.on_reply(CellSizeReply(PixelSize(9, 18)))
    painter.on_reply(DeviceAttributes(sixel=True))
    wanted = painter.wanted(OUTPUT, 40, 20)
    assert (wanted.box, wanted.form, wanted.cell) == (PixelSize(360, 360), ImageFormat.SIXEL, PixelSize(9, 18))


async def test_xterm_gets_no_larger_sixels_than_it_draws(wire: _Wire) -> None:
    """xterm gets Sixel images of at most its own limit."""
    app = BaseApp()
    async with app.run_test():
        for environ, width in ((ENVIRON, 1800), (ENVIRON | {"XTERM_VERSION": "XTerm(398)"}, 1000)):
            painter = ImageRenderer(app, wire, "sixel", environ)
            assert painter.wanted(OUTPUT, 180, 30).box == PixelSize(width, 600)


async def test_a_picture_takes_the_cells_it_needs(painter: ImageRenderer) -> None:
    """A picture takes as many cells as it needs, with the last column and row possibly in part."""
    assert painter.cells(Image(ImageFormat.RGB, 42, 39, (b"",))) == (42, 20)
    painter.on_reply(CellSizeReply(PixelSize(9, 18)))
    assert painter.cells(PNG) == (11, 4)
    assert painter.cells(Image(ImageFormat.SIXEL, 91, 61, (b"",) * 4)) == (11, 4)


async def test_the_same_picture_is_the_same_strips(painter: ImageRenderer, wire: _Wire) -> None:
    """The same picture on the same background gives the same strips, and is sent to Kitty once."""
    blocks = Image(ImageFormat.RGB, 4, 4, (bytes(48),))
    for image in (blocks, PNG):
        first = painter.strips(image, GROUND)
        assert all(a is b for a, b in zip(first, painter.strips(image, GROUND), strict=True))
        assert painter.strips(image, Color(9, 9, 9))[0] is not first[0]
    assert len(wire.sent) == 1


async def test_rows_of_half_blocks_are_kept_as_long_as_they_are_shown(painter: ImageRenderer) -> None:
    """Rows of half blocks are freed when they are no longer shown, because they take much memory."""
    image = Image(ImageFormat.RGB, 4, 4, (bytes(range(48)),))
    top, bottom = painter.strips(image, GROUND)
    gone = ref(bottom)
    del bottom
    assert gone() is None
    again = painter.strips(image, GROUND)
    assert again[0] is top
    assert [segment.text for segment in again[1]] == ["▀"] * 4


async def test_after_a_pause_kitty_is_sent_what_is_drawn(painter: ImageRenderer, wire: _Wire) -> None:
    """After the terminal was given back, pictures are sent again and the widgets are informed."""
    changes, terminal = _changes(painter), KittyTerminal()
    painter.strips(PNG, GROUND)
    terminal.read(wire.sent.pop())
    terminal.read(wire.leaving())
    assert terminal.held == {}
    painter.renew()
    assert len(changes) == 1
    painter.strips(PNG, GROUND)
    terminal.read(wire.sent.pop())
    assert [held.png for held in terminal.held.values()] == [b"png"]


async def test_switching_pictures_off_is_stored(painter: ImageRenderer, wire: _Wire, kept: _Kept) -> None:
    """Pictures that are switched off are replaced by descriptions, also at the next start."""
    changes = _changes(painter)
    assert painter.switch() is False
    assert (painter.route, kept.values, len(changes)) == (GraphicsProtocol.WORDS, {"pictures": "off"}, 1)
    assert not ImageRenderer(painter._app, wire, "auto", ENVIRON, kept).on
    assert painter.switch() is True
    assert painter.route is GraphicsProtocol.BLOCKS
