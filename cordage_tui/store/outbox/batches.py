"""Batches: one line of the table for many submissions (domain.batch)."""

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import repeat
from typing import Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.batch import BatchProgress, BatchSource, SeededBatch, StopRule
from cordage_tui.domain.inputs import SEEN_PROMPTS, Inputs, common_words, digest, value_words
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.search_text import search_text
from cordage_tui.domain.submission import NO_LINEAGE, Author, AuthorRequest, Lineage
from cordage_tui.store.drafts import write_panel_state
from cordage_tui.store.file.database import AMONG, Database, Transaction
from cordage_tui.store.outbox.submit_and_claim import SubmissionOwner, insert_submission, write_request
from cordage_tui.store.outbox.transitions import IS_OPEN, OutboxTransitions
from cordage_tui.store.runs.row_codecs import MAX_PROMPT, escaped, read_inputs

_OPEN: Final = ", ".join(f"'{status.value}'" for status in Status if not status.is_final and status is not Status.BATCH)


class Batches:
    """Table of batches. Each method is one transaction, on disk when it returns; all raise StoreError, and then nothing
    has changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._transitions = OutboxTransitions(database, clock)

    def submit(
        self,
        profile: str,
        webhook_key: str,
        source: BatchSource,
        bodies: Sequence[Inputs],
        draft: Inputs | None = None,
        lane: Lane = Lane.BATCH,
        lineages: Sequence[Lineage] = (),
        author: Author | None = None,
        over_limit: int = 0,
        request: AuthorRequest | None = None,
    ) -> RowId:
        """Store all of `bodies` as `insert_submission` does, in their order, under one line of the table; returns
        that line.

        `draft` is the text left in the prompt panel, if they came from there. `lineages`: one for each body, or none
        at all. `over_limit`: this many of the last ones may exceed the run limits. Raises AlreadyRequested for a
        `request` that was submitted before.
        """
        now = self._clock.wall()
        owner = SubmissionOwner(profile, webhook_key, lane, folded=True, author=author)
        owners = [
            replace(owner, lineage=lineage, over_limit=place > len(bodies) - over_limit)
            for place, lineage in enumerate(lineages or repeat(NO_LINEAGE, len(bodies)), 1)
        ]
        parents = {owner.lineage.parent for owner in owners}
        title = one_line(source.title, MAX_PROMPT)
        with self._database.write() as write:
            line = _line(profile, webhook_key, len(bodies), title, now)
            if author is not None:
                line |= {"author": author.name}
            if len(parents) == 1:
                line |= {"parent": parents.pop()}
            # Newest first means larger ids first: the line comes above its rows, and the first row follows it.
            rows = [
                insert_submission(write, self._transitions, owner, body, now)
                for body, owner in zip(bodies[::-1], reversed(owners), strict=True)
            ]
            batch = _insert_line(write, line, source)
            for row, place in zip(rows, reversed(rows), strict=True):
                write.execute("UPDATE runs SET batch = ? WHERE id = ?", (batch, row))
                write.execute("UPDATE outbox SET place = ? WHERE id = ?", (place, row))
            write.touch(batch)
            write_panel_state(write, profile, webhook_key, draft)
            if request is not None:
                write_request(write, profile, request, rows[::-1])
        return batch

    def seed(self, profile: str, batch: SeededBatch) -> None:
        """Insert the line of a batch whose runs were seeded before, last one first, and the decisions about them.

        All were submitted together, as in any batch, and each was sent when its run was created.
        """
        title = one_line(batch.source.title, MAX_PROMPT)
        with self._database.write() as write:
            line = _line(profile, batch.webhook_key, len(batch.runs), title, batch.created_at)
            row = _insert_line(write, line, batch.source)
            for _, run, _ in batch.runs:
                sql = "SELECT id FROM runs WHERE profile = ? AND webhook = ? AND run_id = ?"
                (row_id,) = write.execute(sql, (profile, batch.webhook_key, run.run_id)).fetchone()
                write.execute(
                    "UPDATE runs SET batch = ?, folded = 1, sent_at = created_at, created_at = ? WHERE id = ?",
                    (row, batch.created_at, row_id),
                )
                if (kept := batch.verdicts.get(run.run_id)) is not None:
                    write.insert("verdicts", {"run": row_id, "number": 1, "kept": int(kept)})
            write.touch(row)

    def progress(self, batch: RowId) -> BatchProgress | None:
        """Return the progress of a batch; None when the batch does not exist (any more)."""
        with self._database.snapshot():
            source = self._database.row("SELECT source FROM batches JOIN runs USING (id) WHERE id = ?", (batch,))
            counts = self._database.rows("SELECT status, count(*) FROM runs WHERE batch = ? GROUP BY status", (batch,))
            end = self._database.row("SELECT max(ended_at) FROM runs WHERE batch = ?", (batch,))
            folded = self._database.row("SELECT folded FROM runs WHERE batch = ? LIMIT 1", (batch,))
        if source is None:
            return None
        return BatchProgress(
            read_source(source[0]),
            bool(folded and folded[0]),
            {Status(word): n for word, n in counts},
            end[0] if end else None,
        )

    def members(self, batch: RowId, statuses: Collection[Status] | None = None) -> list[RowId]:
        """List its rows in the order they were submitted, all or those with one of `statuses`."""
        wanted = list(Status) if statuses is None else list(statuses)
        sql = f"SELECT id FROM runs WHERE batch = ? AND status IN ({','.join('?' * len(wanted))}) ORDER BY id DESC"
        return [RowId(row) for row in self._database.column(sql, (batch, *(status.value for status in wanted)))]

    def queued_until(self, profile: str, batch: RowId) -> dict[str, int]:
        """Count the queued prompts up to the last one of the batch, in the order of sending, by webhook; empty: none
        is queued."""
        queued = f"outbox.profile = ? AND state = 'queued' AND {IS_OPEN}"
        sql = f"SELECT lane, place FROM outbox CROSS JOIN runs USING (id) WHERE {queued} AND runs.batch = ?"
        last = self._database.row(f"{sql} ORDER BY lane DESC, place DESC LIMIT 1", (profile, batch))
        if last is None:
            return {}
        until = f"FROM outbox WHERE {queued} AND (lane, place) <= (?, ?)"
        with_queued = "SELECT DISTINCT webhook FROM tallies WHERE profile = ? AND status = 'queued' AND n > 0"
        webhooks = list(self._database.column(with_queued, (profile,)))
        if len(webhooks) == 1:  # then the index is enough: ten thousand take a sixth of the time
            return dict.fromkeys(
                webhooks, next(iter(self._database.column(f"SELECT count(*) {until}", (profile, *last))))
            )
        return dict(self._database.rows(f"SELECT webhook, count(*) {until} GROUP BY +webhook", (profile, *last)))

    def newest(self) -> RowId:
        """Return the last batch that was submitted, in any profile; 0 when there is none."""
        newest = self._database.row("SELECT coalesce(max(id), 0) FROM batches")
        return RowId(newest[0]) if newest else RowId(0)

    def under_way(self, profile: str) -> frozenset[RowId]:
        """Return the batches with prompts that have not ended."""
        sql = f"SELECT DISTINCT batch FROM runs WHERE profile = ? AND folded IN (0, 1) AND status IN ({_OPEN}) AND batch IS NOT NULL"
        return frozenset(map(RowId, self._database.column(sql, (profile,))))

    def still_under_way(self, profile: str, known: Collection[RowId], after: RowId) -> frozenset[RowId]:
        """Return those of the `known` batches, and of those submitted after that one, with prompts that have not ended."""
        sql = f"""SELECT b.id FROM batches AS b JOIN runs AS line USING (id) WHERE line.profile = ?
            AND (b.id {AMONG} OR b.id > ?)
            AND EXISTS (SELECT 1 FROM runs AS m WHERE m.batch = b.id AND m.status IN ({_OPEN}))"""
        return frozenset(map(RowId, self._database.column(sql, (profile, json.dumps(list(known)), after))))

    def last_news(self, batch: RowId) -> float:
        """Return when one of its runs was seen, or one of its prompts settled, for the last time, epoch seconds; 0: never."""
        sql = """SELECT coalesce(max(max(coalesce(seen_at, 0), coalesce(settled_at, 0))), 0) FROM runs JOIN details USING (id)
            LEFT JOIN outbox USING (id) WHERE runs.batch = ?"""
        newest = self._database.row(sql, (batch,))
        return float(newest[0]) if newest else 0.0

    def places(self, batch: RowId) -> dict[int, RowId]:
        """Map the place of a prompt in its batch, from 0, to its row; those that were dropped are missing.

        `submit` enters the prompts last one first and then the line, and ids follow each other within a transaction.
        """
        return {batch - 1 - row: row for row in self.members(batch)}

    def varying(self, rows: Sequence[RowId]) -> dict[RowId, SafeText]:
        """Describe the inputs of these rows that vary within their batch, besides the prompt, such as `style noir ·
        seed 3`.

        Rows without such inputs are missing.
        """
        names: dict[int, tuple[str, ...]] = {}
        described: dict[RowId, SafeText] = {}
        for row in rows:
            batch_and_inputs = self._database.row(
                "SELECT runs.batch, inputs FROM runs JOIN details USING (id) WHERE id = ? AND batch IS NOT NULL", (row,)
            )
            if batch_and_inputs is None:
                continue
            batch, inputs = batch_and_inputs[0], read_inputs(batch_and_inputs[1]) or {}
            if batch not in names:
                names[batch] = self.axis_inputs(batch)
            varied = [f"{name} {value_words(inputs[name])}" for name in names[batch] if name in inputs]
            if varied:
                described[row] = one_line(" · ".join(varied), MAX_PROMPT)
        return described

    def common_words(self, batch: RowId) -> frozenset[str]:
        """Return the words that its prompts have in common, for a long batch only of the first and last ones.

        Empty if it has no two prompts that differ.
        """
        sql = "SELECT prompt FROM runs WHERE batch = ? ORDER BY id {} LIMIT ?"
        first, last = (self._database.column(sql.format(order), (batch, SEEN_PROMPTS)) for order in ("", "DESC"))
        return common_words([*first, *last])

    def fold(self, batch: RowId, folded: bool) -> None:
        """Hide its rows behind its line, or show them below it."""
        with self._database.write() as write:
            write.execute("UPDATE runs SET folded = ? WHERE batch = ? AND folded <> ?", (folded, batch, folded))
            write.touch(batch)

    def axis_inputs(self, batch: int) -> tuple[str, ...]:
        """List the inputs that were varied in a batch, besides the prompt; the names of several axes of one are numbered."""
        source = self._database.row("SELECT source FROM batches WHERE id = ?", (batch,))
        axes = [name for name, _ in read_source(source[0]).axes] if source else []
        names = [name for axis in axes for name in (axis, axis.rpartition(" ")[0])]
        return tuple(name for name in dict.fromkeys(names) if name and name != "prompt")


def _line(profile: str, webhook_key: str, size: int, title: SafeText, created_at: float) -> dict[str, object]:
    line = {"profile": profile, "webhook": webhook_key, "status": Status.BATCH.value, "size": size}
    return {**line, "prompt": title, "search": search_text(title), "created_at": created_at}


def _insert_line(write: Transaction, line: Mapping[str, object], source: BatchSource) -> RowId:
    batch = RowId(write.insert("runs", line))
    write.insert("details", {"id": batch})
    write.insert("batches", {"id": batch, "source": stored_source(source)})
    return batch


def stored_source(source: BatchSource) -> str:
    """Encode the source of a batch."""
    value = {"title": source.title, "inputs": source.inputs, "axes": source.axes}
    stop = {} if source.stop is None else {"stop": {"after": source.stop.after}}
    return escaped(json.dumps({**value, **stop}, ensure_ascii=False))


def read_source(text: str) -> BatchSource:
    """Decode the source of a batch."""
    value = json.loads(text)
    axes, stop = tuple((name, tuple(values)) for name, values in value["axes"]), value.get("stop")
    rule = None if stop is None else StopRule(stop["after"], stop.get("stopped_at"))
    return BatchSource(value["title"], value["inputs"], axes, rule)


def batch_fingerprint(source: BatchSource) -> str:
    """Return the fingerprint of a batch as it was written, among those of the bodies that are pinned."""
    return f"batch {digest(source.inputs)}"
