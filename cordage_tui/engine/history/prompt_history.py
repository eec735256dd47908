"""Search through all prompts ever sent: an index in memory, read and searched in slices, so that no key waits for it.

Nothing of it is read before it is asked for. The newest bodies are searched first, so a few milliseconds give the best of
some thousands, and each further slice the best of more.
"""

import time
from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from enum import StrEnum
from math import log2
from typing import Final, TypeAlias

from cordage_tui.domain.fuzzy_query import FIELD, Matcher
from cordage_tui.domain.inputs import PROMPT, Inputs, canonical, value_words
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import folded
from cordage_tui.store.prompt_history import STRETCH, SentBody
from cordage_tui.store.store import Store

MOST_FOUND: Final = 1_000
"""Best bodies that are listed; the others are counted."""
MAX_PROMPT: Final = 2_000
"""Characters of a prompt that are searched."""
MAX_INPUT: Final = 200
"""Characters of any other input that are searched, with its name."""
MAX_INPUTS: Final = 1_000
"""Characters of all other inputs that are searched."""
LARGE: Final = 300_000
"""Rows above which the index is not kept while nobody searches: 60 MB."""
MANY: Final = 500
"""Changed rows above which everything is read anew."""
_WEEK_S: Final = 7 * 86_400.0


class HistoryScope(StrEnum):
    """Bodies that are searched."""

    WEBHOOK = "this webhook"
    ALL = "all"
    KEPT = "kept"
    """Of all webhooks, those with an output that was kept."""
    FAILED = "failed"
    """Of all webhooks, those with a run that failed."""
    PINNED = "library"
    """Those with a name."""

    @property
    def following(self) -> "HistoryScope":
        """The next one, round and round."""
        scopes = list(HistoryScope)
        return scopes[(scopes.index(self) + 1) % len(scopes)]


_GONE, _KEPT, _FAILED, _PINNED, _MEMBER = 1, 2, 4, 8, 16
_FLAG_OF: Final = {HistoryScope.KEPT: _KEPT, HistoryScope.FAILED: _FAILED, HistoryScope.PINNED: _PINNED}


def search_line(inputs: Inputs, name: str | None = None) -> str:
    """Build the folded text that is searched: the prompt, each other input behind its name, the body's own name."""
    prompt = inputs.get(PROMPT)
    parts = [prompt[:MAX_PROMPT]] if isinstance(prompt, str) else []
    room = MAX_INPUTS
    for key, value in inputs.items():
        if (key != PROMPT or not isinstance(value, str)) and room > 0:
            parts.append(f"{key} {value_words(value)}"[: min(MAX_INPUT, room)])
            room -= len(parts[-1])
    if name:
        parts.append(name)
    return folded(FIELD.join(" ".join(part.split()) for part in parts))


def weight(body: SentBody) -> float:
    """Order of bodies that match equally well: what was sent lately and often comes first, and what was kept.

    Twice as often counts as much as half a week later, an output that was kept as much as two weeks, a name as four.
    """
    return body.sent_at / _WEEK_S + log2(body.times) / 2 + 2.0 * body.is_kept + 4.0 * (body.name is not None)


class _Chunk:
    """Bodies of some hundred rows, compact: their lines are one text."""

    __slots__ = ("flags", "rows", "starts", "text", "webhooks", "weights")

    def __init__(self, bodies: Sequence[SentBody], webhook_number: Callable[[str], int]) -> None:
        lines = [search_line(body.inputs, body.name) for body in bodies]
        self.text = "".join(f"{line}\n" for line in lines)
        self.starts = array("L", [0])
        for line in lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.rows = array("q", (body.row for body in bodies))
        self.weights = array("d", map(weight, bodies))
        self.webhooks = array("L", (webhook_number(body.webhook_key) for body in bodies))
        self.flags = bytearray(
            _KEPT * body.is_kept
            | _FAILED * body.is_failed
            | _PINNED * (body.name is not None)
            | _MEMBER * (body.in_batch and body.name is None)
            for body in bodies
        )

    def line(self, number: int) -> str:
        return self.text[self.starts[number] : self.starts[number + 1] - 1]

    def inputs(self, number: int) -> str:
        """Return the line without the body's name."""
        line = self.line(number)
        return line.rpartition(FIELD)[0] if self.flags[number] & _PINNED else line


