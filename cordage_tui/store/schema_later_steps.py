"""Steps of the database schema from 13 on, to which those of `schema_steps` apply as well: none is ever edited."""

from typing import Final

_CHOOSING: Final = (
    # Words that the user gave to runs. They outlive their run's line, as verdicts do.
    """CREATE TABLE tags (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,                  -- runs.id
        tag TEXT NOT NULL,                     -- as domain.tag.parse_tag writes it
        UNIQUE (run, tag)
    )""",
    "CREATE INDEX tags_by_tag ON tags (tag, run)",
    # Which of two outputs the user preferred, each time one was asked for, in their order.
    """CREATE TABLE duels (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        left_run INTEGER NOT NULL,             -- runs.id
        left_number INTEGER NOT NULL,          -- which of its outputs, from 1
        right_run INTEGER NOT NULL,
        right_number INTEGER NOT NULL,
        winner TEXT NOT NULL CHECK (winner IN ('left', 'right', 'equal')),
        judged_at REAL NOT NULL
    )""",
    "CREATE INDEX duels_by_left ON duels (left_run)",
    "CREATE INDEX duels_by_right ON duels (right_run)",
)

LATER_STEPS: Final[tuple[tuple[str, ...], ...]] = (_CHOOSING,)
"""Its first step leads from `PRAGMA user_version` 12 to 13."""
