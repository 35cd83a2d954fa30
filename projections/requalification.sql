-- A grant that stands in the person's own cases, or that a case has evidence of from elsewhere, with the months that it
-- used up (K-5.5-b). `told_at` is the position of what tells of it: the newest holds where several tell of the same.
CREATE TABLE carried_grant (
    source uuid NOT NULL,
    ordinal integer NOT NULL,
    person_ref text NOT NULL,
    granted_in text NOT NULL,
    event_id uuid NOT NULL,
    decided_on date NOT NULL,
    last_day date NOT NULL,
    months text[] NOT NULL,
    told_on date NOT NULL,
    told_at bigint NOT NULL,
    PRIMARY KEY (source, ordinal)
);
CREATE INDEX carried_grant_person_idx ON carried_grant (person_ref);
