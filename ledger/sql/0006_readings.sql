-- Who has read what of whom: a row each time that a case's content is shown, written before it is.
CREATE TABLE liggare.reading (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    read_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    case_id uuid NOT NULL,
    command text NOT NULL,
    purpose text
);
CREATE INDEX reading_case_idx ON liggare.reading (case_id, number);

CREATE FUNCTION liggare.refuse_change_of_reading() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'readings are never changed: % on % refused', TG_OP, TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER reading_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON liggare.reading
    FOR EACH STATEMENT EXECUTE FUNCTION liggare.refuse_change_of_reading();
