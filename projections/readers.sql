-- name: due_until
-- What is due until a day, in all cases or in those of one advisor.
SELECT source, advisor, code, due_on, clause FROM liggare_read.due
WHERE due_on <= %(until)s AND (%(advisor)s::text IS NULL OR advisor = %(advisor)s)
ORDER BY due_on, source, code

-- name: ends_before
-- Supports that nothing closed and whose last day has passed.
SELECT source AS case_id, agreed_end FROM liggare_read.last_day WHERE agreed_end < %(today)s
ORDER BY agreed_end, source

-- name: caseload
-- The open cases of some advisors, with all that is due in them; of everybody where nobody is named, or nobody's.
-- Some of them at a time, each row with how many there are altogether.
SELECT count(*) OVER () AS total, c.*, place.office, place.team, d.due, d.next_due_on
FROM liggare_read.open_case AS c
LEFT JOIN liggare_read.place_of_staff AS place
    ON place.staff = c.advisor AND place.since <= %(day)s AND (place.until IS NULL OR %(day)s < place.until)
LEFT JOIN LATERAL (
    SELECT
        min(due.due_on) AS next_due_on,
        json_agg(json_build_object('due_on', due.due_on, 'code', due.code, 'clause', due.clause)
            ORDER BY due.ordinal) AS due
    FROM liggare_read.due WHERE due.source = c.source
) AS d ON true
WHERE (%(advisors)s::text[] IS NULL OR c.advisor = ANY(%(advisors)s))
    AND (NOT %(nobodys)s OR c.advisor IS NULL)
    AND (%(waits_for)s::text IS NULL OR c.waits_for = %(waits_for)s)
ORDER BY d.next_due_on NULLS LAST, c.agreed_end NULLS LAST, coalesce(c.decided_on, c.received_on), c.source
LIMIT %(limit)s OFFSET %(offset)s

-- name: staff_at
-- Who works at an office or in a team on a day.
SELECT DISTINCT staff FROM liggare_read.place_of_staff
WHERE (%(office)s::text IS NULL OR office = %(office)s) AND (%(team)s::text IS NULL OR team = %(team)s)
    AND since <= %(day)s AND (until IS NULL OR %(day)s < until)
ORDER BY staff

-- name: workload
-- Each advisor's open cases by what they wait for, and how many have something overdue on a day.
SELECT
    c.advisor, place.office, place.team,
    count(*) AS cases,
    count(*) FILTER (WHERE c.stage = 'active') AS active,
    count(*) FILTER (WHERE c.stage = 'paused') AS paused,
    count(*) FILTER (WHERE c.waits_for = 'decision') AS wait_for_decision,
    count(*) FILTER (WHERE c.waits_for = 'advisor') AS wait_for_advisor,
    count(*) FILTER (WHERE c.waits_for = 'start') AS wait_for_start,
    count(*) FILTER (WHERE first.due_on < %(day)s) AS overdue
FROM liggare_read.open_case AS c
LEFT JOIN liggare_read.place_of_staff AS place
    ON place.staff = c.advisor AND place.since <= %(day)s AND (place.until IS NULL OR %(day)s < place.until)
LEFT JOIN liggare_read.due AS first ON first.source = c.source AND first.ordinal = 1
WHERE (%(advisors)s::text[] IS NULL OR c.advisor = ANY(%(advisors)s)) AND (NOT %(nobodys)s OR c.advisor IS NULL)
GROUP BY c.advisor, place.office, place.team
ORDER BY c.advisor NULLS FIRST

-- name: advisors_of_case
-- Everybody who had a case, in turn.
SELECT advisor, since, until FROM liggare_read.advisor_of_case WHERE source = %(case)s ORDER BY ordinal

-- name: cases_of_advisor
-- Every case that somebody had, now or before.
SELECT source, since, until FROM liggare_read.advisor_of_case WHERE advisor = %(advisor)s ORDER BY since, source

