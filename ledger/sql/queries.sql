-- name: case_entries
-- The events of some cases after the versions that are known of them, in the log's order.
SELECT e.originator_id, e.originator_version, e.topic, e.state, e.notification_id, e.recorded_at
FROM unnest(%(cases)s::uuid[], %(versions)s::bigint[]) AS known (case_id, version)
JOIN liggare.case_events AS e ON e.originator_id = known.case_id AND e.originator_version > known.version
ORDER BY e.notification_id

-- name: versions_at
-- Which version of its case lies at each of some positions.
SELECT notification_id, originator_version FROM liggare.case_events
WHERE notification_id = ANY(%(positions)s)

-- name: person_of_case
-- Whose a case is (the root, where numbers were joined), the version of that person, and all the person's cases.
SELECT root.person_ref, root.version, array_agg(every.case_id ORDER BY every.case_id) AS cases
FROM liggare.case_register AS r
JOIN liggare.person AS own ON own.person_ref = r.person_ref
JOIN liggare.person AS root ON root.person_ref = coalesce(own.joined_to, own.person_ref)
JOIN liggare.person AS number ON coalesce(number.joined_to, number.person_ref) = root.person_ref
JOIN liggare.case_register AS every ON every.person_ref = number.person_ref
WHERE r.case_id = %(case)s
GROUP BY root.person_ref, root.version

-- name: cases_of_same_person
-- Of some cases, each with all the cases of its person, itself too.
SELECT r.case_id, array_agg(every.case_id) AS cases
FROM liggare.case_register AS r
JOIN liggare.person AS own ON own.person_ref = r.person_ref
JOIN liggare.person AS number
    ON coalesce(number.joined_to, number.person_ref) = coalesce(own.joined_to, own.person_ref)
JOIN liggare.case_register AS every ON every.person_ref = number.person_ref
WHERE r.case_id = ANY(%(cases)s::uuid[])
GROUP BY r.case_id

-- name: cases_of_person
-- Every case of a person, by any of the person's numbers.
SELECT r.case_id
FROM liggare.person AS own
JOIN liggare.person AS number
    ON coalesce(number.joined_to, number.person_ref) = coalesce(own.joined_to, own.person_ref)
JOIN liggare.case_register AS r ON r.person_ref = number.person_ref
WHERE own.person_ref = %(person)s
ORDER BY r.received_on, r.case_id

-- name: numbers_of_person
-- Every number that stands for a person, by any of them.
SELECT number.person_ref
FROM liggare.person AS own
JOIN liggare.person AS number
    ON coalesce(number.joined_to, number.person_ref) = coalesce(own.joined_to, own.person_ref)
WHERE own.person_ref = %(person)s
ORDER BY number.person_ref

-- name: open_applications
-- Cases that take employers' declarations (an application not yet decided, or refused), by every number that stands
-- for the person.
SELECT number.person_ref, r.case_id
FROM liggare.case_register AS r
JOIN liggare.person AS own ON own.person_ref = r.person_ref
JOIN liggare.person AS number
    ON coalesce(number.joined_to, number.person_ref) = coalesce(own.joined_to, own.person_ref)
WHERE r.stage IN ('received', 'refused')
ORDER BY r.case_id

-- name: known_commands
-- Which of some commands were carried out before.
SELECT command_id FROM liggare.command WHERE command_id = ANY(%(commands)s)

-- name: cases_of_number
-- Every case under a number.
SELECT case_id, stage FROM liggare.case_register WHERE person_ref = %(person)s ORDER BY case_id

-- name: cases_to_decide
-- Cases that wait for a decision on a day: never decided, or refused and with evidence since.
SELECT case_id FROM liggare.case_register
WHERE received_on <= %(on)s AND (stage = 'received' OR (stage = 'refused' AND fresh_evidence))
ORDER BY received_on, case_id

-- name: cases_to_expire
-- Cases whose agreed end has passed without a result on record.
SELECT case_id FROM liggare.case_register
WHERE stage IN ('active', 'paused') AND agreed_end < %(today)s
ORDER BY agreed_end, case_id

-- name: cases_with_duties
-- Cases in which something may be due.
SELECT case_id FROM liggare.case_register WHERE stage NOT IN ('erased', 'annulled') ORDER BY case_id

