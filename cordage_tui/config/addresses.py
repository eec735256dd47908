"""What may stand in a base URL and in a webhook key, which together make every address we call."""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from cordage_tui.config.errors import ConfigError

PUBLISHED_BASE_URL: Final = "https://api.trycordage.com/api/webhooks"
"""API.md, Facts."""

_ALLOWED: Final = re.compile(r"[!-~]+")
_HOST: Final = re.compile(r"[A-Za-z0-9_.:-]+")
_KEY: Final = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,199}")


def checked_base_url(text: str, source: str) -> str:
    """`text` trimmed and without its last slash. Raises ConfigError that begins with `source`.

    https only; http only where the host is a loopback literal or `localhost` (FAULTS.md D 3), because the API key goes along.
    """
    url = text.strip().rstrip("/")
    reason = _problem(url)
    if reason:
        raise ConfigError(f"{source} {reason}.", f"An example that works: {PUBLISHED_BASE_URL}")
    return url


def checked_webhook_key(text: str, source: str = "The webhook key") -> str:
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


def _problem(url: str) -> str | None:
    if not _ALLOWED.fullmatch(url) or "\\" in url:
        return "is empty" if not url else "has spaces or characters that are not plain ASCII"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in {"http", "https"}:
        return "does not begin with https://"
    if port == 0 or not parts.hostname or not _HOST.fullmatch(parts.hostname):
        return "has no usable host"
    return _refusal(url, parts)


def _refusal(url: str, parts: SplitResult) -> str | None:
    if "@" in parts.netloc:
        return "has a user name or password in it"
    if "?" in url or "#" in url:
        return "has a ? or # part, and the webhook's key must follow it"
    if any(part in {".", ".."} for part in parts.path.split("/")):
        return "has . or .. in its path"
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        return (
            "is plain http, which would send the API key unencrypted; only this machine (127.0.0.1, localhost) may be"
        )
    return None


def is_loopback(host: str) -> bool:
    """Whether `host` is `localhost` or a literal address of this machine; no name is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
