"""Layout of the main screen: which panels are shown, and how large they are."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import IntEnum, StrEnum
from typing import Any, Final

from textual.containers import Horizontal
from textual.events import MouseDown, MouseMove, MouseUp
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.keys.footer import keys_of
from cordage_tui.ui.widgets.line_view import BorderPanel


class Panel(StrEnum):
    """Panels of the main screen. The values are the labels of their keys."""

    WEBHOOKS = "webhooks"
    RUNS = "runs"
    PROMPT = "prompt"
    RUN = "run"


class PanelZoom(IntEnum):
    """Share of the screen that a panel takes while the user is there."""

    NORMAL = 0
    HALF = 1
    FULL = 2


HUGE: Final = 160
"""Columns from which the run gets more than a third of the screen."""
WIDE: Final = 120
"""Columns from which all four panels are on screen."""
MEDIUM: Final = 80
"""Columns from which sidebar, table and prompt are on screen. An opened run takes the place of table and prompt."""
LOW: Final = 16
"""With fewer rows than this, table and prompt are not shown together."""
CLASSES: Final = [(0, "-small"), (MEDIUM, "-medium"), (WIDE, "-wide"), (HUGE, "-huge")]
"""Classes of the screen by its columns. The sizes that the user chooses are stored for each class."""


def width_class(width: int) -> str:
    """Return the class of a screen `width` columns wide."""
    return next(name for columns, name in reversed(CLASSES) if width >= columns)


def on_screen(width: int, height: int, at: Panel, zoom: PanelZoom = PanelZoom.NORMAL) -> frozenset[Panel]:
    """Return the panels shown in `width` × `height` cells. The user is `at` one of them, which is always shown."""
    if width < MEDIUM or zoom is PanelZoom.FULL:
        return frozenset({at})
    panels = {Panel.WEBHOOKS, Panel.RUNS, Panel.PROMPT}
    if width >= WIDE:
        panels.add(Panel.RUN)
    elif at is Panel.RUN:
        panels -= {Panel.RUNS, Panel.PROMPT}
        panels.add(Panel.RUN)
    if zoom is PanelZoom.HALF:
        panels -= {Panel.RUN} if at is Panel.WEBHOOKS else {Panel.WEBHOOKS}
        panels -= {Panel.PROMPT} if at is Panel.RUNS else set()
    if height < LOW and {Panel.RUNS, Panel.PROMPT} <= panels:
        panels.discard(Panel.RUNS if at is Panel.PROMPT else Panel.PROMPT)
    return frozenset(panels)


LEAST: Final = {Panel.WEBHOOKS: 12, Panel.RUNS: 40, Panel.RUN: 24, Panel.PROMPT: 3}
"""Fewest cells of a panel next to others, with its border: rows of the prompt, columns of the others."""
SIDEBAR_MOST: Final = {"-medium": 18, "-wide": 21, "-huge": 34}
"""Most columns that the sidebar takes for its names."""
SIDEBAR_LEAST: Final = 17
"""Least columns of the sidebar: its title is whole, and a short name has room for two figures."""
FIGURES: Final = 8
"""Columns that the sidebar adds to its names on a huge screen, for waiting and active runs."""
PROMPT_MOST: Final = {"-small": 8, "-medium": 8, "-wide": 10, "-huge": 14}
"""Most rows to which the prompt grows with its text."""


def sidebar_width(width: int, names: int, chosen: int | None = None) -> int:
    """Return the columns of the sidebar. `names`: cells that it needs so that names are whole; `chosen`: the user's choice."""
    kind = width_class(width)
    most = SIDEBAR_MOST.get(kind, width)
    columns = chosen if chosen is not None else min(max(SIDEBAR_LEAST, names + 2 + FIGURES * (kind == "-huge")), most)
    return max(LEAST[Panel.WEBHOOKS], min(columns, width - LEAST[Panel.RUNS]))


def run_width(width: int, chosen: int | None = None) -> int:
    """Return the columns of the run: a quarter of 120, more than a third of 160 or more. `chosen`: the user's choice."""
    share = 0.25 + 0.12 * min(1.0, max(0.0, (width - WIDE) / (HUGE - WIDE)))
    columns = chosen if chosen is not None else round(width * share)
    return max(LEAST[Panel.RUN], min(columns, width - LEAST[Panel.RUNS] - LEAST[Panel.WEBHOOKS]))


