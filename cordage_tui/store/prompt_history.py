"""Prompt history: each body that was submitted here, once, and the names of those that are pinned."""

from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.inputs import PROMPT, Inputs
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, folded, one_line
from cordage_tui.store.file.database import Database, Table
from cordage_tui.store.outbox.batches import batch_fingerprint, read_source
from cordage_tui.store.runs.row_codecs import read_inputs, read_urls

MOST_ALIKE: Final = 1_000
"""Submissions of one body that are looked at; there may be a hundred thousand."""
_FEW: Final = 500
"""Runs whose prompt begins with what is typed that are looked at."""
_HEAD: Final = 32
"""Characters in `runs.prompt_head`."""


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


WENT_WRONG: Final = "status IN ('failed', 'rejected')"
"""SQL: the run failed, or its prompt was rejected."""
_MEMBERS: Final = f"""WITH members (id) AS (SELECT :row UNION SELECT id FROM runs WHERE batch = :row UNION SELECT id FROM (
    SELECT alike.id FROM outbox AS sent JOIN outbox AS alike USING (profile, webhook, fingerprint)
    WHERE sent.id = :row LIMIT {MOST_ALIKE}))"""
"""Submissions of the same body, or of the same batch."""


class SentBodies(Table):
    """Reads of the prompt history of one profile, and its names. Methods raise StoreError."""

    def __init__(self, database: Database, profile: str) -> None:
        super().__init__(database)
        self._about = {"profile": profile}

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
                f" ON o.id = members.id AND o.state <> 'dropped' LEFT JOIN runs AS r ON r.id = members.id AND r.{WENT_WRONG}",
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
