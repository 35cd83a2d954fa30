-- name: holds
-- Whether anything at all was ever recorded.
SELECT EXISTS (SELECT FROM liggare.case_events) AS anything

-- name: lives
-- Everything that is kept of the cases of persons, each person's entries in the log's order.
SELECT r.person_ref, p.version AS person_version, e.originator_id, e.originator_version, e.topic, e.state
FROM liggare.case_register AS r
JOIN liggare.person AS p USING (person_ref)
JOIN liggare.case_events AS e ON e.originator_id = r.case_id
ORDER BY r.person_ref, e.notification_id

-- name: registered
-- Where each case stands, and the months that its grant used up.
SELECT
    case_id, person_ref, service, received_on, stage, outcome, agreed_end, fresh_evidence, key_id,
    ARRAY(SELECT m.month FROM liggare.consumed_month AS m WHERE m.case_id = r.case_id ORDER BY m.month) AS months
FROM liggare.case_register AS r

-- name: commands
-- The commands, each with the events that it led to.
SELECT command_id, event_ids FROM liggare.command

-- name: hurry
-- Whoever is cut short begins again: nothing is waited for until it is on the disk.
SET synchronous_commit = off

-- name: lock
-- Let nobody else write to the log, as the append function does.
LOCK TABLE liggare.case_events IN EXCLUSIVE MODE

-- name: reserve
-- Take the next positions of the log; return the one before them, and the time at which they are recorded.
SELECT
    nextval(seq) - 1 AS before,
    setval(seq, currval(seq) - 1 + %(count)s) AS last,
    greatest(
        clock_timestamp(),
        (SELECT recorded_at FROM liggare.case_events ORDER BY notification_id DESC LIMIT 1)
    )::text AS recorded_at
FROM pg_get_serial_sequence('liggare.case_events', 'notification_id') AS seq

-- name: add_events
COPY liggare.case_events (originator_id, originator_version, topic, state, notification_id, recorded_at) FROM STDIN

-- name: add_commands
COPY liggare.command (command_id, body_hmac, event_ids, position) FROM STDIN

-- name: add_persons
COPY liggare.person (person_ref, version) FROM STDIN

-- name: add_cases
COPY liggare.case_register
    (case_id, person_ref, service, received_on, stage, outcome, agreed_end, fresh_evidence, key_id)
FROM STDIN

-- name: add_months
COPY liggare.consumed_month (person_ref, month, case_id) FROM STDIN

-- name: tell
-- Wake those who listen.
NOTIFY case_events

-- name: size
-- How many events the log holds.
SELECT count(*) AS events FROM liggare.case_events

-- name: know
-- Let the planner know what there is.
ANALYZE
