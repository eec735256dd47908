"""The form that adds or renames a webhook."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.profiles import checked_webhook_key, checked_webhook_name
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.text import one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.workspace import ConnectionProblem
from cordage_tui.ui.dialogs.form import FormDialog
from cordage_tui.ui.dialogs.pasted import PasteCleaningInput, picked
from cordage_tui.ui.ink import literal
from cordage_tui.ui.still_input import SteadyInput


class WebhookDialog(FormDialog[Webhook]):
    """Answers the webhook to add, or `webhook` with its new name; None when it was left. Saves nothing."""

    AUTO_FOCUS = "#key, #name"

    def __init__(
        self,
        others: Sequence[Webhook],
        webhook: Webhook | None = None,
        *,
        try_out: Callable[[Webhook], Coroutine[Any, Any, Webhook | ConnectionProblem]] | None = None,
    ) -> None:
        """`others` are the profile's webhooks, none of which may be added twice; `webhook` is the one to rename. `try_out`
        asks the server whether a webhook that is to be added works; only one that does is answered."""
        super().__init__()
        self._try_out = try_out
        self._others = tuple(others)
        self._webhook = webhook

    def compose(self) -> ComposeResult:
        adding = self._webhook is None
        with VerticalScroll(classes="card form", can_focus=False) as card:
            card.border_title = Content("Add a webhook" if adding else "Rename webhook")
            yield Static(Content("Webhook key"), classes="label")
            if self._webhook is None:
                yield PasteCleaningInput(
                    picked, id="key", placeholder="wh_…, or paste its trigger address", compact=True
                )
            else:
                yield Static(literal(one_line(self._webhook.masked_key), "$quiet"), classes="given")
            yield Static(Content("Name"), classes="label")
            yield SteadyInput(
                self._webhook.name if self._webhook else "", id="name", placeholder="such as Sunset", compact=True
            )
            yield Static("", id="problem")
            with Horizontal(classes="buttons"):
                yield Button(Content("Cancel"), id="cancel", compact=True)
                yield Button(Content("Add" if adding else "Rename"), id="save", compact=True)

    @on(Input.Changed)
    def _changed(self) -> None:
        self.query_one("#problem", Static).update("")

    @on(Input.Submitted, "#key")
    def _next(self) -> None:
        self.query_one("#name", Input).focus()

    @on(Input.Submitted, "#name")
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        field = "#key"
        try:
            key = self._webhook.key if self._webhook else self._free_key()
            field = "#name"
            name = self._free_name(key)
        except ConfigError as error:
            self.refuse(field, error.what)
        else:
            wanted = replace(self._webhook, name=name) if self._webhook else Webhook(key, name)
            if self._webhook is None and self._try_out is not None:
                self.test(self._try_out(wanted), "#key")
            else:
                self.dismiss(wanted)

    def _free_key(self) -> str:
        key = checked_webhook_key(picked(self.query_one("#key", Input).value))
        same = next((w for w in self._others if w.key == key), None)
        if same:
            raise ConfigError(f"This webhook is here already, as {same.name}.", "Escape leaves.")
        return key

    def _free_name(self, key: str) -> str:
        name = checked_webhook_name(self.query_one("#name", Input).value)
        if any(w.key != key and w.name.casefold() == name.casefold() for w in self._others):
            raise ConfigError(f"Another webhook is named {name}.", "Choose another name.")
        return name
