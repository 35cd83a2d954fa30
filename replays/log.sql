-- name: newest
-- The position of the log's last event, 0 where there is none.
SELECT coalesce(max(notification_id), 0) AS position FROM liggare.case_events

-- name: partition
-- One partition of the log up to a position: each case lies whole in one partition.
SELECT notification_id, originator_id, originator_version, topic, state, recorded_at FROM liggare.case_events
WHERE mod(get_byte(uuid_send(originator_id), 15), %(partitions)s) = %(number)s AND notification_id <= %(until)s
ORDER BY originator_id, originator_version

-- name: positions
-- Where the events of some topics lie, up to a position, by partition: one look at the log for all of them.
SELECT mod(get_byte(uuid_send(originator_id), 15), %(partitions)s) AS number, array_agg(notification_id) AS positions
FROM liggare.case_events
WHERE topic = ANY(%(topics)s) AND notification_id <= %(until)s
GROUP BY 1

-- name: at_positions
-- The events at some positions, case by case in their order.
SELECT notification_id, originator_id, originator_version, topic, state, recorded_at FROM liggare.case_events
WHERE notification_id = ANY(%(positions)s)
ORDER BY originator_id, originator_version
