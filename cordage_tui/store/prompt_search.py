"""Search of the prompt history: which bodies match the words of a query, the best first."""

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from math import log2
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.fuzzy_query import query_words
from cordage_tui.domain.inputs import prompt_of
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import folded
from cordage_tui.domain.search_text import input_mark, search_text
from cordage_tui.store.file.database import Database
from cordage_tui.store.outbox.batches import batch_fingerprint, read_source
from cordage_tui.store.prompt_history import MOST_ALIKE, WENT_WRONG
from cordage_tui.store.runs.row_codecs import read_inputs

MOST_FOUND: Final = 1_000
"""Best bodies that are listed; the others are counted."""
NEWEST: Final = 250
"""Row ids that are searched in the first step, so that its result is in the frame that answers the key."""
STRETCH: Final = 1_000
"""Row ids that are searched in each further step: some milliseconds, for which nobody can commit."""
_WEEK_S: Final = 7 * 86_400.0
_MOST_NAMES: Final = 20
"""Inputs whose names one word may match."""


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


@dataclass(frozen=True, slots=True)
class BodyQuery:
    """Query of the prompt history."""

    profile: str
    text: str
    """Words that must all match, in any order."""
    scope: HistoryScope
    webhook_key: str
    """Webhook of the scope `WEBHOOK`."""


@dataclass(frozen=True, slots=True)
class FoundBodies:
    """Result of a search, as far as it has come."""

    rows: Sequence[RowId] = ()
    """The best matches, at most `MOST_FOUND`: of each body its latest submission, or the line of a batch."""
    matched: int = 0
    """Bodies that match, of those searched."""
    total: int = 0
    """Bodies in the scope, of those searched."""
    share: float = 0.0
    """Share of the submissions that has been searched, 0 to 1."""


def weight(sent_at: float, times: int, *, is_kept: bool, has_name: bool) -> float:
    """Return the order of bodies that match equally well: the recent, the frequent and the kept ones come first.

    Twice as often counts as much as half a week later, an output that was kept as much as two weeks, a name as four.
    """
    return sent_at / _WEEK_S + log2(times) / 2 + 2.0 * is_kept + 4.0 * has_name


def search_bodies(database: Database, query: BodyQuery) -> Iterator[FoundBodies]:
    """Search from the newest submission to the oldest, step by step. Raises StoreError."""
    words = query_words(query.text)
    sql = _matches(query.scope, words)
    params = {"profile": query.profile, "webhook": query.webhook_key, **_word_params(database, words)}
    params["batches"] = json.dumps([*database.column(_LATEST_BATCHES, {"profile": query.profile})])
    last = high = next(iter(database.column("SELECT coalesce(max(id), 0) FROM details")))
    ranked, matched, total, size = list[tuple[int, float, int]](), 0, 0, NEWEST
    while high > 0:
        low = max(0, high - size)
        (count, *_), *bodies = database.rows(sql, {**params, "low": low, "high": high})
        for row, rank, sent_at, times, kept, named in bodies:
            order = weight(sent_at, times, is_kept=bool(kept), has_name=bool(named)) if words else 0.0
            ranked.append((-rank, -order, -row))
        ranked = sorted(ranked)[:MOST_FOUND]
        matched, total, high, size = matched + len(bodies), total + count, low, STRETCH
        yield FoundBodies([RowId(-row) for _, _, row in ranked], matched, total, 1.0 - high / last)


# The statement of one step.

_IN_STRETCH: Final = "{0} > :low AND {0} <= :high"
_SAID: Final = """' ' || substr({0}, 1, instr({0}, char(10))) || substr({0}, instr({0}, char(10)) + length({1}) + 2)"""
"""Text of `domain.search_text.search_text` without the run's id."""
_LATER: Final = """EXISTS (SELECT 1 FROM outbox AS later WHERE later.profile = :profile AND later.webhook = sent.webhook
    AND later.fingerprint = sent.fingerprint AND later.id > sent.{0} AND later.pruned_at IS NULL)"""
_SENT: Final = f"""SELECT sent.id, sent.webhook, sent.fingerprint, submitted_at AS at, 0 AS size, runs.batch IS NOT NULL AS member,
        {_SAID.format("coalesce(search, sent_text(inputs))", "coalesce(run_id, '')")} AS text
    FROM outbox AS sent JOIN details USING (id) LEFT JOIN runs USING (id)
    WHERE {_IN_STRETCH.format("sent.id")} AND +sent.profile = :profile AND inputs IS NOT NULL AND NOT {_LATER.format("id")}"""
_SEEDED: Final = f"""SELECT row, sent.webhook, sent.fingerprint, coalesce(created_at, 0.0), 0, runs.batch IS NOT NULL,
        {_SAID.format("coalesce(search, sent_text(inputs))", "coalesce(run_id, '')")}
    FROM history AS sent JOIN details ON details.id = row LEFT JOIN runs ON runs.id = row
    WHERE sent.profile = :profile AND {_IN_STRETCH.format("row")} AND inputs IS NOT NULL
    AND sent.webhook IN (SELECT webhook FROM tallies WHERE profile = :profile)
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE id = sent.row) AND NOT {_LATER.format("row")}"""
"""Runs of the demo stand in the history without a submission."""
_BATCHES: Final = f"""SELECT line.id, line.webhook, batch_fingerprint(source), line.created_at, line.size, 0,
        {_SAID.format("batch_text(source)", "''")}
    FROM batches CROSS JOIN runs AS line USING (id)
    WHERE {_IN_STRETCH.format("batches.id")} AND batches.id IN (SELECT value FROM json_each(:batches))"""
