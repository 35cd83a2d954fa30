-- name: case_entries
-- The events of some cases after the versions that are known of them, in the log's order.
SELECT e.originator_id, e.originator_version, e.topic, e.state, e.notification_id, e.recorded_at
FROM unnest(%(cases)s::uuid[], %(versions)s::bigint[]) AS known (case_id, version)
JOIN liggare.case_events AS e ON e.originator_id = known.case_id AND e.originator_version > known.version
ORDER BY e.notification_id

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

-- name: cases_of_person
-- Every case of a person, under whichever number.
SELECT r.case_id, r.stage
FROM liggare.person AS own
JOIN liggare.person AS number
    ON coalesce(number.joined_to, number.person_ref) = coalesce(own.joined_to, own.person_ref)
JOIN liggare.case_register AS r ON r.person_ref = number.person_ref
WHERE own.person_ref = %(person)s
ORDER BY r.case_id

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

-- name: cases_like
-- The cases whose id begins so; two are enough to know that it is ambiguous.
SELECT case_id FROM liggare.case_register
WHERE case_id >= %(low)s AND case_id <= %(high)s
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
-- Carry one command out.
SELECT * FROM liggare.append(
    %(command_id)s, %(body_hmac)s, %(case_id)s, %(person_ref)s, %(person_version)s,
    %(join)s, %(part)s, %(consume)s,
    %(release)s, %(service)s, %(received_on)s, %(stage)s, %(outcome)s, %(agreed_end)s, %(fresh_evidence)s, %(event_ids)s, %(events)s
)

-- name: person_key
-- The living key of a person.
SELECT key_id, wrapped_by, wrapped_key FROM liggare_keys.person_key
WHERE person_ref = %(person)s AND ordered_at IS NULL

-- name: add_person_key
-- Give a person a key, unless another process was first.
INSERT INTO liggare_keys.person_key (key_id, person_ref, wrapped_by, wrapped_key)
VALUES (%(key_id)s, %(person)s, %(wrapped_by)s, %(wrapped_key)s)
ON CONFLICT (person_ref) WHERE ordered_at IS NULL DO NOTHING

-- name: keys_by_id
-- Some keys, destroyed ones too.
SELECT key_id, wrapped_by, wrapped_key FROM liggare_keys.person_key WHERE key_id = ANY(%(keys)s)

-- name: order_destruction
-- Order a person's key destroyed: from here on the erasure is completed, whatever comes between.
UPDATE liggare_keys.person_key SET ordered_by = %(actor)s, ordered_at = clock_timestamp()
WHERE person_ref = %(person)s AND ordered_at IS NULL

-- name: destroy_person_key
-- Destroy a person's key that was ordered destroyed: what was sealed under it can never be read again.
UPDATE liggare_keys.person_key SET wrapped_key = NULL, wrapped_by = NULL, destroyed_at = clock_timestamp()
WHERE person_ref = %(person)s AND ordered_at IS NOT NULL AND destroyed_at IS NULL

-- name: erasures_ordered
-- Persons whose key was ordered destroyed and still lives: a crash came between.
SELECT DISTINCT person_ref, ordered_by FROM liggare_keys.person_key
WHERE ordered_at IS NOT NULL AND destroyed_at IS NULL

-- name: migration_lock
-- Let one process at a time bring the database forward.
SELECT pg_advisory_xact_lock(%(lock)s)

-- name: migrated
-- Whether there is a ledger at all. A table is read, since a name's look-up may be answered from a session's
-- memory of before it waited for the lock.
SELECT EXISTS (
    SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'liggare' AND c.relname = 'migration'
) AS there

-- name: migrations
-- Which migrations were applied.
SELECT version FROM liggare.migration ORDER BY version

-- name: add_migration
-- Note a migration as applied.
INSERT INTO liggare.migration (version) VALUES (%(version)s)
