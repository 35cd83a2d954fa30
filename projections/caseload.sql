-- A case that somebody has to work on, as it stands; what depends on the day is left to the reader. `protected` tells
-- of a protection that stands in this case, for a list to show it: who may open a case is asked of the ledger itself.
CREATE TABLE open_case (
    source uuid PRIMARY KEY,
    service text NOT NULL,
    policy text NOT NULL,
    months integer NOT NULL,
    stage text NOT NULL,
    waits_for text,
    advisor text,
    received_on date NOT NULL,
    decided_on date,
    starts_on date,
    agreed_end date,
    meetings_held integer NOT NULL,
    meetings_required integer,
    meetings_missed integer NOT NULL,
    plan_agreed_on date,
    tasks_done integer NOT NULL,
    tasks integer NOT NULL,
    activities_done integer NOT NULL,
    activities integer NOT NULL,
    last_contact date,
    paused_since date,
    flags text[] NOT NULL,
    protected boolean NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX open_case_advisor_idx ON open_case (advisor);
CREATE INDEX open_case_waits_idx ON open_case (waits_for) WHERE waits_for IS NOT NULL;

-- Who had a case, from which day to which: a move keeps both.
CREATE TABLE advisor_of_case (
    source uuid NOT NULL,
    ordinal integer NOT NULL,
    advisor text NOT NULL,
    since date NOT NULL,
    until date,
    PRIMARY KEY (source, ordinal)
);
CREATE INDEX advisor_of_case_advisor_idx ON advisor_of_case (advisor, since);

-- Where somebody works, from which day up to which (that day no more), and as what.
CREATE TABLE place_of_staff (
    source uuid NOT NULL,
    staff text NOT NULL,
    since date NOT NULL,
    until date,
    office text NOT NULL,
    team text,
    roles text[] NOT NULL,
    PRIMARY KEY (staff, since)
);
CREATE INDEX place_of_staff_office_idx ON place_of_staff (office);
CREATE INDEX place_of_staff_team_idx ON place_of_staff (team);
CREATE INDEX place_of_staff_source_idx ON place_of_staff (source);
