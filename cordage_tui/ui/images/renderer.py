"""Renderer of pictures in this terminal."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

from textual.app import App
from textual.color import Color
from textual.signal import Signal
from textual.strip import Strip

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.base.lru_cache import LruCache
from cordage_tui.domain.image import WHOLE, CropBox, Image, ImageFormat, ImageRequest, PixelSize
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.store.app_settings import AppSettings
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.terminal.capabilities import (
    BAND,
    LARGEST,
    ColorDepth,
    GraphicsProtocol,
    TerminalCapabilities,
    TerminalReplies,
    questions,
    route_of,
)
from cordage_tui.ui.terminal.replies import Answer, CellSizeReply, DeviceAttributes, KittySupportReply

if TYPE_CHECKING:
    from cordage_tui.ui.images.half_blocks import BlockRows
    from cordage_tui.ui.images.kitty import KittyImages
    from cordage_tui.ui.images.tmux import TmuxClients
    from cordage_tui.ui.images.tmux_sixels import SixelScreen
    from cordage_tui.ui.images.tmux_watch import TmuxWatch

SWITCH: Final = "pictures"
"""Name of the stored setting; its values are `on` and `off`."""
_HINTED: Final = "pictures-hint"
"""Name of the setting that stores the last shown hint, so that it is shown only once."""
_ELSEWHERE: Final = SafeText(
    "Pictures are half blocks: tmux runs elsewhere and cannot be asked. If it is in kitty or Ghostty:"
    ' set -g allow-passthrough on in its ~/.tmux.conf, and show = "kitty" under [pictures] here.'
)
_USUAL_CELL: Final = PixelSize(10, 20)
"""Size of a cell that is assumed if a protocol is forced and the terminal does not report the size."""
_SQUARES: Final = 0.5
"""Shape of a cell that shows two square pixels."""
_FILES: Final = (ImageFormat.PNG, ImageFormat.PALETTED)
"""Image formats that the terminal keeps in its memory."""
_MOST_IN_TMUX: Final = 8
"""Most Sixel images at the same time inside tmux: tmux 3.5 keeps nine, and does not draw others again."""
_KEPT_CELLS: Final = 8_000
"""Most cells of cached strips, for pictures that are sent or written as a whole. It is most of a large screen."""


class ImageWriter(Protocol):
    """Output to the terminal: `DriverWriter`, except in tests."""

    def send(self, data: str) -> None: ...
    def send_query(self, questions: str) -> None: ...
    def finish_frames(self, finish: Callable[[str], tuple[str, list[str]]]) -> None: ...
    def at_leaving(self, words: Callable[[], str]) -> None: ...
    def cell(self) -> PixelSize | None: ...


class ImageRenderer:
    """Renderer of the app's pictures. A widget requests strips at each drawing; strips of the same picture are cached."""

    def __init__(
        self, app: App[Any], wire: ImageWriter, show: str, environ: Mapping[str, str], kept: AppSettings | None = None
    ) -> None:
        """`show`: the setting `[pictures] show`. `kept`: stored settings for the user's switch; None: it is not stored."""
        self.changed: Signal[None] = Signal(app, "pictures changed")
        """Published when all pictures must be drawn again: the terminal has replied or lost them, or the user has switched."""
        self.show_hint: Callable[[SafeText], None] = lambda hint: None
        """Shows a hint how to get better pictures than half blocks."""
        self.place = TerminalCapabilities.of(environ)
        self._app = app
        self._wire = wire
        self._show = show
        self._kept = kept
        self._on = kept is None or kept.get(SWITCH) != "off"
        self._answers = TerminalReplies()
        self._kitty: KittyImages | None = None
        self._sixels: SixelScreen | None = None
        self._environ = environ
        self.tmux: TmuxWatch | None = None
        """Watch on the terminals around tmux; None: we are not inside tmux."""
        self._hint = _ELSEWHERE if self.place.wraps and not self.place.tmux else None
        self._strips: LruCache[tuple[Image, Color, int], Sequence[Strip]] = LruCache(
            _KEPT_CELLS, lambda strips: sum(strip.cell_length for strip in strips)
        )
        self._blocks: BlockRows | None = None

    @property
    def on(self) -> bool:
        """True if the user wants pictures."""
        return self._on

    def switch(self) -> bool:
        """Turn pictures off, or on again. Return whether they are on now.

        Raises StoreError if the choice cannot be stored.
        """
        self._on = not self._on
        self.changed.publish(None)
        if self._kept is not None:
            self._kept.save(SWITCH, "on" if self._on else "off")
        return self._on

    @property
    def depth(self) -> ColorDepth:
        """Colour depth of the terminal. A screenshot has all colours."""
        if self._app.is_headless:
            return ColorDepth.TRUE
        return {"truecolor": ColorDepth.TRUE, "256": ColorDepth.PALETTE}.get(
            self._app.console.color_system or "", ColorDepth.FEW
        )

    @property
    def route(self) -> GraphicsProtocol:
        return route_of(self.place, self.depth, self._answers, self._show) if self._on else GraphicsProtocol.WORDS

    @property
    def draws(self) -> bool:
        """True if pictures are drawn; otherwise outputs are described."""
        return self.route is not GraphicsProtocol.WORDS

    @property
    def form(self) -> ImageFormat:
        """Image format that the engine renders."""
        form = self.route.form
        return ImageFormat.PALETTED if form is ImageFormat.PNG and self.place.far else form

    @property
    def cell(self) -> PixelSize | None:
        """Pixels of a cell, if the protocol draws pixels; else None."""
        return self._pixels_of_cell(self.form) if self.form is not ImageFormat.RGB else None

    @property
    def cell_shape(self) -> float:
        """Width of a cell over its height."""
        return self.cell.width / self.cell.height if self.cell else _SQUARES

    def wanted(
        self, output: OutputRef, columns: int, rows: int, *, fill: bool = False, part: CropBox = WHOLE, among: int = 1
    ) -> ImageRequest:
        """Return the request for an output, or a `part` of it, in a box of cells.

        `fill`: enlarge a small picture to the box, but not over SSH, which would be slow. `among`: number of pictures shown at
        the same time; if they are too many for the protocol, half blocks are requested.
        """
        form = self.form
        if form is ImageFormat.SIXEL and self.place.wraps and among > _MOST_IN_TMUX:
            form = ImageFormat.RGB
        cell = self._pixels_of_cell(form)
        box = PixelSize(max(1, columns * cell.width), max(1, rows * cell.height))
        if form is ImageFormat.SIXEL and (self.place.cuts or self._answers.cuts):
            box = PixelSize(min(box.width, LARGEST), min(box.height, LARGEST) if self.place.wraps else box.height)
        sixel_cell = cell if form is ImageFormat.SIXEL else None
        if sixel_cell is not None and self.place.wraps:
            sixel_cell = PixelSize(cell.width, BAND)
        return ImageRequest(output, box, form, sixel_cell, grow=fill and not self.place.far, part=part)

    def cells(self, image: Image) -> tuple[int, int]:
        """Return the columns and rows that `image` takes."""
        cell = self._pixels_of_cell(image.form)
        return -(-image.width // cell.width), -(-image.height // cell.height)

    def strips(self, image: Image, background: Color) -> Sequence[Strip]:
        """Return one strip for each row of cells. While they are cached or shown, the same picture has the same objects.

        Call it at each drawing: it sends a picture that the terminal does not have.
        """
        if image.form is ImageFormat.RGB:
            return self._drawn(image, background, 0)
        number = self._kitty_pictures().number(image, *self.cells(image)) if image.form in _FILES else 0
        key = (image, background, number)
        if (strips := self._strips.get(key)) is None:
            strips = self._drawn(image, background, number)
            self._strips.put(key, strips)
        return strips

    def touch(self, image: Image) -> None:
        """Send a picture again if the terminal does not have it. Used for strips that another object has cached."""
        if image.form in _FILES:
            self._kitty_pictures().number(image, *self.cells(image))

    def query_terminal(self) -> None:
        """Query the terminal, or tmux, for capabilities after the first frame. This does not wait for replies."""
        self._learn(replace(self._answers, cell=self._wire.cell()))
        if query := questions(self.place, self._show, cell_known=self._answers.cell is not None):
            self._wire.send_query(query)
        needs_tmux = self._show not in (GraphicsProtocol.WORDS, GraphicsProtocol.BLOCKS) and not self._app.is_headless
        if self.place.tmux and needs_tmux:
            from cordage_tui.ui.images.tmux_watch import TmuxWatch

            self.tmux = TmuxWatch(self._app, self._environ, self.on_tmux)
            self.tmux.start()

    def on_tmux(self, clients: "TmuxClients", lacks: bool) -> None:
        """Handle a report of tmux about the terminals around it. `lacks`: one of them may not have all pictures that were sent."""
        cell = self._wire.cell() or self._answers.cell
        self._learn(replace(self._answers, around_tmux=clients.route, cuts=clients.cuts, cell=cell))
        self._hint = clients.hint
        if lacks and self._kitty is not None:
            self.forget()

    def on_reply(self, answer: Answer) -> None:
        """Handle a reply of the terminal."""
        match answer:
            case DeviceAttributes(sixel=sixel) if not self.place.shared:
                self._learn(replace(self._answers, sixel=sixel))
            case CellSizeReply(size=size):
                self._learn(replace(self._answers, cell=size))
            case KittySupportReply(takes=takes):
                self._learn(replace(self._answers, kitty=takes))
            case _:
                pass

    def measure(self) -> None:
        """Read the size of a cell again after the window was resized. Another terminal may be around tmux now."""
        if cell := self._wire.cell():
            self._learn(replace(self._answers, cell=cell))
        if self.tmux is not None:
            self.tmux.check()

    def renew(self) -> None:
        """Draw all pictures again. Another program had the terminal for a while, so the terminal has dropped them."""
        self.changed.publish(None)

    def forget(self) -> None:
        """Remove our pictures from the terminal, which may lack some of them, and draw them again."""
        if self._kitty is not None:
            self._send_pictures(self._kitty.forget())
        self.renew()

    def _learn(self, answers: TerminalReplies) -> None:
        before, self._answers = (self.route, self.cell), answers
        if before != (self.route, self.cell):
            self.changed.publish(None)

    def _drawn(self, image: Image, background: Color, number: int) -> Sequence[Strip]:
        from cordage_tui.ui.images.half_blocks import BlockRows
        from cordage_tui.ui.images.kitty import kitty_strips
        from cordage_tui.ui.images.sixel import sixel_strips

        match image.form:
            case ImageFormat.PNG | ImageFormat.PALETTED:
                return kitty_strips(number, *self.cells(image), background)
            case ImageFormat.SIXEL if self.place.wraps:
                from cordage_tui.ui.images.tmux_sixels import SixelScreen

                if self._sixels is None:
                    self._sixels = SixelScreen()
                    self._wire.finish_frames(self._sixels.finished)
                cell = self._pixels_of_cell(ImageFormat.SIXEL)
                return self._sixels.strips(image.parts, *self.cells(image), cell, background)
            case ImageFormat.SIXEL:
                return sixel_strips(
                    image.parts, self.cells(image)[0], self._pixels_of_cell(ImageFormat.SIXEL).width, background
                )
        if self._hint is not None and self._show == "auto":
            self._app.call_later(_show_once, self._hint, self.show_hint, self._kept)
            self._hint = None
        self._blocks = self._blocks or BlockRows()
        return self._blocks.strips(image, background, self.depth)

    def _kitty_pictures(self) -> "KittyImages":
        if self._kitty is None:
            from cordage_tui.ui.images.kitty import KittyImages, passed_through

            self._kitty = KittyImages(self._send_pictures, passed_through if self.place.wraps else str)
            self._wire.at_leaving(self._kitty.forget)
        return self._kitty

    def _send_pictures(self, sequences: str) -> None:
        self._wire.send(sequences)
        if self.tmux is not None:
            self.tmux.pictures_sent()

    def _pixels_of_cell(self, form: ImageFormat) -> PixelSize:
        return PixelSize(1, 2) if form is ImageFormat.RGB else self._answers.cell or _USUAL_CELL


def _show_once(hint: SafeText, show: Callable[[SafeText], None], kept: AppSettings | None) -> None:
    """Show a hint, unless it was shown before."""
    if kept is None or kept.get(_HINTED) != hint:
        show(hint)
        with suppress(StoreError):
            if kept is not None:
                kept.save(_HINTED, hint)
