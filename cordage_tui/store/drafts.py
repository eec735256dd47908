"""Drafts of prompts by webhook, and the latest prompts that were sent."""

import json
from collections.abc import Sequence
from typing import Any, Final

from cordage_tui.domain.inputs import Inputs, digest
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.submission import NO_LINEAGE, Lineage
from cordage_tui.store.file.database import Table, Transaction
from cordage_tui.store.runs.row_codecs import escaped, read_inputs, stored

# What the prompt panel keeps: a draft for each webhook, and what was sent before.

REPLACED: Final = 20
"""Replaced drafts that are kept for a webhook."""
REPLACED_SIZE: Final = 2 * 2**20
"""Characters that they may take together; the last one is kept whatever its length."""


class Prompts(Table):
    """Drafts and history. Methods raise StoreError."""

    def draft(self, profile: str, webhook_key: str) -> Inputs | None:
        """Return the draft of this webhook; None when there is none."""
        found = self._database.row(
            "SELECT inputs FROM drafts WHERE profile = ? AND webhook = ?", (profile, webhook_key)
        )
        return read_inputs(found[0]) if found else None

    def draft_lineage(self, profile: str, webhook_key: str) -> Lineage:
        """Return the lineage of the draft of this webhook."""
        sql = "SELECT lineage FROM drafts WHERE profile = ? AND webhook = ?"
        return _read_lineage(next(iter(self._database.column(sql, (profile, webhook_key))), None))

    def save_draft(self, profile: str, webhook_key: str, inputs: Inputs, lineage: Lineage = NO_LINEAGE) -> None:
        """Store the draft; an empty one is deleted. No write when it is stored already."""
        stands = self.draft(profile, webhook_key), self.draft_lineage(profile, webhook_key)
        if (inputs or None, lineage if inputs else NO_LINEAGE) != stands:
            with self._database.write() as write:
                write_draft(write, profile, webhook_key, inputs, lineage)

    def history(self, profile: str, webhook_key: str, limit: int = 100) -> list[Inputs]:
        """List what was submitted to this webhook, and drafts that were replaced unsent, newest first; equal ones once.
        Dropped submissions stay in it."""
        rows = self._database.rows(
            "SELECT history.row, details.inputs FROM history JOIN details ON details.id = history.row"
            " WHERE profile = ? AND webhook = ? ORDER BY history.row DESC LIMIT ?",
            (profile, webhook_key, limit),
        )
        replaced = self._replaced(profile, webhook_key)
        entries = sorted([*replaced, *rows], key=lambda entry: -entry[0])  # of equals the draft first: it came later
        found: dict[str, Inputs] = {}
        for _, text in entries:
            if (inputs := read_inputs(text)) is not None:
                found.setdefault(digest(inputs) if replaced else text, inputs)
        return list(found.values())[:limit]

    def keep_replaced(self, profile: str, webhook_key: str, inputs: Inputs) -> None:
        """Put a draft that is being replaced into the history, as the newest. The last `REPLACED` such drafts are kept,
        and no more than `REPLACED_SIZE` characters of the older ones."""
        with self._database.write() as write:
            newest = write.execute(
                "SELECT coalesce(max(row), 0) FROM history WHERE profile = ? AND webhook = ?", (profile, webhook_key)
            ).fetchone()[0]
            kept = [(newest, stored(inputs)), *self._replaced(profile, webhook_key)][:REPLACED]
            while len(kept) > 1 and sum(len(text) for _, text in kept) > REPLACED_SIZE:
                kept.pop()
            name = _setting(profile, webhook_key)
            write.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(kept)))

    def _replaced(self, profile: str, webhook_key: str) -> list[tuple[int, str]]:
        """Newest first: the row of the submission before each, and its inputs as text."""
        found = self._database.row("SELECT value FROM settings WHERE name = ?", (_setting(profile, webhook_key),))
        return [(row, text) for row, text in json.loads(found[0])] if found else []

    def ran_before(self, profile: str, webhook_key: str, bodies: Sequence[Inputs]) -> frozenset[int]:
        """Return the places of bodies that were submitted to this webhook before and not dropped or rejected: they ran,
        may have run, or wait to."""
        digests = json.dumps([digest(body) for body in bodies])
        places = self._database.column(
            "SELECT picked.key FROM json_each(?) AS picked WHERE EXISTS (SELECT 1 FROM outbox WHERE profile = ?"
            " AND webhook = ? AND fingerprint = picked.value AND state NOT IN ('dropped', 'rejected'))",
            (digests, profile, webhook_key),
        )
        return frozenset(places)

    def submitted_since(self, profile: str, webhook_key: str, inputs: Inputs, since: float) -> bool:
        """Return whether the same body was submitted to this webhook after `since`, epoch seconds, and not taken back."""
        row = self._database.row(
            "SELECT 1 FROM outbox WHERE profile = ? AND webhook = ? AND fingerprint = ? AND submitted_at > ?"
            " AND state NOT IN ('dropped', 'rejected', 'cancelled')",
            (profile, webhook_key, digest(inputs), since),
        )
        return row is not None


