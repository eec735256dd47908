"""Batches in the queue: which of its prompts, one after the other, are of the same batch."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane, QueueItem
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.store.file.database import AMONG, Database
from cordage_tui.store.outbox.transitions import IS_OPEN
from cordage_tui.store.runs.row_codecs import message_text


class QueueSpan(NamedTuple):
    """Prompts of a queue one after the other in the same state and lane, all of one batch or all of none."""

    batch: RowId | None
    """Line of the batch."""
    state: OutboxState
    """QUEUED or HELD."""
    lane: Lane
    rows: Sequence[RowId]


class QueueSpans:
    """Batches in the queue of one profile. Methods raise StoreError."""

    def __init__(self, database: Database, profile: str) -> None:
        self._database = database
        self._profile = profile
        self._read: tuple[tuple[int, int] | None, Sequence[QueueSpan]] = (None, ())

    def all(self) -> Sequence[QueueSpan]:
        """List the queued spans, then the held ones, each in the order of `Queue.waiting`.

        Ten thousand take some milliseconds, and they are read only after a commit since the last time.
        """
        version = self._database.version()
        if version != self._read[0]:
            self._read = version, [*self._spans(OutboxState.QUEUED), *self._spans(OutboxState.HELD)]
        return self._read[1]

    def lines(self, spans: Sequence[QueueSpan]) -> Sequence[QueueItem]:
        """Return the line of the batch for each of these spans, which are of batches."""
        batches = self._batches({span.batch for span in spans})
        notes = self._notes([span.rows[0] for span in spans])
        return [
            QueueItem(
                span.batch,
                webhook,
                span.state,
                one_line(title),
                at,
                None,
                notes.get(span.rows[0]),
                0,
                None,
                None,
                0,
                span.lane,
                span.rows,
                None if author is None else one_line(author),
            )
            for span in spans
            if span.batch is not None
            for webhook, title, at, author in [batches.get(span.batch, ("", "", 0.0, None))]
        ]

    def _spans(self, state: OutboxState) -> list[QueueSpan]:
        # With CROSS JOIN, SQLite reads the queue in its order, and nothing has to be sorted.
        sql = (
            "SELECT outbox.lane, runs.batch, outbox.id FROM outbox CROSS JOIN runs USING (id)"
            f" WHERE outbox.profile = ? AND state = ? AND {IS_OPEN} ORDER BY lane, place"
        )
        rows = self._database.rows(sql, (self._profile, state.value))
        return [
            QueueSpan(batch, state, Lane(lane), tuple([row for _, _, row in part]))
            for (lane, batch), part in groupby(rows, itemgetter(0, 1))
        ]

    def _notes(self, rows: Sequence[RowId]) -> Mapping[RowId, SafeText | None]:
        """Map rows to why they wait."""
        sql = f"SELECT id, note FROM details WHERE id {AMONG}"
        return {
            RowId(row): message_text(note or None) for row, note in self._database.rows(sql, (json.dumps([*rows]),))
        }

    def _batches(self, lines: set[RowId | None]) -> Mapping[RowId, tuple[str, str, float, str | None]]:
        sql = f"SELECT id, webhook, prompt, created_at, author FROM runs WHERE id {AMONG}"
        batch_rows = self._database.rows(sql, (json.dumps([*lines]),))
        return {RowId(row): (webhook, title, at, author) for row, webhook, title, at, author in batch_rows}
