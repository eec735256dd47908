"""Rules for stored values: what the program can read in each column. Any other value is damage.

A rule is an SQL condition, so that the database itself looks through a long history.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final

from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.match_set import SetKind, Settlement
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import MAX_STARS
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import MatchedBy, Status
from cordage_tui.domain.webhook import HealthStatus

_OF_TYPE: Final = {
    "TEXT": "typeof({0}) = 'text'",
    "INTEGER": "typeof({0}) = 'integer' AND {0} BETWEEN 0 AND 281474976710656",
    "REAL": "typeof({0}) IN ('real', 'integer') AND {0} BETWEEN -62135596800 AND 253402300800",
}
"""Conditions by the declared type of a column. A real number is a time, of the years 1 to 9999, or smaller than one."""
_COUNT: Final = "{0} <= 1000000"
"""Condition for a number of things that a screen lists."""
_FLAG: Final = "{0} IN (0, 1)"


def _one_of(values: Iterable[Enum]) -> str:
    listed = ", ".join(repr(value.value) for value in values)
    return f"{{0}} IN ({listed})"


def _json(kind: str, more: str = "1") -> str:
    return f"CASE WHEN json_valid({{0}}) THEN json_type({{0}}) = '{kind}' AND {more} ELSE 0 END"


_STATUS: Final = _one_of(Status)
_KEY_ANSWER: Final = _json(
    "object",
    "coalesce(json_type({0}, '$.accepted') IN ('true', 'false') AND json_type({0}, '$.at') IN ('real', 'integer')"
    " AND coalesce(json_type({0}, '$.words') IN ('text', 'null'), 0), 0)",
)
_SPECIAL: Final[Mapping[tuple[str, str], str]] = {
    ("runs", "status"): _STATUS,
    ("runs", "matched"): _one_of(MatchedBy),
    ("runs", "folded"): _FLAG,
    ("runs", "output_count"): _COUNT,
    ("runs", "size"): _COUNT,
    ("runs", "parent_output"): _COUNT,
    ("runs", "top_stars"): f"{{0}} <= {MAX_STARS}",
    ("details", "inputs"): _json("object"),
    ("details", "outputs"): _json("array"),
    ("details", "raw"): _json("object"),
    ("details", "node_count"): _COUNT,
    ("outbox", "state"): _one_of(OutboxState),
    ("outbox", "lane"): _one_of(Lane),
    ("outbox", "over_limit"): _FLAG,
    ("outbox", "unapproved"): _FLAG,
    ("outbox", "answered"): _FLAG,
    ("batches", "source"): _json(
        "object",
        "coalesce(json_type({0}, '$.title') = 'text' AND json_type({0}, '$.inputs') = 'object'"
        " AND json_type({0}, '$.axes') = 'array', 0)",
    ),
    ("drafts", "inputs"): _json("object"),
    ("drafts", "lineage"): _json("object"),
    ("questions", "rows"): _json("array"),
    ("healths", "health"): _one_of(HealthStatus),
    ("settings", "value"): (
        f"CASE WHEN name LIKE 'key-answer %' THEN {_KEY_ANSWER}"
        f" WHEN name LIKE 'replaced drafts/%' OR name LIKE 'opened hosts/%' THEN {_json('array')} ELSE 1 END"
    ),
    ("tallies", "status"): _STATUS,
    ("tallies", "folded"): _FLAG,
    ("verdicts", "kept"): _FLAG,
    ("verdicts", "number"): _COUNT,
    ("verdicts", "stars"): f"{{0}} <= {MAX_STARS}",
    ("downloads", "state"): _one_of(DownloadState),
    ("downloads", "number"): _COUNT,
    ("match_sets", "kind"): _one_of(SetKind),
    ("match_sets", "verdict"): _one_of(Settlement),
    ("match_set_runs", "claimed"): _FLAG,
    ("linked_inputs", "number"): _COUNT,
    ("queues", "resumed"): _FLAG,
    ("sqlite_sequence", "name"): "typeof({0}) = 'text'",
    ("sqlite_sequence", "seq"): _OF_TYPE["INTEGER"],
}
"""Conditions for single columns, besides that for their type."""
_SIGNED: Final[Mapping[tuple[str, str], str]] = {("runs", "decision"): "typeof({0}) = 'integer' AND {0} IN (-1, 0, 1)"}
"""Conditions in place of that for their type, of whole numbers that may be below 0."""


def rules_of(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return the rule of each column that has one: an SQL condition that is true for a value that can be read."""
    rules = {}
    for _, column, declared, is_required, _, key in connection.execute(f"PRAGMA table_info({table})").fetchall():
        if key and declared == "INTEGER" and not is_required:
            continue  # the number of the row
        of_type = _SIGNED.get((table, column)) or _OF_TYPE.get(declared)
        parts = [part for part in (of_type, _SPECIAL.get((table, column))) if part]
        if parts:
            rule = " AND ".join(f"({part.format(column)})" for part in parts)
            rules[column] = rule if is_required else f"{column} IS NULL OR {rule}"
    return rules


def has_own_rule(table: str, column: str) -> bool:
    """Return whether the program reads more from this column than its type."""
    return (table, column) in _SPECIAL