class PromptIndex:
    """Index of all bodies of one profile, newest first, read slice by slice. Methods that read raise StoreError."""

    def __init__(self, store: Store, profile: str) -> None:
        self.bodies = store.sent_bodies(profile)
        self._changes = store.changes
        self._restart()

    def _restart(self) -> None:
        self.chunks: list[_Chunk] = []
        self._webhooks: dict[str, int] = {}
        self._batches: dict[tuple[str, str], RowId] = {}
        self._seq = self._changes.tail()
        self._last = self._next = self.bodies.last_row()

    @property
    def share(self) -> float:
        """Share of the submissions that has been read, 0 to 1."""
        return 1.0 - self._next / self._last if self._last else 1.0

    def webhook_number(self, key: str) -> int:
        """Return the number of a webhook's key in the chunks."""
        return self._webhooks.setdefault(key, len(self._webhooks))

    @property
    def is_read(self) -> bool:
        """True when there are no older bodies left to read."""
        return self._next <= 0

    def read_more(self) -> None:
        """Read the next older bodies, if there are any left."""
        if not self.is_read:
            found = self.bodies.stretch(self._next)
            self._next = RowId(max(0, self._next - STRETCH))
            self._add(found, len(self.chunks))

    def release(self) -> None:
        """Forget what was read, if that is much: nobody searches any more."""
        if self._last - self._next > LARGE:
            self._restart()

    def follow(self) -> bool:
        """Take in what has changed since the last call; True when anything has."""
        changed = self._changes.since(self._seq)
        if not changed:
            return False
        self._seq = self._changes.tail()
        self.take_in(changed)
        return True

    def take_in(self, rows: Collection[RowId]) -> None:
        """Read the bodies of these rows again; all anew, if they are many or it is not known what takes their place."""
        if len(rows) > MANY or len(self.chunks) > 2 * (self._last // STRETCH + 50):
            self._restart()
            return
        found = [body for body in self.bodies.holding(rows) if self._is_newest(body)]
        new = [body for body in found if not self._has(body)]
        gone = set[RowId]().union(*map(self._replaced, new))
        known = {chunk.rows[n] for chunk, n in self._places(rows) if not chunk.flags[n] & _GONE}
        if known - gone - {body.row for body in found} or any(map(self._is_edited, new)):
            self._restart()
            return
        for chunk, number in self._places(gone):
            chunk.flags[number] = _GONE
        for body in new:
            if body.is_batch:
                self._batches.pop(_batch_key(body), None)
        self._add(new, 0)

    def _is_newest(self, body: SentBody) -> bool:
        """Return whether it belongs in the index as far as that is read: of batches written the same way one does."""
        known = self._batches.get(_batch_key(body), 0) if body.is_batch else 0
        return body.row > self._next and body.row >= known

    def _is_edited(self, body: SentBody) -> bool:
        """Return whether a queued prompt has been edited: an older submission of what it was may be the latest then."""
        line = search_line(body.inputs)
        return any(not chunk.flags[n] & _GONE and chunk.inputs(n) != line for chunk, n in self._places((body.row,)))

    def _has(self, body: SentBody) -> bool:
        """Return whether a body is in the index just so."""
        same = _Chunk([body], self.webhook_number)
        return any(
            (chunk.flags[n], chunk.weights[n], chunk.line(n)) == (same.flags[0], same.weights[0], same.line(0))
            for chunk, n in self._places((body.row,))
        )

    def _replaced(self, body: SentBody) -> Collection[RowId]:
        """Rows that stood for a body until now."""
        return (self._batches.get(_batch_key(body), body.row),) if body.is_batch else self.bodies.alike(body.row)

    def _places(self, rows: Collection[RowId]) -> Iterator[tuple[_Chunk, int]]:
        """Find chunk and line of each row that is in the index; a row may stand in several chunks, in all but one as gone."""
        wanted = sorted(rows)
        for chunk in self.chunks:
            first, last = bisect_left(wanted, chunk.rows[-1]), bisect_right(wanted, chunk.rows[0])
            for row in wanted[first:last]:
                if row in chunk.rows:
                    yield chunk, chunk.rows.index(row)

    def _add(self, found: Sequence[SentBody], place: int) -> None:
        """Add bodies as a chunk; of batches that were written the same way only the latest."""
        kept = [b for b in found if not b.is_batch or self._batches.setdefault(_batch_key(b), b.row) == b.row]
        if kept:
            self.chunks.insert(place, _Chunk(kept, self.webhook_number))


def _batch_key(body: SentBody) -> tuple[str, str]:
    """Key that is equal for batches that were written the same way."""
    return body.webhook_key, canonical(body.inputs)


Found: TypeAlias = tuple[int, float, int]
"""Rank of a body, the best first: score, weight and row, all negative."""


class PromptSearch:
    """Search for the bodies that match one query, the best first."""

    def __init__(
        self, index: PromptIndex, text: str, scope: HistoryScope, webhook_key: str, before: "PromptSearch | None" = None
    ) -> None:
        """`webhook_key` is the webhook of the scope `WEBHOOK`. Of a search `before` that this one narrows, only what it
        found is looked at."""
        self._index = index
        self.matcher = Matcher(text)
        self._scope = (scope, webhook_key)
        self._searched: list[tuple[_Chunk, Sequence[int]]] = []
        """Chunks that have been searched, and the lines found in them."""
        self._before: Matcher | None = None
        self._known: dict[_Chunk, Sequence[int]] = {}
        if before is not None and before._narrowed_by(self):
            self._before, self._known = before.matcher, dict(before._searched)
        self._ranked: list[Found] = []
        self._ahead = deque(index.chunks)
        self.matched = 0
        """Bodies that match, of those searched."""
        self.total = 0
        """Bodies in the scope, of those searched."""
        self.done = False

    def _narrowed_by(self, later: "PromptSearch") -> bool:
        """Return whether this search has found all that a later one can find; without words it leaves some out."""
        return bool(self.matcher.groups) and self._scope == later._scope and later.matcher.narrows(self.matcher)

    @property
    def rows(self) -> list[RowId]:
        """The best matches so far, at most `MOST_FOUND`."""
        return [RowId(-row) for _, _, row in self._ranked]

    def advance(self, seconds: float) -> None:
        """Search on for so many seconds, or a few milliseconds more; `done` when all has been searched. Raises
        StoreError."""
        until = time.perf_counter() + seconds
        self._advance()
        while not self.done and time.perf_counter() < until:
            self._advance()

    def _advance(self) -> None:
        """Search the next chunk, which is read first if need be."""
        if not self._ahead:
            count = len(self._index.chunks)
            self._index.read_more()
            self._ahead.extend(self._index.chunks[count:])
        if self._ahead:
            self._search(self._ahead.popleft())
        self.done = not self._ahead and self._index.is_read

    def _search(self, chunk: _Chunk) -> None:
        inside, known = self._in_scope(chunk), self._known.get(chunk)
        if known is None or len(known) > len(inside) // 8:  # else it is faster to look at each of them alone
            among = (self._before, known) if self._before is not None and known is not None else None
            known = self.matcher.candidates(chunk.text, chunk.starts, among)
        worst = self._ranked[-1] if len(self._ranked) == MOST_FOUND else None
        lines, best = array("H"), list[Found]()
        for number in known:
            if inside[number] and (score := self.matcher.score(chunk.line(number))) is not None:
                lines.append(number)
                # Without words there is nothing to rank by but the time.
                rank = (-score, -chunk.weights[number] if self.matcher.groups else 0.0, -chunk.rows[number])
                if worst is None or rank < worst:
                    best.append(rank)
        self._searched.append((chunk, lines))
        self.matched += len(lines)
        self.total += sum(inside)
        if best:
            self._ranked = sorted(self._ranked + best)[:MOST_FOUND]

    def _in_scope(self, chunk: _Chunk) -> Sequence[bool]:
        """Return whether it is in the scope, for each line. Without words the prompts of a batch are left out, as a batch of
        five hundred would push everything else out of sight: it is listed itself."""
        scope, webhook_key = self._scope
        if (flag := _FLAG_OF.get(scope)) is not None:
            return [bool(flags & flag) for flags in chunk.flags]
        hidden = _GONE if self.matcher.groups else _GONE | _MEMBER
        inside = [not flags & hidden for flags in chunk.flags]
        if scope is HistoryScope.WEBHOOK:
            mine = self._index.webhook_number(webhook_key)
            inside = [shown and webhook == mine for shown, webhook in zip(inside, chunk.webhooks, strict=True)]
        return inside
