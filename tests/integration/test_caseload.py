"""What is read from the projections: advisors' cases, the work queue, and what came of supports."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from api.duties import scanned
from api.statistics import as_csv
from domain.register import REGISTER
from ledger.erasure import erase_person
from ledger.ledger import Ledger
from projections.building import rebuild
from projections.catalogue import PROJECTIONS
from projections.dashboard import Whose, advisors_of, caseload, caseload_page, cases_of, workload
from projections.outcome_statistics import LABELS, decisions, outcomes
from projections.states import Behind
from projections.work_queue import due_until, to_expire
from tests.applications import OFFICER, TODAY, command, received
from tests.projected import Connection, all_rows, catch_up, meet, under_way
from tests.registers import hire, placed


@pytest.fixture
def staffed(ledger: Ledger) -> Ledger:
    """A ledger whose register has the tests' staff."""
    hire(ledger)
    return ledger


@pytest.fixture
def connection(ledger: Ledger) -> Iterator[Connection]:
    with ledger.own_connection() as opened:
        yield opened


def do(ledger: Ledger, case_id: UUID, name: str, on: str, **content: Any) -> None:
    ledger.execute(case_id, command(name, on, **content), TODAY)


def everything(ledger: Ledger) -> dict[str, UUID]:
    """A case of each state: before a decision, refused with and without evidence since, granted, and so on."""
    cases = {
        "received": received(ledger, 1),
        "refused": received(ledger, 2, work=[]),
        "refused, evidence": received(ledger, 3, work=[]),
        "granted": received(ledger, 4),
        "paused": under_way(ledger, 5),
        "result": under_way(ledger, 6),
        "active": under_way(ledger, 7, "cia"),
        "withdrawn": under_way(ledger, 8),
        "annulled": under_way(ledger, 9),
        "expired": under_way(ledger, 10),
        "erased": under_way(ledger, 11),
        "annulled, again": under_way(ledger, 12),
    }
    for name in ("refused", "refused, evidence", "granted"):
        do(ledger, cases[name], "decide", "2025-04-20")
    work = [{"employment": "e1", "month": "2025-03", "hours": "160", "income": None}]
    do(
        ledger,
        cases["refused, evidence"],
        "record_evidence",
        "2025-04-22",
        source="certificate",
        content={"work": work},
    )
    do(ledger, cases["paused"], "pause", "2025-06-01", reason="short_sick_leave")
    do(ledger, cases["result"], "reach_outcome", "2025-07-01", outcome="business", starts_on="2025-07-01")
    meet(ledger, cases["active"], "2025-05-05")
    do(ledger, cases["withdrawn"], "withdraw", "2025-05-20")
    for name in ("annulled", "annulled, again"):
        do(ledger, cases[name], "annul_grant", "2025-05-20", reason="Fel.")
    do(ledger, cases["annulled, again"], "decide", "2025-05-21", again=True)
    do(ledger, cases["annulled, again"], "start_engagement", "2025-05-22")
    ledger.execute(cases["expired"], command("expire", "2026-06-01", "system:x"), TODAY)
    erase_person(ledger, ledger.person_of(cases["erased"]).person_ref, OFFICER, TODAY)
    return cases


def test_every_open_case_by_what_it_waits_for(staffed: Ledger, connection: Connection) -> None:
    cases = everything(staffed)
    catch_up(connection)
    rows = {row["case"]: row for row in caseload(staffed, date(2025, 6, 15))}
    names = {case_id: name for name, case_id in cases.items()}
    assert {names[case]: (row["stage"], row["waits_for"]) for case, row in rows.items()} == {
        "received": ("received", "decision"),
        "refused, evidence": ("refused", "decision"),
        "granted": ("granted", "advisor"),
        "paused": ("paused", None),
        "active": ("active", None),
        "annulled, again": ("active", None),
    }
    assert [names[row["case"]] for row in caseload(staffed, TODAY, waits_for="advisor")] == ["granted"]
    active = rows[cases["active"]]
    assert (active["days_left"], active["meetings_held"], active["meetings_required"]) == (310, 1, 12)
    assert (active["pace"], active["last_contact"], active["overdue"]) == (0, date(2025, 5, 5), 2)
    assert rows[cases["paused"]]["paused_since"] == date(2025, 6, 1)
    late = {row["case"]: row for row in caseload(staffed, date(2026, 5, 1))}[cases["active"]]
    assert (late["stage"], late["days_left"], late["pace"]) == ("ended", 0, -11)


