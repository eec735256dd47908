"""Buckets of earlier versions: visible rows counted by ranges of what they are ordered by. Nothing reads them now."""

from typing import Final

_AGE_LOW: Final = "CAST(min(max({row}created_at, 0.0), 1e11) / 65536 AS INTEGER) * 65536.0"
_TOOK_LOW: Final = """CASE
    WHEN {row}took < 16 THEN CAST(max({row}took, -1.0) * 16 AS INTEGER) / 16.0
    WHEN {row}took < 128 THEN CAST({row}took * 4 AS INTEGER) / 4.0
    WHEN {row}took < 1024 THEN CAST({row}took / 2 AS INTEGER) * 2.0
    WHEN {row}took < 8192 THEN CAST({row}took / 16 AS INTEGER) * 16.0
    WHEN {row}took < 65536 THEN CAST({row}took / 128 AS INTEGER) * 128.0 ELSE 65536.0 END"""
"""Powers of two divide without rounding, so that no low exceeds its rows."""
_COUNTED: Final = (
    ("created_at", "{row}status", _AGE_LOW),
    ("prompt_head", "''", "substr({row}prompt_head, 1, 4)"),
    ("took", "''", _TOOK_LOW),
)


def _count(row: str, way: str) -> str:
    """Build the statements that add `row`, NEW or OLD, to its buckets (`way` +) or take it out (-)."""
    rows = [
        f"('{column}', {row}.profile, {row}.webhook, {status}, {low}, {way}1)".format(row=f"{row}.")
        for column, status, low in _COUNTED
    ]
    return f"INSERT INTO buckets VALUES {', '.join(rows)} ON CONFLICT DO UPDATE SET n = n {way} 1;"


_MOVES: Final = " OR ".join(
    f"OLD.{column} <> NEW.{column}" for column in ("folded", "status", "created_at", "prompt_head", "took")
)
FILL_BUCKETS: Final = tuple(
    f"INSERT INTO buckets SELECT '{column}', profile, webhook, {status}, {low}, count(*) FROM runs WHERE folded = 0"
    " GROUP BY 2, 3, 4, 5".format(row="")
    for column, status, low in _COUNTED
)
"""Count all rows, into empty buckets."""
COUNT_BUCKETS: Final = (
    f"CREATE TRIGGER buckets_added AFTER INSERT ON runs WHEN NEW.folded = 0 BEGIN {_count('NEW', '+')} END",
    f"CREATE TRIGGER buckets_removed AFTER DELETE ON runs WHEN OLD.folded = 0 BEGIN {_count('OLD', '-')} END",
    f"CREATE TRIGGER buckets_left AFTER UPDATE ON runs WHEN OLD.folded = 0 AND ({_MOVES})"
    f" BEGIN {_count('OLD', '-')} END",
    f"CREATE TRIGGER buckets_entered AFTER UPDATE ON runs WHEN NEW.folded = 0 AND ({_MOVES})"
    f" BEGIN {_count('NEW', '+')} END",
)
"""Keep the counts as rows change."""
BUCKETS: Final = (
    # Visible rows counted by ranges of what they are ordered by, so that a row's place is found without counting to it.
    """CREATE TABLE buckets (
        key TEXT NOT NULL,                     -- column of runs
        profile TEXT NOT NULL, webhook TEXT NOT NULL,
        status TEXT NOT NULL,                  -- empty where the key is not created_at
        low NOT NULL,                          -- of the range, which ends before the next one's
        n INTEGER NOT NULL,
        PRIMARY KEY (key, profile, low, webhook, status)
    ) WITHOUT ROWID""",
    *FILL_BUCKETS,
    *COUNT_BUCKETS,
)
UNCOUNT_BUCKETS: Final = (
    *(f"DROP TRIGGER IF EXISTS buckets_{name}" for name in ("added", "removed", "left", "entered")),
    # The table stays, but empty, so that a running window of an earlier version counts rows one by one.
    "DELETE FROM buckets",
)
"""Statements that stop the counting of rows by bucket."""
