"""How reading a webhook goes, in kinds that each have their own words on screen."""

from enum import StrEnum

from cordage_tui.domain.text import SafeText
from cordage_tui.domain.value import dataclass


class HealthStatus(StrEnum):
    """Kinds of standing with the server."""

    LOADING = "loading"
    """No answer yet since the start."""
    LIVE = "live"
    WAITING = "waiting"
    """A request is on the wire and has had no answer for longer than answers take."""
    STALLED = "stalled"
    """The process that reads for this one is stopped or hangs: nothing is read."""
    OFFLINE = "offline"
    """The server cannot be reached."""
    TIMEOUT = "timeout"
    """Reached, but no whole answer in time."""
    REFUSED = "refused"
    """401 or 403: every call of this key is stopped until there is a new one."""
    GONE = "gone"
    """404 on the webhook: only that webhook's polling is stopped."""
    TROUBLE = "trouble"
    """5xx."""
    DISK = "disk"
    """This machine's disk: what the server says cannot be kept."""
    NOT_THE_API = "not the API"
    """An answer that breaks the contract: HTML, no JSON, wrong types, a redirect."""
    LIMITED = "limited"
    """A 429, or the budget is spent: waiting."""


@dataclass(frozen=True, slots=True)
class WebhookHealth:
    """How the last read of one webhook went."""

    webhook_key: str
    health: HealthStatus = HealthStatus.LOADING
    words: SafeText | None = None
    """What happened, in one sentence; None when live."""
    ok_at: float | None = None
    """When a read last succeeded, epoch seconds: the age of the data. None: never."""
    next_at: float | None = None
    """When it is read next, epoch seconds; None: not before something changes. While WAITING, when the request went out that
    is waited for."""
