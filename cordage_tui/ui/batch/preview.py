"""The question before a batch: every body that would be sent, and what they cost in time."""

from collections.abc import Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.events import Mount, Resize
from textual.geometry import Size
from textual.widgets import Button, Static

from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.batch.draft import BatchDraft
from cordage_tui.engine.batch.expand import BatchError, Combine
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.batch.lines import BodyLines, summary
from cordage_tui.ui.batch.plan import TYPED_ABOVE, BatchPlan, PreviewRequest
from cordage_tui.ui.dialogs.question import ConfirmDialog
from cordage_tui.ui.ink import literal
from cordage_tui.ui.line_view import LineView

EDGES: Final = 7
"""Lines of the card that are always taken: border, padding, the blank line above the bodies, and the buttons."""

LOW: Final = 22
"""Rows below which blank lines give way, and the words above the bodies get two lines."""


class BodyList(LineView, can_focus=False):
    """The bodies, one a line; as many of them as fit are drawn."""

    def __init__(self) -> None:
        super().__init__(classes="bodies")
        self._plan: BatchPlan | None = None
        self._room = 1

    def show(self, plan: BatchPlan | None) -> None:
        """Those of this plan, from the first one on; None: there are none."""
        self._plan = plan
        self.draw(self._made(), top=0)
        self.refresh(layout=True)

    def give(self, room: int) -> None:
        """So many lines at most."""
        if room != self._room:
            self._room = room
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line for each body, as far as there is room: the card would grow for them all, and scroll."""
        return max(1, min(self.line_count, self._room))

    def redraw(self) -> None:
        self.draw(self._made())

    def _made(self) -> Sequence[Content]:
        return () if self._plan is None else BodyLines(self._plan, self.text_width)


class BatchPreview(ConfirmDialog):
    """True: send `chosen`; where that is None, send what was written as one prompt, just as it stands. False: send nothing."""

    BINDINGS = [
        Binding("up", "scroll(-1)", show=False, priority=True),  # before the card, which would scroll itself
        Binding("down", "scroll(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("k", "scroll(-1)", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("ctrl+t", "combine", "zip", id="batch.combine", tooltip="Pair the values up instead of combining each with each; and back."),
        Binding("ctrl+l", "lines", "lines", id="batch.lines", tooltip="Each line is a prompt, or all lines are one."),
        Binding("ctrl+o", "literally", "as one prompt", id="batch.literally", tooltip="Send what is written as one prompt, just as it stands."),
    ]  # fmt: skip

    VERTICAL_BREAKPOINTS = [(0, "-low"), (LOW, "-tall")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-broad")]

    def __init__(self, offer: PreviewRequest) -> None:
        super().__init__(one_line(f"Batch → {offer.webhook}"), (), one_line("Run"))
        self._offer = offer
        self._reading = offer.reading
        self._plan: BatchPlan | None = None
        self._problem: SafeText | None = None
        self.chosen: BatchDraft | None = None

    def compose_body(self) -> ComposeResult:
        yield Static(classes="summary")
        yield BodyList()
        yield Static(classes="choices")

    def compose_more(self) -> ComposeResult:
        if self._offer.written:
            yield Button(literal(one_line("As one prompt")), id="literally", compact=True)

    def on_mount(self, event: Mount) -> None:
        self.query_one(".card").add_class("preview")
        self._read()

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._tell)

    def action_scroll(self, lines: int) -> None:
        view = self.query_one(BodyList)
        view.jump(view.top + lines)

    def action_page(self, pages: int) -> None:
        view = self.query_one(BodyList)
        view.jump(view.top + pages * max(1, view.size.height - 1))

    def action_combine(self) -> None:
        other = Combine.PRODUCT if self._reading.combine is Combine.ZIP else Combine.ZIP
        self._reading = replace(self._reading, combine=other)
        self._read()

    def action_lines(self) -> None:
        self._reading = replace(self._reading, lines=not self._reading.lines)
        self._read()

    def action_literally(self) -> None:
        if not self._burst:
            self.chosen = None
            self.dismiss(True)

    def action_yes(self) -> None:
        self.chosen = self._plan.draft if self._plan else None
        super().action_yes()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        allowed = {"lines": self._offer.by_lines, "literally": self._offer.written, "combine": self._combinable}
        return allowed.get(action, True)

    @property
    def _combinable(self) -> bool:
        """There is something to pair up, or what was paired cannot be."""
        axes = self._plan.draft.axes if self._plan else ()
        return len(axes) > 1 or self._reading.combine is Combine.ZIP

    @on(Button.Pressed, "#literally")
    def _answer_literally(self) -> None:
        self.action_literally()

    def _read(self) -> None:
        """Makes the plan, and shows it or why there is none."""
        self._problem = None
        try:
            self._plan = self._offer.propose(self._reading)
        except (BatchError, StoreError) as error:
            self._plan, self._problem = None, error.what
        self.query_one(BodyList).show(self._plan)
        self.refresh_bindings()
        count = len(self._plan.draft.bodies) if self._plan else 0
        typed = one_line(str(count)) if self._plan and (count > TYPED_ABOVE or self._offer.protected) else None
        self.set_question(one_line(f"Run {count:,}" if count else "Run"), typed, possible=self._plan is not None)
        self._tell()

    def _tell(self) -> None:
        """The words above and below the bodies, at the present width; the bodies get the lines that are left."""
        above = self.query_one(".summary", Static)
        width = above.content_size.width or 60
        if self._plan is None:
            words = literal(self._problem or SafeText(""), "$run-bad").wrap(width)
        else:
            words = summary(self._plan, self._reading.combine, width)
        above.update(Content("\n").join(words))
        choices, asks = self._choices(), self._typed is not None
        self.query_one(".choices", Static).update(choices)
        around = EDGES + len(words) + 2 * bool(choices.plain) + 3 * asks
        if self.size.height < LOW:
            around = 3 + min(2, len(words)) + 2 * asks
        self.query_one(BodyList).give(self.size.height * 92 // 100 - around)

    def _choices(self) -> Content:
        """The keys that read it otherwise, and what they would make of it."""
        zipped, lines = self._reading.combine is Combine.ZIP, self._reading.lines
        said = []
        if self._combinable:
            said.append(("ctrl+t", "combines each with each" if zipped else "zips them, first with first"))
        if self._offer.by_lines:
            said.append(("ctrl+l", "all lines are one prompt" if lines else "each line is a prompt"))
        parts = [
            Content.assemble(literal(one_line(key), "$accent"), " ", literal(one_line(words), "$quiet"))
            for key, words in said
        ]
        return Content("   ").join(parts)
