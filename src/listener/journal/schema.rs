//! The tables of the journal, and how an earlier version becomes this one.

use crate::system::database::Schema;

pub(super) const SCHEMA: Schema = Schema {
    migrations: &[
        "
        CREATE TABLE callouts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            received_at TEXT NOT NULL,
            path TEXT NOT NULL,
            webhook_id TEXT,
            type TEXT,
            object_id TEXT,
            body BLOB NOT NULL,
            checks TEXT NOT NULL,
            outcome TEXT,
            status INTEGER,
            took INTEGER,
            error TEXT,
            forwarded_to TEXT
        );
        CREATE INDEX callouts_by_outcome ON callouts (outcome);
    ",
        TOTALS,
        RESPONSES,
        PROFILES,
    ],
};

/// The number and the size of the entries, for refused callouts (1) and all others (0), so that pruning does not
/// read the whole journal.
const TOTALS: &str = "
    CREATE TABLE totals (is_refused INTEGER PRIMARY KEY, entries INTEGER NOT NULL, bytes INTEGER NOT NULL);
    INSERT INTO totals VALUES (0, 0, 0), (1, 0, 0);
    UPDATE totals SET
        entries = (SELECT count(*) FROM callouts WHERE (outcome IS 'refused') = is_refused),
        bytes = (SELECT ifnull(sum(length(body)), 0) FROM callouts WHERE (outcome IS 'refused') = is_refused);
    CREATE INDEX callouts_by_class ON callouts ((outcome IS 'refused'), id);
    CREATE TRIGGER callout_added AFTER INSERT ON callouts BEGIN
        UPDATE totals SET entries = entries + 1, bytes = bytes + length(new.body)
        WHERE is_refused = (new.outcome IS 'refused');
    END;
    CREATE TRIGGER callout_deleted AFTER DELETE ON callouts BEGIN
        UPDATE totals SET entries = entries - 1, bytes = bytes - length(old.body)
        WHERE is_refused = (old.outcome IS 'refused');
    END;
    CREATE TRIGGER callout_completed AFTER UPDATE OF outcome ON callouts
    WHEN (old.outcome IS 'refused') != (new.outcome IS 'refused') BEGIN
        UPDATE totals SET entries = entries - 1, bytes = bytes - length(old.body)
        WHERE is_refused = (old.outcome IS 'refused');
        UPDATE totals SET entries = entries + 1, bytes = bytes + length(new.body)
        WHERE is_refused = (new.outcome IS 'refused');
    END;
";

/// The answers, which count for the size too, and whether a callout was sent by hand.
const RESPONSES: &str = "
    ALTER TABLE callouts ADD COLUMN response BLOB;
    ALTER TABLE callouts ADD COLUMN is_by_hand INTEGER NOT NULL DEFAULT 0;
    DROP TRIGGER callout_deleted;
    DROP TRIGGER callout_completed;
    CREATE TRIGGER callout_deleted AFTER DELETE ON callouts BEGIN
        UPDATE totals SET entries = entries - 1, bytes = bytes - length(old.body) - ifnull(length(old.response), 0)
        WHERE is_refused = (old.outcome IS 'refused');
    END;
    CREATE TRIGGER callout_completed AFTER UPDATE OF outcome, response ON callouts BEGIN
        UPDATE totals SET entries = entries - 1, bytes = bytes - length(old.body) - ifnull(length(old.response), 0)
        WHERE is_refused = (old.outcome IS 'refused');
        UPDATE totals SET entries = entries + 1, bytes = bytes + length(new.body) + ifnull(length(new.response), 0)
        WHERE is_refused = (new.outcome IS 'refused');
    END;
";

/// The profile whose `listen` received a callout.
const PROFILES: &str = "ALTER TABLE callouts ADD COLUMN profile TEXT;";