-- name: outcomes
-- Supports by service, the year in which they began, and what came of them by a day; with the position that the rows
-- reach. Without any there is one row, of the position alone.
SELECT p.position, counted.service, counted.year, counted.result, coalesce(counted.supports, 0) AS supports
FROM liggare_read.projection AS p
LEFT JOIN (
    SELECT
        service,
        extract(year FROM starts_on)::integer AS year,
        coalesce(result, CASE WHEN agreed_end < %(day)s THEN 'not_recorded' ELSE 'ongoing' END) AS result,
        count(*) AS supports
    FROM liggare_read.engagement
    WHERE (%(policy)s::text IS NULL OR policy = %(policy)s) AND (%(service)s::text IS NULL OR service = %(service)s)
    GROUP BY 1, 2, 3
) AS counted ON true
WHERE p.name = 'outcomes'
ORDER BY counted.service, counted.year, counted.result

-- name: decisions
-- Decisions by what was decided, with the position that the rows reach; without any, one row of the position alone.
SELECT p.position, counted.decision, coalesce(counted.decisions, 0) AS decisions
FROM liggare_read.projection AS p
LEFT JOIN (
    SELECT decision, count(*) AS decisions FROM liggare_read.decision
    WHERE (%(policy)s::text IS NULL OR policy = %(policy)s) AND (%(service)s::text IS NULL OR service = %(service)s)
    GROUP BY decision
) AS counted ON true
WHERE p.name = 'outcomes'

-- name: clauses_failed
-- Refusals by the code and the clause that they rest on.
SELECT f.code, f.clause, count(DISTINCT (f.source, f.ordinal)) AS decisions
FROM liggare_read.clause_failed AS f
JOIN liggare_read.decision AS d USING (source, ordinal)
WHERE d.decision = 'refuse' AND f.code IS NOT NULL
    AND (%(policy)s::text IS NULL OR d.policy = %(policy)s) AND (%(service)s::text IS NULL OR d.service = %(service)s)
GROUP BY f.code, f.clause
ORDER BY f.code, f.clause

-- name: carried_grants
-- What used up the months of the person of a case, under every number that stands for the person; each grant once, as
-- it was told of last.
SELECT DISTINCT ON (g.granted_in)
    g.granted_in, g.event_id, g.decided_on, g.last_day, g.months, g.source
FROM liggare.case_register AS r
JOIN liggare.person AS own ON own.person_ref = r.person_ref
JOIN liggare.person AS number
    ON coalesce(number.joined_to, number.person_ref) = coalesce(own.joined_to, own.person_ref)
JOIN liggare_read.carried_grant AS g ON g.person_ref = number.person_ref
WHERE r.case_id = %(case)s AND g.told_on <= %(day)s
ORDER BY g.granted_in, g.told_on DESC, g.told_at DESC

-- name: modules
-- How far employers have come with each module.
SELECT
    module,
    count(*) AS employers,
    count(*) FILTER (WHERE completed_on IS NOT NULL) AS completed,
    count(*) FILTER (WHERE deviates) AS out_of_order
FROM liggare_read.employer_module GROUP BY module ORDER BY module

-- name: funding
-- What employers applied for and got, by the kind of cost and what became of it, in whole ore.
SELECT kind, clause, result, count(*) AS lines, sum(amount_ore)::bigint AS amount_ore
FROM liggare_read.funding_line GROUP BY kind, clause, result ORDER BY kind, result

-- name: notifications
-- How many employees were notified for extended measures, by year.
SELECT extract(year FROM notified_on)::integer AS year, count(*) AS notifications
FROM liggare_read.employer_notification GROUP BY 1 ORDER BY 1

-- name: steps
-- How many procedures have done each of the five steps.
SELECT
    step, clause,
    count(*) AS procedures,
    count(done_on) AS done,
    count(*) FILTER (WHERE deviates) AS out_of_order
FROM liggare_read.procedure_step GROUP BY step, clause ORDER BY step
