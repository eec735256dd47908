-- A database as the version before runs found by kind, stars and decision left it (schema 21): never edited, so that migrating it stays true.
PRAGMA user_version = 21;
BEGIN TRANSACTION;
CREATE TABLE batches (id INTEGER PRIMARY KEY, source TEXT NOT NULL);
CREATE TABLE buckets (
        key TEXT NOT NULL,                     -- column of runs
        profile TEXT NOT NULL, webhook TEXT NOT NULL,
        status TEXT NOT NULL,                  -- empty where the key is not created_at
        low NOT NULL,                          -- of the range, which ends before the next one's
        n INTEGER NOT NULL,
        PRIMARY KEY (key, profile, low, webhook, status)
    ) WITHOUT ROWID;
CREATE TABLE changes (row INTEGER PRIMARY KEY, seq INTEGER NOT NULL);
INSERT INTO "changes" VALUES(1,4);
INSERT INTO "changes" VALUES(2,4);
INSERT INTO "changes" VALUES(3,7);
INSERT INTO "changes" VALUES(4,10);
INSERT INTO "changes" VALUES(5,12);
INSERT INTO "changes" VALUES(6,14);
INSERT INTO "changes" VALUES(7,16);
INSERT INTO "changes" VALUES(8,17);
INSERT INTO "changes" VALUES(9,18);
CREATE TABLE details (
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
    );
