"""Steps of the database schema. A step that has been released is never edited: a change is a further step.

Loaded only to create, migrate or repair a database: what every start would read here takes longer than to open one.
"""

import json
import sqlite3
from typing import Final

from cordage_tui.domain.inputs import digest, readable_inputs
from cordage_tui.domain.output import kinds_of
from cordage_tui.domain.search_text import with_inputs
from cordage_tui.store.file.schema_buckets import BUCKETS
from cordage_tui.store.file.schema_later_steps import LATER_STEPS
from cordage_tui.store.runs.batch_ends import FILL_ENDS

_RUNS: Final = (
    # One row for each line of the run table, narrow, because screens scan it.
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice
        profile TEXT NOT NULL,
        webhook TEXT NOT NULL,
        run_id TEXT,                           -- NULL until the server has given one
        status TEXT NOT NULL,                  -- as shown
        word TEXT,                             -- the server's own word while status is 'other'
        prompt TEXT NOT NULL,                  -- one line, cut
        search TEXT NOT NULL,                  -- folded: prompt, run id, word; a line each
        created_at REAL NOT NULL,
        started_at REAL,
        ended_at REAL,
        output_count INTEGER NOT NULL DEFAULT 0,
        kill_asked REAL,
        prompt_head TEXT AS (substr(search, 1, min(32, instr(search, char(10)) - 1))) VIRTUAL,
        duration REAL AS (CASE
            WHEN ended_at >= created_at THEN ended_at - created_at
            WHEN ended_at IS NOT NULL OR status IN ('rejected', 'lost', 'completed', 'failed', 'cancelled') THEN -1.0
            ELSE 1e12 - created_at END) VIRTUAL -- unended rows after all ended ones, the longest last
    )""",
    "CREATE UNIQUE INDEX runs_by_run ON runs (profile, run_id, webhook)",
    "CREATE INDEX runs_by_created ON runs (profile, created_at, id)",
    # Wide: the plain filter reads nothing but this index, in order, twice as fast as the table.
    "CREATE INDEX runs_by_text ON runs (profile, created_at, id, webhook, status, search)",
    "CREATE INDEX runs_by_webhook ON runs (profile, webhook, created_at, id)",
    "CREATE INDEX runs_by_status ON runs (profile, status, created_at, id, webhook)",
    "CREATE INDEX runs_by_prompt ON runs (profile, prompt_head, created_at, id, webhook)",
    "CREATE INDEX runs_by_duration ON runs (profile, duration, created_at, id, webhook)",
    # Columns that only the detail pane and the merge need. They outlive a dropped row: the prompt history refers to
    # them.
    """CREATE TABLE details (
        id INTEGER PRIMARY KEY,                -- runs.id
        inputs TEXT,                           -- canonical JSON
        outputs TEXT,                          -- JSON array of raw URLs
        error TEXT,
        note TEXT,
        node_count INTEGER,
        raw TEXT NOT NULL DEFAULT '{}',
        remote TEXT,                           -- the server's status as we believe it
        doubt TEXT,                            -- a contrary status that was seen once
        told_created REAL,
        told_completed REAL,
        seen_at REAL
    )""",
)
_OUTBOX: Final = (
    """CREATE TABLE outbox (
        id INTEGER PRIMARY KEY,                -- runs.id
        profile TEXT NOT NULL,
        webhook TEXT NOT NULL,
        state TEXT NOT NULL,
        attempt INTEGER NOT NULL DEFAULT 0,
        fingerprint TEXT NOT NULL,             -- SHA-256 of domain.inputs.fingerprint
        submitted_at REAL NOT NULL,
        sent_at REAL,                          -- when the intent was committed
        settled_at REAL
    )""",
    "CREATE INDEX outbox_open ON outbox (profile, state, id) WHERE state IN ('queued', 'sending', 'held', 'uncertain')",
    "CREATE INDEX outbox_twins ON outbox (profile, webhook, fingerprint) WHERE state IN ('sending', 'uncertain')",
    "CREATE TABLE transitions (old TEXT NOT NULL, new TEXT NOT NULL, PRIMARY KEY (old, new))",
    """CREATE TRIGGER outbox_moves BEFORE UPDATE OF state ON outbox
        WHEN NOT EXISTS (SELECT 1 FROM transitions WHERE old = OLD.state AND new = NEW.state)
        BEGIN SELECT RAISE(ABORT, 'not a transition of the outbox'); END""",
    "CREATE TRIGGER outbox_stays BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'submissions are kept'); END",
)
_TALLIES: Final = (
    """CREATE TABLE tallies (
        profile TEXT NOT NULL, webhook TEXT NOT NULL, status TEXT NOT NULL, n INTEGER NOT NULL,
        PRIMARY KEY (profile, webhook, status)
    )""",
    """CREATE TRIGGER runs_added AFTER INSERT ON runs BEGIN
        INSERT INTO tallies VALUES (NEW.profile, NEW.webhook, NEW.status, 1)
        ON CONFLICT (profile, webhook, status) DO UPDATE SET n = n + 1; END""",
    """CREATE TRIGGER runs_removed AFTER DELETE ON runs BEGIN
        UPDATE tallies SET n = n - 1 WHERE profile = OLD.profile AND webhook = OLD.webhook AND status = OLD.status; END""",
    """CREATE TRIGGER runs_moved AFTER UPDATE OF status ON runs WHEN OLD.status <> NEW.status BEGIN
        UPDATE tallies SET n = n - 1 WHERE profile = OLD.profile AND webhook = OLD.webhook AND status = OLD.status;
        INSERT INTO tallies VALUES (NEW.profile, NEW.webhook, NEW.status, 1)
        ON CONFLICT (profile, webhook, status) DO UPDATE SET n = n + 1; END""",
)
_REST: Final = (
    # The number of the last commit that changed a row; row 0 means a change outside the table (health).
    "CREATE TABLE changes (row INTEGER PRIMARY KEY, seq INTEGER NOT NULL)",
    "CREATE INDEX changes_by_seq ON changes (seq)",
    """CREATE TABLE history (
        id INTEGER PRIMARY KEY, profile TEXT NOT NULL, webhook TEXT NOT NULL, fingerprint TEXT NOT NULL,
        row INTEGER NOT NULL,                  -- details.id of the latest submission like it
        UNIQUE (profile, webhook, fingerprint)
    )""",
    "CREATE INDEX history_by_row ON history (profile, webhook, row)",
    "CREATE TABLE drafts (profile TEXT NOT NULL, webhook TEXT NOT NULL, inputs TEXT NOT NULL, PRIMARY KEY (profile, webhook))",
    """CREATE TABLE healths (
        profile TEXT NOT NULL, webhook TEXT NOT NULL, health TEXT NOT NULL, words TEXT, ok_at REAL, next_at REAL,
        PRIMARY KEY (profile, webhook)
    )""",
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)

_BATCHES: Final = (
    # A batch is one line of the table (status 'batch') and the rows that name it. Those of a folded one are hidden.
    "ALTER TABLE runs ADD COLUMN batch INTEGER",  # runs.id of the line it belongs to
    "ALTER TABLE runs ADD COLUMN size INTEGER NOT NULL DEFAULT 0",  # of a batch: number of prompts at submission
    "ALTER TABLE runs ADD COLUMN folded INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE batches (id INTEGER PRIMARY KEY, source TEXT NOT NULL)",  # runs.id of the line; JSON, see store/batches
    *(f"DROP INDEX runs_by_{name}" for name in ("created", "webhook", "status", "prompt", "duration")),
    "CREATE INDEX runs_by_created ON runs (profile, folded, created_at, id)",
    "CREATE INDEX runs_by_webhook ON runs (profile, folded, webhook, created_at, id)",
    "CREATE INDEX runs_by_status ON runs (profile, folded, status, created_at, id, webhook)",
    "CREATE INDEX runs_by_prompt ON runs (profile, folded, prompt_head, created_at, id, webhook)",
    "CREATE INDEX runs_by_duration ON runs (profile, folded, duration, created_at, id, webhook)",
    "CREATE INDEX runs_by_batch ON runs (batch, status) WHERE batch IS NOT NULL",
    *(f"DROP TRIGGER runs_{name}" for name in ("added", "removed", "moved")),
    "DROP TABLE tallies",
    """CREATE TABLE tallies (
        profile TEXT NOT NULL, webhook TEXT NOT NULL, status TEXT NOT NULL, folded INTEGER NOT NULL, n INTEGER NOT NULL,
        PRIMARY KEY (profile, webhook, status, folded)
    )""",
    "INSERT INTO tallies SELECT profile, webhook, status, folded, count(*) FROM runs GROUP BY 1, 2, 3, 4",
    """CREATE TRIGGER runs_added AFTER INSERT ON runs BEGIN
        INSERT INTO tallies VALUES (NEW.profile, NEW.webhook, NEW.status, NEW.folded, 1)
        ON CONFLICT (profile, webhook, status, folded) DO UPDATE SET n = n + 1; END""",
    """CREATE TRIGGER runs_removed AFTER DELETE ON runs BEGIN
        UPDATE tallies SET n = n - 1 WHERE profile = OLD.profile AND webhook = OLD.webhook AND status = OLD.status
            AND folded = OLD.folded; END""",
    """CREATE TRIGGER runs_moved AFTER UPDATE OF status, folded ON runs
        WHEN OLD.status <> NEW.status OR OLD.folded <> NEW.folded BEGIN
        UPDATE tallies SET n = n - 1 WHERE profile = OLD.profile AND webhook = OLD.webhook AND status = OLD.status
            AND folded = OLD.folded;
        INSERT INTO tallies VALUES (NEW.profile, NEW.webhook, NEW.status, NEW.folded, 1)
        ON CONFLICT (profile, webhook, status, folded) DO UPDATE SET n = n + 1; END""",
)
_QUEUES: Final = (
    "ALTER TABLE outbox ADD COLUMN place REAL",  # the queue's order, the smallest first
    "UPDATE outbox SET place = id",
    "ALTER TABLE outbox ADD COLUMN skew REAL",  # the server's clock less ours when the intent was committed; NULL: unknown
    "ALTER TABLE outbox ADD COLUMN ref TEXT",  # sent along, to be known again by (option client_ref)
    "ALTER TABLE outbox ADD COLUMN listed_s REAL",  # from intent to the first list that showed its run, seconds
    "ALTER TABLE outbox ADD COLUMN checks INTEGER NOT NULL DEFAULT 0",  # lists, since it is uncertain, that would show its run
    "ALTER TABLE outbox ADD COLUMN next_check REAL",
    "DROP INDEX outbox_open",
    "CREATE INDEX outbox_open ON outbox (profile, state, place) WHERE state IN ('queued', 'sending', 'held', 'uncertain')",
    "DROP INDEX outbox_twins",
    "CREATE INDEX outbox_like ON outbox (profile, webhook, fingerprint, state)",
    """CREATE TABLE queues (
        profile TEXT PRIMARY KEY,
        paused TEXT,                           -- why nothing is sent; NULL: it is
        paused_at REAL,
        max_active INTEGER,                    -- nothing is sent while so many runs are active; NULL: no such limit
        open_since REAL                        -- a sender is at work since then; still set after an unclean stop
    )""",
)
_ENDINGS: Final = (
    # Each run whose end was observed, only once, even if its row is taken over by a prompt or its status changes again.
    """CREATE TABLE endings (
        id INTEGER PRIMARY KEY, profile TEXT NOT NULL, webhook TEXT NOT NULL, run_id TEXT NOT NULL,
        taken REAL,                            -- when a process took it to run the hook; NULL: nobody has
        UNIQUE (profile, run_id, webhook)
    )""",
    "CREATE INDEX endings_due ON endings (profile, id) WHERE taken IS NULL",
    """CREATE TRIGGER runs_ended AFTER UPDATE OF status ON runs WHEN NEW.run_id IS NOT NULL
        AND NEW.status IN ('completed', 'failed', 'cancelled') AND OLD.status NOT IN ('completed', 'failed', 'cancelled')
        BEGIN INSERT OR IGNORE INTO endings (profile, webhook, run_id) VALUES (NEW.profile, NEW.webhook, NEW.run_id); END""",
    # When the last sender ended in good order: until then this database knew all that was sent.
    "ALTER TABLE queues ADD COLUMN closed_at REAL",
)

_VERDICTS: Final = (
    # The user's opinion of an output. It outlives its run's line, as details do.
    """CREATE TABLE verdicts (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,                  -- runs.id
        number INTEGER NOT NULL,               -- which of its outputs, from 1
        kept INTEGER,                          -- 1 kept, 0 rejected, NULL undecided
        stars INTEGER NOT NULL DEFAULT 0,      -- 1 to 5; 0: none given
        UNIQUE (run, number)
    )""",
)
_DOWNLOADS: Final = (
    """CREATE TABLE downloads (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        profile TEXT NOT NULL,
        run INTEGER NOT NULL,                  -- runs.id
        number INTEGER NOT NULL,               -- which of its outputs, from 1
        key TEXT NOT NULL,                     -- domain.output.output_key of its address
        folder TEXT NOT NULL,                  -- absolute; where it goes
        template TEXT NOT NULL,                -- what it is called there
        state TEXT NOT NULL CHECK (state IN ('waiting', 'loading', 'done', 'failed', 'dropped')),
        path TEXT,                             -- below folder: the file once it is whole; what it is about to be called before
        part TEXT,                             -- below folder: what has been loaded so far; NULL: nothing has
        size INTEGER,                          -- bytes of the whole; NULL: not known yet
        got INTEGER NOT NULL DEFAULT 0,        -- bytes of the part that are surely on disk
        validator TEXT,                        -- strong ETag: what is on disk may be gone on with if it still holds
        sha256 TEXT,                           -- of the whole; NULL: it has not been whole yet
        tries INTEGER NOT NULL DEFAULT 0,      -- failed
        not_before REAL,                       -- when to try again
        error TEXT,
        asked_at REAL NOT NULL,
        ended_at REAL,
        UNIQUE (run, number, folder)
    )""",
    "CREATE INDEX downloads_by_state ON downloads (profile, state, id)",
    "CREATE INDEX downloads_by_key ON downloads (profile, key) WHERE state = 'done'",
    # When the outputs of an ended run were listed for automatic download; NULL: not examined yet.
    "ALTER TABLE endings ADD COLUMN loaded REAL",
    "UPDATE endings SET loaded = 0",
    "CREATE INDEX endings_unloaded ON endings (profile, id) WHERE loaded IS NULL",
)

_SERVERS: Final = (
    # Everything is kept per server and profile: prompts queued for one server are never sent to another.
    """CREATE TABLE servers (
        stored_as TEXT PRIMARY KEY,            -- what `profile` is in all other tables
        profile TEXT NOT NULL,                 -- the profile's name in the settings
        base_url TEXT NOT NULL,                -- as str(domain.address.BaseUrl) writes it
        UNIQUE (profile, base_url)
    )""",
)
_COPIES: Final = (
    # On which machine and as which file this database was last known to be the only one: a copy of it sends nothing.
    """CREATE TABLE home (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        machine TEXT NOT NULL,                 -- hash of the machine's id; empty: it has none
        boot TEXT NOT NULL,                    -- hash of the id of its last boot; empty: it has none
        device TEXT NOT NULL, inode TEXT NOT NULL, file_system TEXT NOT NULL   -- of this file; decimal
    )""",
    # Counts committed intents. If it is lower than the number that the sender remembers, the file was replaced by an older copy.
    "ALTER TABLE queues ADD COLUMN generation INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE queues ADD COLUMN resumed INTEGER NOT NULL DEFAULT 0",  # 1: by the user, since a prompt was sent last
    "ALTER TABLE outbox ADD COLUMN editor INTEGER",  # pid of the process in which the user edits it; it is not sent until then
)
_MATCH_SETS: Final = (
    "ALTER TABLE outbox ADD COLUMN skew_within REAL",  # seconds that `skew` may be off, either way; NULL: unknown
    # How a submission's run was found: 'time', 'guess' or 'user'; NULL: its answer named it, or the server echoes it.
    "ALTER TABLE runs ADD COLUMN matched TEXT",
    # Uncertain prompts and runs that may be theirs; which run is whose is unknown.
    """CREATE TABLE match_sets (
        id INTEGER PRIMARY KEY AUTOINCREMENT, profile TEXT NOT NULL, webhook TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('all ran', 'some ran', 'more runs')),
        found_at REAL NOT NULL,
        verdict TEXT,                          -- how the user has settled it; NULL: not yet
        settled_at REAL
    )""",
    "CREATE INDEX match_sets_open ON match_sets (profile, webhook) WHERE verdict IS NULL",
    """CREATE TABLE match_set_prompts (
        set_id INTEGER NOT NULL, row INTEGER NOT NULL,  -- outbox.id
        guess TEXT,                            -- id of the run that is likely its own
        PRIMARY KEY (set_id, row)
    )""",
    "CREATE INDEX match_set_prompts_by_row ON match_set_prompts (row)",
    """CREATE TABLE match_set_runs (
        set_id INTEGER NOT NULL, run_id TEXT NOT NULL,
        claimed INTEGER NOT NULL DEFAULT 0,    -- it is one of the set's, so it is no other prompt's
        PRIMARY KEY (set_id, run_id)
    )""",
    "CREATE INDEX match_set_runs_by_run ON match_set_runs (run_id)",
    # Tries whose outcome was unknown when the user dropped them or had them sent once more: they may have run.
    """CREATE TABLE given_up (
        id INTEGER PRIMARY KEY, row INTEGER NOT NULL, profile TEXT NOT NULL, webhook TEXT NOT NULL,
        sent_at REAL, failed_at REAL, skew REAL, skew_within REAL, ref TEXT
    )""",
    "CREATE INDEX given_up_by_time ON given_up (profile, webhook, sent_at)",
)

_SENT: Final = (
    # Durations count from when a prompt was sent: its wait in our own queue does not belong to the run.
    "ALTER TABLE runs ADD COLUMN sent_at REAL",  # as in outbox; NULL: not sent yet, or started elsewhere
    "UPDATE runs SET sent_at = (SELECT sent_at FROM outbox WHERE outbox.id = runs.id)"
    " WHERE id IN (SELECT id FROM outbox WHERE sent_at IS NOT NULL)",
    """CREATE TRIGGER outbox_sent AFTER UPDATE OF sent_at ON outbox BEGIN
        UPDATE runs SET sent_at = NEW.sent_at WHERE id = NEW.id; END""",
    "ALTER TABLE runs ADD COLUMN begun_at REAL"  # when the server got it, as domain.run.RunRow.begun_at
    " AS (coalesce(min(sent_at, coalesce(started_at, sent_at)), created_at)) VIRTUAL",
    """ALTER TABLE runs ADD COLUMN took REAL AS (CASE
        WHEN ended_at >= created_at THEN max(0.0, ended_at - begun_at)
        WHEN ended_at IS NOT NULL OR status IN ('rejected', 'lost', 'completed', 'failed', 'cancelled') THEN -1.0
        ELSE 1e12 - begun_at END) VIRTUAL""",  # unended rows after all ended ones, the longest last
    "DROP INDEX runs_by_duration",
    "CREATE INDEX runs_by_duration ON runs (profile, folded, took, created_at, id, webhook)",
)

_PINNED: Final = (
    # Bodies that the user has given a name.
    """CREATE TABLE pinned_prompts (
        profile TEXT NOT NULL, webhook TEXT NOT NULL,
        fingerprint TEXT NOT NULL,             -- as in outbox; of a batch's source behind 'batch '
        name TEXT NOT NULL,
        PRIMARY KEY (profile, webhook, fingerprint)
    )""",
)
SEARCH_ALL_INPUTS: Final = (
    "UPDATE runs SET search = with_inputs(CAST(search AS BLOB),"
    " (SELECT CAST(inputs AS BLOB) FROM details WHERE details.id = runs.id))"
    " WHERE EXISTS (SELECT 1 FROM details WHERE details.id = runs.id AND inputs IS NOT NULL)"
)
"""A filter looks into all inputs: below prompt, run id and word `search` has the other inputs' values, a line each."""
_NAMES: Final = "json_each(CASE WHEN json_valid({0}.inputs) THEN {0}.inputs ELSE '{{}}' END)"
_FILTER: Final = (
    "DROP INDEX runs_by_text",  # filled again after the change they take half the time
    "DROP INDEX runs_by_prompt",
    SEARCH_ALL_INPUTS,
    "CREATE INDEX runs_by_text ON runs (profile, created_at, id, webhook, status, search)",
    "CREATE INDEX runs_by_prompt ON runs (profile, folded, prompt_head, created_at, id, webhook)",
    # Names of all inputs that were ever sent: a filter may use each of them.
    "CREATE TABLE input_names (name TEXT PRIMARY KEY) WITHOUT ROWID",
    f"INSERT INTO input_names SELECT DISTINCT key FROM details, {_NAMES.format('details')}",
    f"""CREATE TRIGGER inputs_added AFTER INSERT ON details WHEN NEW.inputs IS NOT NULL
        BEGIN INSERT OR IGNORE INTO input_names SELECT key FROM {_NAMES.format("NEW")}; END""",
    f"""CREATE TRIGGER inputs_changed AFTER UPDATE OF inputs ON details WHEN NEW.inputs IS NOT OLD.inputs
        BEGIN INSERT OR IGNORE INTO input_names SELECT key FROM {_NAMES.format("NEW")}; END""",
)

