"""Runs: status, rows, details and queries."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NewType

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.safe_text import SafeText, one_line

# The states a run can be in, as the screen names them.


class Status(StrEnum):
    """Status of a row: our own states before a run exists, then Cordage's, then `killing` and `missing`.

    The value is what the database and the `status` of JSON name; `word` is what people read.
    """

    QUEUED = "queued"
    """Ours: written down, not sent."""
    SENDING = "sending"
    """Ours: intent is on disk, no answer yet."""
    UNCERTAIN = "uncertain"
    """Ours: sent, no usable answer; it may be running and may be charged."""
    HELD = "held"
    """Ours: not sent, because of the key or the account, or because it waits for the user."""
    REJECTED = "rejected"
    """Ours: the server refused this input; nothing runs."""
    UNMATCHED = "sent"
    """Ours: it ran as one of several runs in the list; which one is unknown."""
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    KILLING = "killing"
    """A kill was asked for and no read has confirmed it yet."""
    OTHER = "other"
    """A word of the server's that we do not know; shown by that word, treated as not final."""
    MISSING = "lost"
    """The server no longer shows this run, and it had not ended when last seen."""
    BATCH = "batch"
    """Ours: not a run but the line of a batch."""

    @property
    def word(self) -> SafeText:
        """The word for it on the screen, in filters and in options."""
        return _WORDS[self]

    @property
    def is_final(self) -> bool:
        """True if this row will not change unless the user acts."""
        return self in _FINAL

    @property
    def is_active(self) -> bool:
        """True if the server may still change it, so that it is worth polling."""
        return self in _ACTIVE

    @property
    def is_ours(self) -> bool:
        """True if no run of the server is known for this row (yet)."""
        return self in _OURS


_WORDS = {
    status: SafeText({Status.UNMATCHED: "unmatched", Status.MISSING: "missing"}.get(status, status.value))
    for status in Status
}
_FINAL = frozenset(
    {Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.REJECTED, Status.MISSING, Status.UNMATCHED}
)
_ACTIVE = frozenset({Status.PENDING, Status.RUNNING, Status.KILLING, Status.OTHER})
_IN_OWN_QUEUE = frozenset({Status.QUEUED, Status.HELD})
_IN_SERVER_QUEUE = frozenset({Status.PENDING})
_OURS = frozenset({Status.QUEUED, Status.SENDING, Status.UNCERTAIN, Status.HELD, Status.REJECTED, Status.UNMATCHED})

RUN_AGAIN: Final = (Status.FAILED, Status.REJECTED)
"""Statuses of runs that went wrong and surely are not running."""

STATUS_BY_WORD: Final[Mapping[str, Status]] = {status.word: status for status in Status if status is not Status.BATCH}
"""Status by its word."""
EARLIER_STATUS_WORDS: Final[Mapping[str, str]] = {
    status.value: status.word for status in Status if status.value != status.word
}
"""Earlier words of statuses, which filters and options take for one version → the word of today."""

STATUS_GROUPS: Final = {
    "active": _ACTIVE,
    "waiting": frozenset({Status.QUEUED, Status.SENDING, Status.HELD, Status.UNCERTAIN}),
    "ended": _FINAL,
}
"""Words for several statuses, in filters and options."""


def status_word(typed: str) -> str:
    """Return the word of a status for one that people type, in any case; another text is only folded."""
    return _SPELT.get(typed.casefold(), typed.casefold())


_SPELT: Final = {"canceled": Status.CANCELLED.word, **EARLIER_STATUS_WORDS}
"""Other spelling or earlier word of a status → its word."""

SERVER_STATUS = {
    s.value: s for s in (Status.PENDING, Status.RUNNING, Status.COMPLETED, Status.FAILED, Status.CANCELLED)
}
"""The words of docs/dev/wire-contract.md; any other word is `Status.OTHER`."""


# A run in three forms: from the server, in the table, and in the detail pane.

RowId = NewType("RowId", int)
"""This machine's own identity of a row, which never changes, so cursor and marks stay on it from `queued` on."""


class MatchedBy(StrEnum):
    """Method by which the run of a prompt was found, if the answer did not name it and the server echoes nothing."""

    TIME = "time"
    """In earlier versions: by the time of its creation, if it could belong to no other prompt of ours."""
    GUESS = "guess"
    """By the time of its creation: it may belong to another prompt, or to another client of the webhook."""
    USER = "user"
    """The user said so."""


@dataclass(frozen=True, slots=True)
class RemoteRun:
    """A run as one answer of the server describes it. Times are epoch seconds, UTC, by the server's clock."""

    run_id: str
    status: Status
    """PENDING, RUNNING, COMPLETED, FAILED, CANCELLED or OTHER."""
    status_name: SafeText
    """Status as the server names it."""
    created_at: float | None = None
    completed_at: float | None = None
    node_count: int | None = None
    outputs: tuple[str, ...] | None = None
    """Raw URLs. None: this answer did not contain them (list rows may lack them), or the run has not completed."""
    error: SafeText | None = None
    """Why it failed, if the server says so."""
    inputs: Inputs | None = None
    """Inputs that were sent, if the server echoes them."""
    raw: str = "{}"
    """The object as received, as JSON text."""
    clock_ahead_s: float = 0.0
    """Seconds the server's clock is ahead of this machine's; 0 if the two may agree, or nothing is known."""


