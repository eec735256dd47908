"""The first screen, which connects a workspace."""

from typing import Any

import pytest
from textual.events import Key, Paste
from textual.widgets import Button, Input, Static

from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.connection_test import ConnectionField
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.main.welcome import Welcome

LOCAL = "http://127.0.0.1:8123/api/webhooks"


class First(BaseApp):
    """App with the first screen, which records its messages."""

    def __init__(self, *args: str) -> None:
        super().__init__()
        self.args = args
        self.heard: list[Any] = []

    def get_default_screen(self) -> Welcome:
        return Welcome(*self.args)

    def on_welcome_demo(self, event: Welcome.Demo) -> None:
        self.heard.append("demo")

    def on_welcome_connect(self, event: Welcome.Connect) -> None:
        self.heard.append((event.key, event.webhook, event.base_url))

    @property
    def message(self) -> str:
        """Return the message of the screen, or an empty text."""
        line = self.screen.query_one("#words", Static)
        return str(line.content) if line.display else ""


async def test_enter_starts_the_demo() -> None:
    """Enter on the first screen starts the demo."""
    app = First()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert app.heard == ["demo"]


async def test_connecting_needs_the_keyboard_only() -> None:
    """Enter moves from field to field, and in the last field it connects."""
    app = First(LOCAL)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("tab", *"cordage_k", "enter", *"wh_one", "enter", *"Sunset", "enter")
        await pilot.pause()
        assert app.heard == [(Secret("cordage_k"), Webhook("wh_one", "Sunset"), LOCAL)]


async def test_text_typed_at_once_goes_to_the_first_field() -> None:
    """Text typed while the demo has the focus goes to the API key, and no key of it starts or sends anything."""
    app = First()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*"cordage_k")
        await pilot.pause()
        field = app.screen.query_one("#key", Input)
        assert field.has_focus and field.value == "cordage_k"
        assert app.heard == []


@pytest.mark.parametrize(("pasted", "at"), [("cordage_k\n", "key"), ("https://x.example/webhooks/wh_one", "webhook")])
async def test_a_key_pasted_at_once_is_not_lost(pasted: str, at: str) -> None:
    """A key pasted at once goes to the right field, although the demo has the focus."""
    app = First()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.post_message(Paste(pasted))
        await pilot.pause()
        field = app.screen.query_one(f"#{at}", Input)
        assert field.has_focus and field.value in ("cordage_k", "wh_one")


async def test_a_paste_after_enter_goes_to_the_next_field() -> None:
    """A paste that follows Enter at once goes to the next field."""
    app = First()
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.query_one("#key").focus()
        await pilot.pause()
        for event in (Paste("cordage_k"), Key("enter", "\r"), Paste("wh_one"), Key("enter", "\r"), Key("A", "A")):
            app.post_message(event)
        await pilot.pause()
        assert [app.screen.query_one(f"#{at}", Input).value for at in ("key", "webhook", "name")] == [
            "cordage_k",
            "wh_one",
            "A",
        ]


@pytest.mark.parametrize(("address", "scheme"), [("127.0.0.1:8797", "http"), ("cordage.example.com/hooks", "https")])
async def test_a_server_needs_no_scheme(address: str, scheme: str) -> None:
    """An address without a scheme gets http on this machine, and https elsewhere."""
    app = First()
    async with app.run_test(size=(80, 24)) as pilot:
        for field, value in (("#key", "cordage_k"), ("#webhook", "wh_one"), ("#name", "A"), ("#base-url", address)):
            app.screen.query_one(field, Input).value = value
        app.screen.query_one("#name", Input).focus()
        await pilot.press("enter")
        await pilot.pause()
        assert [heard[2] for heard in app.heard] == [f"{scheme}://{address}"]


async def test_the_api_key_is_never_on_screen() -> None:
    """The API key is shown as dots."""
    app = First()
    async with app.run_test(size=(80, 24)) as pilot:
        field = app.screen.query_one("#key", Input)
        field.focus()
        field.post_message(Paste("curl -H 'Authorization: Bearer cordage_topsecret'\nmore"))
        await pilot.pause()
        assert field.value == "cordage_topsecret"
        screen_text = "".join(s.text for line in app.screen._compositor.render_strips() for s in line)
        assert "topsecret" not in screen_text


@pytest.mark.parametrize(
    ("key", "webhook", "name", "base_url", "problem", "at"),
    [
        ("", "wh_one", "A", LOCAL, "in a variable, a command or the keyring", "key"),
        ("wh_one", "wh_one", "A", LOCAL, "is a webhook key", "key"),
        ("cordage_k", "", "A", LOCAL, "The webhook key is empty", "webhook"),
        ("cordage_k", "cordage_k", "A", LOCAL, "is an API key", "webhook"),
        ("cordage_k", "wh_one", "", LOCAL, "must have 1 to", "name"),
        ("cordage_k", "wh_one", "A", "http://example.com", "plain http", "base-url"),
    ],
)
async def test_a_wrong_entry_is_refused_at_its_field(
    key: str, webhook: str, name: str, base_url: str, problem: str, at: str
) -> None:
    """A wrong entry is refused without a request, a message explains it, and its field gets the focus."""
    app = First(base_url)
    async with app.run_test(size=(80, 24)) as pilot:
        for field, value in (("#key", key), ("#webhook", webhook), ("#name", name)):
            app.screen.query_one(field, Input).value = value
        app.screen.query_one("#name", Input).focus()
        await pilot.press("enter")
        await pilot.pause()
        assert app.heard == [] and problem in app.message
        assert app.screen.focused is not None and app.screen.focused.id == at


