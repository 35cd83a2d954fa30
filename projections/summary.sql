-- name: cases
-- How many cases stand at each stage, with the result where they ended, by the service applied for.
SELECT service, stage, outcome, count(*) AS cases
FROM liggare.case_register
GROUP BY service, stage, outcome
ORDER BY service, stage, outcome

-- name: refusals
-- How often each code stands in a refusal.
SELECT code, count(*) AS decisions
FROM liggare.case_events AS e,
    LATERAL jsonb_array_elements_text(convert_from(e.state, 'UTF8')::jsonb -> 'refusals') AS code
WHERE e.topic = 'case.eligibility_assessed'
GROUP BY code
ORDER BY decisions DESC, code

-- name: events
-- How many events of each kind the log holds.
SELECT topic, count(*) AS events FROM liggare.case_events GROUP BY topic ORDER BY topic