-- name: cases_like
-- The cases whose id begins so, persons' and employers'; two are enough to know that it is ambiguous.
(
    SELECT case_id FROM liggare.case_register
    WHERE case_id >= %(low)s AND case_id <= %(high)s
    ORDER BY case_id LIMIT 2
)
UNION ALL
(
    SELECT originator_id FROM liggare.case_events
    WHERE originator_id >= %(low)s AND originator_id <= %(high)s
        AND originator_version = 1 AND topic = 'employer.case_opened'
    ORDER BY originator_id LIMIT 2
)
ORDER BY case_id LIMIT 2

-- name: command
-- What a command led to when it was carried out.
SELECT body_hmac, event_ids, position FROM liggare.command WHERE command_id = %(command)s

-- name: setting
-- One of the ledger's own settings.
SELECT value FROM liggare.setting WHERE name = %(name)s

-- name: set_once
-- Set one of the ledger's own settings, unless it is set.
INSERT INTO liggare.setting (name, value) VALUES (%(name)s, %(value)s) ON CONFLICT DO NOTHING

-- name: append
-- Carry commands out in their order, all or none.
SELECT a.repeated, a.event_ids, a.position, a.recorded_at
FROM ROWS FROM (json_to_recordset(%(commands)s::json) AS (
    command_id uuid, body_hmac bytea, case_id uuid, person_ref text, person_version bigint, register_version bigint,
    "join" text, part text, consume text[], release boolean, service text, received_on date, stage text, outcome text,
    agreed_end date, fresh_evidence boolean, key_id uuid, event_ids uuid[], events liggare.stored_event_uuid[]
)) WITH ORDINALITY AS c
CROSS JOIN LATERAL liggare.append(
    c.command_id, c.body_hmac, c.case_id, c.person_ref, c.person_version, c.register_version, c.join, c.part,
    c.consume, c.release, c.service, c.received_on, c.stage, c.outcome, c.agreed_end,
    c.fresh_evidence, c.key_id, c.event_ids, c.events
) AS a
ORDER BY c.ordinality

-- name: keys_of_persons
-- The living keys of some persons.
SELECT person_ref, key_id, wrapped_by, wrapped_key FROM liggare_keys.person_key
WHERE person_ref = ANY(%(persons)s) AND ordered_at IS NULL

-- name: add_person_keys
-- Give persons a key each, unless another process was first. In one order, so that two processes don't lock each other.
INSERT INTO liggare_keys.person_key (person_ref, key_id, wrapped_by, wrapped_key)
SELECT new.person_ref, new.key_id, %(wrapped_by)s, new.wrapped_key
FROM unnest(%(persons)s::text[], %(key_ids)s::uuid[], %(wrapped_keys)s::bytea[]) AS new (person_ref, key_id, wrapped_key)
ORDER BY new.person_ref
ON CONFLICT (person_ref) WHERE ordered_at IS NULL DO NOTHING

-- name: keys_by_id
-- Some keys, destroyed ones too.
SELECT key_id, wrapped_by, wrapped_key FROM liggare_keys.person_key WHERE key_id = ANY(%(keys)s)

-- name: order_destruction
-- Order the living keys of some persons destroyed: from here on the erasure is completed, whatever comes between.
UPDATE liggare_keys.person_key SET ordered_by = %(actor)s, ordered_on = %(on)s, ordered_at = clock_timestamp()
WHERE person_ref = ANY(%(persons)s) AND ordered_at IS NULL

-- name: order_again
-- Order keys destroyed that a restored backup of the key store brought back.
UPDATE liggare_keys.person_key SET ordered_by = 'system:erasure', ordered_on = %(on)s, ordered_at = clock_timestamp()
WHERE key_id = ANY(%(keys)s) AND ordered_at IS NULL

-- name: keys_ordered_destroyed
-- Keys that were ordered destroyed and still live: an erasure is under way, or was cut short.
SELECT key_id, person_ref, ordered_by, ordered_on FROM liggare_keys.person_key
WHERE ordered_at IS NOT NULL AND destroyed_at IS NULL
ORDER BY key_id

-- name: destroy_keys
-- Destroy keys that were ordered destroyed: what was sealed under them can never be read again.
UPDATE liggare_keys.person_key SET wrapped_key = NULL, wrapped_by = NULL, destroyed_at = clock_timestamp()
WHERE key_id = ANY(%(keys)s) AND ordered_at IS NOT NULL AND destroyed_at IS NULL

-- name: close_keys
-- Close keys, so that nothing more is sealed under them.
SELECT liggare.close_keys(%(keys)s::uuid[])

