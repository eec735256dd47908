"""Dialogs for a webhook and for the API key."""

import re
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Final

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Static

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.key_lookup import FoundKey, checked_key
from cordage_tui.config.profiles import checked_new_name, checked_webhook_key, holds_key
from cordage_tui.config.webhook_address import is_same_server, read_webhook_address, server_name
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret, holds_api_key
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.connection_test import ConnectionField, ConnectionProblem
from cordage_tui.ui.dialogs.base import FormDialog
from cordage_tui.ui.widgets.text import SteadyInput, literal

# Extraction of keys from pasted text: the key itself, a trigger URL, or a curl command.

MAX_PASTE: Final = 20_000
"""Most characters of a paste that are searched for a key."""

_BEARER: Final = re.compile(r"\bbearer\s+([^\s'\"]+)", re.IGNORECASE)


def picked(text: str) -> str:
    """Extract the webhook key from `text`. Without a key, return `text` trimmed, so that a check can say what is wrong.

    Raises ConfigError for a URL whose server cannot be used.
    """
    return read_webhook_address(text).key


def own_key(text: str, base_url: str | None) -> str:
    """Extract the webhook key like `picked`. Raises ConfigError if the URL is on another server than `base_url`."""
    address = read_webhook_address(text)
    if base_url is None or address.base_url is None or is_same_server(address.base_url, base_url):
        return address.key
    other_server, profile_server = server_name(address.base_url), server_name(base_url)
    raise ConfigError(
        f"This webhook is on {other_server}; this profile is for {profile_server}.",
        "Connect a workspace on that server, or: cordage-tui webhooks add URL NAME --profile NEW",
    )


def picked_api_key(text: str) -> str:
    """Extract the key after `Bearer`. Without one, return `text` trimmed."""
    match = _BEARER.search(text)
    return match.group(1) if match else text.strip()


class KeyMaskingInput(SteadyInput):
    """Input that hides its text while the text contains a key that belongs elsewhere. `is_stray_key` finds such a key."""

    def __init__(self, *arguments: Any, is_stray_key: Callable[[str], bool] = holds_key, **options: Any) -> None:
        self._is_stray_key = is_stray_key
        self._always_hidden = bool(options.get("password"))
        super().__init__(*arguments, **options)

    @property
    def has_stray_key(self) -> bool:
        """True while the text is hidden."""
        return self._is_stray_key(self.value)

    def watch_value(self) -> None:
        self.password = self._always_hidden or self.has_stray_key


class PasteCleaningInput(KeyMaskingInput):
    """Input that keeps only the part of a paste that `pick` finds, also if the paste has several lines.

    It posts `Pasted`, so that the form can use the rest. If `pick` raises ConfigError, it posts `Refused` and is empty.
    """

    class Pasted(Message):
        """Text was pasted, and a part of it was kept."""

        def __init__(self, field: "PasteCleaningInput", text: str) -> None:
            super().__init__()
            self.field = field
            self.text = text

        @property
        def control(self) -> "PasteCleaningInput":
            return self.field

    class Refused(Message):
        """The pasted text cannot be used, and nothing of it was kept."""

        def __init__(self, field: "PasteCleaningInput", words: SafeText) -> None:
            super().__init__()
            self.field = field
            self.words = words

    def __init__(self, pick: Callable[[str], str], **options: Any) -> None:
        super().__init__(is_stray_key=holds_api_key, **options)
        self._pick = pick

    def on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = event.text[:MAX_PASTE]
        try:
            key = self._pick(text)
        except ConfigError as error:
            self.value = ""
            self.post_message(self.Refused(self, SafeText(f"{error.what} {error.advice}")))
            return
        self.value = key.splitlines()[0] if key else ""
        self.action_end()
        self.post_message(self.Pasted(self, text))


# Form to add or rename a webhook.


