"""The queue: its lanes, its prompts, and when each of them is sent."""

from collections.abc import Sequence
from enum import Enum, IntEnum, StrEnum

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import Expected


class Lane(IntEnum):
    """Lane of the queue. All of a lower lane is sent before any of a higher one; within a lane the place decides."""

    INTERACTIVE = 0
    """Prompts that a person sends one by one: typed, run again, sent again."""
    BATCH = 1
    """Batches, files, and prompts of `trigger --lane batch`."""


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A submission that is not settled, as a line of the queue panel. Times are epoch seconds."""

    row: RowId
    webhook_key: str
    state: OutboxState
    """QUEUED, SENDING, HELD or UNCERTAIN."""
    prompt: SafeText
    submitted_at: float
    sent_at: float | None
    """When the intent to send it was last committed; None: never."""
    note: SafeText | None
    """Why it waits, or what is unknown about it."""
    checks: int
    """Of an uncertain one: lists that would have shown its run and did not."""
    next_check: float | None
    """Of an uncertain one: when it is looked for again; None: the user decides."""
    batch: RowId | None
    attempt: int = 0
    """How often it was sent; a try that surely did not reach the server does not count."""
    lane: Lane = Lane.INTERACTIVE
    members: Sequence[RowId] = field(default=(), repr=False)
    """Its prompts, if it is the line of a batch."""
    author: SafeText | None = None
    """Who submitted it; None: the user."""

    @property
    def expected(self) -> Expected:
        """State that it must still have when the user decides about it."""
        return Expected(self.state, self.attempt)


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Settings of a profile's queue."""

    paused: SafeText | None = None
    """Why nothing is sent; None: it is."""
    paused_at: float | None = None
    max_active: int | None = None
    """Nothing is sent while this many runs are active; None: no such limit."""
    repaired: SafeText | None = None
    """Data that a repair of the database may have lost, until the user resumes the queue; None: no loss."""


class EditStart(Enum):
    """State of an unsent prompt at the beginning of an edit, or the reason why it cannot be edited."""

    WAS_QUEUED = "was queued"
    WAS_HELD = "was held"
    """For an approval, a key or a link, or because its batch was stopped."""
    WAS_UNSAVED = "was unsaved"
    """A window ended before it saved its edit."""
    OPEN_ELSEWHERE = "open elsewhere"
    """Another window edits it."""
    SENT = "sent"


class BlockedBy(StrEnum):
    """Reason why the queue is not sent, in the words of a table's cell."""

    PAUSE = "paused"
    KEY = "key rejected"
    ACCOUNT = "account cannot pay"
    DISK = "disk error"
    SERVER = "offline"
    ANSWER = "unusable answer"
    LIMIT = "active runs"
    SPENDING = "run limit"
    SENDER = "no sender"
    STALLED = "sender silent"
    TWIN = "uncertain twin"
    FIRST_RUNS = "first runs"
    QUESTION = "open dialog"


@dataclass(frozen=True, slots=True)
class QueueEstimate:
    """Estimate of when the queue will be empty, or the reason why it is blocked."""

    queued: int
    """How many wait to be sent."""
    a_minute: float
    """How many are sent a minute while nothing blocks the queue."""
    seconds: float | None
    """Until the last of them is sent, at that pace; None: the queue is paused."""
    blocked: SafeText | None = None
    """Why nothing is sent now; None: it is, or nothing waits."""
    blocked_by: BlockedBy | None = None
    """The same in a word."""

    def seconds_to(self, position: int) -> float | None:
        """Return the seconds until the prompt at that position, from 1, is sent; None: the queue is paused."""
        if self.seconds is None:
            return None
        return max(0.0, self.seconds - (self.queued - position) * 60.0 / self.a_minute)


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """Standing of a queued prompt: its position, and when it is sent."""

    position: int
    """1: it is sent next."""
    seconds: float | None
    """Until it is sent; None: the queue is paused."""
    blocked_by: BlockedBy | None = None
    """Why it does; None: it does not."""

    @classmethod
    def of(cls, position: int, drain: QueueEstimate) -> "QueueStanding":
        """Standing at that position of the queue."""
        return cls(position, drain.seconds_to(position), drain.blocked_by)
