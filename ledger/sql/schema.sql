-- The database's shape as the migrations leave it, kept whole in one place for reading; a test compares the two.


CREATE SCHEMA liggare;
CREATE SCHEMA liggare_keys;
CREATE SCHEMA liggare_read;
CREATE SCHEMA liggare_proof;

-- Which of these files were applied.
CREATE TABLE liggare.migration (
    version integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What is true of this ledger as a whole, such as the mark of its key file.
CREATE TABLE liggare.setting (
    name text PRIMARY KEY,
    value text NOT NULL
);

-- The shape in which events are handed to the append function.
CREATE TYPE liggare.stored_event_uuid AS (
    originator_id uuid,
    originator_version bigint,
    topic text,
    state bytea
);

-- The log. notification_id is the position; recorded_at never runs back along it.
CREATE TABLE liggare.case_events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigint GENERATED ALWAYS AS IDENTITY,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
);
CREATE UNIQUE INDEX case_events_notification_id_idx ON liggare.case_events (notification_id);

CREATE FUNCTION liggare.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are never changed: % on % refused', TG_OP, TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER case_events_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON liggare.case_events
    FOR EACH STATEMENT EXECUTE FUNCTION liggare.refuse_change();

-- One row a command that was carried out: sent again, it is recognised, never carried out twice.
CREATE TABLE liggare.command (
    command_id uuid PRIMARY KEY,
    body_hmac bytea NOT NULL,
    event_ids uuid[] NOT NULL,
    position bigint NOT NULL
);

-- One row an identity number: every decision raises the version it was made on, so that two can't pass each other.
-- Two numbers of one person are joined by pointing at the same root, whose version counts for both.
CREATE TABLE liggare.person (
    person_ref text PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0,
    joined_to text REFERENCES liggare.person
) WITH (fillfactor = 80);
CREATE INDEX person_root_idx ON liggare.person (coalesce(joined_to, person_ref));

-- K-5.5-b: a calendar month carries one grant of a person (the root) at the most.
CREATE TABLE liggare.consumed_month (
    person_ref text NOT NULL REFERENCES liggare.person,
    month text NOT NULL,
    case_id uuid NOT NULL,
    PRIMARY KEY (person_ref, month)
);
CREATE INDEX consumed_month_case_idx ON liggare.consumed_month (case_id);

