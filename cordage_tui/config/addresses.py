"""What may stand in a base URL and in a webhook key, which together make every address we call."""

import re
from typing import Final

from cordage_tui.config.errors import ConfigError
from cordage_tui.domain.urls import parse_base_url

PUBLISHED_BASE_URL: Final = "https://api.trycordage.com/api/webhooks"
"""API.md, Facts."""

_KEY: Final = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,199}")


def checked_base_url(text: str, source: object) -> str:
    """`text` trimmed and without its last slash, if it keeps the rule of `domain.urls`. Raises ConfigError that begins
    with `source`."""
    url = text.strip().rstrip("/")
    try:
        parse_base_url(url)
    except ValueError as wrong:
        problem = str(wrong)
    else:
        return url
    raise ConfigError(f"{source} {problem}.", f"An example that works: {PUBLISHED_BASE_URL}")


def checked_webhook_key(text: str, source: object = "The webhook key") -> str:
    """`text` trimmed. Raises ConfigError when it cannot be one part of a URL path, or is an API key."""
    key = text.strip()
    advice = "Copy it from the webhook node's settings; it looks like wh_abc123xyz."
    if not key:
        raise ConfigError(f"{source} is empty.", advice)
    if "://" in key:
        raise ConfigError(f"{source} is a whole address, not a key.", advice)
    if key.startswith("cordage_"):
        raise ConfigError(f"{source} is an API key: those begin with cordage_.", advice)
    if not _KEY.fullmatch(key):
        raise ConfigError(f"{source} has characters that no webhook key has.", advice)
    return key
