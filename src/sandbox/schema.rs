//! The tables of the database, one step for each version.

/// The columns next to the document are for look-ups by ID, and by type and object. Earlier versions filtered by the
/// others too; a step is never changed, so they stay.
pub const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE webhooks (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL,
        object_id TEXT NOT NULL,
        status TEXT NOT NULL,
        url TEXT NOT NULL,
        document TEXT NOT NULL,
        UNIQUE (type, object_id)
    );
    CREATE INDEX webhooks_by_object ON webhooks (object_id);
    CREATE INDEX webhooks_by_url ON webhooks (url);
    CREATE INDEX webhooks_to_scan ON webhooks (type, object_id, status, url, id);
",
    PAGING,
    OBJECTS,
    REQUESTS,
];

/// The requests that the sandbox answers while somebody watches, until then at most.
const REQUESTS: &str = "
    CREATE TABLE watches (id INTEGER PRIMARY KEY AUTOINCREMENT, until INTEGER NOT NULL);
    CREATE TABLE requests (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        began INTEGER NOT NULL,
        method TEXT NOT NULL,
        target TEXT NOT NULL,
        status INTEGER NOT NULL
    );
";

/// Objects that were changed, and the history of webhooks.
const OBJECTS: &str = "
    CREATE TABLE objects (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (kind, id)
    );
    CREATE TABLE history (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        object_id TEXT NOT NULL,
        document TEXT NOT NULL
    );
    CREATE INDEX history_by_object ON history (object_id);
";

/// A page far into the list skips the rows before it in these indices, without reading documents.
const PAGING: &str = "
    CREATE INDEX webhooks_in_order ON webhooks (sequence);
    CREATE INDEX webhooks_by_type ON webhooks (type);
";
