"""Prompt history: each body that was submitted here, once, and the names of those that are pinned."""

import json
from collections.abc import Collection, Mapping
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.inputs import PROMPT, Inputs
from cordage_tui.domain.outbox import BatchSource
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText, folded, one_line
from cordage_tui.store.file.database import Database, Table
from cordage_tui.store.outbox.batches import batch_fingerprint, read_source
from cordage_tui.store.runs.row_codecs import read_inputs, read_urls

STRETCH: Final = 250
"""Row ids that are read at a time: some milliseconds."""
MOST_ALIKE: Final = 1_000
"""Submissions of one body that are looked at; there may be a hundred thousand."""
_FEW: Final = 500
"""Runs whose prompt begins with what is typed that are looked at."""
_HEAD: Final = 32
"""Characters in `runs.prompt_head`."""


@dataclass(frozen=True, slots=True)
class SentBody:
    """Body as the index of the history needs it. A batch is one too, as it was written; so are its members."""

    row: RowId
    """Latest submission of it, or the line of the batch."""
    webhook_key: str
    inputs: Inputs
    sent_at: float
    """When it was submitted last, epoch seconds."""
    times: int
    """Submissions of it that were not dropped, at most `MOST_ALIKE`; prompts of a batch."""
    is_kept: bool
    """An output of it was kept."""
    is_failed: bool
    """A run of it failed, or it was rejected."""
    in_batch: bool
    """The latest submission of it was one of a batch."""
    is_batch: bool
    """A batch as it was written, not one of its prompts."""
    name: str | None
    """Its name in the prompt library, raw; None: not pinned."""


@dataclass(frozen=True, slots=True)
class BodyStatistics:
    """Everything that a line of the history shows of a body."""

    row: RowId
    webhook_key: str
    inputs: Inputs
    sent_at: float
    times: int
    failed: int
    """Runs of it that failed, or were rejected."""
    kept: int
    rated: int
    """Outputs of it that were kept or rejected."""
    stars: int
    """Most stars that one of its outputs has; 0: none."""
    batch: BatchSource | None
    """Source of the batch; None: a single body."""
    name: SafeText | None
    """Its name in the prompt library."""


_ALIKE: Final = (
    f"(SELECT id, state FROM outbox WHERE profile = :profile AND webhook = sent.webhook"
    f" AND fingerprint = sent.fingerprint LIMIT {MOST_ALIKE})"
)
_WENT_WRONG: Final = "status IN ('failed', 'rejected')"


def _bodies(which: str) -> str:
    """Build the query for bodies whose latest submission is one of `which`, a condition on `{}`, newest first.

    Seeded runs stand in the history without a submission. The plus sign keeps the search by id.
    """
    return f"""WITH sent (id, webhook, fingerprint, at) AS (
            SELECT id, webhook, fingerprint, submitted_at FROM outbox WHERE {which.format("id")} AND +profile = :profile
            UNION ALL
            SELECT row, webhook, fingerprint, NULL FROM history WHERE profile = :profile AND {which.format("row")}
                AND webhook IN (SELECT webhook FROM tallies WHERE profile = :profile)
                AND NOT EXISTS (SELECT 1 FROM outbox WHERE id = history.row)
        )
        SELECT sent.id, sent.webhook, inputs, coalesce(at, runs.created_at, 0.0), max(1,
            (SELECT count(*) FROM {_ALIKE} WHERE state <> 'dropped')),
            EXISTS (SELECT 1 FROM verdicts WHERE run = sent.id AND kept = 1)
                OR EXISTS (SELECT 1 FROM {_ALIKE} AS alike JOIN verdicts ON run = alike.id WHERE kept = 1),
            coalesce(runs.{_WENT_WRONG}, 0)
                OR EXISTS (SELECT 1 FROM {_ALIKE} AS alike JOIN runs USING (id) WHERE {_WENT_WRONG}),
            runs.batch IS NOT NULL, name
        FROM sent JOIN details USING (id) LEFT JOIN runs USING (id) LEFT JOIN pinned_prompts AS pinned
            ON pinned.profile = :profile AND pinned.webhook = sent.webhook AND pinned.fingerprint = sent.fingerprint
        WHERE inputs IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outbox AS later WHERE later.profile = :profile
            AND later.webhook = sent.webhook AND later.fingerprint = sent.fingerprint AND later.id > sent.id
            AND later.pruned_at IS NULL)
        ORDER BY sent.id DESC"""


