"""What one `trigger` has submitted, and how that stands: a single prompt or a batch."""

from collections.abc import Iterator, Mapping
from typing import Final

from cordage_tui.domain.duration_model import RunEstimate
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.formatting import bar, duration, format_remaining
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox import OutboxState, StateChange
from cordage_tui.domain.run import RowId, RunDetail, RunRow, Status
from cordage_tui.engine.batch.draft import BatchDraft
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.outbox import matching

UNSENT: Final = frozenset({Status.QUEUED, Status.SENDING, Status.HELD})
OVER: Final = frozenset(status for status in Status if status.is_final) | {Status.UNCERTAIN}
"""Nothing more is to be waited for."""
_BAR: Final = 8


@dataclass(frozen=True, slots=True)
class Submission:
    """The rows of one command."""

    found: Engine
    webhook_key: str
    line: RowId
    """The prompt's row, or the line of its batch."""
    size: int
    """How many prompts; 1 is no batch."""

    @classmethod
    def placed(cls, found: Engine, webhook_key: str, draft: BatchDraft) -> "Submission":
        """Writes it down as queued. Raises StoreError and ReadOnlyProfile; then nothing will be sent."""
        bodies: tuple[Inputs, ...] = draft.bodies
        one = len(bodies) == 1
        line = found.submit(webhook_key, bodies[0]) if one else found.submit_batch(webhook_key, draft.source, bodies)
        return cls(found, webhook_key, line, len(bodies))

    def take_back(self) -> StateChange:
        """Takes a single prompt off the queue if it was not sent; tells what it has become otherwise. Raises StoreError."""
        queue = self.found.queue
        expected = queue.expected(self.line)
        held = expected is not None and expected.state is OutboxState.HELD
        return queue.drop(self.line, expected) if expected is not None and held else queue.drop(self.line)

    def counts(self) -> Mapping[Status, int]:
        """How many of its prompts have each status; dropped ones count nowhere."""
        if self.size == 1:
            row = self.found.store.listing.row(self.line)
            return {} if row is None else {row.status: 1}
        progress = self.found.store.batches.progress(self.line)
        return {} if progress is None else progress.counts

    def rows(self) -> list[RunRow]:
        """Its rows in the order they were given."""
        if self.size == 1:
            row = self.found.store.listing.row(self.line)
            return [] if row is None else [row]
        return self.found.store.picked.rows(self.found.store.batches.members(self.line))

    def run_ids(self) -> list[str | None]:
        """The server's id for each prompt, in the order they were given; None for one that has none, or was dropped."""
        if self.size == 1:
            return [row.run_id for row in self.rows()]
        rows = {row.id: row.run_id for row in self.rows()}
        places = self.found.store.batches.places(self.line)
        return [rows.get(places[place]) if place in places else None for place in range(self.size)]

    def not_started(self) -> Iterator[tuple[int, RunDetail]]:
        """The prompts that were refused, may run for all we know, or run as a run that is not told, with their place from 1."""
        rows = {row.id: row for row in self.rows()}
        for place, row in sorted(self.found.store.batches.places(self.line).items()):
            is_meant = row in rows and rows[row].status in (Status.REJECTED, Status.UNCERTAIN, Status.SENT)
            if is_meant and (detail := self.found.store.query.detail(row)) is not None:
                yield place + 1, detail

    def details(self) -> list[RunDetail]:
        """All that is known of each."""
        found = (self.found.store.query.detail(row.id) for row in self.rows())
        return [detail for detail in found if detail is not None]

    def first(self, status: Status) -> RunDetail | None:
        """The first of its prompts that stands so."""
        row = next((row for row in self.rows() if row.status is status), None)
        return None if row is None else self.found.store.query.detail(row.id)

    def is_looked_for(self) -> bool:
        """Whether one of its uncertain prompts may yet be found in the run list without the user."""
        mine = {row.id for row in self.rows() if row.status is Status.UNCERTAIN}
        doubts = self.found.store.doubts.all(self.found.profile.stored_as) if mine else []
        return any(d.row in mine and (d.next_check is not None or matching.is_new(d)) for d in doubts)

    def words(self, counts: Mapping[Status, int], now: float) -> str:
        """How it stands, in one line, with what is to be expected where anything is known."""
        if self.size > 1:
            sent = sum(n for status, n in counts.items() if status not in UNSENT)
            over = sum(n for status, n in counts.items() if status.is_final)
            failed = counts.get(Status.FAILED, 0)
            rest = self.found.batches.left_s(self.line, self.webhook_key)
            parts = [f"{sent} of {self.size} sent", f"{over} ended", f"{failed} failed" if failed else ""]
            return " · ".join(
                part for part in [*parts, "" if rest is None else f"{format_remaining(rest)} left"] if part
            )
        row = self.found.store.listing.row(self.line)
        return "" if row is None else row_words(self.found, row, now)


def row_words(found: Engine, row: RunRow, now: float) -> str:
    """How one run stands, with what is to be expected."""
    elapsed = row.elapsed_s(now)
    ahead = found.outlooks([row]).get(row.id)
    return " · ".join([f"{row.status_name} {'' if elapsed is None else duration(elapsed)}", *_expected(ahead)])


def _expected(outlook: RunEstimate | None) -> list[str]:
    if outlook is None:
        return []
    if outlook.slow:
        return ["slower than 95 % of its past runs"]
    return [f"{bar(outlook.progress, _BAR)} {format_remaining(outlook.left_s)} left"]
