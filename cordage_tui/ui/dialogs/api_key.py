"""Asks for a new API key, tested before it takes the place of the old one."""

from collections.abc import Callable, Coroutine
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from cordage_tui.config.credentials import FoundKey, checked_key
from cordage_tui.config.errors import ConfigError
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.workspace import ConnectionProblem
from cordage_tui.ui.dialogs.form import FormDialog
from cordage_tui.ui.dialogs.pasted import PasteCleaningInput, picked_api_key
from cordage_tui.ui.ink import literal


class ApiKeyDialog(FormDialog[FoundKey]):
    """Answers the key that was typed and works; None when it was left. `why` is the server's refusal, `kept` says where it
    goes. `replace` tests a key and puts it in the place of the old one; it may raise ConfigError."""

    AUTO_FOCUS = "#key"

    def __init__(
        self,
        why: SafeText,
        kept: SafeText,
        replace: Callable[[Secret], Coroutine[Any, Any, FoundKey | ConnectionProblem]],
    ) -> None:
        super().__init__()
        self._replace = replace
        self._why = why
        self._kept = kept

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card form", can_focus=False) as card:
            card.border_title = Content("A new API key")
            yield Static(literal(self._why, "$run-bad"), classes="lines")
            yield Static(literal(SafeText("All calls of this key have stopped. What you submitted waits."), "$quiet"))
            yield Static(Content("API key"), classes="label")
            yield PasteCleaningInput(picked_api_key, id="key", placeholder="cordage_…", password=True, compact=True)
            yield Static(literal(self._kept, "$quiet"))
            yield Static("", id="problem")
            with Horizontal(classes="buttons"):
                yield Button(Content("Later"), id="cancel", compact=True)
                yield Button(Content("Use it"), id="save", compact=True)

    @on(Input.Submitted, "#key")
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        try:
            key = checked_key(self.query_one(Input).value)
        except ConfigError as error:
            self.refuse("#key", error.what)
        else:
            self.test(self._replace(key), "#key")
