"""Where the key may go: the one rule of what a base URL may be (FAULTS.md D 1, D 3)."""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from cordage_tui.domain.value import dataclass

_ALLOWED: Final = re.compile(r"[A-Za-z0-9\-._~:/\[\]%!$&'()*+,;=]+", re.ASCII)
"""What may stand in a base URL: no user, no query, no fragment, no backslash, no white space."""
_LABEL: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)
PORTS: Final = {"https": 443, "http": 80}
"""The port of each scheme that may be used, where an address names none."""


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """A base URL that has passed the rule."""

    scheme: str
    host: str
    """Lower case; an IPv6 address without brackets."""
    port: int
    path: str
    """Without a slash at its end; empty for the root."""

    @property
    def loopback(self) -> bool:
        """This machine by a literal address, or `localhost`."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def url(self, *segments: str) -> str:
        """The URL of a call below the base; each segment is percent-encoded as one.

        Raises ValueError for a segment that no encoding keeps apart from the folder itself: empty, `.` or `..`.
        """
        return "/".join((str(self), *map(_segment, segments)))

    def is_origin_of(self, scheme: str, host: str, port: int | None) -> bool:
        """Whether a request to these goes to this very origin."""
        return (scheme, host.strip("[]").lower(), port or PORTS.get(scheme)) == (self.scheme, self.host, self.port)


def parse_base_url(text: str) -> BaseUrl:
    """`text` by the rule: https only; http only for a loopback literal or `localhost`; no user, query or fragment.

    Raises ValueError with what is wrong as a predicate, such as `is empty`, for a sentence of the caller's.
    """
    text = text.strip()
    if not _ALLOWED.fullmatch(text):
        raise ValueError(_unfit(text))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("is not an address") from None
    host = parts.hostname or ""
    _check(parts, host, port)
    return BaseUrl(parts.scheme, host, PORTS[parts.scheme] if port is None else port, parts.path.rstrip("/"))


def leads_here(base_url: str) -> bool:
    """Whether that server is this machine, so that links of its runs may lead here too."""
    try:
        return parse_base_url(base_url).loopback
    except ValueError:
        return False


def _unfit(text: str) -> str:
    if not text:
        return "is empty"
    if "@" in text:
        return "has a user name or password in it"
    if "?" in text or "#" in text:
        return "has a ? or # part, and the webhook's key must follow it"
    return "has spaces or characters that no address may have (hosts beyond plain ASCII as xn--…)"


def _check(parts: SplitResult, host: str, port: int | None) -> None:
    if parts.scheme not in PORTS:
        raise ValueError("does not begin with https://")
    if port == 0 or parts.netloc.endswith(":") or not is_host(host, bracketed=parts.netloc.startswith("[")):
        raise ValueError("has no usable host")
    if any(segment in {".", ".."} for segment in parts.path.replace("%2e", ".").replace("%2E", ".").split("/")):
        raise ValueError("has . or .. in its path")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(
            "is plain http, which would send the API key unencrypted: use https; http is for this machine only "
            "(127.0.0.1, [::1], localhost)"
        )


def is_host(host: str, *, bracketed: bool) -> bool:
    """Whether it is a name or an address that everybody reads alike, in plain ASCII; `bracketed`: it stood in [ ]."""
    if bracketed:
        return ":" in host and "%" not in host and literal(host) is not None
    labels = host.removesuffix(".").split(".")
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        return literal(host) is not None  # 127.1, 2130706433 and 0x7f000001 are addresses in disguise
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def is_loopback(host: str) -> bool:
    """This machine by a literal address, or `localhost`."""
    address = literal(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that `host` is; None: it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _segment(text: str) -> str:
    if not text.strip() or text in {".", ".."}:
        raise ValueError("an id that is empty, . or .. cannot be asked for")
    return quote(text, safe="", errors="replace")
