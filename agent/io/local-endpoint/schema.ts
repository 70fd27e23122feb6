/** Raised when the tables below change; a data directory of another version is refused, not converted. */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
CREATE TABLE groups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  class TEXT NOT NULL,
  kms_key_id TEXT,
  retention_days INTEGER,
  deletion_protected INTEGER NOT NULL,
  tags TEXT NOT NULL,
  stored_bytes INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE streams (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  first_event_at INTEGER,
  last_event_at INTEGER,
  last_ingestion_at INTEGER,
  UNIQUE (group_id, name)
) STRICT;
CREATE INDEX streams_by_time ON streams (group_id, last_event_at, name);

CREATE TABLE batches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER NOT NULL,
  stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  from_index INTEGER NOT NULL,
  to_index INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  ingested_at INTEGER NOT NULL,
  packing TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX batches_by_group ON batches (group_id, first_at, id);
CREATE INDEX batches_by_first ON batches (stream_id, first_at, id);
CREATE INDEX batches_by_last ON batches (stream_id, last_at, id);
`;
