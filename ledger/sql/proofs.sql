-- name: entries_of_events
-- The log after a position, up to another, as it is hashed: each row's six fields as PostgreSQL's binary COPY writes them.
COPY (
    SELECT notification_id, originator_id, originator_version, topic, recorded_at, state
    FROM liggare.case_events WHERE notification_id > {after} AND notification_id <= {until}
    ORDER BY notification_id LIMIT {limit}
) TO STDOUT (FORMAT binary)

-- name: entries_of_readings
-- The readings after a number, up to another, in the same way; of eight fields each.
COPY (
    SELECT number, read_at, actor, case_id, command, fields, purpose, policy
    FROM liggare.reading WHERE number > {after} AND number <= {until}
    ORDER BY number LIMIT {limit}
) TO STDOUT (FORMAT binary)

-- name: alone
-- Let one transaction at a time extend the trees; false where another does.
SELECT pg_try_advisory_xact_lock(%(lock)s) AS alone

-- name: newest_of_events
-- The position of the log's last event.
SELECT coalesce(max(notification_id), 0) AS position FROM liggare.case_events

-- name: newest_of_readings
-- The number of the last reading.
SELECT coalesce(max(number), 0) AS position FROM liggare.reading

-- name: recording
-- The transactions that are recording readings just now; they hold the lock that the table's trigger takes.
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'advisory' AND (classid, objid, objsubid) = (0, 1279870802, 1)
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())

-- name: newest_checkpoint
-- The last checkpoint of a log.
SELECT size, position, sealed_at, note FROM liggare_proof.checkpoint
WHERE tree = %(tree)s ORDER BY size DESC LIMIT 1

-- name: checkpoint_before
-- The newest checkpoint of the log up to a position.
SELECT note FROM liggare_proof.checkpoint
WHERE tree = 'events' AND position <= %(position)s ORDER BY size DESC LIMIT 1

-- name: checkpoints
-- All checkpoints of a log, the smallest first.
SELECT size, position, sealed_at, note FROM liggare_proof.checkpoint WHERE tree = %(tree)s ORDER BY size

-- name: add_checkpoint
-- Keep a checkpoint.
INSERT INTO liggare_proof.checkpoint (tree, size, position, sealed_at, note)
VALUES (%(tree)s, %(size)s, %(position)s, %(sealed_at)s, %(note)s)

-- name: unpublished
-- The checkpoints that were not published, of each log the smallest first.
SELECT tree, size, note FROM liggare_proof.checkpoint WHERE published_at IS NULL ORDER BY tree, size

-- name: published
-- Note checkpoints as published.
UPDATE liggare_proof.checkpoint SET published_at = clock_timestamp()
WHERE (tree, size) IN (SELECT * FROM unnest(%(trees)s::text[], %(sizes)s::bigint[]))

-- name: tile
-- One row of a tree.
SELECT hashes FROM liggare_proof.tile WHERE tree = %(tree)s AND level = %(level)s AND number = %(number)s

-- name: tiles
-- The rows of one level from a number on, some at a time.
SELECT number, position, hashes FROM liggare_proof.tile
WHERE tree = %(tree)s AND level = %(level)s AND number >= %(number)s ORDER BY number LIMIT %(limit)s

-- name: put_tiles
-- Keep rows of a tree: new ones, and the last of a level grown.
INSERT INTO liggare_proof.tile (tree, level, number, position, hashes)
SELECT %(tree)s, new.*
FROM unnest(%(levels)s::smallint[], %(numbers)s::bigint[], %(positions)s::bigint[], %(hashes)s::bytea[]) AS new
ON CONFLICT (tree, level, number) DO UPDATE SET hashes = excluded.hashes

-- name: places
-- Where in the tree events stand, by their positions: the row of level 0 that begins at or before each, and how many
-- events lie between.
SELECT p.position, t.number * 256 + (
    SELECT count(*) FROM liggare.case_events AS e
    WHERE e.notification_id >= t.position AND e.notification_id < p.position
) AS place
FROM unnest(%(positions)s::bigint[]) AS p (position)
CROSS JOIN LATERAL (
    SELECT number, position FROM liggare_proof.tile
    WHERE tree = 'events' AND level = 0 AND position <= p.position ORDER BY position DESC LIMIT 1
) AS t

-- name: published_table
-- In another database: where checkpoints are published.
CREATE TABLE IF NOT EXISTS liggare_checkpoint (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    note text NOT NULL UNIQUE,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp()
)

-- name: publish
-- Publish a checkpoint; one that is there already stays.
INSERT INTO liggare_checkpoint (note) VALUES (%(note)s) ON CONFLICT DO NOTHING

-- name: published_notes
-- The checkpoints that were published, the oldest first.
SELECT note FROM liggare_checkpoint ORDER BY number
