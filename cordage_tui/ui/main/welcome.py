"""Screen of the first start: try the demo, or connect a workspace."""

from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Center, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Button, Input, Static

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.key_lookup import checked_key
from cordage_tui.config.profiles import (
    PUBLISHED_BASE_URL,
    checked_base_url,
    checked_new_name,
    checked_webhook_key,
    with_scheme,
)
from cordage_tui.config.webhook_address import is_same_server, read_webhook_address, server_name
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret, holds_api_key
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.connection_test import ConnectionField
from cordage_tui.ui.app_base import Quit
from cordage_tui.ui.dialogs.connect import MAX_PASTE, KeyMaskingInput, PasteCleaningInput, picked, picked_api_key
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.textual_patches.screen import PatchedScreen
from cordage_tui.ui.widgets.text import literal

WORDMARK: Final = "█▀▀ █▀█ █▀█ █▀▄ ▄▀█ █▀▀ █▀▀\n█▄▄ █▄█ █▀▄ █▄▀ █▀█ █▄█ ██▄"
_NAME: Final = "#name"
_INPUTS: Final = {
    ConnectionField.KEY: "#key",
    ConnectionField.WEBHOOK: "#webhook",
    ConnectionField.BASE_URL: "#base-url",
}


class NextWelcomeField(Action["Welcome"]):
    """Go to the next field or button."""

    id, keys, word = "welcome.next", "tab", "next"
    in_footer = True

    def run(self, on: "Welcome") -> None:
        on.focus_next()


class LeaveWelcome(Action["Welcome"]):
    """Cancel without a change."""

    id, keys, word = "welcome.leave", "escape", "back"
    in_footer = True

    def reason(self, on: "Welcome") -> DisabledReason | None:
        return None if on.is_leavable else DisabledReason(SafeText("There is no screen to go back to."))

    def run(self, on: "Welcome") -> None:
        on.dismiss(None)


class QuitWelcome(Action["Welcome"]):
    """Quit."""

    id, keys, word = "app.quit", "ctrl+q", "quit"
    search = Quit.search
    in_footer = priority = True

    async def run(self, on: "Welcome") -> None:
        await on.app.action_quit()