@pytest.mark.parametrize(
    ("field", "at"),
    [(ConnectionField.KEY, "key"), (ConnectionField.WEBHOOK, "webhook"), (ConnectionField.BASE_URL, "base-url")],
)
async def test_a_failed_connection_test_is_shown_at_its_field(field: ConnectionField, at: str) -> None:
    """A failed test ends the busy state, shows an inert message, and focuses the field, also a hidden one."""
    app = First()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        screen.busy(SafeText("Testing…"))
        await pilot.pause()
        assert app.message == "Testing…" and screen.query_one("#sheet").disabled
        screen.problem(one_line("The server said [/b] no."), field)
        await pilot.pause()
        assert "[/b] no." in app.message and not screen.query_one("#sheet").disabled
        assert screen.focused is not None and screen.focused.id == at and screen.focused.region.height == 1
        assert screen.query_one("#base-url").region  # the server that was asked may be the wrong one


async def test_nothing_is_posted_while_busy() -> None:
    """During a connection test Enter does not start another one."""
    app = First()
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.busy(SafeText("Testing…"))
        await pilot.press("enter", "tab", "enter")
        await pilot.pause()
        assert app.heard == []


async def test_another_server_is_behind_its_button() -> None:
    """The field for the server is shown by its button, or at once if the server is not the published one."""
    app = First()
    async with app.run_test(size=(80, 24)) as pilot:
        assert not app.screen.query_one("#base-url").region
        await pilot.click("#advanced")
        await pilot.pause()
        assert app.screen.query_one("#base-url").region and app.screen.query_one("#base-url").has_focus
    app = First(LOCAL)
    async with app.run_test(size=(80, 24)):
        assert app.screen.query_one("#base-url").region


async def test_the_first_screen_opens_at_any_size() -> None:
    """The first screen opens at any size, and from 40×12 on each field can be reached and seen."""
    app = First()
    async with app.run_test(size=(1, 1)) as pilot:
        for size in ((1, 1), (10, 3), (40, 12), (80, 24), (120, 36)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            for name in ("demo", "key", "webhook", "name", "connect"):
                app.screen.query_one(f"#{name}").focus()
                await pilot.pause()
                if size >= (40, 12):
                    assert app.screen.region.contains_region(app.screen.query_one(f"#{name}").region), (name, size)


COMPANY = "https://cordage.example.com/api/webhooks"


@pytest.mark.parametrize("is_typed", [False, True])
async def test_the_server_of_a_webhook_url_is_taken_and_agreed_to(is_typed: bool) -> None:
    """The URL of a webhook sets its server, and the key is sent there only after a click on the named button."""
    app = First()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        screen.query_one("#key", Input).value = "cordage_k"
        field = screen.query_one("#webhook", Input)
        field.focus()
        await pilot.pause()
        if is_typed:
            field.value = f"{COMPANY}/wh_one"
        else:
            app.post_message(Paste(f"{COMPANY}/wh_one/trigger"))
        await pilot.pause()
        screen.query_one("#name", Input).value = "A"
        screen.query_one("#name", Input).focus()
        await pilot.press("enter", "enter", "enter")
        await pilot.pause()
        assert app.heard == [] and "will be sent to cordage.example.com" in app.message
        assert screen.query_one("#base-url", Input).value == COMPANY and screen.query_one("#base-url").region
        screen.query_one("#connect", Button).press()
        await pilot.pause()
        assert app.heard == [(Secret("cordage_k"), Webhook("wh_one", "A"), COMPANY)]


@pytest.mark.parametrize(
    ("pasted", "problem"),
    [
        ("http://cordage.example.com/api/webhooks/wh_one", "plain http"),
        ("https://me:secret@cordage.example.com/api/webhooks/wh_one", "a user name or password"),
        ("https://cordage.example.com/trigger?webhook=wh_one", "cannot be told"),
        ("https://cordage.example.com/api/webhooks/wh_one/trigger?team=blue", "part after ?"),
    ],
)
async def test_a_url_whose_server_cannot_be_used_keeps_no_key(pasted: str, problem: str) -> None:
    """A URL with an unusable server is refused whole, because its key would go to another server."""
    app = First()
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.query_one("#webhook", Input).focus()
        app.post_message(Paste(pasted))
        await pilot.pause()
        assert app.screen.query_one("#webhook", Input).value == ""
        assert problem in app.message and "secret" not in app.message


async def test_a_pasted_curl_command_fills_all_its_fields() -> None:
    """A curl command fills API key, webhook and server, whichever field it is pasted into."""
    line = f"curl -X POST {COMPANY}/wh_one/trigger -H 'Authorization: Bearer cordage_k'"
    for at in ("key", "webhook"):
        app = First()
        async with app.run_test(size=(80, 24)) as pilot:
            app.screen.query_one(f"#{at}", Input).focus()
            app.post_message(Paste(line))
            await pilot.pause()
            values = [app.screen.query_one(f"#{field}", Input).value for field in ("key", "webhook", "base-url")]
            assert values == ["cordage_k", "wh_one", COMPANY]
