"""The page as a widget: scrolls, sorts, copies."""

from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal
from cordage_tui.ui.keys.moving import reading_keys
from cordage_tui.ui.limits.account import LimitsModel, SortOrder
from cordage_tui.ui.limits.page import page_lines, page_text
from cordage_tui.ui.line_view import ScrollView


class LimitsPanel(ScrollView):
    """Shows an `LimitsModel`; what stays the same in the next one is not drawn again."""

    BINDING_GROUP_TITLE = "Rate limits"
    BINDINGS = [
        *reading_keys("limits", group=None),
        Binding("s", "sort", "sort", id="limits.sort", tooltip="Sort by name, or by what is read next."),
        Binding("y", "copy", "copy", id="limits.copy", tooltip="Copies this page as text."),
    ]  # fmt: skip

    class CopyRequested(Message):
        """Put `text` on the clipboard, and say that `what` was copied."""

        def __init__(self, text: SafeText, what: SafeText) -> None:
            super().__init__()
            self.text = text
            self.what = what

    def __init__(self) -> None:
        super().__init__()
        self.border_title = Content("Rate limits")
        self._account: LimitsModel | None = None
        self._order = SortOrder.NAME

    def show(self, account: LimitsModel, profile: SafeText) -> None:
        """Tell this from now on."""
        self._account = account
        self.set_title(Content.assemble("Rate limits · ", literal(profile)))
        self.redraw()

    def redraw(self) -> None:
        if self._account is not None and self.text_width:
            self.draw(page_lines(self._account, self._order, self.text_width))

    def action_sort(self) -> None:
        self._order = self._order.other
        self.redraw()

    def action_copy(self) -> None:
        if self._account is not None:
            text = page_text(self._account, self._order)
            self.post_message(self.CopyRequested(text, SafeText("this page")))
