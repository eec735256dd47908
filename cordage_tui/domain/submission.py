"""Submissions: the state that a decision expects, lineage, author, and the forms in which prompts are sent and matched."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText

if TYPE_CHECKING:
    from cordage_tui.domain.output import OutputRef


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
    "It is sent as soon as that prompt is settled."
)
"""Note of a queued prompt whose twin is uncertain: if both were on their way, the run list could not distinguish them
(docs/dev/triggering.md 4)."""


EARLIER_TWIN_NOTE: Final = (
    "Not sent yet: the very same prompt on this webhook is uncertain, so it may be running already. "
    "When that one is found, sent again or dropped, this one goes."
)
"""The same note as version 0.1 stored it."""


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
