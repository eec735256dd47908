"""Webhook key and server in a text that a person copied: only a key, the webhook's URL, or a command with that URL."""

import re
from typing import Final
from urllib.parse import unquote

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.profiles import checked_base_url, with_scheme
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.urls import parse_base_url

_BETWEEN_WORDS: Final = r"[\s'\"<>`|]+"
_FOLDER: Final = re.compile(r"([^?#]*?/webhooks)/([^/?#]+)([^?#]*)(\?[^#]+)?")
"""A URL of the published form: server and folder, key, rest of the path, query."""
_OTHER_FOLDER: Final = re.compile(r"([^?#]*)/(wh_[A-Za-z0-9_-]+)([^?#]*)(\?[^#]+)?")
_BARE: Final = re.compile(r"(?<![A-Za-z0-9_-])wh_[A-Za-z0-9_-]+")
_PATH_ONLY: Final = re.compile(r"(?:/|api(?:/|$))")
"""Beginning of a path without a server."""
_ALONE: Final = "Give the webhook key alone, and the server's address in its own field (--base-url)."


@dataclass(frozen=True, slots=True)
class WebhookAddress:
    """Webhook key, not checked yet, and server that a text names."""

    key: str
    """Webhook key; the trimmed text itself if nothing in it looks like one."""
    base_url: str | None = None
    """Base URL of the server that the text names; None: it names none."""


def read_webhook_address(text: str) -> WebhookAddress:
    """Read the webhook key in `text`, and the server before it.

    Raises ConfigError for a server that cannot be used: a key without its server would be sent to another one.
    """
    for word in re.split(_BETWEEN_WORDS, text):
        webhook_url = _FOLDER.match(word)
        if webhook_url:
            return _address(webhook_url, webhook_url[1])
        if relative_url := _OTHER_FOLDER.match(word):
            return _address(relative_url, relative_url[1])
    bare = _BARE.search(text)
    if bare and "://" in text:
        raise ConfigError("The address of the server cannot be told from this webhook URL.", _ALONE)
    return WebhookAddress(bare.group() if bare else text.strip())


def is_same_server(base_url: str, other: str) -> bool:
    """Return whether two base URLs have the same scheme, host and port. Raises ValueError."""
    server = parse_base_url(other)
    return parse_base_url(base_url).is_origin_of(server.scheme, server.host, server.port)


def server_name(base_url: str) -> SafeText:
    """Return host and port of a base URL that was checked."""
    return parse_base_url(base_url).place


def _address(webhook_url: re.Match[str], folder: str) -> WebhookAddress:
    if webhook_url[4]:
        raise ConfigError("This webhook URL has a part after ?, which would not be sent.", "Give the URL without it.")
    key = unquote(webhook_url[2])
    if _PATH_ONLY.match(folder):
        return WebhookAddress(key)
    return WebhookAddress(key, checked_base_url(with_scheme(folder), "The server of this webhook URL"))