def prompt_height(width: int, height: int, rows: int, chosen: int | None = None) -> int:
    """Return the rows of the prompt, which needs `rows` inside its border. `chosen`: the user's choice for several rows.

    Without a choice, the table keeps half of the screen.
    """
    prompt_rows = (
        chosen if chosen is not None and rows > 1 else min(rows + 2, PROMPT_MOST[width_class(width)], height // 2)
    )
    return max(LEAST[Panel.PROMPT], min(prompt_rows, height - 2 - LEAST[Panel.PROMPT]))


BORDERS: Final = {Panel.WEBHOOKS: Panel.WEBHOOKS, Panel.RUNS: Panel.RUN, Panel.PROMPT: Panel.RUN, Panel.RUN: Panel.RUN}
"""Panel that the user is at → the panel whose width the keys `<` and `>` change, by moving a border."""
ZOOMED: Final = SafeText("⤢")
"""Sign of a zoomed panel in its title."""


class PanelChoices:
    """Sizes and zooms that the user chose for one class of width."""

    def __init__(self, text: str | None = None) -> None:
        """`text`: as `stored` returned it. If it cannot be read, nothing is chosen."""
        self.sizes: dict[Panel, int] = {}
        """Columns of sidebar and run, and most rows of the prompt."""
        self.zooms: dict[Panel, PanelZoom] = {}
        with suppress(ValueError, TypeError, AttributeError):
            choices = json.loads(text or "{}")
            self.sizes = {Panel(name): int(size) for name, size in choices.get("sizes", {}).items()}
            self.zooms = {Panel(name): PanelZoom(zoom) for name, zoom in choices.get("zooms", {}).items()}

    def stored(self) -> str:
        """Return the choices as text."""
        return json.dumps({"sizes": self.sizes, "zooms": self.zooms})


def panel_key(screen: Screen[Any], panel: Panel) -> SafeText:
    """Return a key that goes to a panel, a digit if there is one; empty: no key does."""
    keys = keys_of(screen, f"panel.{panel}")
    return next((key for key in keys if key.isdigit()), next(iter(keys), SafeText("")))


class PanelLayout:
    """Layout of the four panels. It shows and hides them by the size of the screen and the panel that the user is at.

    The widget `middle` contains table and prompt.
    """

    def __init__(
        self,
        panels: Mapping[Panel, BorderPanel],
        entry: Mapping[Panel, Widget],
        middle: Widget,
        load: Callable[[str], str | None],
        save: Callable[[str, str], object],
    ) -> None:
        """`entry`: the widget of a panel that takes the focus, if it is not the panel itself. `load` and `save` read and
        write the stored settings by name."""
        self._panels = panels
        self._entry = entry
        self._middle = middle
        self._load = load
        self._save = save
        self._known: dict[str, PanelChoices] = {}
        self._names, self._rows = 0, 1
        self.keys: Mapping[Panel, SafeText] = {}
        """Keys of the panels, shown in their titles."""
        self.at = Panel.RUNS
        self.shown: frozenset[Panel] = frozenset()
        """Panels on the screen."""

    def go(self, panel: Panel) -> None:
        """Show a panel and focus it."""
        self.show(panel)
        (self._entry.get(panel) or self._panels[panel]).focus()

    def back(self) -> bool:
        """Go back one level. Return False if the user is at the root, the runs."""
        if self.at is Panel.RUNS:
            return False
        self.go(Panel.RUNS)
        return True

    def step(self, by: int) -> None:
        """Go `by` panels forward in their order, or back if negative."""
        order = list(Panel)
        self.go(order[(order.index(self.at) + by) % len(order)])

    def focus_moved(self, widget: Widget) -> None:
        """Follow the focus: the user is at the panel of `widget`."""
        at = next((p for p, w in self._panels.items() if w in widget.ancestors_with_self), None)
        if at is not None and at is not self.at:
            self.show(at)

    def fit(self, *, names: int | None = None, rows: int | None = None) -> None:
        """Set the cells that the webhooks' names need, or the rows that the prompt needs. None: as before."""
        before = self._names, self._rows
        self._names, self._rows = names or self._names, rows or self._rows
        if before != (self._names, self._rows):
            self.show()

    def show(self, at: Panel | None = None) -> None:
        """Show the panels for the size of the screen and for the panel that the user is `at` (None: the present one)."""
        self.at = at or self.at
        width, height = self._size
        zoom = self.choices.zooms.get(self.at, PanelZoom.NORMAL)
        self.shown = on_screen(width, height, self.at, zoom)
        for panel, widget in self._panels.items():
            widget.display = panel in self.shown
            is_zoomed = panel is self.at and zoom is not PanelZoom.NORMAL
            widget.frame_title(self.keys.get(panel, SafeText("")), ZOOMED if is_zoomed else SafeText(""))
        self._middle.display = bool(self.shown & {Panel.RUNS, Panel.PROMPT})
        self._middle.set_class(Panel.RUNS not in self.shown, "-alone")
        self._resize(width, height, zoom)

    def _resize(self, width: int, height: int, zoom: PanelZoom) -> None:
        """Set the sizes of the shown panels. A panel without neighbours takes all the room."""
        sizes = {panel: self._panels[panel].styles for panel in self._panels}
        for panel in (Panel.WEBHOOKS, Panel.RUN):
            others = self.shown - {panel}
            sizes[panel].width = self._width(panel, width, zoom) if others else "1fr"
        if Panel.RUN in self.shown and not self._middle.display:
            sizes[Panel.RUN].width = "1fr"
        is_half = zoom is PanelZoom.HALF and self.at is Panel.PROMPT
        rows = (
            height // 2 if is_half else prompt_height(width, height, self._rows, self.choices.sizes.get(Panel.PROMPT))
        )
        sizes[Panel.PROMPT].height = rows if Panel.RUNS in self.shown else "1fr"

    def _width(self, panel: Panel, width: int, zoom: PanelZoom) -> int:
        chosen = width // 2 if zoom is PanelZoom.HALF and self.at is panel else self.choices.sizes.get(panel)
        return sidebar_width(width, self._names, chosen) if panel is Panel.WEBHOOKS else run_width(width, chosen)

    @property
    def choices(self) -> PanelChoices:
        """Choices of the user for the present width of the screen."""
        kind = width_class(self._size[0])
        if kind not in self._known:
            self._known[kind] = PanelChoices(self._load(f"panels{kind}"))
        return self._known[kind]

    @property
    def _size(self) -> Size:
        return self._middle.screen.size

    def keep(self) -> None:
        """Store the user's choices for the present width, and show the panels with them."""
        self._save(f"panels{width_class(self._size.width)}", self.choices.stored())
        self.show()

    def zoom(self, by: int) -> SafeText | None:
        """Give the user's panel more of the screen, or less. Return why not, if it cannot."""
        zoom = self.choices.zooms.get(self.at, PanelZoom.NORMAL)
        new_zoom = PanelZoom(max(PanelZoom.NORMAL, min(zoom + by, PanelZoom.FULL)))
        width, height = self._size
        if new_zoom is zoom or on_screen(width, height, self.at) == {self.at}:
            return SafeText("This panel has the whole screen." if by > 0 else "This panel is not zoomed.")
        self.choices.zooms[self.at] = new_zoom
        self.keep()
        return None

    def move_border(self, by: int) -> SafeText | None:
        """Move the border at the side of the user's panel `by` columns to the right. Return why not, if it cannot."""
        panel = BORDERS[self.at]
        if panel not in self.shown or not self._middle.display:
            panel = Panel.WEBHOOKS
        if panel not in self.shown or len(self.shown) == 1:
            return SafeText("There is no border to move: one panel has the whole screen.")
        columns = self._panels[panel].outer_size.width
        self.set_size(panel, columns + (by if panel is Panel.WEBHOOKS else -by))
        self.keep()
        return None

    def set_size(self, panel: Panel, size: int) -> None:
        """Set the columns of sidebar or run, or the most rows of the prompt. The other panels keep their least size."""
        width, height = self._size
        if panel is Panel.WEBHOOKS:
            size = sidebar_width(width, self._names, size)
        elif panel is Panel.RUN:
            size = run_width(width, size)
        else:
            size = prompt_height(width, height, height, size)
        self.choices.sizes[panel] = size
        self.show()

    def reset(self) -> None:
        """Forget all sizes and zooms for the present width."""
        self._known[width_class(self._size.width)] = PanelChoices()
        self.keep()

    def border_at(self, x: int, y: int) -> Panel | None:
        """Return the panel that is resized if the border at that cell is dragged. None: there is no border."""
        if not self._middle.display:
            return None
        middle, prompt = self._middle.region, self._panels[Panel.PROMPT].region
        rows = range(middle.y, middle.bottom)
        if Panel.WEBHOOKS in self.shown and y in rows and x in (middle.x - 1, middle.x):
            return Panel.WEBHOOKS
        if Panel.RUN in self.shown and y in rows and x in (middle.right - 1, middle.right):
            return Panel.RUN
        if (
            {Panel.RUNS, Panel.PROMPT} <= self.shown
            and y in (prompt.y - 1, prompt.y)
            and middle.x < x < middle.right - 1
        ):
            return Panel.PROMPT
        return None

    def toast_margin(self) -> tuple[int, int, int, int]:
        """Return the margin that puts toasts over the last rows of the table; above the footer if the table is hidden."""
        if Panel.RUNS not in self.shown:
            return (0, 0, 1, 0)
        table, (width, height) = self._panels[Panel.RUNS].region, self._size
        return (0, width - table.right + 1, height - table.bottom + 1, 0)

    def drag(self, panel: Panel, x: int, y: int) -> None:
        """Move the border that resizes `panel` to that cell of the screen."""
        width = self._size.width
        prompt = self._panels[Panel.PROMPT].region
        sizes = {Panel.WEBHOOKS: x + 1, Panel.RUN: width - x, Panel.PROMPT: prompt.bottom - y}
        self.set_size(panel, sizes[panel])


class PanelBody(Horizontal):
    """Body of the main screen. Its borders can be dragged with the mouse."""

    layout_of: PanelLayout
    """Layout of its panels; set when they exist."""
    _dragged: Panel | None = None

    def on_mouse_down(self, event: MouseDown) -> None:
        self._dragged = self.layout_of.border_at(event.screen_x, event.screen_y)
        if self._dragged is not None:
            event.stop()
            self.capture_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        if self._dragged is not None:
            event.stop()
            self.layout_of.drag(self._dragged, event.screen_x, event.screen_y)

    def on_mouse_up(self, event: MouseUp) -> None:
        if self._dragged is not None:
            event.stop()
            self._dragged = None
            self.release_mouse()
            self.layout_of.keep()
