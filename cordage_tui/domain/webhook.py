"""Webhooks, profiles, webhook health and poll plans."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from cordage_tui.domain.base.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.inputs import Json
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import masked
from cordage_tui.domain.urls import parse_base_url

# A webhook and the profile it belongs to.

AGENTS = ("allow", "ask")
"""Treatment of prompts that someone other than the user submits."""
DEFAULT_AGENTS = "ask"
"""Treatment of them if the settings do not set it."""


@dataclass(frozen=True, slots=True)
class SpendingLimits:
    """Limits on the runs that are started, and paid for, from here; None: no limit."""

    per_hour: int | None = None
    """In any 60 minutes."""
    per_day: int | None = None
    """Since midnight, local time."""

    def __bool__(self) -> bool:
        return self.per_hour is not None or self.per_day is not None


@dataclass(frozen=True, slots=True)
class Webhook:
    """A callable workflow. `name` is the user's own: the API has no call that lists or names webhooks."""

    key: str = field(repr=False)
    """The `wh_…` key. A secret too: show `masked_key`."""
    name: str
    inputs: Mapping[str, Json] = field(default_factory=dict)
    """Fields offered next to the prompt: name → default value; a list means a choice of its elements."""
    download: bool = False
    """Outputs are downloaded automatically when a run completes."""
    price: float | None = None
    """Price of one run, as the user enters it, in the profile's currency; None: unknown, because the API does not
    say."""
    limits: SpendingLimits = SpendingLimits()

    @property
    def masked_key(self) -> str:
        return masked(self.key)

    def __repr__(self) -> str:
        return f"Webhook({self.name!r}, {self.masked_key})"


@dataclass(frozen=True, slots=True)
class Profile:
    """A Cordage workspace as the user set it up."""

    name: str
    base_url: str
    webhooks: tuple[Webhook, ...] = ()
    read_only: bool = False
    """Refuse every POST, in the client itself."""
    client_ref: bool = False
    """Send a reference of our own with each prompt. If the server echoes it, a prompt whose answer was lost is
    recognised."""
    protected: bool = False
    """Ask for a typed confirmation before kills and batches."""
    limits: SpendingLimits = SpendingLimits()
    """Of all its webhooks together."""
    currency: str = "$"
    """Sign before an amount."""
    agents: str = DEFAULT_AGENTS
    """One of `AGENTS`: whether prompts of an author are sent, or held until the user approves them."""
    is_redirected: bool = False
    """A flag or a variable names another server than the settings do."""
    kept_as: str | None = None
    """The name that the database has for this profile with this server; None: the profile's own."""

    @property
    def stored_as(self) -> str:
        """Name under which this profile's rows are stored in the database (see `store.servers`)."""
        return self.kept_as or self.name

    @property
    def server(self) -> str:
        """Base URL in a normal form: two that lead to the same server are the same text."""
        try:
            return str(parse_base_url(self.base_url))
        except ValueError:  # leads nowhere
            return self.base_url

    @property
    def is_limited(self) -> bool:
        """True if it, or one of its webhooks, has a run limit."""
        return bool(self.limits) or any(webhook.limits for webhook in self.webhooks)

    @property
    def tells_spending(self) -> bool:
        """True if there is a limit, or the price of a run."""
        return self.is_limited or any(webhook.price is not None for webhook in self.webhooks)

    @property
    def webhook_keys(self) -> list[str]:
        """Keys of its webhooks, in their order."""
        return [webhook.key for webhook in self.webhooks]

    def webhook(self, key: str) -> Webhook | None:
        """The webhook with that key, or None when it has been removed from the profile."""
        return next((w for w in self.webhooks if w.key == key), None)

    def label(self, key: str) -> str:
        """Return the name to show for a webhook key: its own name, otherwise the masked key."""
        webhook = self.webhook(key)
        return webhook.name if webhook else masked(key)

    @property
    def names(self) -> Mapping[str, SafeText]:
        """Webhook key → the name to show for it."""
        return {webhook.key: one_line(webhook.name) for webhook in self.webhooks}


# How reading a webhook goes, in kinds that each have their own words on screen.


class HealthStatus(StrEnum):
    """Health of a webhook's polling."""

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
    """401, 402 or 403: every call of this key is stopped until there is a new one."""
    GONE = "gone"
    """404 on the webhook: only that webhook's polling is stopped."""
    TROUBLE = "trouble"
    """5xx."""
    DISK = "disk"
    """This machine's disk: the server's data cannot be stored."""
    NOT_THE_API = "not the API"
    """An answer that breaks the contract: HTML, no JSON, wrong types, a redirect."""
    LIMITED = "limited"
    """A 429, or the budget is spent: waiting."""


@dataclass(frozen=True, slots=True)
class WebhookHealth:
    """Outcome of the last read of one webhook."""

    webhook_key: str
    health: HealthStatus = HealthStatus.LOADING
    words: SafeText | None = None
    """The event, in one sentence; None when live."""
    ok_at: float | None = None
    """When a read last succeeded, epoch seconds: the age of the data. None: never."""
    next_at: float | None = None
    """When it is read next, epoch seconds; None: not before something changes. While WAITING, when the request went out that
    is waited for."""


WORST_FIRST = (
    HealthStatus.REFUSED,
    HealthStatus.STALLED,
    HealthStatus.DISK,
    HealthStatus.OFFLINE,
    HealthStatus.TIMEOUT,
    HealthStatus.TROUBLE,
    HealthStatus.NOT_THE_API,
    HealthStatus.WAITING,
    HealthStatus.LIMITED,
    HealthStatus.GONE,
    HealthStatus.LOADING,
    HealthStatus.LIVE,
)
"""Order in which one health represents those of several webhooks."""


def worst_health(healths: Iterable[WebhookHealth]) -> WebhookHealth:
    """Return the worst health of several webhooks, with the oldest data of its kind and the first next read.

    A missing webhook does not make the others look bad: `GONE` counts only if all are gone.
    """
    known = list(healths)
    present = [health for health in known if health.health is not HealthStatus.GONE] or known
    worst = min(present, key=lambda h: (WORST_FIRST.index(h.health), h.ok_at or 0.0), default=WebhookHealth(""))
    alike = [h.next_at for h in present if h.health is worst.health and h.next_at is not None]
    return replace(worst, next_at=min(alike, default=None))


# Plan of the poll schedule for one webhook, for people who want to see the use of their reads.


@dataclass(frozen=True, slots=True)
class DurationStats:
    """Duration statistics of a webhook's finished runs, in seconds."""

    runs: int
    """How many finished runs it rests on."""
    queued_s: float | None
    """Median from creation to running; None: not known."""
    running_s: float
    """Median from running to the end."""
    slow_s: float
    """95 % of past runs had ended this long after they began to run."""


@dataclass(frozen=True, slots=True)
class PollPlan:
    """Poll schedule of one webhook."""

    webhook_key: str
    active: int
    """Runs the server may still change."""
    next_at: float | None
    """When it is read next, epoch seconds; None: never, or another process decides and has not said."""
    period_s: float | None
    """Seconds between two reads as things stand now; None: not read."""
    reads: int
    """Reads that one look costs."""
    learned: DurationStats | None
    """None: too little history."""
    health: WebhookHealth
    """How the last read went, and when the last good one was."""
