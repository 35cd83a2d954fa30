-- An employer's case.
CREATE TABLE employer_case (
    source uuid PRIMARY KEY,
    organisation_number text NOT NULL,
    kind text NOT NULL,
    area text NOT NULL,
    stage text NOT NULL,
    opened_on date NOT NULL,
    closed_on date,
    funded_ore bigint NOT NULL
);

-- The module board: a module that an employer began.
CREATE TABLE employer_module (
    source uuid NOT NULL,
    module integer NOT NULL,
    started_on date NOT NULL,
    completed_on date,
    deviates boolean NOT NULL,
    PRIMARY KEY (source, module)
);

-- A line of an application for preventive funds, and what became of it.
CREATE TABLE funding_line (
    source uuid NOT NULL,
    application integer NOT NULL,
    line integer NOT NULL,
    applied_on date NOT NULL,
    kind text NOT NULL,
    amount_ore bigint NOT NULL,
    result text NOT NULL,
    clause text,
    code text,
    PRIMARY KEY (source, application, line)
);

-- An employer's notification of an employee for extended measures.
CREATE TABLE employer_notification (
    source uuid NOT NULL,
    ordinal integer NOT NULL,
    notified_on date NOT NULL,
    PRIMARY KEY (source, ordinal)
);

-- The five steps of a procedure at reduced work capacity, done or not.
CREATE TABLE procedure_step (
    source uuid NOT NULL,
    step integer NOT NULL,
    clause text NOT NULL,
    done_on date,
    deviates boolean NOT NULL,
    PRIMARY KEY (source, step)
);