def _batches(which: str) -> str:
    """Build the query for batches whose line is one of `which`, a condition on `{}`, newest first."""
    members = "(SELECT id, status FROM runs WHERE batch = line.id)"
    return f"""SELECT line.id, line.webhook, source, line.created_at, line.size,
            EXISTS (SELECT 1 FROM {members} AS one JOIN verdicts ON run = one.id WHERE kept = 1),
            EXISTS (SELECT 1 FROM {members} WHERE {_WENT_WRONG})
        FROM batches CROSS JOIN runs AS line USING (id) WHERE {which.format("batches.id")} AND line.profile = :profile
        ORDER BY batches.id DESC"""


_STRETCH: Final = "{0} > :low AND {0} <= :high"
_LISTED: Final = "{0} IN (SELECT value FROM json_each(:rows))"

_MEMBERS: Final = f"""WITH members (id) AS (SELECT :row UNION SELECT id FROM runs WHERE batch = :row UNION SELECT id FROM (
    SELECT alike.id FROM outbox AS sent JOIN outbox AS alike USING (profile, webhook, fingerprint)
    WHERE sent.id = :row LIMIT {MOST_ALIKE}))"""
"""Submissions of the same body, or of the same batch."""


class SentBodies(Table):
    """Reads of the prompt history of one profile, and its names. Methods raise StoreError."""

    def __init__(self, database: Database, profile: str) -> None:
        super().__init__(database)
        self._about = {"profile": profile}

    def last_row(self) -> RowId:
        """Return the highest row id; 0: there is none."""
        return RowId(next(iter(self._database.column("SELECT coalesce(max(id), 0) FROM details"))))

    def stretch(self, high: RowId) -> list[SentBody]:
        """List the bodies whose latest submission is one of the `STRETCH` row ids up to `high`, newest first."""
        return self._read(_STRETCH, {**self._about, "low": high - STRETCH, "high": high})

    def holding(self, rows: Collection[RowId]) -> list[SentBody]:
        """List the bodies that these rows are submissions of, and the batches that they are the lines of."""
        latest = self._database.column(
            "SELECT (SELECT max(id) FROM outbox WHERE profile = sent.profile AND webhook = sent.webhook"
            f" AND fingerprint = sent.fingerprint AND pruned_at IS NULL) FROM outbox AS sent WHERE {_LISTED.format('sent.id')}",
            {"rows": json.dumps([*rows])},
        )
        return self._read(_LISTED, {**self._about, "rows": json.dumps([*{*rows, *latest}])})

    def alike(self, row: RowId) -> list[RowId]:
        """List the submissions of the same body, or all of a batch with its line."""
        return [RowId(other) for other in self._database.column(f"{_MEMBERS} SELECT id FROM members", {"row": row})]

    def statistics(self, row: RowId) -> BodyStatistics | None:
        """Return everything known of the body of this row; None: there is none (any more)."""
        with self._database.snapshot():
            found = self._database.row(
                "SELECT coalesce(runs.webhook, outbox.webhook), inputs, source, coalesce(submitted_at, created_at, 0.0), size"
                " FROM details LEFT JOIN runs USING (id) LEFT JOIN outbox USING (id) LEFT JOIN batches USING (id)"
                " WHERE id = ? AND coalesce(runs.webhook, outbox.webhook) IS NOT NULL",
                (row,),
            )
            if found is None:
                return None
            webhook, inputs, source, sent_at, size = found
            times, failed = self._database.rows(
                f"{_MEMBERS} SELECT count(DISTINCT o.id), count(DISTINCT r.id) FROM members LEFT JOIN outbox AS o"
                f" ON o.id = members.id AND o.state <> 'dropped' LEFT JOIN runs AS r ON r.id = members.id AND r.{_WENT_WRONG}",
                {"row": row},
            )[0]
            kept, rated, stars = self._database.rows(
                f"{_MEMBERS} SELECT coalesce(sum(kept), 0), count(kept), coalesce(max(stars), 0)"
                " FROM members JOIN verdicts ON run = members.id",
                {"row": row},
            )[0]
            batch = None if source is None else read_source(source)
            body = (read_inputs(inputs) if batch is None else batch.inputs) or {}
            name = self._name(webhook, self._fingerprint(row, batch))
        times = size if batch is not None else max(1, times)
        return BodyStatistics(row, webhook, body, sent_at, times, failed, kept, rated, stars, batch, name)

    def best_output(self, row: RowId) -> OutputRef | None:
        """Find the best output of a body: kept, then with the most stars, then the newest that is not rejected."""
        found = self._database.row(
            f"""{_MEMBERS} SELECT run, number, outputs FROM members JOIN verdicts ON run = members.id
            JOIN details ON details.id = run WHERE kept IS NOT 0 AND number <= json_array_length(outputs)
            ORDER BY coalesce(kept, 0) DESC, stars DESC, run DESC LIMIT 1""",
            {"row": row},
        ) or self._database.row(
            f"""{_MEMBERS} SELECT details.id, output.key + 1, outputs FROM members JOIN details USING (id)
            JOIN json_each(outputs) AS output LEFT JOIN verdicts ON run = details.id AND number = output.key + 1
            WHERE kept IS NOT 0 ORDER BY details.id DESC, output.key LIMIT 1""",
            {"row": row},
        )
        if found is None:
            return None
        run, number, outputs = found
        urls = read_urls(outputs)
        return OutputRef(RowId(run), number, one_line(urls[number - 1], 10_000)) if number <= len(urls) else None

    def beginning_with(self, webhook_key: str, text: str) -> str | None:
        """Find the latest prompt to a webhook that begins with `text` and is longer; None: there is none among those that
        are looked at."""
        head = folded(one_line(text))[:_HEAD]
        rows = self._database.rows(
            f"""SELECT inputs FROM (SELECT id FROM runs INDEXED BY runs_by_prompt WHERE profile = :profile
                AND folded IN (0, 1) AND prompt_head >= :head AND prompt_head < :end AND webhook = :webhook LIMIT {_FEW})
            JOIN outbox USING (id) JOIN details USING (id) ORDER BY id DESC""",
            {**self._about, "webhook": webhook_key, "head": head, "end": head + "\U0010ffff"},
        )
        prompts = ((read_inputs(inputs) or {}).get(PROMPT) for (inputs,) in rows)
        return next((p for p in prompts if isinstance(p, str) and p.startswith(text) and len(p) > len(text)), None)

    def rename(self, row: RowId, name: str) -> None:
        """Pin the body of this row under `name`; empty: unpin it."""
        body = self.statistics(row)
        if body is None:
            return
        key = (self._about["profile"], body.webhook_key, self._fingerprint(row, body.batch))
        with self._database.write() as write:
            if name:
                write.execute("INSERT OR REPLACE INTO pinned_prompts VALUES (?, ?, ?, ?)", (*key, name))
            else:
                write.execute("DELETE FROM pinned_prompts WHERE profile = ? AND webhook = ? AND fingerprint = ?", key)
            write.touch(row)

    def _read(self, which: str, params: Mapping[str, object]) -> list[SentBody]:
        bodies = [
            SentBody(RowId(row), webhook, read_inputs(inputs) or {}, sent_at, times, bool(kept), bool(failed), bool(member), False, name)
            for row, webhook, inputs, sent_at, times, kept, failed, member, name in self._database.rows(
                _bodies(which), params
            )
        ]  # fmt: skip
        for row, webhook, text, sent_at, size, kept, failed in self._database.rows(_batches(which), params):
            source = read_source(text)
            if source.inputs:  # a file is no prompt; its members are
                name = self._name(webhook, self._fingerprint(RowId(row), source))
                facts = (source.inputs, sent_at, size, bool(kept), bool(failed), False, True, name)
                bodies.append(SentBody(RowId(row), webhook, *facts))
        return sorted(bodies, key=lambda body: -body.row)

    def _name(self, webhook_key: str, fingerprint: str) -> SafeText | None:
        found = self._database.row(
            "SELECT name FROM pinned_prompts WHERE profile = ? AND webhook = ? AND fingerprint = ?",
            (self._about["profile"], webhook_key, fingerprint),
        )
        return one_line(found[0], 60) if found else None

    def _fingerprint(self, row: RowId, batch: BatchSource | None) -> str:
        """Key of a body among the pinned ones."""
        if batch is not None:
            return batch_fingerprint(batch)
        found = self._database.row(
            "SELECT fingerprint FROM outbox WHERE id = ? UNION ALL SELECT fingerprint FROM history WHERE row = ? LIMIT 1",
            (row, row),
        )
        return str(found[0]) if found else ""
