"""The ledger on a real PostgreSQL: what goes in, comes out, once."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError
from psycopg.conninfo import make_conninfo

from domain.assessment import assess_json
from domain.event import Erased
from domain.events import PersonErased, Receipt
from domain.history import fold, fresh_evidence
from domain.rejections import CommandRejected
from ledger.erasure import complete_erasures, erase_person
from ledger.faults import CommandIdReused, DatabaseUnavailable, LedgerFault
from ledger.ledger import Ledger
from ledger.opening import fault_of, open_ledger
from ledger.settings import Settings, create_keys
from tests.applications import ADVISOR, OFFICER, TODAY, command, employment, received, work
from tests.registers import hire

D = date.fromisoformat


def granted(ledger: Ledger, serial: int = 1, on: str = "2025-04-20") -> UUID:
    """A case whose application was granted."""
    case_id = received(ledger, serial)
    ledger.execute(case_id, command("decide", on), TODAY)
    return case_id


def test_from_application_to_outcome(ledger: Ledger) -> None:
    """The whole course of a support, each step by its command, and its state read back from the events."""
    hire(ledger)
    case_id = granted(ledger)
    for name, on, content in (
        ("assign_advisor", "2025-04-21", {"advisor": "anna.berg"}),
        ("start_engagement", "2025-04-27", {}),
        ("hold_meeting", "2025-05-05", {"mode": "physical"}),
        ("pause", "2025-06-01", {"reason": "substitute_post", "expected_until": "2025-08-01"}),
        ("resume", "2025-08-01", {}),
        ("hold_meeting", "2025-08-10", {"mode": "digital"}),
        ("reach_outcome", "2025-09-01", {"outcome": "permanent_job", "starts_on": "2025-09-15"}),
    ):
        ledger.execute(case_id, command(name, on, **content), TODAY)
    case = ledger.case(case_id)
    assert case.stage(D("2025-09-01")) == "ended"
    assert case.engagement is not None
    assert case.engagement.result == "permanent_job"
    assert case.engagement.agreed_end == D("2026-04-20")
    assert tuple(sorted(row.on for row in case.engagement.meetings)) == (D("2025-05-05"), D("2025-08-10"))
    assert case.advisor == "anna.berg"


def test_decision_is_a_receipt_that_executes_again(ledger: Ledger) -> None:
    """What the sealed request says, assessed anew, gives the recorded answer byte for byte."""
    case_id = granted(ledger)
    decision = ledger.case(case_id).decisions[-1]
    assert isinstance(decision.receipt, Receipt)
    assert assess_json(decision.receipt.request).decode() == decision.receipt.assessment
    first = ledger.history(case_id)[0].event.event_id
    assert decision.relied_on == (first,)
    assert len(decision.basis_months) == 12


def test_position_and_recorded_time_never_run_back(ledger: Ledger) -> None:
    """Along the log, recorded_at never decreases and positions only rise."""
    for serial in range(1, 6):
        granted(ledger, serial)
    rows = ledger.select(
        "SELECT notification_id, recorded_at FROM liggare.case_events ORDER BY notification_id"
    )
    assert [row["recorded_at"] for row in rows] == sorted(row["recorded_at"] for row in rows)
    assert len(rows) == 10


def test_recorded_time_stays_when_the_servers_clock_runs_back(ledger: Ledger, settings: Settings) -> None:
    """An event stored after one from 'tomorrow' is stamped no earlier than that one."""
    case_id = granted(ledger)
    assert settings.database_url
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # past the trigger: the clock ran ahead
        connection.execute("UPDATE liggare.case_events SET recorded_at = recorded_at + interval '1 day'")
    ledger.execute(case_id, command("start_engagement", "2025-04-27"), TODAY)
    ledger.forget([case_id])  # what was read before its clock ran ahead
    times = [entry.recorded_at for entry in ledger.history(case_id)]
    assert times == sorted(times)
    assert times[-1] == times[-2]


@pytest.mark.parametrize("statement", ["UPDATE {} SET topic = topic", "DELETE FROM {}", "TRUNCATE {}"])
def test_events_are_never_changed(ledger: Ledger, settings: Settings, statement: str) -> None:
    """The database itself refuses to change or to remove an event."""
    granted(ledger)
    assert settings.database_url
    with (
        psycopg.connect(settings.database_url) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="never changed"),
    ):
        connection.execute(statement.format("liggare.case_events"))


def test_same_command_is_carried_out_once(ledger: Ledger) -> None:
    """Sent again, a command is recognised, also one that its own effect would now reject."""
    case_id = received(ledger)
    decide = command("decide", "2025-04-20")
    first = ledger.execute(case_id, decide, TODAY)
    again = ledger.execute(case_id, decide, TODAY)
    assert again.repeated
    assert (again.event_ids, again.position) == (first.event_ids, first.position)
    start = command("start_engagement", "2025-04-27")
    assert not ledger.execute(case_id, start, TODAY).repeated
    assert ledger.execute(case_id, start, TODAY).repeated
    assert len(ledger.history(case_id)) == 3


def test_same_id_with_another_content_is_rejected(ledger: Ledger) -> None:
    """A command id stands for one content for ever, whether the case would allow the other or not."""
    case_id = granted(ledger)
    ledger.execute(case_id, command("start_engagement", "2025-04-27"), TODAY)
    meeting = command("hold_meeting", "2025-05-05", mode="digital")
    ledger.execute(case_id, meeting, TODAY)
    for other in (
        meeting.model_copy(update={"mode": "physical"}),
        meeting.model_copy(update={"occurred_on": D("2020-01-01")}),
    ):
        with pytest.raises(CommandIdReused):
            ledger.execute(case_id, other, TODAY)
    assert len(ledger.history(case_id)) == 4


def test_a_rejected_command_leaves_nothing(ledger: Ledger) -> None:
    """Neither an event nor a trace of the command is stored; sent again when allowed it is carried out."""
    case_id = received(ledger)
    start = command("start_engagement", "2025-04-27")
    with pytest.raises(CommandRejected) as rejected:
        ledger.execute(case_id, start, TODAY)
    assert rejected.value.code == "NOT_GRANTED"
    assert ledger.select("SELECT count(*) AS n FROM liggare.command")[0]["n"] == 1
    ledger.execute(case_id, command("decide", "2025-04-20"), TODAY)
    assert not ledger.execute(case_id, start, TODAY).repeated


def test_unknown_case(ledger: Ledger) -> None:
    """No command makes a case but an application."""
    for name, content in (("decide", {}), ("pause", {"reason": "parental_leave"}), ("erase_person", {})):
        with pytest.raises(CommandRejected) as rejected:
            ledger.execute(UUID(int=1), command(name, "2025-04-20", **content), TODAY)
        assert rejected.value.code == "UNKNOWN_CASE"


# One person's cases


def second(ledger: Ledger, **changes: Any) -> UUID:
    """A second application of the person with serial number 1."""
    return received(ledger, 1, reference="SECOND", **changes)


def consumed(ledger: Ledger) -> dict[str, UUID]:
    """The months that grants consumed, with the case that did."""
    rows = ledger.select("SELECT month, case_id FROM liggare.consumed_month ORDER BY month")
    return {row["month"]: row["case_id"] for row in rows}


def test_a_grant_consumes_its_months_and_an_annulment_frees_them(ledger: Ledger) -> None:
    """K-5.5-b: the basis lies in consumed_month as long as the grant stands."""
    case_id = granted(ledger)
    basis = ledger.case(case_id).decisions[-1].basis_months
    assert consumed(ledger) == dict.fromkeys(basis, case_id)
    ledger.execute(case_id, command("annul_grant", "2025-05-01", reason="fel underlag"), TODAY)
    assert consumed(ledger) == {}
    other = second(ledger)
    ledger.execute(other, command("decide", "2025-05-02"), TODAY)
    assert consumed(ledger) == dict.fromkeys(basis, other)


def test_the_second_application_sees_the_first_grant(ledger: Ledger) -> None:
    """Inside the window it is refused; after it, only months that carried no grant count."""
    granted(ledger)
    inside = second(ledger, received_on="2025-06-10")
    ledger.execute(inside, command("decide", "2025-06-20"), TODAY)
    assert ledger.case(inside).decisions[-1].refusals == (
        "REQUALIFICATION_NOT_OPEN",
        "WORK_CONDITION_NOT_MET",
    )
    after = received(
        ledger,
        1,
        reference="THIRD",
        received_on="2026-05-02",
        employments=[employment(ends_on="2026-05-31")],
        work=work("2025-04", 12),
    )
    ledger.execute(after, command("decide", "2026-05-10"), TODAY)
    decision = ledger.case(after).decisions[-1]
    assert decision.decision == "grant"
    assert len(consumed(ledger)) == 24


def test_annulment_is_rejected_while_a_grant_rests_on_the_basis(ledger: Ledger) -> None:
    """BASIS_IN_USE names the case that rests on it; when that one is annulled, the first may be."""
    first = granted(ledger)
    resting = second(ledger, received_on="2025-06-10", months=6, on_basis_of=str(first))
    ledger.execute(resting, command("decide", "2025-06-20"), TODAY)
    assert ledger.case(resting).grant is not None
    assert set(consumed(ledger).values()) == {first}
    annul = command("annul_grant", "2025-07-01", reason="fel underlag")
    with pytest.raises(CommandRejected) as rejected:
        ledger.execute(first, annul, TODAY)
    assert rejected.value.code == "BASIS_IN_USE"
    assert str(resting) in rejected.value.en
    ledger.execute(resting, command("annul_grant", "2025-07-01", reason="fel underlag"), TODAY)
    ledger.execute(first, annul, TODAY)
    assert consumed(ledger) == {}


def test_one_active_engagement_a_person(ledger: Ledger) -> None:
    """AMB-29: a second support does not begin beside one under way."""
    first = granted(ledger)
    ledger.execute(first, command("start_engagement", "2025-04-27"), TODAY)
    resting = second(ledger, received_on="2025-06-10", months=6, on_basis_of=str(first))
    ledger.execute(resting, command("decide", "2025-06-20"), TODAY)
    with pytest.raises(CommandRejected) as rejected:
        ledger.execute(resting, command("start_engagement", "2025-06-21"), TODAY)
    assert rejected.value.code == "DUPLICATE_ACTIVE_CASE"


# Races


@pytest.mark.parametrize("round_", range(5))
def test_two_cases_granted_the_same_months_in_a_race(settings: Settings, round_: int) -> None:
    """One wins; the other is decided again on what is true then, and refused. Vacuous if the two ran in turn
    each time: hence the barrier after both have read, and the count of how often one was overtaken below.
    """
    with open_ledger(settings) as one, open_ledger(settings) as two:
        cases = (received(one), second(one))
        barrier = threading.Barrier(2)
        tried = [0, 0]
        for index, ledger in enumerate((one, two)):
            append = ledger._recorder.append

            def racing(appends, index=index, append=append):  # type: ignore[no-untyped-def]
                tried[index] += 1
                if tried[index] == 1:
                    barrier.wait(10)  # both have read and decided; now both write
                return append(appends)

            ledger._recorder.append = racing  # type: ignore[method-assign]
        with ThreadPoolExecutor(2) as pool:
            list(
                pool.map(
                    lambda pair: pair[0].execute(pair[1], command("decide", "2025-04-20"), TODAY),
                    zip((one, two), cases, strict=True),
                )
            )
        decisions = [one.case(case_id).decisions for case_id in cases]
        assert sorted(made[-1].decision for made in decisions) == ["grant", "refuse"]
        assert [len(made) for made in decisions] == [1, 1]
        assert sorted(tried) == [1, 2]
        winner = next(case_id for case_id in cases if one.case(case_id).grant)
        assert set(consumed(one).values()) == {winner}
        refused = next(made[-1] for made in decisions if made[-1].decision == "refuse")
        assert "REQUALIFICATION_NOT_OPEN" in refused.refusals


def test_the_primary_key_alone_keeps_a_month_from_being_consumed_twice(ledger: Ledger) -> None:
    """Whatever the program believes, the database takes a month of a person once."""
    granted(ledger)
    case_id = second(ledger)
    row = ledger.select("SELECT * FROM liggare.consumed_month LIMIT 1")[0]
    with pytest.raises(Exception, match="consumed_month_pkey"):
        ledger.select(
            "INSERT INTO liggare.consumed_month VALUES (%(person)s, %(month)s, %(case)s) RETURNING 1",
            person=row["person_ref"],
            month=row["month"],
            case=case_id,
        )


def test_eight_writers_on_one_case(settings: Settings) -> None:
    """Meetings recorded at once by eight writers are all there, once each, in an unbroken row of versions."""
    with open_ledger(settings) as ledger:
        case_id = granted(ledger)
        ledger.execute(case_id, command("start_engagement", "2025-04-27"), TODAY)
        days = [D("2025-05-01") + timedelta(index) for index in range(40)]
        with ThreadPoolExecutor(8) as pool:
            list(
                pool.map(
                    lambda on: ledger.execute(
                        case_id, command("hold_meeting", str(on), mode="digital"), TODAY
                    ),
                    days,
                )
            )
        case = ledger.case(case_id)
        assert case.engagement is not None
        assert sorted(row.on for row in case.engagement.meetings) == days
        versions = ledger.select(
            "SELECT originator_version AS v FROM liggare.case_events ORDER BY originator_version"
        )
        assert [row["v"] for row in versions] == list(range(1, 44))


# Personal data


def dump(settings: Settings) -> bytes:
    """Every row of every table, as text and as bytes."""
    assert settings.database_url
    found: list[bytes] = []
    with psycopg.connect(settings.database_url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname LIKE 'liggare%'"
        ).fetchall()
        for schema, name in tables:
            with connection.cursor().copy(f"COPY {schema}.{name} TO STDOUT (FORMAT binary)") as rows:
                found.extend(bytes(row) for row in rows)
    return b"".join(found)


def test_no_personal_content_is_stored_readable(ledger: Ledger, settings: Settings) -> None:
    """Neither the number, the name, the address nor an employer stands anywhere in the database."""
    case_id = granted(ledger)
    ledger.execute(case_id, command("start_engagement", "2025-04-27"), TODAY)
    ledger.execute(case_id, command("pause", "2025-05-27", reason="short_sick_leave"), TODAY)
    content = dump(settings)
    assert b"counselling_dismissed" in content  # not vacuous: what is clear is found
    for secret in (
        b"Testa",
        b"testa@example",
        b"19800102",
        b"559999",
        b"REF-1",
        b"short_sick",
        b"redundancy",
    ):
        assert secret not in content


def test_erasing_a_person(ledger: Ledger, settings: Settings) -> None:
    """Every case of the person says so, nothing sealed opens, structure and consumed months remain."""
    case_id, other = granted(ledger), second(ledger)
    person = ledger.person_of(case_id)
    before = consumed(ledger)
    assert erase_person(ledger, person.person_ref, OFFICER, TODAY) == 2
    for erased in (case_id, other):
        assert isinstance(ledger.history(erased)[-1].event, PersonErased)
        application = ledger.case(erased).application
        assert application is not None
        assert isinstance(application.details, Erased)
    decision = ledger.case(case_id).decisions[-1]
    assert isinstance(decision.receipt, Erased)
    assert decision.decision == "grant"
    assert consumed(ledger) == before
    for name, content in (("start_engagement", {}), ("decide", {}), ("judge_need", {"special_need": True})):
        with pytest.raises(CommandRejected) as rejected:
            ledger.execute(case_id, command(name, "2025-06-01", ADVISOR, **content), TODAY)
        assert rejected.value.code == "PERSON_ERASED"
    keys = ledger.select("SELECT wrapped_key, destroyed_at FROM liggare_keys.person_key")
    assert [(row["wrapped_key"], row["destroyed_at"] is None) for row in keys] == [(None, False)]
    assert erase_person(ledger, person.person_ref, OFFICER, TODAY) == 2
    assert len(ledger.history(case_id)) == 3


def test_an_erased_person_may_apply_again(ledger: Ledger) -> None:
    """A new application has a new key, and the months consumed before erasure stay consumed."""
    case_id = granted(ledger)
    erase_person(ledger, ledger.person_of(case_id).person_ref, OFFICER, TODAY)
    again = second(ledger, received_on="2025-06-10")
    assert complete_erasures(ledger, TODAY) == 0
    ledger.execute(again, command("decide", "2025-06-20"), TODAY)
    assert "REQUALIFICATION_NOT_OPEN" in ledger.case(again).decisions[-1].refusals
    application = ledger.case(again).application
    assert application is not None
    assert not isinstance(application.details, Erased)


# Settings and faults


def test_another_ledgers_keys_are_refused(settings: Settings, tmp_path: Path) -> None:
    """A wrong key file is noticed when the ledger is opened, before anything is read or written."""
    home = tmp_path.joinpath("other")
    create_keys(home)
    with (
        pytest.raises(LedgerFault, match="another ledger"),
        open_ledger(settings.model_copy(update={"home": home})),
    ):
        pass


def test_missing_and_open_key_files(settings: Settings, tmp_path: Path) -> None:
    """No key file, or one that others may read, is said with its path."""
    home = tmp_path.joinpath("home")
    nobody = settings.model_copy(update={"home": home})
    with pytest.raises(LedgerFault, match="no key file"), open_ledger(nobody):
        pass
    home.mkdir()
    (home / "keys.json").write_bytes((settings.home / "keys.json").read_bytes())
    (home / "keys.json").chmod(0o644)
    with pytest.raises(LedgerFault, match="chmod 600"), open_ledger(nobody):
        pass


def test_a_database_that_is_down(settings: Settings) -> None:
    """One line says so, soon, and what to check."""
    down = settings.model_copy(update={"database_url": "postgresql://127.0.0.1:1/nothing"})
    with pytest.raises(DatabaseUnavailable, match="does not answer"), open_ledger(down):
        pass


def test_a_statement_that_takes_too_long_is_ended(settings: Settings) -> None:
    """And no other: the ledger goes on, and without a limit the same statement may take its time."""
    asleep = "SELECT 1 AS done FROM pg_sleep(0.5)"
    with open_ledger(settings, 0.2) as ledger:
        with pytest.raises(PersistenceError) as ended:
            ledger.select(asleep)
        assert "statement timeout" in str(fault_of(ended.value))
        assert ledger.select("SELECT 1 AS done") == [{"done": 1}]
    with open_ledger(settings) as ledger:
        assert ledger.select(asleep) == [{"done": 1}]


def test_what_an_error_of_an_open_ledger_means(ledger: Ledger) -> None:
    """On one line and with advice where the database has a part in it, without the row that it is about."""
    again = "INSERT INTO liggare.setting (name, value) SELECT name, value FROM liggare.setting"
    with pytest.raises(PersistenceError, match="key_check") as refused:
        ledger.select(again)
    fault = fault_of(refused.value)
    assert isinstance(fault, DatabaseUnavailable)
    assert "duplicate key" in str(fault)
    assert "run it again" in str(fault)
    assert "key_check" not in str(fault)
    assert "\n" not in str(fault)
    assert fault_of(ValueError("anything else")) is None


def test_a_user_without_rights(settings: Settings) -> None:
    """A role that may not read the ledger is told so on one line, with what to check."""
    assert settings.database_url
    name = f"nobody_{uuid4().hex[:8]}"
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN")
        try:
            poor = make_conninfo(settings.database_url, user=name)
            with (
                pytest.raises(DatabaseUnavailable, match="permission denied"),
                open_ledger(settings.model_copy(update={"database_url": poor})),
            ):
                pass
        finally:
            connection.execute(f"DROP ROLE {name}")


def writing(settings: Settings, case_id: UUID, start: Any) -> None:
    with open_ledger(settings) as ledger:
        ledger.execute(case_id, start, TODAY)


def test_a_ledger_that_can_only_be_read(ledger: Ledger, settings: Settings) -> None:
    """On a standby a case is read as ever; a command says on one line that nothing can be written there."""
    case_id = granted(ledger)
    assert settings.database_url
    standby = make_conninfo(settings.database_url, options="-c default_transaction_read_only=on")
    with open_ledger(settings.model_copy(update={"database_url": standby})) as reader:
        assert reader.case(case_id).grant is not None
    start = command("start_engagement", "2025-04-27")
    with pytest.raises(DatabaseUnavailable, match="read-only"):
        writing(settings.model_copy(update={"database_url": standby}), case_id, start)
    assert len(ledger.history(case_id)) == 2


def test_a_changed_box_does_not_open(ledger: Ledger, settings: Settings) -> None:
    """A ciphertext moved to another event is noticed: it fits one place only."""
    one, two = received(ledger, 1), received(ledger, 2)
    assert settings.database_url
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        rows = connection.execute("SELECT originator_id, state FROM liggare.case_events").fetchall()
        states: dict[UUID, bytes] = dict(rows)
        first, other = (json.loads(bytes(states[case_id])) for case_id in (one, two))
        first["sealed"] = other["sealed"]
        connection.execute(
            "UPDATE liggare.case_events SET state = %s WHERE originator_id = %s",
            [json.dumps(first).encode(), one],
        )
    with pytest.raises(LedgerFault, match="does not open"):
        ledger.history(one)


def test_an_unknown_topic_stops_the_reader(ledger: Ledger, settings: Settings) -> None:
    """An event that this program does not know is never skipped."""
    case_id = received(ledger)
    assert settings.database_url
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO liggare.case_events (originator_id, originator_version, topic, state, recorded_at) "
            "VALUES (%s, 2, 'os:system', '{}', now())",
            [case_id],
        )
    with pytest.raises(LedgerFault, match="topic is unknown"):
        ledger.history(case_id)


def test_fold_of_the_log_equals_the_register(ledger: Ledger) -> None:
    """What the writer keeps in step is what a fold of the log says."""
    case_id = granted(ledger)
    ledger.execute(case_id, command("start_engagement", "2025-04-27"), TODAY)
    received(ledger, 2)
    for row in ledger.select("SELECT * FROM liggare.case_register"):
        entries = ledger.history(row["case_id"])
        case = fold(row["case_id"], entries)
        assert case.application is not None
        assert row["stage"] == case.stage(date.min)
        assert row["service"] == case.application.service
        assert row["received_on"] == case.application.occurred_on
        assert row["agreed_end"] == (case.engagement.agreed_end if case.engagement else None)
        assert row["fresh_evidence"] == fresh_evidence(entries)