def test_a_case_of_a_protected_identity_is_marked(staffed: Ledger, connection: Connection) -> None:
    """For a list to show it, until that is lifted; in whatever it waits for."""
    cases = everything(staffed)
    for name in ("active", "received", "granted"):
        circle = command("protect_identity", "2025-06-02", kind="confidentiality_marking", readers=("bo",))
        staffed.execute(cases[name], circle, TODAY)
    staffed.execute(cases["granted"], command("lift_protection", "2025-06-03"), TODAY)
    catch_up(connection)
    rows = caseload(staffed, date(2025, 6, 15))
    assert {row["case"] for row in rows if row["protected"]} == {cases["active"], cases["received"]}
    assert len(rows) == 6


def test_the_most_urgent_comes_first(staffed: Ledger, connection: Connection) -> None:
    everything(staffed)
    catch_up(connection)
    rows = caseload(staffed, date(2025, 6, 15))
    firsts = [row["next_due_on"] or date.max for row in rows]
    assert firsts == sorted(firsts)
    assert len(set(firsts)) > 3


def test_a_move_keeps_both_histories(staffed: Ledger, connection: Connection) -> None:
    """A case goes from Bo to Cia, and what was a mistake is no history."""
    case_id = under_way(staffed)
    wrong = staffed.execute(case_id, command("assign_advisor", "2025-05-01", advisor="anna"), TODAY)
    right = command("assign_advisor", "2025-05-03", advisor="cia")
    fixed = command(
        "correct_entry", "2025-05-04", corrects=wrong.event_ids[0], reason="fel", replacement=right
    )
    staffed.execute(case_id, fixed, TODAY)
    catch_up(connection)
    moved = date(2025, 5, 3)
    assert [tuple(row.values()) for row in advisors_of(staffed, case_id)] == [
        ("bo", date(2025, 4, 20), moved),
        ("cia", moved, None),
    ]
    assert [row["until"] for row in cases_of(staffed, "bo")] == [moved]
    assert [row["until"] for row in cases_of(staffed, "cia")] == [None]
    assert cases_of(staffed, "anna") == []
    assert [row["case"] for row in caseload(staffed, TODAY, Whose(advisor="cia"))] == [case_id]
    assert caseload(staffed, TODAY, Whose(advisor="bo")) == []


def test_offices_and_teams_are_those_of_the_day(staffed: Ledger, connection: Connection) -> None:
    """Cia moves from Umeå's northern team to Lund on 1 September; so do her cases."""
    under_way(staffed, 1, "bo")
    hers = under_way(staffed, 2, "cia")
    for line in (
        placed("cia", "2025-05-01", roles=("advisor",), team="norr"),
        placed("cia", "2025-09-01", "lund", roles=("advisor",)),
    ):
        staffed.execute(REGISTER, line, TODAY)
    catch_up(connection)

    def seen(day: date, **whose: Any) -> list[UUID]:
        return [row["case"] for row in caseload(staffed, day, Whose(**whose))]

    before, after = date(2025, 8, 31), date(2025, 9, 1)
    assert (len(seen(before, office="umea")), len(seen(after, office="umea"))) == (2, 1)
    assert (seen(before, office="lund"), seen(after, office="lund")) == ([], [hers])
    assert (seen(before, team="norr"), seen(after, team="norr")) == ([hers], [])
    assert seen(before, office="umea", advisor="cia") == [hers]
    loads = {row["advisor"]: row for row in workload(staffed, after)}
    assert (loads["cia"]["office"], loads["cia"]["cases"], loads["bo"]["overdue"]) == ("lund", 1, 1)


@pytest.mark.parametrize("advisor", [None, "bo", "cia"])
@pytest.mark.parametrize("days", [-600, 0, 60, 900])
def test_the_queue_and_the_scan_say_the_same(
    staffed: Ledger, connection: Connection, advisor: str | None, days: int
) -> None:
    """What is due, and what is to expire; where the queue lags behind it says nothing at all."""
    cases = everything(staffed)
    until = TODAY + timedelta(days=days)
    assert due_until(staffed, until) is None
    assert to_expire(staffed, until) is None
    catch_up(connection)
    told = due_until(staffed, until, advisor)
    assert told == scanned(staffed, until, advisor)
    assert bool(told) == (days > -600)
    expected = [row["case_id"] for row in staffed.rows("cases_to_expire", today=until)]
    assert to_expire(staffed, until) == expected
    assert (cases["active"] in expected) == (days >= 0)
    meet(staffed, cases["active"], "2025-06-05")
    assert due_until(staffed, until) is None


