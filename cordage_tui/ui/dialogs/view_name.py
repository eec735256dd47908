"""Dialog for the name of a view."""

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button, Input, Static

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.views_file import checked_view_name
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.dialogs.base import FormDialog
from cordage_tui.ui.widgets.text import SteadyInput, literal


class ViewNameDialog(FormDialog[str]):
    """Form for the name of a view. Returns the name; None: cancelled. Does not save."""

    AUTO_FOCUS = "#name"

    def __init__(self, title: SafeText, name: str, text: str, save: str) -> None:
        """`name`: the name in the field at first. `text`: the view's filter."""
        super().__init__(title, save)
        self._suggested_name = name
        self._text = text

    def compose_fields(self) -> ComposeResult:
        yield Static(Content("Name"), classes="label")
        yield SteadyInput(self._suggested_name, id="name", placeholder="e.g. red foxes", compact=True)
        yield Static(Content("Filter"), classes="label")
        yield Static(literal(one_line(self._text, 400), "$quiet"), classes="given")

    @on(Input.Submitted, "#name")
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        try:
            self.dismiss(checked_view_name(self.query_one("#name", Input).value))
        except ConfigError as error:
            self.refuse("#name", error.what)