_PRUNING: Final = (
    # When its run is removed, a sent prompt is remembered by its fingerprint, so it is never sent again without a
    # question.
    "ALTER TABLE outbox ADD COLUMN pruned_at REAL",
    # Removed runs that the server lists again are not stored again.
    """CREATE TABLE pruned (
        profile TEXT NOT NULL, webhook TEXT NOT NULL,
        told_until REAL NOT NULL,              -- latest details.told_created of those removed
        PRIMARY KEY (profile, webhook)
    )""",
)

_LANES: Final = (
    "ALTER TABLE outbox ADD COLUMN lane INTEGER NOT NULL DEFAULT 0",  # domain.outbox.Lane; the lowest is sent first
    "UPDATE outbox SET lane = 1 WHERE state IN ('queued', 'sending', 'held', 'uncertain')"
    " AND id IN (SELECT id FROM runs WHERE batch IS NOT NULL)",
    "DROP INDEX outbox_open",
    "CREATE INDEX outbox_open ON outbox (profile, state, lane, place) WHERE state IN ('queued', 'sending', 'held', 'uncertain')",
)

_LINEAGE: Final = (
    # From which run a run was made: edited, run again, or with one of its outputs as input.
    "ALTER TABLE runs ADD COLUMN parent INTEGER",  # runs.id, kept when that row is removed; NULL: from none
    "ALTER TABLE runs ADD COLUMN parent_output INTEGER",  # which of its outputs, from 1; NULL: from none
    "CREATE INDEX runs_by_parent ON runs (parent, size, id) WHERE parent IS NOT NULL",
    # Inputs that are the address of another run's output, to be replaced by a fresh one when they are sent.
    """CREATE TABLE linked_inputs (
        id INTEGER NOT NULL,                   -- runs.id of the prompt
        name TEXT NOT NULL,                    -- of the input
        run INTEGER NOT NULL,                  -- runs.id of the run whose output it is
        number INTEGER NOT NULL,               -- which of its outputs, from 1
        PRIMARY KEY (id, name)
    )""",
    "CREATE INDEX linked_inputs_by_run ON linked_inputs (run)",
    # A body is the same under any signature of its links: this compares those that may still be sent or are uncertain.
    "UPDATE outbox SET fingerprint = coalesce((SELECT body_digest(CAST(inputs AS BLOB)) FROM details"
    " WHERE details.id = outbox.id AND instr(inputs, '://')), fingerprint)"
    " WHERE state IN ('queued', 'sending', 'held', 'uncertain')",
    "ALTER TABLE drafts ADD COLUMN lineage TEXT",  # JSON, see store/row_codecs; NULL: written from nothing
)

