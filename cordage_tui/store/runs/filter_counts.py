"""Counts of runs by the values of one field of the filter, for what is shown while it is typed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from cordage_tui.domain.filter.expression import STAR_VALUES, FilterField
from cordage_tui.domain.output import FileKind
from cordage_tui.domain.run import STATUS_GROUPS, Status
from cordage_tui.domain.search_text import SEARCHED_VALUE, input_mark
from cordage_tui.store.file.database import Database, Row

SLICE: Final = 2_000
"""Runs that are looked at in one step: some milliseconds."""
MOST_RUNS: Final = 200_000
"""Newest runs in which values of inputs are counted."""
MANY_VALUES: Final = 200
"""Values above which an input is no choice, such as a seed: nothing is counted then."""
_SCOPE: Final = "runs.profile = ?1 AND (?2 IS NULL OR runs.webhook = ?2)"
_TAGGED: Final = "FROM tags JOIN runs ON runs.id = tags.run WHERE 1"
_TALLIES: Final = "FROM tallies AS runs WHERE n > 0 AND status <> 'batch'"


class FilterCounts:
    """Counts of the runs of one webhook, or of all, members of folded batches among them. Methods raise StoreError."""

    def __init__(self, database: Database, profile: str, webhook_key: str | None, names: Mapping[str, str]) -> None:
        """`database` is that of the reader's thread; `names`: of the webhooks, by key."""
        self._database = database
        self._names = names
        self._scope = (profile, webhook_key)

    def of(self, field: FilterField, name: str = "") -> Iterator[Mapping[str, int]]:
        """Count by value; `name`: of the input, if the field is INPUT. Each item is more complete than the one before."""
        if field is FilterField.STATUS:
            yield self._by_status()
        elif field is FilterField.WEBHOOK:
            yield self._by_webhook()
        elif field is FilterField.IS:
            yield self._by_property()
        elif field is FilterField.STARS:
            yield self._by_stars()
        elif field is FilterField.KIND:
            yield self._by_kind()
        elif field is FilterField.TAG:
            yield dict(self._pairs(f"SELECT tag, count(*) {_TAGGED} AND {_SCOPE} GROUP BY tag"))
        elif field is FilterField.AUTHOR:
            named = "FROM runs WHERE author IS NOT NULL"
            yield dict(self._pairs(f"SELECT author, count(*) {named} AND {_SCOPE} GROUP BY author"))
        elif field is FilterField.INPUT:
            yield from self._by_value(name)

    def _pairs(self, sql: str, *more: object) -> list[Row]:
        """Read rows; `more` are the parameters from ?3 on."""
        return self._database.rows(sql, (*self._scope, *more))

    def _by_status(self) -> Mapping[str, int]:
        found: dict[str, int] = dict(self._pairs(f"SELECT status, sum(n) {_TALLIES} AND {_SCOPE} GROUP BY status"))
        groups = {word: sum(found.get(status, 0) for status in each) for word, each in STATUS_GROUPS.items()}
        named = {status.word: found.get(status, 0) for status in Status}
        return {value: n for value, n in (named | groups).items() if n}

    def _by_webhook(self) -> Mapping[str, int]:
        found = self._pairs(f"SELECT webhook, sum(n) {_TALLIES} AND {_SCOPE} GROUP BY webhook")
        return _summed((self._names[key], n) for key, n in found if key in self._names)

    def _by_property(self) -> Mapping[str, int]:
        decided = "FROM verdicts JOIN runs ON runs.id = verdicts.run WHERE kept IS NOT NULL"
        loaded = "FROM downloads JOIN runs ON runs.id = downloads.run WHERE state = 'done'"
        found = self._pairs(
            f"SELECT iif(kept, 'kept', 'rejected'), count(DISTINCT run) {decided} AND {_SCOPE} GROUP BY 1"
            f" UNION ALL SELECT 'downloaded', count(DISTINCT run) {loaded} AND {_SCOPE}"
            f" UNION ALL SELECT 'tagged', count(DISTINCT run) {_TAGGED} AND {_SCOPE}"
            f" UNION ALL SELECT 'batch', count(*) FROM runs WHERE batch IS NOT NULL AND {_SCOPE}"
        )
        uncertain = self._by_status().get(Status.UNCERTAIN, 0)
        return {value: n for value, n in (*found, ("uncertain", uncertain)) if n}

    def _by_stars(self) -> Mapping[str, int]:
        rated = "FROM verdicts JOIN runs ON runs.id = verdicts.run WHERE stars > 0"
        found = self._pairs(
            f"SELECT best, count(*) FROM (SELECT max(stars) AS best {rated} AND {_SCOPE} GROUP BY run) GROUP BY best"
        )
        counts = {least: sum(n for stars, n in found if stars >= int(least)) for least in STAR_VALUES}
        return {stars: n for stars, n in counts.items() if n}

    def _by_kind(self) -> Mapping[str, int]:
        kinds = self._pairs(f"SELECT kinds, count(*) FROM runs WHERE kinds AND {_SCOPE} GROUP BY kinds")
        counts = {kind.value: sum(n for bits, n in kinds if bits & kind.bit) for kind in FileKind}
        return {kind: n for kind, n in counts.items() if n}

    def _by_value(self, name: str) -> Iterator[Mapping[str, int]]:
        """Count the values of an input, slice by slice from the newest run on."""
        marks = [input_mark(name, is_number=is_number) for is_number in (False, True)]
        after = [f"substr(search, instr(search, ?{at}) + {len(marks[0])}, {SEARCHED_VALUE + 1})" for at in (5, 6)]
        line = f"CASE WHEN instr(search, ?5) THEN {after[0]} WHEN instr(search, ?6) THEN {after[1]} END"
        runs = f"FROM runs INDEXED BY runs_by_text WHERE {_SCOPE} AND (created_at, id) < (?3, ?4)"
        order = "ORDER BY created_at DESC, id DESC LIMIT"
        lines = f"SELECT {line} AS line {runs} {order} {SLICE}"
        values = f"SELECT substr(line, 1, instr(line, char(10)) - 1), count(*) FROM ({lines}) WHERE line > char(11) GROUP BY 1"
        counts: Counter[str] = Counter()
        last: Row = (1e300, 0)
        for _ in range(0, MOST_RUNS, SLICE):
            counts += _summed(self._pairs(values, *last, *marks))
            if len(counts) > MANY_VALUES:
                yield {}
                return
            yield counts
            ends = self._pairs(f"SELECT created_at, id {runs} {order} 1 OFFSET {SLICE - 1}", *last)
            if not ends:
                return
            last = ends[0]


def _summed(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for value, n in pairs:
        found[value] += n
    return found
