import pytest

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.webhook_address import is_same_server, read_webhook_address

COMPANY = "https://cordage.example.com/api/webhooks"


@pytest.mark.parametrize(
    ("text", "key", "base_url"),
    [
        ("wh_one", "wh_one", None),
        ("/api/webhooks/wh_one", "wh_one", None),
        ("api/webhooks/wh_one", "wh_one", None),
        (f"{COMPANY}/wh_one", "wh_one", COMPANY),
        (f"  '{COMPANY}/wh_one/trigger'\n", "wh_one", COMPANY),
        ("cordage.example.com/api/webhooks/plainkey", "plainkey", COMPANY),
        ("127.0.0.1:8765/api/webhooks/wh_one", "wh_one", "http://127.0.0.1:8765/api/webhooks"),
        ("https://cordage.example.com/hooks/v2/wh_one/trigger", "wh_one", "https://cordage.example.com/hooks/v2"),
        (f"{COMPANY}/wh%5Fone/trigger#top", "wh_one", COMPANY),
        (f'curl -X POST {COMPANY}/wh_one/trigger -d \'{{"prompt": "wh_not_this"}}\'', "wh_one", COMPANY),
        ("plainkey", "plainkey", None),
    ],
)
def test_a_text_gives_the_key_and_its_server(text: str, key: str, base_url: str | None) -> None:
    """Any text that names a webhook gives its key, and the server from the same URL."""
    address = read_webhook_address(text)
    assert (address.key, address.base_url) == (key, base_url)


@pytest.mark.parametrize(
    "text",
    [
        "http://cordage.example.com/api/webhooks/wh_one",
        "https://me:secret@cordage.example.com/api/webhooks/wh_one",
        "https://cordage.example.com/trigger?key=wh_one",
        f"{COMPANY}/wh_one/trigger?team=blue",
        "https://$HOST/api/webhooks/wh_one",
        "ftp://cordage.example.com/webhooks/wh_one",
    ],
)
def test_a_server_that_cannot_be_used_is_refused_with_its_key(text: str) -> None:
    """A URL with an unusable server is refused with its key, which would go to another server; no secret is
    repeated."""
    with pytest.raises(ConfigError) as refused:
        read_webhook_address(text)
    assert "secret" not in f"{refused.value.happened} {refused.value.advice}"


def test_a_server_is_scheme_host_and_port() -> None:
    """Two base URLs with different paths lead to one server; another port or scheme is another one."""
    assert is_same_server("https://cordage.example.com", f"{COMPANY}/")
    assert not is_same_server("https://cordage.example.com:8443", COMPANY)
    assert not is_same_server("http://localhost", "https://localhost")
