-- name: events_by_id
-- The events of some ids, wherever they lie: a command names the events that it led to, and the last one's position.
SELECT e.originator_id, e.originator_version, e.topic, e.state, e.notification_id, e.recorded_at
FROM liggare.command AS c
JOIN liggare.case_events AS e
    ON e.notification_id > c.position - cardinality(c.event_ids) AND e.notification_id <= c.position
WHERE c.event_ids && %(ids)s::uuid[]
ORDER BY e.notification_id
