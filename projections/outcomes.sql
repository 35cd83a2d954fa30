-- An application as it came in, once a case. It is never corrected away, and an erased person's still counts.
CREATE TABLE application (
    source uuid PRIMARY KEY,
    policy text NOT NULL,
    service text NOT NULL,
    months integer NOT NULL,
    received_on date NOT NULL,
    region text NOT NULL,
    occupation text,
    occupation_name text,
    sex text NOT NULL,
    birth_year integer NOT NULL
);

-- A decision that stands in the log, whatever came of it later.
CREATE TABLE decision (
    source uuid NOT NULL,
    ordinal integer NOT NULL,
    decided_on date NOT NULL,
    decision text NOT NULL,
    policy text NOT NULL,
    policy_version text NOT NULL,
    service text NOT NULL,
    annulled_on date,
    PRIMARY KEY (source, ordinal)
);

-- A clause that a decision found not to hold, with the code where it is a reason to refuse.
CREATE TABLE clause_failed (
    source uuid NOT NULL,
    ordinal integer NOT NULL,
    number integer NOT NULL,
    clause text NOT NULL,
    code text,
    decided_on date NOT NULL,
    PRIMARY KEY (source, ordinal, number)
);

-- A support, from its first day to what ended it. Without a result it goes on, or its agreed end has passed: such a
-- row is censored there. `days` are those from the first day to the result.
CREATE TABLE engagement (
    source uuid NOT NULL,
    ordinal integer NOT NULL,
    policy text NOT NULL,
    service text NOT NULL,
    months integer NOT NULL,
    catalogue text NOT NULL,
    provider text,
    region text NOT NULL,
    occupation text,
    occupation_name text,
    sex text NOT NULL,
    birth_year integer NOT NULL,
    received_on date NOT NULL,
    decided_on date,
    starts_on date NOT NULL,
    agreed_end date NOT NULL,
    meetings_held integer NOT NULL,
    meetings_required integer NOT NULL,
    meetings_missed integer NOT NULL,
    pauses integer NOT NULL,
    days_paused integer NOT NULL,
    paused_since date,
    reopened integer NOT NULL,
    result text,
    result_on date,
    days integer,
    evidenced boolean,
    PRIMARY KEY (source, ordinal)
);
CREATE INDEX engagement_starts_on_idx ON engagement (starts_on);
