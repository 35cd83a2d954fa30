-- name: newest
-- The position of the log's last event.
SELECT coalesce(max(notification_id), 0) AS position FROM liggare.case_events

-- name: batch
-- The log after a position, in its order.
SELECT originator_id, originator_version, topic, state, notification_id, recorded_at
FROM liggare.case_events
WHERE notification_id > %(after)s
ORDER BY notification_id
LIMIT %(size)s

-- name: earlier
-- Events of some cases between two versions of each, both left out.
SELECT e.originator_id, e.originator_version, e.topic, e.state, e.notification_id, e.recorded_at
FROM unnest(%(cases)s::uuid[], %(after)s::bigint[], %(before)s::bigint[]) AS wanted (case_id, after, before)
JOIN liggare.case_events AS e
    ON e.originator_id = wanted.case_id
    AND e.originator_version > wanted.after AND e.originator_version < wanted.before
ORDER BY e.originator_id, e.originator_version

-- name: histories
-- All events of some cases up to a position.
SELECT originator_id, originator_version, topic, state, notification_id, recorded_at
FROM liggare.case_events
WHERE originator_id = ANY(%(cases)s) AND notification_id <= %(until)s
ORDER BY originator_id, originator_version

-- name: read_all
-- Let a cursor be planned for all of its rows: sorted once, not looked up one by one; for this transaction.
SELECT set_config('cursor_tuple_fraction', '1', true), set_config('work_mem', '64MB', true)

-- name: by_case
-- All events up to a position, case by case.
SELECT originator_id, originator_version, topic, state, notification_id, recorded_at
FROM liggare.case_events
WHERE notification_id <= %(until)s
ORDER BY originator_id, originator_version

-- name: lead
-- Become the one that runs the projections, if nobody is.
SELECT pg_try_advisory_lock(%(lock)s) AS leads

-- name: led
-- Whether anybody runs the projections of this database.
SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND objid = %(lock)s AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS led

-- name: leave
-- Let somebody else take the place.
SELECT pg_advisory_unlock(%(lock)s)

-- name: listen
-- Be told of every command that is carried out.
LISTEN case_events

-- name: states
-- Each projection: the version of its rows, how far they reach, and what stopped it.
SELECT name, version, position, error, failed_at, moved_at FROM liggare_read.projection ORDER BY name

-- name: state
-- Where one projection is.
SELECT version, position FROM liggare_read.projection WHERE name = %(name)s

-- name: overdue
-- The projections that have not read an event which was recorded so many seconds ago.
SELECT p.name
FROM liggare_read.projection AS p
CROSS JOIN LATERAL (
    SELECT recorded_at FROM liggare.case_events WHERE notification_id > p.position
    ORDER BY notification_id LIMIT 1
) AS unread
WHERE unread.recorded_at < clock_timestamp() - make_interval(secs => %(seconds)s)

-- name: move
-- Move projections on from one position to another; those that somebody else moved stay where they are.
UPDATE liggare_read.projection AS p SET position = %(to)s, moved_at = clock_timestamp()
FROM unnest(%(names)s::text[], %(versions)s::integer[]) AS ours (name, version)
WHERE p.name = ours.name AND p.version = ours.version AND p.position = %(from)s AND p.error IS NULL
RETURNING p.name

-- name: stop
-- Stop a projection, with the reason.
UPDATE liggare_read.projection SET error = %(error)s, failed_at = clock_timestamp()
WHERE name = %(name)s AND position = %(position)s

-- name: try_again
-- Let projections that were stopped try again.
UPDATE liggare_read.projection SET error = NULL, failed_at = NULL WHERE name = ANY(%(names)s) AND error IS NOT NULL

-- name: set_state
-- Set what a projection's live rows are: their version, and how far they reach.
INSERT INTO liggare_read.projection (name, version, position) VALUES (%(name)s, %(version)s, %(position)s)
ON CONFLICT (name) DO UPDATE
SET version = excluded.version, position = excluded.position, error = NULL, failed_at = NULL,
    moved_at = clock_timestamp()

-- name: hold
-- Hold a projection where it is, until the transaction ends.
SELECT version, position FROM liggare_read.projection WHERE name = %(name)s FOR UPDATE

-- name: clear
-- Take away the rows of some cases from a table.
DELETE FROM {table} WHERE source = ANY(%(sources)s)

-- name: fill
-- Add rows to a table.
COPY {table} ({columns}) FROM STDIN

-- name: make_shadow
-- A schema to build tables in, beside the live ones.
CREATE SCHEMA {schema}

-- name: drop_shadow
-- Throw away what was built beside.
DROP SCHEMA IF EXISTS {schema} CASCADE

-- name: build_in
-- Make what follows, unless it says otherwise, in a schema; for this transaction.
SELECT set_config('search_path', %(schema)s, true)

-- name: soon
-- Rather fail than wait long for a reader; for this transaction.
SELECT set_config('lock_timeout', '2s', true)

-- name: drop_table
-- Take a live table away.
DROP TABLE IF EXISTS {table}

-- name: move_table
-- Put a table that was built beside in its place.
ALTER TABLE {table} SET SCHEMA liggare_read

-- name: rows_of_case
-- The rows that a table has of a case.
SELECT {columns} FROM {table} WHERE source = %(source)s

-- name: differing
-- The cases whose rows in two tables differ, and how many they are.
SELECT source, count(*) OVER () AS cases FROM (
    SELECT DISTINCT source FROM (
        (SELECT {columns} FROM {live} EXCEPT ALL SELECT {columns} FROM {shadow})
        UNION ALL
        (SELECT {columns} FROM {shadow} EXCEPT ALL SELECT {columns} FROM {live})
    ) AS odd
) AS sources
ORDER BY source
LIMIT %(limit)s

-- name: analyze
-- Let the planner know a table.
ANALYZE {table}

-- name: hurry
-- What is derived is not waited for until it is on the disk: after a crash it is derived again.
SET synchronous_commit = off
