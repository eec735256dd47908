"""Small picture of the output that a field of the prompt panel names."""

from collections.abc import Callable, Sequence

from textual.events import Resize

from cordage_tui.domain.image import ImageRequest, ImageView
from cordage_tui.domain.output import OutputRef, url_file_name
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import UnknownOutput
from cordage_tui.engine.events import Event, ImagesChanged
from cordage_tui.engine.outbox.linked_inputs import OutputNames
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.images.image_cells import ImageLine, ImageSlice, Line, describe
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.run_detail.text_layout import wrapped
from cordage_tui.ui.widgets.line_view import LineView
from cordage_tui.ui.widgets.text import literal


class LinkedOutput(LineView, can_focus=False):
    """Panel with the picture of an output and the name of its file. A sentence replaces a picture that cannot be drawn."""

    def __init__(self, engine: Engine, renderer: ImageRenderer) -> None:
        super().__init__(classes="linked-output")
        self._engine = engine
        self._renderer = renderer
        self._wanted_name = ""
        self._output: OutputRef | None = None
        self._problem = SafeText("")
        self._unsubscribe: Callable[[], None] | None = None

    def on_mount(self) -> None:
        self._unsubscribe = self._engine.events.subscribe(self._on_event)
        self._renderer.changed.subscribe(self, lambda _: self._show_now())

    def on_unmount(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._renderer.changed.unsubscribe(self)
        self._engine.pictures.want((), beside=True)

    def on_resize(self, event: Resize) -> None:
        self._show_now()

    def show(self, name: str) -> None:
        """Show the output with that name; empty: show none."""
        if name == self._wanted_name:
            return
        self._wanted_name, self._output, self._problem = name, None, SafeText("")
        try:
            self._output = OutputNames(self._engine.store, self._engine.profile.stored_as).find(name) if name else None
        except (UnknownOutput, StoreError) as error:
            self._problem = error.what
        self._show_now()

    def redraw(self) -> None:
        """Draw the picture, or a sentence about why it is missing."""
        width, rows = self.text_width, self.size.height
        if not width:
            return
        if self._output is None:
            self.draw(wrapped(self._problem, width, "$run-bad")[:rows])
            return
        view = self._engine.pictures.sight(self._request(self._output))
        name = literal(url_file_name(self._output.url), "$quiet").truncate(width, ellipsis=True)
        self.draw([*self._picture(view, width, rows - 1), name])

    def _picture(self, view: ImageView, width: int, rows: int) -> Sequence[Line]:
        if view.image is None or not self._renderer.draws:
            return wrapped(describe(view), width, "$quiet")[:rows]
        strips = self._renderer.strips(view.image, self.background_colors[1])[:rows]
        return [ImageLine((ImageSlice(max(0, width - strip.cell_length) // 2, strip),)) for strip in strips]

    def _show_now(self) -> None:
        requests = [self._request(self._output)] if self._output is not None and self._renderer.on and self.size else []
        self._engine.pictures.want(requests, beside=True)
        self.redraw()

    def _request(self, output: OutputRef) -> ImageRequest:
        return self._renderer.wanted(output, max(1, self.text_width), max(1, self.size.height - 1), fill=True)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, ImagesChanged) and self._output is not None and self._output.key in event.keys:
            self.call_later(self.redraw)
