-- name: occupations
-- How many applications state each pair of SSYK group and the fund's own name, with the position up to which the
-- log was read: one statement, so one position. Without any there is one row, of the position alone.
WITH log AS (SELECT coalesce(max(notification_id), 0) AS position FROM liggare.case_events)
SELECT log.position, stated.occupation, stated.occupation_name, coalesce(stated.applications, 0) AS applications
FROM log
LEFT JOIN (
    SELECT
        body ->> 'occupation' AS occupation,
        body ->> 'occupation_name' AS occupation_name,
        count(*) AS applications
    FROM liggare.case_events AS e, LATERAL (SELECT convert_from(e.state, 'UTF8')::jsonb AS body) AS opened
    WHERE e.topic = 'case.application_received'
        AND (%(policy)s::text IS NULL OR body ->> 'policy' = %(policy)s)
        AND (%(service)s::text IS NULL OR body ->> 'service' = %(service)s)
    GROUP BY 1, 2
) AS stated ON true
