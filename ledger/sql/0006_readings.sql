-- Who has read what of whom: a row each time that content is shown, of each case or of a search, written before it is.
-- Fields are the parts of the content that were shown; the policy is the rule by which that was allowed.
CREATE TABLE liggare.reading (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    read_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    case_id uuid,
    command text NOT NULL,
    fields text[] NOT NULL,
    purpose text,
    policy text
);
CREATE INDEX reading_case_idx ON liggare.reading (case_id, number) WHERE case_id IS NOT NULL;

-- Readings wait for nobody, so one may be committed after another of a higher number. Whoever records one says so before
-- the number is drawn, until the transaction has ended: the sealer waits for those, and seals without missing one.
CREATE FUNCTION liggare.announce_readings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1279870802);
    RETURN NULL;
END;
$$;
CREATE TRIGGER reading_is_announced BEFORE INSERT ON liggare.reading
    FOR EACH STATEMENT EXECUTE FUNCTION liggare.announce_readings();

CREATE FUNCTION liggare.refuse_change_of_reading() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'readings are never changed: % on % refused', TG_OP, TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER reading_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON liggare.reading
    FOR EACH STATEMENT EXECUTE FUNCTION liggare.refuse_change_of_reading();