-- Where each case stands: whose it is, what was applied for, how far it has come (the result, or 'expired',
-- where it ended), the agreed end of its support, whether evidence came after the newest decision, and the key
-- that its content is sealed under.
CREATE TABLE liggare.case_register (
    case_id uuid PRIMARY KEY,
    person_ref text NOT NULL REFERENCES liggare.person,
    service text NOT NULL,
    received_on date NOT NULL,
    stage text NOT NULL,
    outcome text,
    agreed_end date,
    fresh_evidence boolean NOT NULL,
    key_id uuid NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX case_register_person_idx ON liggare.case_register (person_ref);
CREATE INDEX case_register_stage_idx ON liggare.case_register (stage, agreed_end);
CREATE INDEX case_register_key_idx ON liggare.case_register (key_id);

-- Keys of persons who are being erased, or are: nothing is sealed under them any more, whoever still remembers one.
CREATE TABLE liggare.closed_key (
    key_id uuid PRIMARY KEY,
    closed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX closed_key_closed_at_idx ON liggare.closed_key (closed_at);

-- The key store, which may lie in a database of its own: which of its steps were applied, and whose store it is.
CREATE TABLE liggare_keys.key_migration (
    version integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE liggare_keys.key_setting (
    name text PRIMARY KEY,
    value text NOT NULL
);

-- The key-encryption keys in use, by the ids that the key file gives them. One can be retired (its row deleted) only
-- when nothing is wrapped by it, and from then on nothing can be, whoever still remembers it.
CREATE TABLE liggare_keys.wrapping_key (
    id text PRIMARY KEY,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The persons' keys, wrapped. A key is first ordered destroyed, then the erasure is recorded on the person's cases,
-- then the key is destroyed: a crash in between is completed. The row stays, so that it is known not to be lost.
CREATE TABLE liggare_keys.person_key (
    key_id uuid PRIMARY KEY,
    person_ref text NOT NULL,
    wrapped_by text REFERENCES liggare_keys.wrapping_key,
    wrapped_key bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ordered_by text,
    ordered_at timestamptz,
    ordered_on date,
    destroyed_at timestamptz,
    CHECK ((destroyed_at IS NULL) = (wrapped_key IS NOT NULL))
);
CREATE UNIQUE INDEX person_key_living_idx ON liggare_keys.person_key (person_ref)
    WHERE ordered_at IS NULL;
CREATE INDEX person_key_due_idx ON liggare_keys.person_key (person_ref)
    WHERE ordered_at IS NOT NULL AND destroyed_at IS NULL;

-- What is derived from the log has a schema of its own: it can be thrown away and built anew at any time.
-- One row a projection: the version of its rows, how far in the log they reach, and what stopped it, if anything did.
CREATE TABLE liggare_read.projection (
    name text PRIMARY KEY,
    version integer NOT NULL,
    position bigint NOT NULL,
    error text,
    failed_at timestamptz,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- Lets two roots be one person. The version becomes larger than either, so that whoever decided on one of them
-- meanwhile decides again. A month that carried grants of both stays with both: the grants are facts.
CREATE FUNCTION liggare.join_person(p_root text, p_other text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_other text;
    v_version bigint;
BEGIN
    SELECT coalesce(p.joined_to, p.person_ref) INTO STRICT v_other
        FROM liggare.person AS p WHERE p.person_ref = p_other;
    IF v_other = p_root THEN
        RETURN;
    END IF;
    SELECT max(p.version) + 1 INTO v_version FROM liggare.person AS p WHERE p.person_ref IN (p_root, v_other);
    UPDATE liggare.person AS p SET version = v_version WHERE p.person_ref = p_root;
    UPDATE liggare.person AS p SET joined_to = p_root WHERE coalesce(p.joined_to, p.person_ref) = v_other;
    UPDATE liggare.consumed_month AS m SET person_ref = p_root
        WHERE m.person_ref = v_other AND NOT EXISTS (
            SELECT FROM liggare.consumed_month AS o WHERE o.person_ref = p_root AND o.month = m.month
        );
END;
$$;

-- Takes a joining back: the number stands for a person of its own again, with the months of its own cases.
CREATE FUNCTION liggare.part_person(p_root text, p_other text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_version bigint;
BEGIN
    SELECT max(p.version) + 1 INTO v_version FROM liggare.person AS p WHERE p.person_ref IN (p_root, p_other);
    UPDATE liggare.person AS p SET version = v_version WHERE p.person_ref = p_root;
    UPDATE liggare.person AS p SET version = v_version, joined_to = NULL WHERE p.person_ref = p_other;
    UPDATE liggare.consumed_month AS m SET person_ref = p_other
        FROM liggare.case_register AS r
        WHERE m.person_ref = p_root AND r.case_id = m.case_id AND r.person_ref = p_other;
END;
$$;

-- Closes keys, after which the cases sealed under them are known: whoever writes waits for the lock, and then looks.
CREATE FUNCTION liggare.close_keys(p_keys uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE liggare.case_events IN EXCLUSIVE MODE;
    INSERT INTO liggare.closed_key (key_id) SELECT unnest(p_keys) ON CONFLICT DO NOTHING;
END;
$$;

-- Carries one command out, in one round trip: recognises it if it came before, checks that nobody decided on the
-- person meanwhile and that the register is the one it was decided on, consumes and releases months, stores the events
-- and wakes those who listen. LOCK comes first: a row inserted before it deadlocks. What is about no case, the register
-- of staff and providers (whose id stands here as in the program), comes without a person, and with no row to keep.
CREATE FUNCTION liggare.append(
    p_command_id uuid,
    p_body_hmac bytea,
    p_case_id uuid,
    p_person_ref text,
    p_person_version bigint,
    p_register_version bigint,
    p_join text,
    p_part text,
    p_consume text[],
    p_release boolean,
    p_service text,
    p_received_on date,
    p_stage text,
    p_outcome text,
    p_agreed_end date,
    p_fresh_evidence boolean,
    p_key_id uuid,
    p_event_ids uuid[],
    p_events liggare.stored_event_uuid[]
) RETURNS TABLE (
    repeated boolean, event_ids uuid[], "position" bigint, recorded_at timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
    v_earlier liggare.command;
    v_root text;
    v_key uuid;
    v_stamp timestamptz;
    v_position bigint;
BEGIN
    LOCK TABLE liggare.case_events IN EXCLUSIVE MODE;

    SELECT * INTO v_earlier FROM liggare.command AS c WHERE c.command_id = p_command_id;
    IF FOUND THEN
        IF v_earlier.body_hmac <> p_body_hmac THEN
            RAISE EXCEPTION 'command id used with another content' USING ERRCODE = 'LG001';
        END IF;
        RETURN QUERY SELECT true, v_earlier.event_ids, v_earlier.position, null::timestamptz;
        RETURN;
    END IF;

    IF EXISTS (
        SELECT FROM liggare.case_events AS e
        WHERE e.originator_id = 'f0ffaa61-041b-586b-9a5a-74e2f1fe6f10' AND e.originator_version > p_register_version
    ) THEN
        RAISE EXCEPTION 'the register changed meanwhile' USING ERRCODE = 'LG002';
    END IF;

    SELECT r.key_id INTO v_key FROM liggare.case_register AS r WHERE r.case_id = p_case_id;
    IF p_key_id <> v_key OR EXISTS (SELECT FROM liggare.closed_key AS k WHERE k.key_id = p_key_id) THEN
        RAISE EXCEPTION 'the key is closed: the person is being erased' USING ERRCODE = 'LG003';
    END IF;

    SELECT coalesce(p.joined_to, p.person_ref) INTO v_root
        FROM liggare.person AS p WHERE p.person_ref = p_person_ref;
    IF NOT FOUND AND p_person_ref IS NOT NULL THEN
        INSERT INTO liggare.person (person_ref) VALUES (p_person_ref);
        v_root := p_person_ref;
    END IF;
    IF p_person_version IS NOT NULL THEN
        UPDATE liggare.person AS p SET version = p.version + 1
            WHERE p.person_ref = v_root AND p.version = p_person_version;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the person was decided on meanwhile' USING ERRCODE = 'LG002';
        END IF;
    END IF;
    IF p_join IS NOT NULL THEN
        PERFORM liggare.join_person(v_root, p_join);
    END IF;
    IF p_part IS NOT NULL THEN
        PERFORM liggare.part_person(v_root, p_part);
    END IF;

    INSERT INTO liggare.case_register AS r
        (case_id, person_ref, service, received_on, stage, outcome, agreed_end, fresh_evidence, key_id)
        SELECT
            p_case_id, p_person_ref, p_service, p_received_on, p_stage, p_outcome, p_agreed_end, p_fresh_evidence,
            coalesce(v_key, p_key_id)
        WHERE p_person_ref IS NOT NULL
        ON CONFLICT (case_id) DO UPDATE
        SET stage = excluded.stage, outcome = excluded.outcome, agreed_end = excluded.agreed_end,
            fresh_evidence = excluded.fresh_evidence
        WHERE (r.stage, r.outcome, r.agreed_end, r.fresh_evidence)
            IS DISTINCT FROM (excluded.stage, excluded.outcome, excluded.agreed_end, excluded.fresh_evidence);

    IF p_release THEN
        DELETE FROM liggare.consumed_month AS m WHERE m.case_id = p_case_id;
    END IF;
    INSERT INTO liggare.consumed_month (person_ref, month, case_id)
        SELECT v_root, unnest(p_consume), p_case_id;

    v_stamp := greatest(
        clock_timestamp(),
        (SELECT e.recorded_at FROM liggare.case_events AS e ORDER BY e.notification_id DESC LIMIT 1)
    );
    WITH stored AS (
        INSERT INTO liggare.case_events (originator_id, originator_version, topic, state, recorded_at)
            SELECT n.originator_id, n.originator_version, n.topic, n.state, v_stamp
            FROM unnest(p_events) AS n
            RETURNING notification_id
    )
    SELECT max(stored.notification_id) INTO v_position FROM stored;

    INSERT INTO liggare.command VALUES (p_command_id, p_body_hmac, p_event_ids, v_position);
    PERFORM pg_notify('case_events', '');
    RETURN QUERY SELECT false, p_event_ids, v_position, v_stamp;
END;
$$;

-- A tree's hashes, 256 beside each other a row: level 0 has those of the log's rows, level n those of full subtrees of
-- 256 ** n. A row is full, or the last of its level. On level 0, position is that of the first that it has a hash of: an
-- event's position, a reading's number.
CREATE TABLE liggare_proof.tile (
    tree text NOT NULL CHECK (tree IN ('events', 'readings')),
    level smallint NOT NULL,
    number bigint NOT NULL,
    position bigint,
    hashes bytea NOT NULL,
    PRIMARY KEY (tree, level, number),
    CHECK ((position IS NOT NULL) = (level = 0)),
    CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0)
);
CREATE INDEX tile_position_idx ON liggare_proof.tile (tree, position) WHERE level = 0;

-- The checkpoints: so many rows of a log, the last at a position, have a root, which is signed in the note.
CREATE TABLE liggare_proof.checkpoint (
    tree text NOT NULL CHECK (tree IN ('events', 'readings')),
    size bigint NOT NULL,
    position bigint NOT NULL,
    sealed_at timestamptz NOT NULL,
    note text NOT NULL,
    published_at timestamptz,
    PRIMARY KEY (tree, size)
);
CREATE INDEX checkpoint_unpublished_idx ON liggare_proof.checkpoint (tree, size) WHERE published_at IS NULL;

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
