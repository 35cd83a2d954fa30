-- name: add_readings
-- Note readings, those of several callers in their order.
INSERT INTO liggare.reading (actor, case_id, command, fields, purpose, policy)
SELECT actor, case_id, command, fields, purpose, policy
FROM json_to_recordset(%(readings)s::json)
    AS r (actor text, case_id uuid, command text, fields text[], purpose text, policy text)
RETURNING number

-- name: readings
-- Who has read a case, the first reader first.
SELECT number, read_at, actor, command, fields, purpose, policy FROM liggare.reading
WHERE case_id = %(case)s ORDER BY number