INSERT INTO "details" VALUES(1,'{"prompt":"a lighthouse in fog"}','["https://storage.example/a.png"]',NULL,NULL,NULL,'{}','completed',NULL,NULL,1700000090.0,1700000006.0);
INSERT INTO "details" VALUES(2,NULL,NULL,NULL,NULL,NULL,'{}','running',NULL,1699999000.0,NULL,1700000006.0);
INSERT INTO "details" VALUES(3,'{"prompt":"an uncertain fox"}',NULL,NULL,'no answer',NULL,'{}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "details" VALUES(4,'{"prompt":"a rejected owl"}',NULL,'too long',NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "details" VALUES(5,'{"prompt":"a dropped crow"}',NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "details" VALUES(6,'{"prompt":"a held heron"}',NULL,NULL,'the key is refused',NULL,'{}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "details" VALUES(7,'{"prompt":"in flight when the power went"}',NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "details" VALUES(8,'{"prompt":"queued one"}',NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "details" VALUES(9,'{"prompt":"queued two"}',NULL,NULL,NULL,NULL,'{}',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE downloads (
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
        tries INTEGER NOT NULL DEFAULT 0,      -- in vain
        not_before REAL,                       -- when to try again
        error TEXT,
        asked_at REAL NOT NULL,
        ended_at REAL,
        UNIQUE (run, number, folder)
    );
CREATE TABLE drafts (profile TEXT NOT NULL, webhook TEXT NOT NULL, inputs TEXT NOT NULL, lineage TEXT, PRIMARY KEY (profile, webhook));
INSERT INTO "drafts" VALUES('studio','wh_sunset','{"prompt":"half a thou"}',NULL);
CREATE TABLE duels (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        left_run INTEGER NOT NULL,             -- runs.id
        left_number INTEGER NOT NULL,          -- which of its outputs, from 1
        right_run INTEGER NOT NULL,
        right_number INTEGER NOT NULL,
        winner TEXT NOT NULL CHECK (winner IN ('left', 'right', 'equal')),
        judged_at REAL NOT NULL
    );
CREATE TABLE endings (
        id INTEGER PRIMARY KEY, profile TEXT NOT NULL, webhook TEXT NOT NULL, run_id TEXT NOT NULL,
        taken REAL, loaded REAL,                            -- when a process took it to run the hook; NULL: nobody has
        UNIQUE (profile, run_id, webhook)
    );
CREATE TABLE given_up (
        id INTEGER PRIMARY KEY, row INTEGER NOT NULL, profile TEXT NOT NULL, webhook TEXT NOT NULL,
        sent_at REAL, failed_at REAL, skew REAL, skew_within REAL, ref TEXT
    , known_until INTEGER, intent INTEGER, fingerprint TEXT, run_id TEXT);
CREATE TABLE healths (
        profile TEXT NOT NULL, webhook TEXT NOT NULL, health TEXT NOT NULL, words TEXT, ok_at REAL, next_at REAL,
        PRIMARY KEY (profile, webhook)
    );
CREATE TABLE history (
        id INTEGER PRIMARY KEY, profile TEXT NOT NULL, webhook TEXT NOT NULL, fingerprint TEXT NOT NULL,
        row INTEGER NOT NULL,                  -- details.id of the latest submission like it
        UNIQUE (profile, webhook, fingerprint)
    );
INSERT INTO "history" VALUES(1,'studio','wh_sunset','4d691aef4acb92f48433070d1a580e7326bc0e99db47c3325e0ccd64f752c79b',1);
INSERT INTO "history" VALUES(2,'studio','wh_sunset','1043b8bf27d05759afc8dd37e58b76e5f350d7fee7fcc7c28d7c68421e90e459',3);
INSERT INTO "history" VALUES(3,'studio','wh_sunset','4cb10afaa52b92a412d8fda201ee563129cbfcf3bdb3eabb0e62473dc2bbb568',4);
INSERT INTO "history" VALUES(4,'studio','wh_sunset','4a6568c3b0beb885fb7b1960fd1e45a85ea750f17780e191b3e70ac9972f40bb',5);
INSERT INTO "history" VALUES(5,'studio','wh_sunset','5060a19af5ce42558413f20b7335fbf1748b7be732a452e214d6770efd0ef85c',6);
INSERT INTO "history" VALUES(6,'studio','wh_sunset','0020d4098a7b004ecb3274cfd4cb6d04d4debf8ba532cf0ec291c3c989a57f8f',7);
INSERT INTO "history" VALUES(7,'studio','wh_sunset','d0d173b5e4d031c9e637f0f1cce10626e6d0ba71952c03188eb0f92916eab47f',8);
INSERT INTO "history" VALUES(8,'studio','wh_sunset','b7f8fa887b1e12491b3532426a69255667a45685aeabaaa892c40e777910515f',9);
CREATE TABLE home (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        machine TEXT NOT NULL,                 -- hash of the machine's id; empty: it has none
        boot TEXT NOT NULL,                    -- hash of the id of its last boot; empty: it has none
        device TEXT NOT NULL, inode TEXT NOT NULL, file_system TEXT NOT NULL   -- of this file; decimal
    );
CREATE TABLE input_names (name TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO "input_names" VALUES('prompt');
CREATE TABLE linked_inputs (
        id INTEGER NOT NULL,                   -- runs.id of the prompt
        name TEXT NOT NULL,                    -- of the input
        run INTEGER NOT NULL,                  -- runs.id of the run whose output it is
        number INTEGER NOT NULL,               -- which of its outputs, from 1
        PRIMARY KEY (id, name)
    );
CREATE TABLE match_set_prompts (
        set_id INTEGER NOT NULL, row INTEGER NOT NULL,  -- outbox.id
        guess TEXT,                            -- id of the run that is likely its own
        PRIMARY KEY (set_id, row)
    );
CREATE TABLE match_set_runs (
        set_id INTEGER NOT NULL, run_id TEXT NOT NULL,
        claimed INTEGER NOT NULL DEFAULT 0,    -- it is one of the set's, so it is no other prompt's
        PRIMARY KEY (set_id, run_id)
    );
CREATE TABLE match_sets (
        id INTEGER PRIMARY KEY AUTOINCREMENT, profile TEXT NOT NULL, webhook TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('all ran', 'some ran', 'more runs')),
        found_at REAL NOT NULL,
        verdict TEXT,                          -- how the user has settled it; NULL: not yet
        settled_at REAL
    );
CREATE TABLE outbox (
        id INTEGER PRIMARY KEY,                -- runs.id
        profile TEXT NOT NULL,
        webhook TEXT NOT NULL,
        state TEXT NOT NULL,
        attempt INTEGER NOT NULL DEFAULT 0,
        fingerprint TEXT NOT NULL,             -- SHA-256 of domain.inputs.fingerprint
        submitted_at REAL NOT NULL,
        sent_at REAL,                          -- when the intent was committed
        settled_at REAL
    , place REAL, skew REAL, ref TEXT, listed_s REAL, checks INTEGER NOT NULL DEFAULT 0, next_check REAL, editor INTEGER, skew_within REAL, pruned_at REAL, lane INTEGER NOT NULL DEFAULT 0, over_limit INTEGER NOT NULL DEFAULT 0, unapproved INTEGER NOT NULL DEFAULT 0, known_until INTEGER, intent INTEGER, answered INTEGER NOT NULL DEFAULT 0);
INSERT INTO "outbox" VALUES(1,'studio','wh_sunset','accepted',1,'4d691aef4acb92f48433070d1a580e7326bc0e99db47c3325e0ccd64f752c79b',1700000001.0,1700000002.0,1700000003.0,1.0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,0);
INSERT INTO "outbox" VALUES(3,'studio','wh_sunset','uncertain',1,'1043b8bf27d05759afc8dd37e58b76e5f350d7fee7fcc7c28d7c68421e90e459',1700000007.0,1700000008.0,1700000009.0,3.0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,0);
INSERT INTO "outbox" VALUES(4,'studio','wh_sunset','rejected',1,'4cb10afaa52b92a412d8fda201ee563129cbfcf3bdb3eabb0e62473dc2bbb568',1700000010.0,1700000011.0,1700000012.0,4.0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,0);
INSERT INTO "outbox" VALUES(5,'studio','wh_sunset','dropped',0,'4a6568c3b0beb885fb7b1960fd1e45a85ea750f17780e191b3e70ac9972f40bb',1700000013.0,NULL,1700000014.0,5.0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,0);
INSERT INTO "outbox" VALUES(6,'studio','wh_sunset','held',0,'5060a19af5ce42558413f20b7335fbf1748b7be732a452e214d6770efd0ef85c',1700000015.0,NULL,1700000016.0,6.0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,0);
INSERT INTO "outbox" VALUES(7,'studio','wh_sunset','sending',1,'0020d4098a7b004ecb3274cfd4cb6d04d4debf8ba532cf0ec291c3c989a57f8f',1700000017.0,1700000018.0,NULL,7.0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,0);
INSERT INTO "outbox" VALUES(8,'studio','wh_sunset','queued',0,'d0d173b5e4d031c9e637f0f1cce10626e6d0ba71952c03188eb0f92916eab47f',1700000019.0,NULL,NULL,8.0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,0);
INSERT INTO "outbox" VALUES(9,'studio','wh_sunset','queued',0,'b7f8fa887b1e12491b3532426a69255667a45685aeabaaa892c40e777910515f',1700000020.0,NULL,NULL,9.0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,0);
CREATE TABLE pinned_prompts (
        profile TEXT NOT NULL, webhook TEXT NOT NULL,
        fingerprint TEXT NOT NULL,             -- as in outbox; of a batch's source behind 'batch '
        name TEXT NOT NULL,
        PRIMARY KEY (profile, webhook, fingerprint)
    );
INSERT INTO "pinned_prompts" VALUES('studio','wh_sunset','4d691aef4acb92f48433070d1a580e7326bc0e99db47c3325e0ccd64f752c79b','fog');
CREATE TABLE pruned (
        profile TEXT NOT NULL, webhook TEXT NOT NULL,
        told_until REAL NOT NULL,              -- latest details.told_created of those removed
        PRIMARY KEY (profile, webhook)
    );
CREATE TABLE questions (
        id INTEGER PRIMARY KEY,
        profile TEXT NOT NULL,
        rows TEXT NOT NULL,                    -- outbox.id of each, as a JSON array
        until REAL NOT NULL                    -- epoch seconds: when it ends unless it is renewed
    );
CREATE TABLE queues (
        profile TEXT PRIMARY KEY,
        paused TEXT,                           -- why nothing is sent; NULL: it is
        paused_at REAL,
        max_active INTEGER,                    -- nothing is sent while so many runs are active; NULL: no such limit
        open_since REAL                        -- a sender is at work since then; still set after an unclean stop
    , closed_at REAL, generation INTEGER NOT NULL DEFAULT 0, resumed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE requests (
        id INTEGER PRIMARY KEY,                -- of the prompt: outbox.id
        profile TEXT NOT NULL,
        author TEXT NOT NULL,                  -- who named it: the line of a dropped prompt, which has an author too, is gone
        name TEXT NOT NULL,
        place INTEGER NOT NULL,                -- of the prompt among those of the request, from 0
        digest TEXT NOT NULL,                  -- of all that was asked for
        UNIQUE (profile, author, name, place)
    );
CREATE TABLE runs (
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
    , batch INTEGER, size INTEGER NOT NULL DEFAULT 0, folded INTEGER NOT NULL DEFAULT 0, sent_at REAL, begun_at REAL AS (coalesce(min(sent_at, coalesce(started_at, sent_at)), created_at)) VIRTUAL, matched TEXT, parent INTEGER, parent_output INTEGER, took REAL AS (CASE
        WHEN ended_at >= created_at THEN max(0.0, ended_at - coalesce(started_at, begun_at))
        WHEN ended_at IS NOT NULL OR status IN ('rejected', 'lost', 'completed', 'failed', 'cancelled') THEN -1.0
        ELSE 1e12 - coalesce(started_at, begun_at) END) VIRTUAL, author TEXT);
INSERT INTO "runs" VALUES(1,'studio','wh_sunset','run-a','completed',NULL,'a lighthouse in fog','a lighthouse in fog
run-a

',1700000001.0,1700000004.0,1700000006.0,1,NULL,NULL,0,0,1700000002.0,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(2,'studio','wh_sunset','run-elsewhere','running',NULL,'','
run-elsewhere
',1699999000.0,1699999000.0,NULL,0,NULL,NULL,0,0,NULL,'time',NULL,NULL,NULL);
INSERT INTO "runs" VALUES(3,'studio','wh_sunset',NULL,'uncertain',NULL,'an uncertain fox','an uncertain fox


',1700000007.0,NULL,NULL,0,NULL,NULL,0,0,1700000008.0,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(4,'studio','wh_sunset',NULL,'rejected',NULL,'a rejected owl','a rejected owl


',1700000010.0,NULL,NULL,0,NULL,NULL,0,0,1700000011.0,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(6,'studio','wh_sunset',NULL,'held',NULL,'a held heron','a held heron


',1700000015.0,NULL,NULL,0,NULL,NULL,0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(7,'studio','wh_sunset',NULL,'sending',NULL,'in flight when the power went','in flight when the power went


',1700000017.0,NULL,NULL,0,NULL,NULL,0,0,1700000018.0,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(8,'studio','wh_sunset',NULL,'queued',NULL,'queued one','queued one


',1700000019.0,NULL,NULL,0,NULL,NULL,0,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(9,'studio','wh_sunset',NULL,'queued',NULL,'queued two','queued two


',1700000020.0,NULL,NULL,0,NULL,NULL,0,0,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE servers (
        stored_as TEXT PRIMARY KEY,            -- what `profile` is in all other tables
        profile TEXT NOT NULL,                 -- the profile's name in the settings
        base_url TEXT NOT NULL,                -- as str(domain.address.BaseUrl) writes it
        UNIQUE (profile, base_url)
    );
INSERT INTO "servers" VALUES('studio','studio','https://api.trycordage.com/api/webhooks');
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "settings" VALUES('theme','cordage-light');
CREATE TABLE tags (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,                  -- runs.id
        tag TEXT NOT NULL,                     -- as domain.tag.parse_tag writes it
        UNIQUE (run, tag)
    );
CREATE TABLE tallies (
        profile TEXT NOT NULL, webhook TEXT NOT NULL, status TEXT NOT NULL, folded INTEGER NOT NULL, n INTEGER NOT NULL,
        PRIMARY KEY (profile, webhook, status, folded)
    );
INSERT INTO "tallies" VALUES('studio','wh_sunset','completed',0,1);
INSERT INTO "tallies" VALUES('studio','wh_sunset','held',0,1);
INSERT INTO "tallies" VALUES('studio','wh_sunset','queued',0,2);
INSERT INTO "tallies" VALUES('studio','wh_sunset','rejected',0,1);
INSERT INTO "tallies" VALUES('studio','wh_sunset','running',0,1);
INSERT INTO "tallies" VALUES('studio','wh_sunset','sending',0,1);
INSERT INTO "tallies" VALUES('studio','wh_sunset','uncertain',0,1);
CREATE TABLE transitions (old TEXT NOT NULL, new TEXT NOT NULL, PRIMARY KEY (old, new));
INSERT INTO "transitions" VALUES('accepted','uncertain');
INSERT INTO "transitions" VALUES('dropped','held');
INSERT INTO "transitions" VALUES('dropped','queued');
INSERT INTO "transitions" VALUES('held','dropped');
INSERT INTO "transitions" VALUES('held','queued');
INSERT INTO "transitions" VALUES('queued','dropped');
INSERT INTO "transitions" VALUES('queued','held');
INSERT INTO "transitions" VALUES('queued','sending');
INSERT INTO "transitions" VALUES('rejected','dropped');
INSERT INTO "transitions" VALUES('sending','accepted');
INSERT INTO "transitions" VALUES('sending','held');
INSERT INTO "transitions" VALUES('sending','queued');
INSERT INTO "transitions" VALUES('sending','rejected');
INSERT INTO "transitions" VALUES('sending','uncertain');
INSERT INTO "transitions" VALUES('uncertain','accepted');
INSERT INTO "transitions" VALUES('uncertain','dropped');
INSERT INTO "transitions" VALUES('uncertain','queued');
INSERT INTO "transitions" VALUES('uncertain','rejected');
CREATE TABLE unlisted (
        id INTEGER PRIMARY KEY,                -- runs.id
        heard_at REAL NOT NULL,                -- epoch seconds: when an answer last named it
        words TEXT                             -- why the last read of it failed; NULL: none has failed since
    );
CREATE TABLE verdicts (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,                  -- runs.id
        number INTEGER NOT NULL,               -- which of its outputs, from 1
        kept INTEGER,                          -- 1 kept, 0 rejected, NULL undecided
        stars INTEGER NOT NULL DEFAULT 0,      -- 1 to 5; 0: none given
        UNIQUE (run, number)
    );
CREATE UNIQUE INDEX runs_by_run ON runs (profile, run_id, webhook);
CREATE TRIGGER outbox_moves BEFORE UPDATE OF state ON outbox
        WHEN NOT EXISTS (SELECT 1 FROM transitions WHERE old = OLD.state AND new = NEW.state)
        BEGIN SELECT RAISE(ABORT, 'not a transition of the outbox'); END;
CREATE TRIGGER outbox_stays BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'submissions are kept'); END;
CREATE INDEX changes_by_seq ON changes (seq);
CREATE INDEX history_by_row ON history (profile, webhook, row);
CREATE INDEX runs_by_created ON runs (profile, folded, created_at, id);
CREATE INDEX runs_by_webhook ON runs (profile, folded, webhook, created_at, id);
CREATE INDEX runs_by_status ON runs (profile, folded, status, created_at, id, webhook);
CREATE INDEX runs_by_batch ON runs (batch, status) WHERE batch IS NOT NULL;
CREATE TRIGGER runs_added AFTER INSERT ON runs BEGIN
        INSERT INTO tallies VALUES (NEW.profile, NEW.webhook, NEW.status, NEW.folded, 1)
        ON CONFLICT (profile, webhook, status, folded) DO UPDATE SET n = n + 1; END;
CREATE TRIGGER runs_removed AFTER DELETE ON runs BEGIN
        UPDATE tallies SET n = n - 1 WHERE profile = OLD.profile AND webhook = OLD.webhook AND status = OLD.status
            AND folded = OLD.folded; END;
CREATE TRIGGER runs_moved AFTER UPDATE OF status, folded ON runs
        WHEN OLD.status <> NEW.status OR OLD.folded <> NEW.folded BEGIN
        UPDATE tallies SET n = n - 1 WHERE profile = OLD.profile AND webhook = OLD.webhook AND status = OLD.status
            AND folded = OLD.folded;
        INSERT INTO tallies VALUES (NEW.profile, NEW.webhook, NEW.status, NEW.folded, 1)
        ON CONFLICT (profile, webhook, status, folded) DO UPDATE SET n = n + 1; END;
CREATE INDEX outbox_like ON outbox (profile, webhook, fingerprint, state);
CREATE INDEX endings_due ON endings (profile, id) WHERE taken IS NULL;
CREATE TRIGGER runs_ended AFTER UPDATE OF status ON runs WHEN NEW.run_id IS NOT NULL
        AND NEW.status IN ('completed', 'failed', 'cancelled') AND OLD.status NOT IN ('completed', 'failed', 'cancelled')
        BEGIN INSERT OR IGNORE INTO endings (profile, webhook, run_id) VALUES (NEW.profile, NEW.webhook, NEW.run_id); END;
CREATE INDEX downloads_by_state ON downloads (profile, state, id);
CREATE INDEX downloads_by_key ON downloads (profile, key) WHERE state = 'done';
CREATE INDEX endings_unloaded ON endings (profile, id) WHERE loaded IS NULL;
CREATE TRIGGER outbox_sent AFTER UPDATE OF sent_at ON outbox BEGIN
        UPDATE runs SET sent_at = NEW.sent_at WHERE id = NEW.id; END;
CREATE INDEX match_sets_open ON match_sets (profile, webhook) WHERE verdict IS NULL;
CREATE INDEX match_set_prompts_by_row ON match_set_prompts (row);
CREATE INDEX match_set_runs_by_run ON match_set_runs (run_id);
CREATE INDEX given_up_by_time ON given_up (profile, webhook, sent_at);
CREATE INDEX runs_by_text ON runs (profile, created_at, id, webhook, status, search);
CREATE INDEX runs_by_prompt ON runs (profile, folded, prompt_head, created_at, id, webhook);
CREATE TRIGGER inputs_added AFTER INSERT ON details WHEN NEW.inputs IS NOT NULL
        BEGIN INSERT OR IGNORE INTO input_names SELECT key FROM json_each(CASE WHEN json_valid(NEW.inputs) THEN NEW.inputs ELSE '{}' END); END;
CREATE TRIGGER inputs_changed AFTER UPDATE OF inputs ON details WHEN NEW.inputs IS NOT OLD.inputs
        BEGIN INSERT OR IGNORE INTO input_names SELECT key FROM json_each(CASE WHEN json_valid(NEW.inputs) THEN NEW.inputs ELSE '{}' END); END;
CREATE INDEX outbox_open ON outbox (profile, state, lane, place) WHERE state IN ('queued', 'sending', 'held', 'uncertain');
CREATE INDEX runs_by_parent ON runs (parent, size, id) WHERE parent IS NOT NULL;
CREATE INDEX linked_inputs_by_run ON linked_inputs (run);
CREATE INDEX outbox_by_sent ON outbox (profile, sent_at, webhook, state) WHERE sent_at IS NOT NULL;
CREATE INDEX given_up_by_profile ON given_up (profile, sent_at, webhook);
CREATE INDEX tags_by_tag ON tags (tag, run);
CREATE INDEX duels_by_left ON duels (left_run);
CREATE INDEX duels_by_right ON duels (right_run);
CREATE INDEX runs_by_duration ON runs (profile, folded, took, created_at, id, webhook);
CREATE INDEX runs_by_author ON runs (author, profile, webhook) WHERE author IS NOT NULL;
CREATE TRIGGER outbox_approved BEFORE UPDATE OF state ON outbox
        WHEN NEW.unapproved AND NEW.state NOT IN ('held', 'dropped')
        BEGIN SELECT RAISE(ABORT, 'not approved'); END;
CREATE INDEX given_up_by_row ON given_up (row);
CREATE TRIGGER unlisted_ended AFTER UPDATE OF status ON runs
        WHEN NEW.status IN ('completed', 'failed', 'cancelled', 'lost')
        BEGIN DELETE FROM unlisted WHERE id = NEW.id; END;
CREATE TRIGGER unlisted_removed AFTER DELETE ON runs BEGIN DELETE FROM unlisted WHERE id = OLD.id; END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('runs',9);
COMMIT;