class Welcome(PatchedScreen, ActionNode, Screen[None]):
    """Form of the first start. It checks the input as far as it can, and posts `Demo` or `Connect`.

    The app then tests the key and the webhook, and saves them.
    """

    ACTIONS = (NextWelcomeField(), LeaveWelcome(), QuitWelcome())
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(ACTIONS),
        Binding("enter", "next_field", show=False, priority=True),  # so a paste after it goes to the next field
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    AUTO_FOCUS = "#demo"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-roomy")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-tall")]

    class Demo(Message):
        """Start the demo."""

    class Connect(Message):
        """Ask the app to test this key and webhook, and to save them if they work."""

        def __init__(self, screen: "Welcome", key: Secret, webhook: Webhook, base_url: str) -> None:
            """`screen`: shows the progress and the result of the test, by `busy` and `problem`."""
            super().__init__()
            self.screen = screen
            self.key = key
            self.webhook = webhook
            self.base_url = base_url

    def __init__(self, base_url: str = PUBLISHED_BASE_URL, *, leavable: bool = False) -> None:
        """`leavable`: whether there is a screen below to go back to."""
        super().__init__()
        self._base_url = base_url
        self.is_leavable = leavable
        self._unconfirmed: str | None = None
        """Base URL that came with a webhook's URL, and that the user has not agreed to yet."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="page", can_focus=False), Center(), Vertical(id="sheet"):
            yield Static(Content(WORDMARK), id="wordmark")
            yield Static(Content("Trigger workflows and watch their runs."), id="tagline")
            with Horizontal(id="demo-row"):
                yield Button(Content("Try the demo"), id="demo", compact=True)
                yield Static(Content("needs no key and no network"), id="demo-words")
            yield from self._compose_card()
        yield Footer()

    def _compose_card(self) -> ComposeResult:
        card = Vertical(classes="card")
        card.border_title = Content("Connect your workspace")
        with card:
            key = PasteCleaningInput(picked_api_key, id="key", placeholder="cordage_…", password=True, compact=True)
            yield from _row("API key", key)
            yield from _row(
                "Webhook key", PasteCleaningInput(picked, id="webhook", placeholder="wh_… or its URL", compact=True)
            )
            yield from _row(
                "Name", KeyMaskingInput(id="name", placeholder="your own for it, e.g. Sunset", compact=True)
            )
            yield from _row(
                "Server", PasteCleaningInput(str.strip, value=self._base_url, id="base-url", compact=True), "advanced"
            )
            yield Static(id="words")
            with Horizontal(classes="buttons"):
                yield Button(Content("Other server"), id="advanced", compact=True)
                yield Button(Content(_connect_to()), id="connect", compact=True)

    def on_mount(self) -> None:
        self._show_message(None)
        self.set_class(self._base_url != PUBLISHED_BASE_URL, "-advanced")

    def problem(self, text: SafeText, field: ConnectionField) -> None:
        """Show a problem at its field. Show the server too, because it may be the wrong one."""
        self.add_class("-advanced")
        self._refuse(text, _INPUTS[field])

    def busy(self, text: SafeText | None) -> None:
        """Show what is being done, and take no input. None: it is done."""
        self.query_one("#sheet").disabled = text is not None
        self._show_message(literal(text, "$quiet") if text else None)

    def on_paste(self, event: events.Paste) -> None:
        """Put a key that is pasted while no field has the focus into its field, and focus that."""
        if self.query_one("#sheet").disabled:
            return
        pasted_for = ConnectionField.WEBHOOK if _names_webhook(event.text[:MAX_PASTE]) else ConnectionField.KEY
        field = self.query_one(_INPUTS[pasted_for], PasteCleaningInput).focus()
        field.on_paste(event)

    def on_key(self, event: events.Key) -> None:
        """Type text into the first field while the demo has the focus. Space and Enter still press its button."""
        is_text = event.is_printable and event.character not in (None, " ")
        if not is_text or self.query_one("#sheet").disabled or (self.focused and self.focused.id != "demo"):
            return
        event.stop()
        field = self.query_one(_INPUTS[ConnectionField.KEY], Input)
        field.select_on_focus = False  # or the next key would replace this one
        self.set_focus(field)
        field.insert_text_at_cursor(str(event.character))

    @on(PasteCleaningInput.Refused)
    def _refuse_paste(self, event: PasteCleaningInput.Refused) -> None:
        self._refuse(event.words, f"#{event.field.id}")

    @on(PasteCleaningInput.Pasted, "#key, #webhook")
    def _take_rest(self, event: PasteCleaningInput.Pasted) -> None:
        """Fill in the other values that were pasted with a key: the server of a URL, the other key of a curl command."""
        try:
            address = read_webhook_address(event.text)
        except ConfigError as error:
            self._refuse(error.what, _INPUTS[ConnectionField.WEBHOOK])
            return
        key = picked_api_key(event.text)
        if event.field.id == "key" and address.key != event.text.strip():
            self._fill_empty(_INPUTS[ConnectionField.WEBHOOK], address.key)
        elif event.field.id == "webhook" and holds_api_key(key):
            self._fill_empty(_INPUTS[ConnectionField.KEY], key)
        self._take_server(address.base_url)

    def _fill_empty(self, selector: str, value: str) -> None:
        field = self.query_one(selector, Input)
        if not field.value:
            with self.prevent(Input.Changed):
                field.value = value

    def _take_server(self, base_url: str | None) -> None:
        """Fill in the server that a webhook's URL names. The user must agree to a new server before anything is sent."""
        field = self.query_one(_INPUTS[ConnectionField.BASE_URL], Input)
        if base_url is None or base_url == field.value:
            return
        if not _is_same_server(base_url, field.value):
            self._unconfirmed = base_url
            self.add_class("-advanced")
            self._show_message(literal(one_line(f"Server taken from the URL: {server_name(base_url)}."), "$quiet"))
        with self.prevent(Input.Changed):
            field.value = base_url

    def _agrees_to_server(self, base_url: str, event: Message) -> bool:
        """Return whether the API key may be sent to this server.

        If the server came with a URL, the user must first press the button that names it.
        """
        if base_url != self._unconfirmed:
            return True
        name = server_name(base_url)
        button = self.query_one("#connect", Button)
        if isinstance(event, Button.Pressed) and str(button.label) == _connect_to(name):
            return True
        button.label = Content(_connect_to(name))
        self._show_message(
            literal(one_line(f"Your API key will be sent to {name}, the server of the URL. Agree with the button."))
        )
        return False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "next_field":
            return self.focused is not None and self.focused.id in ("key", "webhook")
        return super().check_action(action, parameters)

    def action_next_field(self) -> None:
        self.focus_next()

    @on(Button.Pressed, "#demo")
    def _demo(self) -> None:
        self.post_message(self.Demo())

    @on(Button.Pressed, "#advanced")
    def _advanced(self) -> None:
        self.toggle_class("-advanced")
        if self.has_class("-advanced"):
            self.query_one(_INPUTS[ConnectionField.BASE_URL], Input).focus()

    @on(Input.Changed)
    def _clear_message(self) -> None:
        self._show_message(None)
        self.query_one("#connect", Button).label = Content(_connect_to())

    @on(Input.Submitted, "#name, #base-url")
    @on(Button.Pressed, "#connect")
    def _connect(self, event: Message) -> None:
        selector = _INPUTS[ConnectionField.KEY]
        try:
            key = checked_key(_typed_key(self._value(selector)))
            selector = _INPUTS[ConnectionField.WEBHOOK]
            address = read_webhook_address(self._value(selector))
            webhook_key = checked_webhook_key(address.key)
            self._take_server(address.base_url)
            selector = _NAME
            name = checked_new_name(self._value(selector), webhook_key)
            selector = _INPUTS[ConnectionField.BASE_URL]
            base_url = checked_base_url(with_scheme(self._value(selector)), "The server's address")
        except ConfigError as error:
            self._refuse(error.what, selector)
        else:
            if self._agrees_to_server(base_url, event):
                self.post_message(self.Connect(self, key, Webhook(webhook_key, name), base_url))

    def _value(self, selector: str) -> str:
        return self.query_one(selector, Input).value

    def _refuse(self, text: SafeText, selector: str) -> None:
        self.busy(None)
        if selector == _INPUTS[ConnectionField.BASE_URL]:
            self.add_class("-advanced")
        self._show_message(Content.assemble(("✖ ", "$run-bad"), literal(text, "$run-bad")))
        self.query_one(selector, Input).focus()

    def _show_message(self, message: Content | None) -> None:
        line = self.query_one("#words", Static)
        line.display = message is not None
        line.update(message or "")


def _typed_key(text: str) -> str:
    """Return the text of the field of the API key. Raises ConfigError if it is empty: this form looks in no other place."""
    if text.strip():
        return text
    raise ConfigError(
        "The API key is empty.",
        "If it is in a variable, a command or the keyring, connect with: cordage-tui webhooks add",
    )


def _names_webhook(text: str) -> bool:
    try:
        address = read_webhook_address(text)
    except ConfigError:  # the field says what is wrong
        return True
    return address.base_url is not None or address.key.startswith("wh_")


def _connect_to(server: str = "") -> str:
    return f"Connect to {server}" if server else "Connect"


def _is_same_server(base_url: str, typed: str) -> bool:
    try:
        return is_same_server(base_url, with_scheme(typed))
    except ValueError:
        return False


def _row(label: str, field: Input, *classes: str) -> ComposeResult:
    with Horizontal(classes=" ".join(("row", *classes))):
        yield Static(Content(label), classes="label")
        yield field