def test_what_came_of_supports(staffed: Ledger, connection: Connection) -> None:
    """A support that a new decision put an end to has its own row; one of an erased person stays."""
    everything(staffed)
    with pytest.raises(Behind, match="not built"):
        outcomes(staffed)
    catch_up(connection)
    rows = outcomes(staffed, exact=True)
    assert {row.code: row.supports for row in rows} == {
        "annulled": 2,
        "business": 1,
        "expired": 1,
        "not_recorded": 4,
        "withdrawn": 1,
        "all": 9,
    }
    assert {row.service for row in rows[:-1]} == {"counselling_dismissed"}
    assert {row.year for row in rows[:-1]} == {2025}
    assert outcomes(staffed, "omstallningsfonden")[0].supports == 0
    assert {row.supports for row in outcomes(staffed)} == {"<5", 9}
    header, first, *_ = as_csv(rows).decode().splitlines()
    assert header == "service,year,code,label_sv,label_en,supports,position"
    assert first.startswith("counselling_dismissed,2025,annulled,Beslutet upphävt,Grant annulled,2,")
    assert set(LABELS) > {row.code for row in rows[:-1]}


def test_decisions_by_code_and_clause(staffed: Ledger, connection: Connection) -> None:
    everything(staffed)
    catch_up(connection)
    rows = decisions(staffed, exact=True)
    assert [(row.code, row.clause, row.decisions) for row in rows] == [
        ("grant", None, 10),
        ("refuse", None, 2),
        ("all", None, 12),
        ("WORK_CONDITION_NOT_MET", "K-5.2-1", 2),
    ]
    assert [row.decisions for row in decisions(staffed)][1:] == ["<5", 12, "<5"]


def test_an_erasure_changes_no_statistics_and_no_rebuilt_row(staffed: Ledger, connection: Connection) -> None:
    """The same bytes of every table of statistics; and built anew, every row is what it was."""
    everything(staffed)
    case_id = under_way(staffed, 20)
    do(staffed, case_id, "pause", "2025-06-01", reason="short_sick_leave")
    catch_up(connection)
    names = ("application", "decision", "clause_failed", "engagement")

    def told() -> list[bytes]:
        return [as_csv(_without_position(table(staffed, exact=True))) for table in (outcomes, decisions)]

    before, rows = told(), all_rows(staffed)
    erase_person(staffed, staffed.person_of(case_id).person_ref, OFFICER, TODAY)
    catch_up(connection)
    after = all_rows(staffed)
    assert told() == before
    assert {name: after[name] for name in names} == {name: rows[name] for name in names}
    assert {one.differing for one in rebuild(connection, PROJECTIONS)} == {0}
    assert (told(), all_rows(staffed)) == (before, after)


def _without_position(rows: Any) -> list[Any]:
    return [row._replace(position=0) for row in rows]


def test_nothing_sealed_is_in_any_row(staffed: Ledger, connection: Connection) -> None:
    """Names, numbers, texts: none of what the tests' people stated is in the schema that is read."""
    everything(staffed)
    catch_up(connection)
    text = str(all_rows(staffed))
    assert "Påhittsson" not in text
    assert "testa@example.se" not in text
    assert "short_sick_leave" not in text
    assert "1980" in text  # the year of birth, which is clear


def test_a_page_at_a_time_is_the_whole_list(staffed: Ledger, connection: Connection) -> None:
    """In the same order, each with how many there are; beyond the last there is nobody, and still that many."""
    for serial, advisor in enumerate(("bo", "cia", "bo", "cia", "bo"), 1):
        under_way(staffed, serial, advisor)
    catch_up(connection)
    whole = caseload(staffed, TODAY)
    pages = [caseload_page(staffed, TODAY, limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [page.total for page in pages] == [5] * 4
    assert [len(page.rows) for page in pages] == [2, 2, 1, 0]
    assert [row for page in pages for row in page.rows] == whole
    assert caseload_page(staffed, TODAY, Whose(advisor="anna.berg"), limit=2, offset=2) == (0, [])
