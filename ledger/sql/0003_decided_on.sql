-- A command of a case is stored only while the register is the one that it was decided on, and when it was stored is
-- told: so a program can decide on what it remembers.
DROP FUNCTION liggare.append;

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
