"""Row source of the run table, and the cache of its rows around the screen."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.widgets.tables import LazySequence

SPARE: Final = 20
"""Rows cached above and below those on screen."""
LONGEST_VARIED: Final = 200
"""Characters of the inputs of a row that vary."""


class RowSource:
    """Sorted, filtered list of rows, read piece by piece. This one is empty: its subclasses override everything.

    Each call must be quick, because it is made between two frames.
    """

    def count(self) -> int:
        """Count the rows."""
        return 0

    def window(self, offset: int, limit: int) -> list[RunRow]:
        """Read up to `limit` rows, from row `offset` on."""
        return []

    def rows(self, wanted: Sequence[RowId]) -> list[RunRow]:
        """Read these rows, in the list or not, in that order; deleted ones are missing."""
        return []

    def index_of(self, row: RowId) -> int | None:
        """Find the index of a row; None: it is not in the list."""
        return None

    def ids(self) -> Sequence[RowId]:
        """Read the ids of all rows."""
        return ()

    def unended(self) -> Collection[RowId]:
        """Read which rows may still change, in the list or not."""
        return ()

    def statuses(self, offset: int, limit: int) -> Mapping[RowId, Status]:
        """Read ids and statuses of the rows of `window`. A hundred thousand rows may take a tenth of a second."""
        return {}

    def statuses_of(self, rows: Collection[RowId]) -> Mapping[RowId, Status]:
        """Read the statuses of these rows, in the list or not; deleted ones are missing."""
        return {}

    def batch(self, row: RowId) -> BatchProgress | None:
        """Read the progress of a batch by its line; None: the batch does not exist (any more)."""
        return None

    def members(self, row: RowId) -> Mapping[RowId, Status]:
        """Read the rows of a batch with their statuses, whether the batch is folded or not."""
        return {}

    def varying(self, rows: Sequence[RowId]) -> Mapping[RowId, SafeText]:
        """Read the inputs that vary within the batches of these rows; rows without any are missing."""
        return {}

    def inputs(self, rows: Sequence[RowId]) -> Mapping[RowId, Mapping[str, SafeText]]:
        """Read the inputs of these rows besides the prompt, fit to be shown; rows without known inputs are missing."""
        return {}

    def title(self, row: RowId) -> SafeText:
        """Read the title of a batch, by the batch's line; empty: the batch does not exist (any more)."""
        return SafeText("")

    def common(self, row: RowId) -> frozenset[str]:
        """Read the words that the prompts of all rows of a batch contain, by the batch's line."""
        return frozenset()


class RunRowCache:
    """Cache of the rows on screen and near it. If it lacks a row that is needed, it is read again."""

    def __init__(self, source: RowSource, count: int) -> None:
        """`count`: rows of the source."""
        self.source = source
        self.rows = self._unread(count)
        self._batches: dict[RowId, BatchProgress | None] = {}
        self._members: dict[RowId, Mapping[RowId, Status]] = {}
        self._varying: dict[RowId, SafeText | None] = {}
        self._inputs: dict[RowId, Mapping[str, SafeText]] = {}
        self._differing: dict[str, set[str]] = {}
        """Names of the inputs that vary, by webhook. A name stays, so that scrolling takes nothing from the screen."""
        self._titles: dict[RowId, SafeText] = {}
        self._common: dict[RowId, frozenset[str]] = {}
        """By line, read only once: the prompts of a batch hardly ever change."""

    def _unread(self, count: int) -> LazySequence[RunRow]:
        return LazySequence(count, lambda first, end: self.source.window(first, end - first), SPARE)

    def forget(self, count: int) -> None:
        """Drop everything cached, because the source has changed. It has `count` rows now."""
        self.rows = self._unread(count)
        self._batches.clear()
        self._members.clear()
        self._varying.clear()
        self._inputs.clear()

    def batch(self, row: RowId) -> BatchProgress | None:
        """Progress of a batch by its line."""
        if row not in self._batches:
            self._batches[row] = self.source.batch(row)
        return self._batches[row]

    def members(self, row: RowId) -> Mapping[RowId, Status]:
        """Rows of a batch with their statuses."""
        if row not in self._members:
            self._members[row] = self.source.members(row)
        return self._members[row]

    def varying(self, rows: Sequence[RowId]) -> Mapping[RowId, SafeText]:
        """Inputs that vary within the batches of these rows."""
        if unknown := [row for row in rows if row not in self._varying]:
            read = self.source.varying(unknown)
            self._varying |= {row: read.get(row) for row in unknown}
        return {row: inputs for row in rows if (inputs := self._varying[row]) is not None}

    def inputs(self, rows: Sequence[RowId]) -> Mapping[RowId, Mapping[str, SafeText]]:
        """Inputs of these rows besides the prompt, by name."""
        if unknown := [row for row in rows if row not in self._inputs]:
            read = self.source.inputs(unknown)
            self._inputs |= {row: read.get(row, {}) for row in unknown}
        return {row: inputs for row in rows if (inputs := self._inputs[row])}

    def varied(self, rows: Sequence[RunRow]) -> Mapping[RowId, SafeText]:
        """Inputs of these rows that vary among those of the same webhook: `style noir · seed 3`."""
        inputs = self.inputs([row.id for row in rows if not row.size])
        by_webhook: dict[str, list[Mapping[str, SafeText]]] = {}
        for row in rows:
            if row.id in inputs:
                by_webhook.setdefault(row.webhook_key, []).append(inputs[row.id])
        for key, values in by_webhook.items():
            names = {name for each in values for name in each}
            differing = {name for name in names if len({each.get(name) for each in values}) > 1}
            self._differing[key] = self._differing.get(key, set()) | differing
        texts = {}
        for row in rows:
            named = inputs.get(row.id, {})
            parts = [
                f"{name} {named[name]}" for name in sorted(self._differing.get(row.webhook_key, ())) if name in named
            ]
            texts[row.id] = one_line(" · ".join(parts), LONGEST_VARIED)
        return {row: text for row, text in texts.items() if text}

    def title(self, line: RowId) -> SafeText:
        """Title of a batch by its line."""
        if line not in self._titles:
            self._titles[line] = self.source.title(line)
        return self._titles[line]

    def common(self, row: RowId) -> frozenset[str]:
        """Words that the prompts of all rows of a batch contain, by the batch's line."""
        if row not in self._common:
            self._common[row] = self.source.common(row)
        return self._common[row]

    def index_of(self, row: RowId) -> int | None:
        """Find the index of a row, first in the cache, then in the source."""
        cached = next((i for i, r in enumerate(self.rows.kept, self.rows.offset) if r.id == row), None)
        return cached if cached is not None else self.source.index_of(row)
