import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import { BATCH_SPAN_MS } from "../../base/cloudwatch-limits.ts";
import type { BatchHeader, Group, LogGroupClass, Packing, Store, Stream } from "../../local/store.ts";

type Row = Record<string, SQLOutputValue>;

const HEADER = "id, stream_id, first_at, last_at, from_index, to_index, bytes, ingested_at, packing";

/** The store of the endpoint in an SQLite database. */
export const createSqliteStore = (db: DatabaseSync): Store => ({
  ...groupTable(db),
  ...streamTable(db),
  ...batchTable(db),
});

type GroupTable = Pick<
  Store,
  | "findGroup"
  | "listGroups"
  | "addGroup"
  | "setRetention"
  | "setDeletionProtected"
  | "setTags"
  | "removeGroup"
>;

const groupTable = (db: DatabaseSync): GroupTable => {
  const find = db.prepare("SELECT * FROM groups WHERE name = ?");
  const add = db.prepare(
    `INSERT INTO groups (name, created_at, class, kms_key_id, deletion_protected, tags) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const retain = db.prepare("UPDATE groups SET retention_days = ? WHERE id = ?");
  const protect = db.prepare("UPDATE groups SET deletion_protected = ? WHERE id = ?");
  const tag = db.prepare("UPDATE groups SET tags = ? WHERE id = ?");
  const remove = db.prepare("DELETE FROM groups WHERE id = ?");
  return {
    findGroup: (name) => optional(find.get(name), toGroup),
    listGroups: ({ prefix, contains, groupClass, names, after, limit }) => {
      const where = conditions([
        prefix !== undefined && ["substr(name, 1, length(?)) = ?", prefix, prefix],
        contains !== undefined && ["instr(name, ?) > 0", contains],
        groupClass !== undefined && ["class = ?", groupClass],
        names !== undefined && ["name IN (SELECT value FROM json_each(?))", JSON.stringify(names)],
        after !== undefined && ["name > ?", after],
      ]);
      const query = db.prepare(`SELECT * FROM groups ${where.sql} ORDER BY name LIMIT ?`);
      return query.all(...where.values, limit).map(toGroup);
    },
    addGroup: (group) => {
      const { name, createdAt, groupClass, kmsKeyId = null, deletionProtected, tags } = group;
      const { changes } = add.run(
        name,
        createdAt,
        groupClass,
        kmsKeyId,
        Number(deletionProtected),
        JSON.stringify(tags),
      );
      return changes === 1;
    },
    setRetention: (group, days) => void retain.run(days ?? null, group.id),
    setDeletionProtected: (group, isProtected) => void protect.run(Number(isProtected), group.id),
    setTags: (group, tags) => void tag.run(JSON.stringify(tags), group.id),
    removeGroup: (group) => void remove.run(group.id),
  };
};

type StreamTable = Pick<Store, "findStream" | "listStreams" | "addStream" | "removeStream">;

const streamTable = (db: DatabaseSync): StreamTable => {
  const find = db.prepare("SELECT * FROM streams WHERE group_id = ? AND name = ?");
  const add = db.prepare(
    "INSERT INTO streams (group_id, name, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const shrink = db.prepare(
    `UPDATE groups SET stored_bytes = stored_bytes -
       (SELECT coalesce(sum(bytes), 0) FROM batches WHERE stream_id = ?) WHERE id = ?`,
  );
  const remove = db.prepare("DELETE FROM streams WHERE id = ?");
  return {
    findStream: (group, name) => optional(find.get(group.id, name), toStream),
    listStreams: ({ groupId, prefix, orderBy, descending, after, limit }) => {
      const key = orderBy === "name" ? "name" : "(coalesce(last_event_at, 0), name)";
      const [than, way] = descending ? ["<", "DESC"] : [">", "ASC"];
      const place = orderBy === "name" ? "?" : "(?, ?)";
      const values = orderBy === "name" ? [after?.name ?? ""] : [after?.lastEventAt ?? 0, after?.name ?? ""];
      const where = conditions([
        ["group_id = ?", groupId],
        prefix !== undefined && ["substr(name, 1, length(?)) = ?", prefix, prefix],
        after !== undefined && [`${key} ${than} ${place}`, ...values],
      ]);
      const order = orderBy === "name" ? `name ${way}` : `coalesce(last_event_at, 0) ${way}, name ${way}`;
      const query = db.prepare(`SELECT * FROM streams ${where.sql} ORDER BY ${order} LIMIT ?`);
      return query.all(...where.values, limit).map(toStream);
    },
    addStream: (group, name, createdAt) => add.run(group.id, name, createdAt).changes === 1,
    removeStream: (stream) =>
      transaction(db, () => {
        shrink.run(stream.id, stream.groupId);
        remove.run(stream.id);
      }),
  };
};

const batchTable = (db: DatabaseSync): Pick<Store, "append" | "batches" | "body"> => {
  const insert = db.prepare(
    `INSERT INTO batches (group_id, stream_id, first_at, last_at, from_index, to_index, bytes, ingested_at, packing, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const touch = db.prepare(
    `UPDATE streams SET first_event_at = min(coalesce(first_event_at, ?1), ?1),
       last_event_at = max(coalesce(last_event_at, ?2), ?2), last_ingestion_at = ?3 WHERE id = ?4`,
  );
  const grow = db.prepare("UPDATE groups SET stored_bytes = stored_bytes + ? WHERE id = ?");
  const body = db.prepare("SELECT body FROM batches WHERE id = ?");
  return {
    append: ({ stream, firstAt, lastAt, from, to, bytes, ingestedAt, packing, body: content }) =>
      transaction(db, () => {
        const { lastInsertRowid } = insert.run(
          stream.groupId,
          stream.id,
          firstAt,
          lastAt,
          from,
          to,
          bytes,
          ingestedAt,
          packing,
          content,
        );
        touch.run(firstAt, lastAt, ingestedAt, stream.id);
        grow.run(bytes, stream.groupId);
        return Number(lastInsertRowid);
      }),
    batches: function* ({ within, from, to, start }) {
      const where = conditions([
        "groupId" in within
          ? ["group_id = ?", within.groupId]
          : within.streamIds.length === 1
            ? ["stream_id = ?", within.streamIds[0] ?? 0]
            : ["stream_id IN (SELECT value FROM json_each(?))", JSON.stringify(within.streamIds)],
        ["first_at <= ? AND last_at >= ?", to, from],
        // No batch is longer than a day: this bounds the walk along the index.
        start === "oldest"
          ? ["first_at >= ?", from - BATCH_SPAN_MS]
          : ["last_at <= ?", Math.min(to + BATCH_SPAN_MS, Number.MAX_SAFE_INTEGER)],
      ]);
      const order = start === "oldest" ? "first_at, id" : "last_at DESC, id DESC";
      const query = db.prepare(`SELECT ${HEADER} FROM batches ${where.sql} ORDER BY ${order}`);
      for (const row of query.iterate(...where.values)) yield toHeader(row);
    },
    body: (batch) => body.get(batch.id)?.body as Uint8Array,
  };
};

const transaction = <Result>(db: DatabaseSync, work: () => Result): Result => {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
};

type Condition = readonly [sql: string, ...values: SQLInputValue[]];

const conditions = (parts: readonly (Condition | false)[]) => {
  const used = parts.filter((part) => part !== false);
  return {
    sql: used.length === 0 ? "" : `WHERE ${used.map(([sql]) => sql).join(" AND ")}`,
    values: used.flatMap(([, ...values]) => values),
  };
};

const optional = <T>(row: Row | undefined, convert: (row: Row) => T): T | undefined =>
  row === undefined ? undefined : convert(row);

const numberOrNothing = (value: SQLOutputValue | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;

const toGroup = (row: Row): Group => ({
  id: Number(row.id),
  name: String(row.name),
  createdAt: Number(row.created_at),
  groupClass: row.class as LogGroupClass,
  kmsKeyId: typeof row.kms_key_id === "string" ? row.kms_key_id : undefined,
  retentionDays: numberOrNothing(row.retention_days),
  deletionProtected: row.deletion_protected === 1,
  tags: JSON.parse(String(row.tags)) as Record<string, string>,
  storedBytes: Number(row.stored_bytes),
});

const toStream = (row: Row): Stream => ({
  id: Number(row.id),
  groupId: Number(row.group_id),
  name: String(row.name),
  createdAt: Number(row.created_at),
  firstEventAt: numberOrNothing(row.first_event_at),
  lastEventAt: numberOrNothing(row.last_event_at),
  lastIngestionAt: numberOrNothing(row.last_ingestion_at),
});

const toHeader = (row: Row): BatchHeader => ({
  id: Number(row.id),
  streamId: Number(row.stream_id),
  firstAt: Number(row.first_at),
  lastAt: Number(row.last_at),
  from: Number(row.from_index),
  to: Number(row.to_index),
  bytes: Number(row.bytes),
  ingestedAt: Number(row.ingested_at),
  packing: row.packing as Packing,
});