class RunList(tuple[RemoteRun, ...]):
    """The runs of one list answer, in the server's order."""

    more = False
    """Whether the answer says that there are more than it holds."""


GUESSED: Final = "≈"
"""Before the prompt of a run that was found by a guess."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A row of the run table. Times are epoch seconds, UTC, by this machine's clock."""

    id: RowId
    webhook_key: str
    run_id: str | None
    """None until the server has given one."""
    status: Status
    status_name: SafeText
    """The word to show: the server's own if `status` is OTHER, otherwise `status.word`."""
    prompt: SafeText
    """On one line; empty when the run was started elsewhere and its inputs are unknown."""
    created_at: float
    """When it was submitted here, otherwise when the server created it, otherwise when it was first seen."""
    started_at: float | None = None
    """When it was first seen running; None: it was not, or had been running for longer when it was first seen."""
    ended_at: float | None = None
    """When it ended; None: it has not, or the time is unknown."""
    output_count: int = 0
    batch: RowId | None = None
    """The line of the batch it belongs to; None: it was submitted alone."""
    size: int = 0
    """Of a batch's own line (`Status.BATCH`): how many prompts it was made of. 0 for every other row."""
    sent_at: float | None = None
    """When it was last sent from here; None: it has not been, or was started elsewhere."""
    matched: MatchedBy | None = None
    """How the run of a prompt was found; None: its answer named it, the server echoes it, or it has none."""
    tags: tuple[SafeText, ...] = ()
    """The user's words for it, in order."""
    author: SafeText | None = None
    """Who submitted it; None: the user, or it was started elsewhere."""
    kept: bool | None = None
    """True: an output is kept; False: all are rejected; None: nothing is kept, and not all is rejected."""
    stars: int = 0
    """Most stars of an output."""

    @property
    def begun_at(self) -> float:
        """Time when the server got it: the wait in our own queue does not belong to the run."""
        return _begun_at(self.created_at, self.started_at, self.sent_at)

    @property
    def short_id(self) -> SafeText:
        """First 8 characters of the run's id, as people type it; an id is text from outside."""
        return one_line((self.run_id or "")[:8])

    @property
    def marked_prompt(self) -> SafeText:
        """Prompt, after `≈` if the run was found by a guess: it may be another prompt's."""
        return SafeText(f"{GUESSED} {self.prompt}") if self.prompt and self.matched is MatchedBy.GUESS else self.prompt

    @property
    def typed_name(self) -> SafeText:
        """Name that people type for it: its short id, or `@` and its row number if it has no id that can be typed."""
        short = self.short_id
        is_typed = (self.run_id or "").startswith(short) and not short.startswith("-") and " " not in short
        return short if short and is_typed else SafeText(f"@{self.id}")

    def elapsed_s(self, now: float) -> float | None:
        """Return the seconds from `begun_at`, or from submission for one that is only ours, to the end or to `now`.

        None: unknown, or clocks disagree.
        """
        return self.spans(now).total_s

    def spans(self, now: float) -> "RunSpans":
        """Return how long it waited and ran, up to `now` while it does."""
        return RunSpans(*run_spans(self.status, self.created_at, self.started_at, self.ended_at, self.sent_at, now))


def _begun_at(created_at: float, started_at: float | None, sent_at: float | None) -> float:
    return created_at if sent_at is None else sent_at if started_at is None else min(sent_at, started_at)


@dataclass(frozen=True, slots=True)
class RunSpans:
    """Seconds that a run waited and ran; None: unknown, or that phase has not begun."""

    own_queue_s: float | None
    """In our own queue."""
    queued_s: float | None
    """In the server's queue, until it was first seen running."""
    running_s: float | None
    total_s: float | None
    """As `RunRow.elapsed_s`."""


def run_spans(
    status: Status,
    created_at: float,
    started_at: float | None,
    ended_at: float | None,
    sent_at: float | None,
    now: float,
) -> tuple[float | None, float | None, float | None, float | None]:
    """Return the values of `RunRow.spans` for these fields, without making objects, for long lists."""
    begun_at = _begun_at(created_at, started_at, sent_at)
    own_until = now if status in _IN_OWN_QUEUE else None if sent_at is None else begun_at
    own_queue_s = None if own_until is None or own_until < created_at else own_until - created_at
    end = ended_at if ended_at is not None or status in _FINAL else now
    if ended_at is not None and ended_at < created_at:
        end = None
    total_s = _span(created_at if status in _OURS else begun_at, end)
    if started_at is None or status in _OURS or status in _IN_SERVER_QUEUE:
        return own_queue_s, total_s if status in _IN_SERVER_QUEUE else None, None, total_s
    return own_queue_s, _span(begun_at, started_at), _span(started_at, end), total_s


