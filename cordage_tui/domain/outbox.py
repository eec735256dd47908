"""Submissions: lineage, author, queue, batches, client reference."""

from collections.abc import Mapping, Sequence
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.inputs import Inputs, Json
from cordage_tui.domain.run import OutboxState, RemoteRun, RowId, Status
from cordage_tui.domain.safe_text import SafeText, one_line

if TYPE_CHECKING:
    from cordage_tui.domain.output import OutputRef


class Lane(IntEnum):
    """Lane of the queue. All of a lower lane is sent before any of a higher one; within a lane the place decides."""

    INTERACTIVE = 0
    """Prompts that a person sends one by one: typed, run again, sent again."""
    BATCH = 1
    """Batches, files, and prompts of `trigger --lane batch`."""


@dataclass(frozen=True, slots=True)
class Expected:
    """State of a submission that the user saw when deciding. The decision only applies while it is in this state."""

    state: OutboxState
    attempt: int | None = None
    """Of that try; None: whichever it was."""


UNSENT = Expected(OutboxState.QUEUED)
"""It can be taken back without asking, because it was not sent."""
UNCERTAIN = Expected(OutboxState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class StateChange:
    """Result of a step that depended on an expected state: whether it was made, and the submission's state now. False
    if it was not made."""

    done: bool
    state: OutboxState | None
    """State after the step, made here or by another process; None: the submission does not exist."""
    run_id: SafeText | None = None
    """Of the run that it has become."""

    def __bool__(self) -> bool:
        return self.done


WAITS_FOR_TWIN = (
    "Not sent yet: the very same prompt on this webhook is uncertain, so it may be running already. "
    "When that one is found, sent again or dropped, this one goes."
)
"""Note of a queued prompt whose twin is uncertain: if both were on their way, the run list could not distinguish them
(docs/dev/triggering.md 4)."""


WAITS_FOR_FIRST: Final = "Waits until one of the first runs of its batch has completed."
"""Note of a queued prompt whose batch is tried with a few of its prompts first."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """Lineage of a submission: the run it was made from, and outputs that are its inputs."""

    parent: RowId | None = None
    """Run, or line of a batch, that was edited, run again, or whose output is an input; None: it was written from nothing."""
    output: int | None = None
    """Number, from 1, of the parent's output that is one of its inputs; None: none is, or several are."""
    links: "Mapping[str, OutputRef]" = field(default_factory=dict)
    """Input → output whose address is its value, to be replaced by a fresh one when it is sent."""

    def fitting(self, inputs: Inputs) -> "Lineage":
        """Return the lineage of these inputs: without links whose input has changed.

        The parent is removed too if its output was one of these links.
        """
        links = {name: output for name, output in self.links.items() if inputs.get(name) == output.url}
        if len(links) == len(self.links):
            return self
        made_of_it = any(output.row == self.parent and output.number == self.output for output in links.values())
        return Lineage(self.parent, self.output, links) if made_of_it or self.output is None else Lineage(links=links)

    def left_in(self, inputs: Inputs) -> "Lineage":
        """Return the lineage that a submission leaves in the prompt panel: that of an output still in a field."""
        left = self.fitting(inputs)
        return left if left.links else NO_LINEAGE


@dataclass(frozen=True, slots=True)
class Author:
    """Author of a submission that is not the user's own."""

    name: SafeText
    """As `domain.author.parse_author` returns it."""
    is_held: bool = False
    """True if its submissions are held until the user approves them."""


@dataclass(frozen=True, slots=True)
class AuthorRequest:
    """Request that its author has named, so that it is submitted once, however often it is made."""

    author: SafeText
    """As `Author.name`."""
    name: str
    """The author's own name for it: its idempotency key."""
    digest: str
    """Hash of all that it asks for."""


AWAITS_APPROVAL: Final = advised("Waits for your approval.", "queue.approve")
"""Note of a held prompt that an author submitted and the user has not approved."""

NO_LINEAGE: Final = Lineage()
"""Lineage of a prompt written from scratch."""


@dataclass(frozen=True, slots=True)
class NextSubmission:
    """The queued submission that is sent next."""

    row: RowId
    webhook_key: str
    links: "Mapping[str, OutputRef]"
    """Input → output of another run in it, with the URL in the input."""
    batch: RowId | None = None
    """Line of its batch; None: it was submitted alone."""


@dataclass(frozen=True, slots=True)
class ClaimedSubmission:
    """A submission whose intent to send is on disk; the sender may put it on the wire."""

    row: RowId
    webhook_key: str
    inputs: Inputs = field(repr=False)
    attempt: int
    """1 for the first time; a try that surely did not reach the server, or met a 429, does not count."""
    ref: str | None
    """To be sent along as `CLIENT_REF`; None: the option is off."""
    sent_at: float
    """When the intent was committed, epoch seconds."""
    generation: int = 0
    """Number of this intent in its queue, from 1. It names this try: no other one of the queue has it."""
    known_until: RowId = RowId(0)
    """Last row of the run table when the intent was committed: runs in rows up to it were known before."""


CLIENT_REF = "cordage_ref"
"""Key of the input that makes matching exact if the server echoes it (option `client_ref`, docs/dev/triggering.md 4)."""


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


class BlockedBy(StrEnum):
    """Reason why the queue is not sent, in the words of a table's cell."""

    PAUSE = "paused"
    KEY = "key rejected"
    ACCOUNT = "account cannot pay"
    DISK = "disk error"
    SERVER = "offline"
    ANSWER = "unusable answer"
    LIMIT = "on hold"
    SPENDING = "spending limit"
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


@dataclass(frozen=True, slots=True)
class UncertainSubmission:
    """An uncertain submission, with the data to find it in the run list (docs/dev/triggering.md 5). Times are epoch
    seconds, ours."""

    row: RowId
    webhook_key: str
    inputs: Inputs = field(repr=False)
    sent_at: float
    """When the intent was committed, just before the first byte."""
    failed_at: float
    """When its outcome was found to be unknown."""
    skew_s: float | None
    """The server's clock less ours at `sent_at`; None: not known then."""
    skew_within_s: float | None
    """How many seconds that may be off, either way; None: not known."""
    ref: str | None
    checks: int
    next_check: float | None
    note: str
    """Text for the user: a line about the event, and a line about the state of the search, once it has begun."""
    known_until: RowId | None = None
    """The last row of the table when the intent was committed; None: not known."""

    @property
    def after(self) -> RowId:
        """Row after which each run was first seen since the prompt was sent, or at least since it was submitted."""
        return self.row if self.known_until is None else self.known_until


@dataclass(frozen=True, slots=True)
class AcceptedStamp:
    """Stamp of an accepted run: its creation as the server says it, and the sending of its prompt. Epoch seconds."""

    webhook_key: str
    sent_at: float
    """By this machine's clock."""
    skew_s: float | None
    """The server's clock less ours at `sent_at`, by the `Date` of its answers; None: not known then."""
    created: float
    """By the clock that stamps runs, which may be another one."""
    took_s: float = 0.0
    """Seconds until the answer: the run was created at some moment of them."""
    within_s: float = 0.0
    """How far off `skew_s` may be, seconds."""


# The input by which an uncertain prompt is recognised, if the server echoes it (docs/dev/triggering.md 4).

_DEPTH: Final = 4
"""`metadata.inputs` and the like; a deeper one belongs to another client."""


def ref_in(answer: Json) -> str | None:
    """Find our reference anywhere in the server's JSON of a run; None: there is none."""
    return _found(answer, _DEPTH)


def with_ref(inputs: Inputs, ref: str | None) -> Inputs:
    """Add our reference to the inputs to be sent."""
    return inputs if ref is None else {**inputs, CLIENT_REF: ref}


def without_ref(inputs: Inputs) -> Inputs:
    """Remove our reference from inputs, which the user never wrote and should not see or send again."""
    return {name: value for name, value in inputs.items() if name != CLIENT_REF}


def _found(value: Json, depth: int) -> str | None:
    if not isinstance(value, Mapping) or depth == 0:
        return None
    ref = value.get(CLIENT_REF)
    if isinstance(ref, str):
        return ref
    return next((inner_ref for inner in value.values() if (inner_ref := _found(inner, depth - 1)) is not None), None)


# A batch: many prompts submitted at once to one webhook, and shown as one line of the table.


@dataclass(frozen=True, slots=True)
class StopRule:
    """Rule that holds the waiting prompts of a batch after failures. Times are epoch seconds."""

    after: int
    """Number of failures in a row."""
    stopped_at: float | None = None
    """When this rule held it; None: it did not."""


@dataclass(frozen=True, slots=True)
class BatchSource:
    """Source of a batch, from which it can be made again, edited."""

    title: str
    """One line that names it, such as the pattern it was expanded from; raw."""
    inputs: Inputs = field(default_factory=dict)
    """As written in the prompt panel, patterns unexpanded. Empty when it came from a file."""
    axes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Of a matrix: name and values of each axis, in the order of a product's bodies, the first varying slowest;
    otherwise empty."""
    stop: StopRule | None = None
    """None: all of it is sent, even after failures."""


@dataclass(frozen=True, slots=True)
class SeededBatch:
    """Past batch of the demo."""

    webhook_key: str
    created_at: float
    source: BatchSource
    runs: "Sequence[tuple[str, RemoteRun, Inputs]]"
    """Its runs by webhook key, with their inputs, in the order of the axes."""
    verdicts: Mapping[str, bool]
    """Run id → whether its first output was kept; undecided runs are missing."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """Progress of a batch."""

    source: BatchSource
    folded: bool
    """Shown as one line; otherwise its rows follow below it."""
    counts: Mapping[Status, int]
    """How many of its rows have each status; statuses without rows are missing. Dropped ones count nowhere."""
    last_end: float | None = None
    """When the last of its ended runs ended, epoch seconds; None: none has ended, or the time is unknown."""

    @property
    def total(self) -> int:
        """Rows it still has."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """Number of prompts in a final state."""
        return sum(n for status, n in self.counts.items() if status.is_final)

    @property
    def title(self) -> SafeText:
        """Title to show."""
        return one_line(self.source.title)
