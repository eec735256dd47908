"""Result of a `trigger`, as it is printed."""

from collections.abc import Sequence

from cordage_tui.cli.commands.show import LocalOutputs
from cordage_tui.cli.commands.trigger.submission import Counts, Submission
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.lineage import Relatives
from cordage_tui.domain.run import MatchedBy, RunDetail, Status


@dataclass(frozen=True, slots=True)
class SubmissionResult:
    """State of a submission. It is read whole before the first line is printed, because a later read may meet a lock."""

    counts: Counts
    """Number of its prompts in each status, without dropped ones."""
    details: Sequence[RunDetail]
    """Details of its runs, in the order of submission."""
    outputs: Sequence[LocalOutputs]
    """Downloaded files and ratings of each of `details`."""
    relatives: Relatives | None
    """Runs that the only run was made from, and that were made from it; None: there are none, or it is a batch."""
    run_ids: Sequence[str | None]
    """See `Submission.run_ids`."""
    not_started: Sequence[tuple[int, RunDetail]]
    """See `Submission.not_started`; empty without a batch."""

    @classmethod
    def read(cls, submission: Submission) -> "SubmissionResult":
        """Read it. Raises StoreError."""
        store, details = submission.engine.store, submission.details()
        is_batch = submission.size > 1
        return cls(
            submission.counts(),
            details,
            [LocalOutputs.of(store, detail.row.id) for detail in details],
            store.relatives(details[0]) if details and not is_batch else None,
            submission.run_ids(),
            [*submission.not_started()] if is_batch else [],
        )

    @property
    def guesses(self) -> list[RunDetail]:
        """Details of those of its runs that are guesses."""
        return [detail for detail in self.details if detail.row.matched is MatchedBy.GUESS]

    def first(self, status: Status) -> RunDetail | None:
        """Return the first of its prompts with `status`."""
        return next((detail for detail in self.details if detail.row.status is status), None)