def _span(since: float, until: float | None) -> float | None:
    return None if until is None else until - since if until > since else 0.0


@dataclass(frozen=True, slots=True)
class RunDetail:
    """Everything the detail pane shows of one row."""

    row: RunRow
    inputs: Inputs | None
    """Inputs that were sent, raw. None when the run was started elsewhere."""
    outputs: tuple[SafeText, ...]
    node_count: int | None
    error: SafeText | None
    """Why it failed or was rejected, in the server's words."""
    note: SafeText | None
    """Our own note about it: why it is uncertain, held or lost, or how a kill went."""
    raw: str
    """The last answer about it, JSON text; `{}` when there was none."""
    seen_at: float | None
    """When the server last reported it, epoch seconds; None: never. Of an ended run: when that last changed anything."""
    parent: RowId | None = None
    """Run, or line of a batch, that it was made from, though that may have been removed; None: from none."""
    parent_output: int | None = None
    """Number, from 1, of the parent's output that it was made from; None: from no single one."""
    parent_run_id: str | None = None
    """Id of the run that it was made from; None: it has none, or was removed."""
    children: int = 0
    """Runs that were made from it."""
    others_seen: int | None = None
    """Of a guess: runs of others that were seen on its webhook within a day of it; None: it is none."""


class SortKey(StrEnum):
    """Columns the table can be sorted by."""

    CREATED = "created"
    STATUS = "status"
    WEBHOOK = "webhook"
    PROMPT = "prompt"
    DURATION = "duration"
    DECISION = "decision"
    STARS = "stars"


class ColumnName(StrEnum):
    """Columns of the run table, as the settings name them, in their default order."""

    TIME = "time"
    AGE = "age"
    HERE = "here"
    AT_CORDAGE = "at_cordage"
    DONE = "done"
    SIGN = "sign"
    STATUS = "status"
    DECISION = "decision"
    STARS = "stars"
    OUTPUTS = "outputs"
    PROMPT = "prompt"
    INPUTS = "inputs"
    TAGS = "tags"
    AUTHOR = "author"
    WEBHOOK = "webhook"


EARLIER_COLUMNS: Final = {"ours": ColumnName.HERE, "queued": ColumnName.AT_CORDAGE}
"""Earlier names of columns, which settings still have."""
INPUT_COLUMN: Final = "input."
"""Beginning of the name of a column that shows one input, such as `input.seed`."""


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Filter and order of the run table."""

    profile: str
    webhook_key: str | None = None
    """None: all webhooks of the profile."""
    text: str = ""
    """Plain text looked for in prompt, run id, status and webhook name, in any case.

    Words in it such as `is:kept` ask for verdicts (`domain.output`).
    """
    sort: SortKey = SortKey.CREATED
    descending: bool = True
    ended_after: float | None = None
    """Only runs that have ended since then, epoch seconds; None: all."""
    ended_until: float | None = None
    """With `ended_after`: only those that ended before this time, epoch seconds; None: until now."""
    besides: tuple[RowId, ...] = ()
    """Rows of its webhook that are shown although the filter excludes them: submissions made while it was set."""

    @property
    def is_filtered(self) -> bool:
        """True if it leaves rows of its webhook out. Members of folded batches are then rows like any other."""
        return bool(one_line(self.text)) or self.ended_after is not None


@dataclass(frozen=True, slots=True)
class RunCounts:
    """Counts of one webhook's rows."""

    webhook_key: str
    total: int = 0
    active: int = 0
    """Number of runs that are pending, running, killing or of an unknown status."""
    waiting: int = 0
    """Number of our submissions that are queued, sending, held or uncertain."""
    unsent: int = 0
    """Number of those waiting that are queued or sending; they are sent after the next start if the user leaves now."""
    sending: int = 0
    """Number of those waiting that are being sent now."""


# A run that the server may still change, as narrow as the poll schedule needs it.


@dataclass(frozen=True, slots=True)
class UnlistedRun:
    """An active run that the last list of its webhook did not name, so that it is read alone."""

    id: RowId
    webhook_key: str
    run_id: SafeText
    heard_at: float
    """When an answer last named it, epoch seconds."""
    trouble: SafeText | None
    """Why the last read of it failed; None: none has failed since."""


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """An active run with the data to estimate its end. Times are epoch seconds by this machine's clock."""

    id: RowId
    webhook_key: str
    run_id: str
    node_count: int | None
    begun_at: float
    """When it was sent from here, otherwise when it was created."""
    started_at: float | None
    """When it was first seen running, or when an estimate counts it as running (`domain.statistics.duration_model.elapsed`); None: it has not begun."""