_LATEST_BATCHES: Final = """SELECT max(batches.id) FROM batches CROSS JOIN runs AS line USING (id)
    WHERE line.profile = :profile AND json_valid(source) AND json_extract(source, '$.inputs') <> '{}'
    GROUP BY webhook, json_extract(source, '$.inputs')"""
"""Of batches that were written the same way the latest stands for all. A file is not a prompt, but its members are."""
_ALIKE: Final = f"""(SELECT scoped.id AS id UNION ALL SELECT id FROM runs WHERE batch = scoped.id UNION ALL
    SELECT id FROM (SELECT id FROM outbox WHERE profile = :profile AND webhook = scoped.webhook
    AND fingerprint = scoped.fingerprint LIMIT {MOST_ALIKE}))"""
"""Submissions of the same body, or the members of the batch."""
_IS_KEPT: Final = f"EXISTS (SELECT 1 FROM {_ALIKE} AS alike JOIN verdicts ON run = alike.id WHERE kept = 1)"
_IS_FAILED: Final = f"EXISTS (SELECT 1 FROM {_ALIKE} AS alike JOIN runs USING (id) WHERE {WENT_WRONG})"
_TIMES: Final = f"""CASE WHEN size > 0 THEN size ELSE max(1, (SELECT count(*) FROM (SELECT state FROM outbox
    WHERE profile = :profile AND webhook = scoped.webhook AND fingerprint = scoped.fingerprint LIMIT {MOST_ALIKE})
    WHERE state <> 'dropped')) END"""
_SCOPES: Final = {
    HistoryScope.WEBHOOK: "scoped.webhook = :webhook",
    HistoryScope.ALL: "1",
    HistoryScope.KEPT: _IS_KEPT,
    HistoryScope.FAILED: _IS_FAILED,
    HistoryScope.PINNED: "name IS NOT NULL",
}


def _matches(scope: HistoryScope, words: Sequence[str]) -> str:
    """Build the statement for the bodies of a stretch: first a row with their number in the scope, then those that match.

    Without words the prompts of a batch are left out, as one of five hundred would push everything else out of sight.
    """
    listed = " AND (NOT member OR name IS NOT NULL)" if not words and scope in _WITHOUT_MEMBERS else ""
    numbers = range(len(words))
    terms = [f"(text GLOB :glob{n} OR :named{n} AND {_HAS_MARK.format(n)})" for n in numbers]
    ranks = [f"(instr(text, :word{n}) > 0) + (instr(text, ' ' || :word{n}) > 0)" for n in numbers]
    order = f"{' + '.join(ranks)}, at, {_TIMES}, {_IS_KEPT}, name IS NOT NULL" if words else "0, 0, 1, 0, 0"
    return f"""WITH scoped AS MATERIALIZED (SELECT scoped.id, scoped.webhook, scoped.fingerprint, at, size, name,
            CASE WHEN name IS NULL THEN text ELSE text || ' ' || folded(name) END AS text
            FROM ({_SENT} UNION ALL {_SEEDED} UNION ALL {_BATCHES}) AS scoped LEFT JOIN pinned_prompts AS pinned
            ON pinned.profile = :profile AND pinned.webhook = scoped.webhook AND pinned.fingerprint = scoped.fingerprint
            WHERE {_SCOPES[scope]}{listed})
        SELECT count(*), 0, 0, 0, 0, 0 FROM scoped
        UNION ALL SELECT id, {order} FROM scoped WHERE {" AND ".join(terms) or "1"}"""


_NAMES: Final = "SELECT CAST(name AS BLOB) FROM input_names WHERE name <> 'prompt' LIMIT 500"
_HAS_MARK: Final = "EXISTS (SELECT 1 FROM json_each(:marks{}) WHERE instr(text, value))"
_WITHOUT_MEMBERS: Final = (HistoryScope.WEBHOOK, HistoryScope.ALL)


def _word_params(database: Database, words: Sequence[str]) -> dict[str, object]:
    """Return the parameters of the words. A word matches the name of an input, too."""
    found = [name.decode("utf-8", "ignore") for name in database.column(_NAMES)] if words else []
    names = [(name, folded(name)) for name in found]
    params: dict[str, object] = {}
    for number, word in enumerate(words):
        named = [name for name, text in names if word in text][:_MOST_NAMES]
        marks = [input_mark(name, is_number=is_number) for name in named for is_number in (False, True)]
        params |= {f"word{number}": word, f"glob{number}": _glob(word), f"marks{number}": json.dumps(marks)}
        params[f"named{number}"] = bool(marks)
    return params


def _glob(word: str) -> str:
    """Build the pattern of a text that has the characters of a word in this order."""
    return "*".join(["", *(f"[{char}]" if char in "*?[" else char for char in word), ""])


# Functions of the statement. If one raises, the text is damaged, and the error says so.


def define_functions(database: Database) -> None:
    """Define the functions that the statements call."""
    database.define("sent_text", 1, _sent_text)
    database.define("batch_text", 1, _batch_text)
    database.define("batch_fingerprint", 1, _batch_fingerprint)
    database.define("folded", 1, folded)


def _sent_text(inputs: str) -> str | None:
    """Return the text of a prompt that has no run, because it was taken back."""
    body = read_inputs(inputs)
    return None if body is None else search_text(prompt_of(body), inputs=body)


def _batch_text(source: str) -> str:
    inputs = read_source(source).inputs
    return search_text(prompt_of(inputs), inputs=inputs)


def _batch_fingerprint(source: str) -> str:
    return batch_fingerprint(read_source(source))
