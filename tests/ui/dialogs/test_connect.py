"""The form for a webhook."""

import pytest
from textual.events import Paste
from textual.widgets import Button, Input, Static

from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.connection_test import ConnectionField, ConnectionProblem
from cordage_tui.ui.dialogs.connect import WebhookDialog, picked, picked_api_key

OTHERS = [Webhook("wh_taken", "Sunset")]
CURL = """curl -X POST https://api.trycordage.com/api/webhooks/wh_abc123xyz/trigger \\
  -H "Authorization: Bearer cordage_secret" \\
  -d '{"prompt": "wh_not_this"}'"""


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("wh_abc123xyz", "wh_abc123xyz"),
        ("  wh_abc123xyz\n", "wh_abc123xyz"),
        ("https://api.trycordage.com/api/webhooks/wh_abc123xyz/trigger", "wh_abc123xyz"),
        ("https://api.trycordage.com/api/webhooks/wh_abc123xyz", "wh_abc123xyz"),
        ("http://127.0.0.1:8123/api/webhooks/plainkey/runs/550e8400", "plainkey"),
        (CURL, "wh_abc123xyz"),
        ("key: wh_abc123xyz.", "wh_abc123xyz"),
        ("plainkey", "plainkey"),
        ("", ""),
    ],
)
def test_the_key_is_found_in_what_people_paste(text: str, key: str) -> None:
    """A pasted key, address or curl line gives the webhook key."""
    assert picked(text) == key


@pytest.mark.parametrize(
    ("text", "key"), [(CURL, "cordage_secret"), ("Bearer x1\n", "x1"), (" cordage_a \n", "cordage_a")]
)
def test_the_api_key_is_found_in_what_people_paste(text: str, key: str) -> None:
    """The API key is the text after `Bearer`, or else the whole text."""
    assert picked_api_key(text) == key


async def test_a_webhook_is_added(ask) -> None:
    """Key, Enter, name, Enter returns the webhook."""
    async with ask(WebhookDialog(OTHERS)) as (pilot, answers):
        await pilot.press(*"wh_new1", "enter", *"Portrait", "enter")
        await pilot.pause()
        assert answers == [Webhook("wh_new1", "Portrait")]


async def test_a_pasted_curl_line_becomes_its_key(ask) -> None:
    """The field keeps only the webhook key of a pasted curl line, so that no API key is shown."""
    async with ask(WebhookDialog(OTHERS)) as (pilot, answers):
        pilot.app.screen.query_one("#key", Input).post_message(Paste(CURL))
        await pilot.pause()
        assert pilot.app.screen.query_one("#key", Input).value == "wh_abc123xyz"
        assert answers == []