class WebhookDialog(FormDialog[Webhook]):
    """Form for a webhook. Returns the webhook to add, or `webhook` with its new name; None: cancelled. Does not save."""

    AUTO_FOCUS = "#key, #name"

    def __init__(
        self,
        others: Sequence[Webhook],
        webhook: Webhook | None = None,
        *,
        base_url: str | None = None,
        try_out: Callable[[Webhook], Coroutine[Any, Any, Webhook | ConnectionProblem]] | None = None,
    ) -> None:
        """Create the form. `webhook`: the webhook to rename; None: add one. `base_url`: of the profile.

        `others`: the profile's webhooks, which cannot be added again. `try_out` asks the server whether a new webhook works;
        only a webhook that works is returned.
        """
        super().__init__(
            SafeText("Rename webhook" if webhook else "Add a webhook"), save="Rename" if webhook else "Add"
        )
        self._try_out = try_out
        self._base_url = base_url
        self._others = tuple(others)
        self._webhook = webhook
        self._untested: Webhook | None = None
        """Webhook that could not be tested, because the server was not reached. The button adds it anyway."""

    def compose_fields(self) -> ComposeResult:
        yield Static(Content("Webhook key"), classes="label")
        if self._webhook is None:
            pick = partial(own_key, base_url=self._base_url)
            yield PasteCleaningInput(pick, id="key", placeholder="wh_…, or paste its URL", compact=True)
        else:
            yield Static(literal(one_line(self._webhook.masked_key), "$quiet"), classes="given")
        yield Static(Content("Name"), classes="label")
        name = self._webhook.name if self._webhook else ""
        yield KeyMaskingInput(name, id="name", placeholder="e.g. Sunset", compact=True)

    @on(PasteCleaningInput.Refused)
    def _refuse_paste(self, event: PasteCleaningInput.Refused) -> None:
        self.refuse("#key", event.words)

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
            entered = replace(self._webhook, name=name) if self._webhook else Webhook(key, name)
            if self._webhook is None and self._try_out is not None and entered != self._untested:
                self.test(self._tried(self._try_out(entered), entered), "#key")
            else:
                self.dismiss(entered)

    async def _tried(
        self, work: Coroutine[Any, Any, Webhook | ConnectionProblem], entered: Webhook
    ) -> Webhook | ConnectionProblem:
        outcome = await work
        is_unreached = isinstance(outcome, ConnectionProblem) and outcome.field is ConnectionField.BASE_URL
        self._untested = entered if is_unreached else None
        return outcome

    def refuse(self, field: str, words: SafeText) -> None:
        """Show what is wrong at the field that must be corrected; at the button, if there is nothing to correct."""
        super().refuse("#save" if self._untested else field, words)
        self.query_one("#save", Button).label = Content("Add untested" if self._untested else self._save_label)

    def show_problem(self) -> None:
        """Say immediately if a key is in the wrong field."""
        super().show_problem()
        self._untested = None
        self.query_one("#save", Button).label = Content(self._save_label)
        stray = next((field for field in self.query(KeyMaskingInput) if field.has_stray_key), None)
        if stray is not None:
            message = "This is a key, not a name." if stray.id == "name" else "This is an API key, not a webhook key."
            self.query_one("#problem", Static).update(literal(SafeText(message), "$run-bad"))

    def _free_key(self) -> str:
        key = checked_webhook_key(own_key(self.query_one("#key", Input).value, self._base_url))
        duplicate = next((w for w in self._others if w.key == key), None)
        if duplicate:
            raise ConfigError(f"This webhook was already added as {duplicate.name}.", "esc cancels.")
        return key

    def _free_name(self, key: str) -> str:
        name = checked_new_name(self.query_one("#name", Input).value, key)
        if any(w.key != key and w.name.casefold() == name.casefold() for w in self._others):
            raise ConfigError(f"Another webhook is named {name}.", "Choose another name.")
        return name


# Form for a new API key, tested before it replaces the old one.


class ApiKeyDialog(FormDialog[FoundKey]):
    """Form for a new API key. Returns the key when it works; None: cancelled.

    `why`: the server's refusal. `kept` says where the key is stored. `replace` tests a key, and replaces the old one with
    it; it may raise ConfigError.
    """

    AUTO_FOCUS = "#key"

    def __init__(
        self,
        why: SafeText,
        kept: SafeText,
        replace: Callable[[Secret], Coroutine[Any, Any, FoundKey | ConnectionProblem]],
    ) -> None:
        super().__init__(SafeText("A new API key"), save="Save", cancel=SafeText("Not now"))
        self._replace = replace
        self._why = why
        self._kept = kept

    def compose_fields(self) -> ComposeResult:
        yield Static(literal(self._why, "$run-bad"), classes="lines")
        yield Static(literal(SafeText("All calls with this key have stopped. Your prompts are held."), "$quiet"))
        yield Static(Content("API key"), classes="label")
        yield PasteCleaningInput(picked_api_key, id="key", placeholder="cordage_…", password=True, compact=True)
        yield Static(literal(self._kept, "$quiet"))

    @on(Input.Submitted, "#key")
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        try:
            key = checked_key(self.query_one(Input).value)
        except ConfigError as error:
            self.refuse("#key", error.what)
        else:
            self.test(self._replace(key), "#key")