def _setting(profile: str, webhook_key: str) -> str:
    return f"replaced drafts/{profile}/{webhook_key}"


def last_webhook_setting(profile: str) -> str:
    """Name of the setting that holds the key of the webhook submitted to last."""
    return f"written for/{profile}"


def write_draft(
    write: Transaction, profile: str, webhook_key: str, inputs: Inputs, lineage: Lineage = NO_LINEAGE
) -> None:
    """Store the draft of a webhook in an open transaction, or delete it if `inputs` is empty."""
    if inputs:
        values = (profile, webhook_key, stored(inputs), _stored_lineage(lineage))
        write.execute("INSERT OR REPLACE INTO drafts (profile, webhook, inputs, lineage) VALUES (?, ?, ?, ?)", values)
    else:
        write.execute("DELETE FROM drafts WHERE profile = ? AND webhook = ?", (profile, webhook_key))


def write_panel_state(
    write: Transaction, profile: str, webhook_key: str, draft: Inputs | None, lineage: Lineage = NO_LINEAGE
) -> None:
    """Store what a submission with that `lineage` leaves in the prompt panel: the `draft`, and the webhook as the one submitted to last.

    Part of the submission's own transaction, so that no crash leaves a prompt both submitted and in the panel. None: the
    submission did not come from the panel.
    """
    if draft is not None:
        write_draft(write, profile, webhook_key, draft, lineage.left_in(draft))
        name = last_webhook_setting(profile)
        write.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, webhook_key))


def remember(write: Transaction, profile: str, webhook_key: str, row: RowId, inputs: Inputs) -> None:
    """Put the submission `row` at the head of the history, in place of an equal one."""
    write.execute(
        "INSERT INTO history (profile, webhook, fingerprint, row) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (profile, webhook, fingerprint) DO UPDATE SET row = max(row, excluded.row)",
        (profile, webhook_key, digest(inputs), row),
    )


def _stored_lineage(lineage: Lineage) -> str | None:
    """Encode the lineage of a draft for the database."""
    if lineage == NO_LINEAGE:
        return None
    links = {name: (output.row, output.number, output.url) for name, output in lineage.links.items()}
    value = {"parent": lineage.parent, "output": lineage.output, "links": links}
    return escaped(json.dumps(value, ensure_ascii=False))


def _read_lineage(text: str | None) -> Lineage:
    """Decode what `_stored_lineage` has encoded."""
    if text is None:
        return NO_LINEAGE
    try:
        return _lineage(json.loads(text))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return NO_LINEAGE  # damaged: a later start mends it


def _lineage(value: dict[str, Any]) -> Lineage:
    links = {name: OutputRef(RowId(row), number, url) for name, (row, number, url) in value["links"].items()}
    return Lineage(value["parent"], value["output"], links)