@pytest.mark.parametrize(
    ("key", "name", "problem", "field"),
    [
        ("", "Portrait", "The webhook key is empty", "key"),
        ("cordage_x", "Portrait", "is an API key", "key"),
        ("wh_a/b", "Portrait", "", None),
        ("a b", "Portrait", "characters that no webhook key has", "key"),
        ("wh_taken", "Portrait", "was already added as Sunset", "key"),
        ("wh_new", "", "must have 1 to", "name"),
        ("wh_new", "sunset", "Another webhook is named sunset", "name"),
        ("Portrait", "wh_new", "Webhook key and name are swapped", "name"),
        ("wh_new", "wh_other", "There is a key in the name", "name"),
        ("wh_new", "my cordage_x", "There is a key in the name", "name"),
        ("wh_new", "https://x.test/api/webhooks/plain/trigger", "There is a key in the name", "name"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(ask, key: str, name: str, problem: str, field: str | None) -> None:
    """A wrong entry is explained, its field gets the focus, and the dialog stays open."""
    async with ask(WebhookDialog(OTHERS)) as (pilot, answers):
        screen = pilot.app.screen
        screen.query_one("#key", Input).value, screen.query_one("#name", Input).value = key, name
        screen.query_one("#name", Input).focus()
        await pilot.press("enter")
        await pilot.pause()
        if field is None:
            assert answers == [Webhook("wh_a", "Portrait")]
        else:
            assert answers == []
            assert problem in str(screen.query_one("#problem", Static).content)
            assert screen.focused is not None and screen.focused.id == field


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("name", "wh_secret123", "This is a key, not a name"),
        ("name", "Sunset cordage_secret123", "This is a key, not a name"),
        ("key", "cordage_secret123", "This is an API key, not a webhook key"),
    ],
)
async def test_a_key_in_the_wrong_field_is_hidden_and_named_at_once(ask, field: str, text: str, problem: str) -> None:
    """A key in the wrong field is never drawn in clear text, and a message names the error at once."""
    async with ask(WebhookDialog(OTHERS)) as (pilot, answers):
        screen = pilot.app.screen
        entry = screen.query_one(f"#{field}", Input)
        entry.post_message(Paste(text))
        await pilot.pause()
        for _ in range(2):
            screen_text = "\n".join(strip.text for strip in screen._compositor.render_strips())
            assert "secret123" not in screen_text
            assert problem in screen_text
            entry.value = ""
            entry.focus()
            await pilot.press(*text)
            await pilot.pause()
        entry.value = "Portrait"
        await pilot.pause()
        screen_text = "\n".join(strip.text for strip in screen._compositor.render_strips())
        assert "Portrait" in screen_text and problem not in screen_text and answers == []


async def test_a_server_that_is_not_reached_leaves_the_choice_to_add_untested(ask) -> None:
    """If the server is not reached, the button offers to add the webhook untested, until an entry changes."""
    answer = ConnectionProblem(ConnectionField.BASE_URL, one_line("The connection was refused."))
    tested = []

    async def try_out(webhook: Webhook) -> ConnectionProblem:
        tested.append(webhook)
        return answer

    async with ask(WebhookDialog(OTHERS, try_out=try_out)) as (pilot, answers):
        screen = pilot.app.screen
        button = screen.query_one("#save", Button)
        await pilot.press(*"wh_new1", "enter", *"Portrait", "enter")
        await pilot.pause()
        assert "refused" in str(screen.query_one("#problem", Static).content)
        assert (str(button.label), screen.focused, answers) == ("Add untested", button, [])
        screen.query_one("#name", Input).focus()
        await pilot.press("s")
        await pilot.pause()
        assert str(button.label) == "Add"
        await pilot.press("enter")
        await pilot.pause()
        assert (len(tested), str(button.label)) == (2, "Add untested")
        await pilot.press("enter")
        await pilot.pause()
        assert answers == [tested[-1]] and len(tested) == 2


async def test_an_answer_right_behind_escape_closes_nothing_more(ask) -> None:
    """An answer that comes after escape does not close the screen below."""

    async def answer() -> Webhook:
        return Webhook("wh_new1", "Portrait")

    async with ask(WebhookDialog(OTHERS)) as (pilot, answers):
        form = pilot.app.screen
        form.dismiss(None)
        await form._tested(answer(), "#key")
        await pilot.pause()
        assert len(pilot.app.screen_stack) == 1 and answers == [None]


async def test_a_webhook_that_is_not_there_is_not_added(ask) -> None:
    """A webhook that the server does not know is never added, however often Enter is pressed."""

    async def try_out(webhook: Webhook) -> ConnectionProblem:
        return ConnectionProblem(ConnectionField.WEBHOOK, one_line("Webhook not found."))

    async with ask(WebhookDialog(OTHERS, try_out=try_out)) as (pilot, answers):
        await pilot.press(*"wh_new1", "enter", *"Portrait", "enter")
        await pilot.pause()
        assert pilot.app.screen.focused.id == "key"
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert answers == []


async def test_renaming_keeps_all_else(ask) -> None:
    """Renaming keeps key and inputs, and the key is shown masked and cannot be changed."""
    webhook = Webhook("wh_secret_key", "Old", {"style": ["a", "b"]})
    async with ask(WebhookDialog([webhook, *OTHERS], webhook)) as (pilot, answers):
        dialog_text = "".join(str(s.content) for s in pilot.app.screen.query(Static))
        assert "wh_secret_key" not in dialog_text and webhook.masked_key in dialog_text
        await pilot.press("end", *"er", "enter")
        await pilot.pause()
        assert answers == [Webhook("wh_secret_key", "Older", {"style": ["a", "b"]})]


async def test_escape_changes_nothing(ask) -> None:
    """Escape returns None."""
    async with ask(WebhookDialog(OTHERS)) as (pilot, answers):
        await pilot.press(*"wh_new1", "escape")
        await pilot.pause()
        assert answers == [None]


async def test_the_url_of_another_server_is_no_webhook_of_this_profile(ask) -> None:
    """A URL of another server is refused with the names of both, because its key would go to the wrong server."""
    async with ask(WebhookDialog(OTHERS, base_url="https://api.trycordage.com/api/webhooks")) as (pilot, answers):
        field = pilot.app.screen.query_one("#key", Input)
        field.post_message(Paste("https://cordage.example.com/api/webhooks/wh_new1"))
        await pilot.pause()
        assert field.value == ""
        problem = str(pilot.app.screen.query_one("#problem", Static).content)
        assert "cordage.example.com" in problem and "api.trycordage.com" in problem
        field.value = "https://cordage.example.com/api/webhooks/wh_new1"
        pilot.app.screen.query_one("#name", Input).value = "New"
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert answers == []