_SPENDING: Final = (
    # Spending limits count prompts sent since a time. 1: the user allowed it to exceed them.
    "ALTER TABLE outbox ADD COLUMN over_limit INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX outbox_by_sent ON outbox (profile, sent_at, webhook, state) WHERE sent_at IS NOT NULL",
    "CREATE INDEX given_up_by_profile ON given_up (profile, sent_at, webhook)",
)

STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (*_RUNS, *_OUTBOX, *_TALLIES, *_REST),
    (*_BATCHES, *_QUEUES),
    _ENDINGS,
    (*_VERDICTS, *_DOWNLOADS),
    (*_SERVERS, *_COPIES),
    _SENT,
    _MATCH_SETS,
    _PINNED,
    (*_FILTER, *BUCKETS),
    _PRUNING,
    (*_LANES, FILL_ENDS),
    (*_LINEAGE, *_SPENDING),
    *LATER_STEPS,
)
"""Step n leads from `PRAGMA user_version` n to n + 1."""


# Functions that steps use.


def define_functions(connection: sqlite3.Connection) -> None:
    """Define the SQL functions of the steps."""
    connection.create_function("with_inputs", 2, with_inputs, deterministic=True)
    connection.create_function("body_digest", 1, _body_digest, deterministic=True)
    connection.create_function("output_kinds", 1, _output_kinds, deterministic=True)


def _body_digest(inputs: bytes | None) -> str | None:
    """Return the fingerprint of stored inputs, as `outbox.fingerprint` has it; None: they cannot be read."""
    readable = readable_inputs(inputs)
    return None if readable is None else digest(readable)


def _output_kinds(outputs: bytes | None) -> int:
    """Return the kinds of stored outputs, as `runs.kinds` has them; 0: they cannot be read."""
    try:
        urls = json.loads(outputs or "[]")
    except (ValueError, RecursionError):
        return 0
    return kinds_of(url for url in urls if isinstance(url, str)) if isinstance(urls, list) else 0
