"""Steps of the database schema from 13 on, to which those of `schema_steps` apply as well: none is ever edited."""

from typing import Final

from cordage_tui.store.file.schema_buckets import COUNT_BUCKETS, FILL_BUCKETS, UNCOUNT_BUCKETS

_CHOOSING: Final = (
    # Words that the user gave to runs. They outlive their run's line, as verdicts do.
    """CREATE TABLE tags (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,                  -- runs.id
        tag TEXT NOT NULL,                     -- as domain.tag.parse_tag writes it
        UNIQUE (run, tag)
    )""",
    "CREATE INDEX tags_by_tag ON tags (tag, run)",
    # Which of two outputs the user preferred, in earlier versions. Nothing reads it now. It is not dropped, because a window of an
    # earlier version that still runs moves its rows when it stores the outcome of a trigger.
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

_RUNNING_TIME: Final = (
    # The order by duration uses the running time, as the table shows it, or the time at the server if the start was not
    # seen.
    *(f"DROP TRIGGER buckets_{name}" for name in ("added", "removed", "left", "entered")),
    "DROP INDEX runs_by_duration",
    "ALTER TABLE runs DROP COLUMN took",
    """ALTER TABLE runs ADD COLUMN took REAL AS (CASE
        WHEN ended_at >= created_at THEN max(0.0, ended_at - coalesce(started_at, begun_at))
        WHEN ended_at IS NOT NULL OR status IN ('rejected', 'lost', 'completed', 'failed', 'cancelled') THEN -1.0
        ELSE 1e12 - coalesce(started_at, begun_at) END) VIRTUAL""",  # unended rows after all ended ones, the longest last
    "CREATE INDEX runs_by_duration ON runs (profile, folded, took, created_at, id, webhook)",
    "DELETE FROM buckets WHERE key = 'took'",
    FILL_BUCKETS[-1],
    *COUNT_BUCKETS,
)

_AUTHORS: Final = (
    # Who submitted a prompt, if it was not the user.
    "ALTER TABLE runs ADD COLUMN author TEXT",  # as domain.author.parse_author writes it; NULL: the user, or nobody here
    "CREATE INDEX runs_by_author ON runs (author, profile, webhook) WHERE author IS NOT NULL",
    # 1: held until the user approves it. A trigger refuses any other step that would queue it.
    "ALTER TABLE outbox ADD COLUMN unapproved INTEGER NOT NULL DEFAULT 0",
    """CREATE TRIGGER outbox_approved BEFORE UPDATE OF state ON outbox
        WHEN NEW.unapproved AND NEW.state NOT IN ('held', 'dropped')
        BEGIN SELECT RAISE(ABORT, 'not approved'); END""",
)

_REQUESTS: Final = (
    # Prompts of a request that its author has named: the same request again submits none.
    """CREATE TABLE requests (
        id INTEGER PRIMARY KEY,                -- of the prompt: outbox.id
        profile TEXT NOT NULL,
        author TEXT NOT NULL,                  -- who named it: the line of a dropped prompt, which has an author too, is gone
        name TEXT NOT NULL,
        place INTEGER NOT NULL,                -- of the prompt among those of the request, from 0
        digest TEXT NOT NULL,                  -- of all that was asked for
        UNIQUE (profile, author, name, place)
    )""",
)

_FIRST_SEEN: Final = (
    # Runs known before a prompt was sent, independent of any clock: a later row was first seen after that.
    "ALTER TABLE outbox ADD COLUMN known_until INTEGER",  # the last runs.id when the intent was committed; NULL: not known
    "ALTER TABLE given_up ADD COLUMN known_until INTEGER",  # as in outbox
)

_TRIES: Final = (
    # An outcome names its try, because another try may have been made since.
    "ALTER TABLE outbox ADD COLUMN intent INTEGER",  # of the last try: queues.generation when it was committed
    "ALTER TABLE outbox ADD COLUMN answered INTEGER NOT NULL DEFAULT 0",  # 1: its run is the one that the answer to a try named
    "ALTER TABLE given_up ADD COLUMN intent INTEGER",  # as in outbox
    "ALTER TABLE given_up ADD COLUMN fingerprint TEXT",  # of what was sent: the prompt may have been edited since
    "ALTER TABLE given_up ADD COLUMN run_id TEXT",  # its run, once a late answer has named it; NULL: not known
    "CREATE INDEX given_up_by_row ON given_up (row)",
)

_QUESTIONS: Final = (
    # Prompts that an open dialog is about: they are not sent until it is answered.
    """CREATE TABLE questions (
        id INTEGER PRIMARY KEY,
        profile TEXT NOT NULL,
        rows TEXT NOT NULL,                    -- outbox.id of each, as a JSON array
        until REAL NOT NULL                    -- epoch seconds: when it ends unless it is renewed
    )""",
)

_UNLISTED: Final = (
    # Active runs that the last list of their webhook did not name: when each was last heard of is not known from the list.
    """CREATE TABLE unlisted (
        id INTEGER PRIMARY KEY,                -- runs.id
        heard_at REAL NOT NULL,                -- epoch seconds: when an answer last named it
        words TEXT                             -- why the last read of it failed; NULL: none has failed since
    )""",
    """CREATE TRIGGER unlisted_ended AFTER UPDATE OF status ON runs
        WHEN NEW.status IN ('completed', 'failed', 'cancelled', 'lost')
        BEGIN DELETE FROM unlisted WHERE id = NEW.id; END""",
    "CREATE TRIGGER unlisted_removed AFTER DELETE ON runs BEGIN DELETE FROM unlisted WHERE id = OLD.id; END",
)

RATED: Final = """UPDATE runs SET top_stars = (SELECT coalesce(max(stars), 0) FROM verdicts WHERE run = runs.id),
    decision = (SELECT CASE WHEN max(kept) THEN 1 WHEN count(kept) AND count(kept) >= output_count THEN -1 ELSE 0 END
    FROM verdicts WHERE run = runs.id) WHERE id {}"""
"""Set what the user thinks of the outputs of runs, by a condition for their ids."""
_FINDING: Final = (
    # What the user thinks of a run's outputs, and what they are, so that runs are ordered and found by it.
    "ALTER TABLE runs ADD COLUMN kinds INTEGER NOT NULL DEFAULT 0",  # as domain.output.kinds_of
    "ALTER TABLE runs ADD COLUMN top_stars INTEGER NOT NULL DEFAULT 0",  # most of an output
    "ALTER TABLE runs ADD COLUMN decision INTEGER NOT NULL DEFAULT 0",  # 1: an output is kept; -1: all are rejected
    """UPDATE runs SET kinds = output_kinds((SELECT outputs FROM details WHERE details.id = runs.id))
        WHERE output_count > 0""",
    RATED.format("IN (SELECT run FROM verdicts)"),
    "CREATE INDEX runs_by_stars ON runs (profile, folded, top_stars, created_at, id, webhook)",
    "CREATE INDEX runs_by_decision ON runs (profile, folded, decision, created_at, id, webhook)",
    f"CREATE TRIGGER rated_first AFTER INSERT ON verdicts BEGIN {RATED.format('= NEW.run')}; END",
    f"CREATE TRIGGER rated_again AFTER UPDATE ON verdicts BEGIN {RATED.format('IN (OLD.run, NEW.run)')}; END",
    f"CREATE TRIGGER rated_no_more AFTER DELETE ON verdicts BEGIN {RATED.format('= OLD.run')}; END",
    f"""CREATE TRIGGER rated_outputs AFTER UPDATE OF output_count ON runs WHEN OLD.output_count <> NEW.output_count
        BEGIN {RATED.format("= NEW.id AND EXISTS (SELECT 1 FROM verdicts WHERE run = NEW.id)")}; END""",
)

LATER_STEPS: Final[tuple[tuple[str, ...], ...]] = (
    *(
        _CHOOSING,
        _RUNNING_TIME,
        _AUTHORS,
        _REQUESTS,
        _FIRST_SEEN,
        _TRIES,
        _QUESTIONS,
        UNCOUNT_BUCKETS,
        _UNLISTED,
        _FINDING,
    ),
)
"""Its first step leads from `PRAGMA user_version` 12 to 13."""
