-- name: persons_of_cases
-- The cases of the persons whose cases some are, by every number that stands for each; where a decision may have come
-- after another one, in another case of the person or in the same.
SELECT root.person_ref, array_agg(every.case_id ORDER BY every.case_id) AS cases
FROM (
    SELECT DISTINCT coalesce(own.joined_to, own.person_ref) AS person_ref
    FROM liggare.case_register AS r JOIN liggare.person AS own ON own.person_ref = r.person_ref
    WHERE r.case_id = ANY(%(cases)s)
) AS root
JOIN liggare.person AS number ON coalesce(number.joined_to, number.person_ref) = root.person_ref
JOIN liggare.case_register AS every ON every.person_ref = number.person_ref
GROUP BY root.person_ref
HAVING count(*) > 1 OR bool_or(every.case_id = ANY(%(decided_again)s))
ORDER BY root.person_ref

-- name: events_of_cases
-- The events of some cases, of some topics and up to a position, in the log's order.
SELECT notification_id, originator_id, originator_version, topic, state, recorded_at FROM liggare.case_events
WHERE originator_id = ANY(%(cases)s) AND topic = ANY(%(topics)s) AND notification_id <= %(until)s
ORDER BY notification_id