-- name: keys_closed
-- The keys that were closed last.
SELECT key_id FROM liggare.closed_key ORDER BY closed_at DESC LIMIT %(limit)s

-- name: cases_of_keys
-- Every case that is sealed under one of some keys.
SELECT case_id, key_id, stage FROM liggare.case_register WHERE key_id = ANY(%(keys)s) ORDER BY case_id

-- name: wrapping_keys
-- The key-encryption keys in use.
SELECT id FROM liggare_keys.wrapping_key

-- name: key_store
-- Whose key store it is, and the key-encryption keys in use.
SELECT
    (SELECT value FROM liggare_keys.key_setting WHERE name = 'ledger_id') AS ledger_id,
    array(SELECT id FROM liggare_keys.wrapping_key) AS wrapping_keys

-- name: add_wrapping_key
-- Take a key-encryption key into use.
INSERT INTO liggare_keys.wrapping_key (id) VALUES (%(id)s) ON CONFLICT DO NOTHING

-- name: retire_wrapping_key
-- Retire a key-encryption key; the database refuses while a person's key is wrapped by it.
DELETE FROM liggare_keys.wrapping_key WHERE id = %(id)s

-- name: keys_wrapped_otherwise
-- Persons' keys that are not wrapped by the newest key-encryption key, from one on.
SELECT key_id, wrapped_by, wrapped_key FROM liggare_keys.person_key
WHERE key_id > %(after)s AND wrapped_by <> %(newest)s
ORDER BY key_id LIMIT %(limit)s

-- name: keys_living
-- How many keys are wrapped, by whichever key-encryption key.
SELECT count(wrapped_key) AS keys FROM liggare_keys.person_key

-- name: rewrap_keys
-- Keep keys as they were wrapped anew, but for those that changed since they were read: a destroyed one stays so.
UPDATE liggare_keys.person_key AS k SET wrapped_by = %(newest)s, wrapped_key = w.new
FROM unnest(%(keys)s::uuid[], %(old)s::bytea[], %(new)s::bytea[]) AS w (key_id, old, new)
WHERE k.key_id = w.key_id AND k.wrapped_key = w.old

-- name: key_set_once
-- Set one of the key store's own settings, unless it is set.
INSERT INTO liggare_keys.key_setting (name, value) VALUES (%(name)s, %(value)s) ON CONFLICT DO NOTHING

-- name: keys_expected
-- The keys of the newest cases and of a hundred others by chance, which the key store should hold.
SELECT DISTINCT r.key_id FROM (
    (SELECT e.originator_id AS case_id FROM liggare.case_events AS e ORDER BY e.notification_id DESC LIMIT 100)
    UNION ALL
    SELECT found.case_id FROM (SELECT gen_random_uuid() AS from_here FROM generate_series(1, 100)) AS chance
    CROSS JOIN LATERAL (
        SELECT c.case_id FROM liggare.case_register AS c WHERE c.case_id >= from_here ORDER BY c.case_id LIMIT 1
    ) AS found
) AS probe
JOIN liggare.case_register AS r USING (case_id)

-- name: keys_of_cases
-- Every key that a case is sealed under.
SELECT DISTINCT key_id FROM liggare.case_register ORDER BY key_id

-- name: keys_held
-- Which of some keys the key store holds, destroyed ones too.
SELECT key_id FROM liggare_keys.person_key WHERE key_id = ANY(%(keys)s)

-- name: key_states
-- Whose some keys are, and whether they are there; in the key store's database.
SELECT key_id, person_ref, wrapped_key IS NOT NULL AS there FROM liggare_keys.person_key WHERE key_id = ANY(%(keys)s)

-- name: migration_lock
-- Let one process at a time bring the database forward.
SELECT pg_advisory_xact_lock(%(lock)s)

-- name: migrated
-- Whether there is a ledger at all. A table is read, since a name's look-up may be answered from a session's
-- memory of before it waited for the lock.
SELECT EXISTS (
    SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s AND c.relname = %(table)s
) AS there

-- name: migrations
-- Which migrations were applied.
SELECT version FROM liggare.migration ORDER BY version

-- name: add_migration
-- Note a migration as applied.
INSERT INTO liggare.migration (version) VALUES (%(version)s)

-- name: key_migrations
-- Which migrations of the key store were applied.
SELECT version FROM liggare_keys.key_migration ORDER BY version

-- name: add_key_migration
-- Note a migration of the key store as applied.
INSERT INTO liggare_keys.key_migration (version) VALUES (%(version)s)
