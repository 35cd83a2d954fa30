-- What is due in a case, in the order of the days.
CREATE TABLE due (
    source uuid NOT NULL,
    ordinal integer NOT NULL,
    code text NOT NULL,
    due_on date NOT NULL,
    clause text NOT NULL,
    advisor text,
    PRIMARY KEY (source, ordinal)
);
CREATE INDEX due_on_idx ON due (due_on);
CREATE INDEX due_advisor_idx ON due (advisor, due_on);

-- The last day of each support that nothing has closed.
CREATE TABLE last_day (
    source uuid PRIMARY KEY,
    agreed_end date NOT NULL
);
CREATE INDEX last_day_agreed_end_idx ON last_day (agreed_end);
