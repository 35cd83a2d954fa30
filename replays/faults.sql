-- name: at_positions
-- Which events stand at some positions.
SELECT notification_id, originator_id, originator_version, topic FROM liggare.case_events
WHERE notification_id = ANY(%(positions)s)

-- name: registered
-- What the case register has of a partition's cases, and whose each is by now.
SELECT r.case_id, r.person_ref, coalesce(p.joined_to, p.person_ref) AS root, r.key_id,
    r.service, r.received_on, r.stage, r.outcome, r.agreed_end, r.fresh_evidence
FROM liggare.case_register AS r LEFT JOIN liggare.person AS p USING (person_ref)
WHERE mod(get_byte(uuid_send(r.case_id), 15), %(partitions)s) = %(number)s

-- name: consumed
-- The months that a partition's cases use up, and whose they are.
SELECT case_id, person_ref, month FROM liggare.consumed_month
WHERE mod(get_byte(uuid_send(case_id), 15), %(partitions)s) = %(number)s

-- name: commands
-- What is kept of some commands.
SELECT command_id, event_ids, position FROM liggare.command WHERE command_id = ANY(%(commands)s)

-- name: count_commands
-- How many commands are kept.
SELECT count(*) AS commands FROM liggare.command

-- name: joined
-- The references that stand for another's person.
SELECT person_ref, joined_to FROM liggare.person WHERE joined_to IS NOT NULL

-- name: cases_of
-- The cases of a reference.
SELECT case_id FROM liggare.case_register WHERE person_ref = %(person)s ORDER BY received_on LIMIT 1

-- name: touched
-- The cases that have events after a position.
SELECT DISTINCT originator_id AS case_id FROM liggare.case_events WHERE notification_id > %(after)s
