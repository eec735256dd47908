import pytest
from textual.events import Paste
from textual.widgets import Input, Static

from cordage_tui.domain.webhook import Webhook
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
    """A key, an address or a whole curl line gives the key; anything else is left for the check to name."""
    assert picked(text) == key


@pytest.mark.parametrize(
    ("text", "key"), [(CURL, "cordage_secret"), ("Bearer x1\n", "x1"), (" cordage_a \n", "cordage_a")]
)
def test_the_api_key_is_found_in_what_people_paste(text: str, key: str) -> None:
    """What follows `Bearer`, else the whole."""
    assert picked_api_key(text) == key


async def test_a_webhook_is_added(ask) -> None:
    """Key, Enter, name, Enter answers the webhook."""
    async with ask(WebhookDialog(OTHERS)) as (pilot, answers):
        await pilot.press(*"wh_new1", "enter", *"Portrait", "enter")
        await pilot.pause()
        assert answers == [Webhook("wh_new1", "Portrait")]


async def test_a_pasted_curl_line_becomes_its_key(ask) -> None:
    """The field keeps the key alone, so that no API key is shown."""
    async with ask(WebhookDialog(OTHERS)) as (pilot, answers):
        pilot.app.screen.query_one("#key", Input).post_message(Paste(CURL))
        await pilot.pause()
        assert pilot.app.screen.query_one("#key", Input).value == "wh_abc123xyz"
        assert answers == []


@pytest.mark.parametrize(
    ("key", "name", "words", "field"),
    [
        ("", "Portrait", "The webhook key is empty", "key"),
        ("cordage_x", "Portrait", "is an API key", "key"),
        ("wh_a/b", "Portrait", "", None),
        ("a b", "Portrait", "characters that no webhook key has", "key"),
        ("wh_taken", "Portrait", "was already added as Sunset", "key"),
        ("wh_new", "", "must have 1 to", "name"),
        ("wh_new", "sunset", "Another webhook is named sunset", "name"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(ask, key: str, name: str, words: str, field: str | None) -> None:
    """The dialog stays, says what is wrong in words, and goes to the field to mend."""
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
            assert words in str(screen.query_one("#problem", Static).content)
            assert screen.focused is not None and screen.focused.id == field


async def test_renaming_keeps_all_else(ask) -> None:
    """Key and input fields stay, the key is shown masked and cannot be changed."""
    webhook = Webhook("wh_secret_key", "Old", {"style": ["a", "b"]})
    async with ask(WebhookDialog([webhook, *OTHERS], webhook)) as (pilot, answers):
        shown = "".join(str(s.content) for s in pilot.app.screen.query(Static))
        assert "wh_secret_key" not in shown and webhook.masked_key in shown
        await pilot.press("end", *"er", "enter")
        await pilot.pause()
        assert answers == [Webhook("wh_secret_key", "Older", {"style": ["a", "b"]})]


async def test_escape_changes_nothing(ask) -> None:
    """Escape and Cancel answer None."""
    async with ask(WebhookDialog(OTHERS)) as (pilot, answers):
        await pilot.press(*"wh_new1", "escape")
        await pilot.pause()
        assert answers == [None]
