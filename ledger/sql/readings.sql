-- name: add_readings
-- Note that cases are read, each by itself.
INSERT INTO liggare.reading (actor, case_id, command, purpose)
SELECT %(actor)s, case_id, %(command)s, %(purpose)s::text FROM unnest(%(cases)s::uuid[]) AS read (case_id)
RETURNING number

-- name: readings
-- Who has read a case, the first reader first.
SELECT read_at, actor, command, purpose FROM liggare.reading WHERE case_id = %(case)s ORDER BY number
