"""Records a small ledger of this release, with every kind of event in it, to be read by every later one.

`make history` (python -m tests.histories.record) writes `ledger.jsonl` and `keys.json` into a folder named after
the version in pyproject.toml. Done once, on the commit that is released; a history is never recorded anew.
Everybody in it is fictional, and so its keys may lie in the open.
"""

import json
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from domain.declarations import Declaration, Statement
from domain.employer_events import EMPLOYER_EVENTS
from domain.events import EVENTS
from domain.support_events import PeriodExtended
from ledger.erasure import erase_person
from ledger.ledger import Ledger
from ledger.local_postgres import local_postgres
from ledger.opening import open_ledger, upgrade_ledger
from ledger.settings import Settings
from replays.employer_state import employer_state
from replays.state import state
from tests.applications import (
    ADVISOR,
    OFFICER,
    TODAY,
    command,
    employment,
    identity_number,
    received,
    work,
)
from tests.employers import application, approval, asked, opening
from tests.registers import hire

HISTORIES = Path(__file__).parent
NOT_YET = {PeriodExtended.topic}
"""Kinds of events that nothing leads to yet: no form of today's catalogue can be extended (K-2.1-i)."""
DECIDER = "decision_maker:beslutare"
ON = date(2026, 11, 1)
"""The day on which the states are written down."""
EMPLOYERS_CASES = (
    "SELECT DISTINCT originator_id FROM liggare.case_events WHERE topic = 'employer.case_opened' ORDER BY 1"
)

COURSE: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "record_evidence",
        "2025-04-11",
        OFFICER,
        {"source": "certificate", "content": {"work": work("2025-04", 1)}},
    ),
    (
        "record_earlier_grant",
        "2025-04-12",
        OFFICER,
        {
            "organisation": "other.org",
            "case": "other.org:17",
            "decided_on": "2022-01-10",
            "last_day": "2023-01-10",
            "basis_months": ["2021-05"],
        },
    ),
    ("judge_need", "2025-04-13", ADVISOR, {"special_need": True}),
    ("notify_as_employer", "2025-04-14", "employer:hr", {"employer": "559999-9017"}),
    ("decide", "2025-04-20", DECIDER, {}),
    ("assign_advisor", "2025-04-21", OFFICER, {"advisor": "anna.berg"}),
    ("start_engagement", "2025-04-27", OFFICER, {}),
    ("hold_meeting", "2025-05-05", ADVISOR, {"mode": "physical", "advisor": "anna.berg"}),
    ("pause", "2025-06-01", OFFICER, {"reason": "short_sick_leave", "expected_until": "2025-07-31"}),
    ("resume", "2025-08-01", OFFICER, {}),
    (
        "agree_plan",
        "2025-05-05",
        ADVISOR,
        {
            "goal": "job",
            "jointly": True,
            "items": [{"task": "Söka arbete.", "by": "client", "target_on": "2025-06-01"}],
        },
    ),
    ("complete_task", "2025-05-20", ADVISOR, {"number": 1}),
    ("record_activity", "2025-05-05", ADVISOR, {"activity": "mapping"}),
    ("make_contact", "2025-05-12", ADVISOR, {"kind": "phone_support"}),
    ("miss_meeting", "2025-05-19", ADVISOR, {"mode": "digital"}),
    ("request_statement", "2025-05-21", "applicant:self", {"education": "Kock, Komvux"}),
    (
        "issue_statement",
        "2025-05-25",
        ADVISOR,
        {
            "strengthens": True,
            "sources": [{"kind": "forecast", "reference": "Yrkesprognos 2025"}],
            "reasons": "Brist på kockar.",
        },
    ),
    ("reach_outcome", "2025-09-01", OFFICER, {"outcome": "permanent_job", "starts_on": "2025-09-15"}),
    ("evidence_outcome", "2025-09-20", OFFICER, {"evidence": "contract"}),
    ("reopen", "2025-10-01", OFFICER, {}),
    ("withdraw", "2025-10-10", "applicant:self", {"reason": "Flyttar."}),
    (
        "protect_identity",
        "2025-10-13",
        OFFICER,
        {"kind": "protected_registration", "readers": ["anna.berg"]},
    ),
    ("lift_protection", "2025-11-03", OFFICER, {}),
]

EMPLOYED = {"sector": "municipality", "ends_on": None, "end_reason": None, "end_initiative": None}
CAREER: list[tuple[str, str, str, dict[str, Any]]] = [
    ("decide", "2025-04-20", DECIDER, {}),
    ("assign_advisor", "2025-04-21", OFFICER, {"advisor": "anna.berg"}),
    ("start_engagement", "2025-04-27", OFFICER, {}),
    ("choose_way", "2025-05-05", ADVISOR, {"way": "studies"}),
    (
        "record_csn_decision",
        "2025-05-20",
        OFFICER,
        {"granted": True, "starts_on": "2025-08-18", "ends_on": "2026-01-18"},
    ),
    (
        "grant_study_support",
        "2025-05-25",
        DECIDER,
        {"kind": "complementary", "income": 4_000_000, "months": ["2025-08", "2025-09"]},
    ),
    ("grant_study_support", "2025-05-26", DECIDER, {"kind": "short", "income": 600_000, "days": 4}),
]
MEASURES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("notify_as_employer", "2025-04-14", "employer:hr", {"employer": "559999-9017"}),
    ("decide", "2025-04-20", DECIDER, {}),
    ("start_engagement", "2025-04-27", OFFICER, {}),
    ("pay_measure", "2025-05-05", OFFICER, {"kind": "course_fee", "amount": 1_250_000}),
    (
        "record_compensation",
        "2025-05-06",
        OFFICER,
        {"kind": "leave", "starts_on": "2025-05-05", "ends_on": "2025-05-06", "amount": 240_000},
    ),
    ("extend_for_sickness", "2026-02-02", ADVISOR, {"until": "2026-08-31"}),
]
FOUR_THINGS = ["support_content", "no_economic_benefits", "securing_sgi", "doctors_certificate"]
CONFIRMED = {"rehabilitation_fulfilled": True, "redeployment_exhausted": True, "agreement_wanted": True}
FIVE_STEPS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("contact_fund", "2025-04-11", "employer:hr", CONFIRMED | {"certificate": True}),
    ("give_information", "2025-04-14", ADVISOR, {"to": "employer", "topics": FOUR_THINGS}),
    ("give_information", "2025-04-15", ADVISOR, {"to": "employee", "topics": FOUR_THINGS}),
    ("hold_deliberation", "2025-04-25", OFFICER, {}),
    ("offer_agreement", "2025-05-02", OFFICER, {}),
    ("agree_termination", "2025-05-09", OFFICER, {"ends_on": "2025-08-31"}),
]


def _declare(ledger: Ledger, case_id: UUID) -> None:
    statement = Statement(
        employer="165599999017",
        payee=identity_number(1),
        period="2025-03",
        number=1,
        amounts={"011": 30000},
    )
    declaration = Declaration(
        file_sha256=sha256(b"history").hexdigest(),
        file_name="history.xml",
        created_at=datetime(2025, 4, 12, tzinfo=UTC),
        statements=(statement,),
    )
    ledger.execute(case_id, command("record_declaration", "2025-04-12", declaration=declaration), TODAY)


def _of_fund(ledger: Ledger) -> None:
    """Record three people's cases at Omställningsfonden: studies, extended measures, and the five steps."""
    leaving = employment(sector="region")
    for serial, service, months, job, course in (
        (8, "career_study_counselling", 12, employment(**EMPLOYED), CAREER),
        (9, "extended_counselling", 12, leaving, MEASURES),
        (10, "reduced_capacity", 0, employment(**EMPLOYED), FIVE_STEPS),
    ):
        case_id = received(
            ledger, serial, policy="omstallningsfonden", service=service, months=months, employments=[job]
        )
        for name, on, actor, content in course:
            ledger.execute(case_id, command(name, on, actor, **content), TODAY)


def _of_employers(ledger: Ledger) -> None:
    """Record two employers' cases: modules with an entry put right, and funds that are decided."""
    modules, funds = UUID(int=0xE1), UUID(int=0xE2)
    ledger.execute(modules, opening("strategic_competence_supply"), TODAY)
    for name, on, module in (
        ("start_module", "2025-02-10", 1),
        ("complete_module", "2025-03-10", 1),
        ("start_module", "2025-03-17", 3),
    ):
        wrong = ledger.execute(modules, asked(name, on, module=module), TODAY).event_ids[0]
    right = asked("start_module", "2025-03-17", module=2)
    content = {"corrects": wrong, "reason": "fel modul", "replacement": right}
    ledger.execute(modules, asked("correct_employer_entry", "2025-03-18", **content), TODAY)
    ledger.execute(funds, opening(), TODAY)
    ledger.execute(funds, application("education", "wages", "other"), TODAY)
    ledger.execute(funds, asked("decide_funding", "2025-03-01", approvals=[approval(3)]), TODAY)
    ledger.execute(funds, asked("close_employer_case", "2025-06-30"), TODAY)


def fill(ledger: Ledger) -> None:
    """Record ten people's cases: three supports, an expiry, an annulment, a refusal, an erasure, one undecided,
    three at Omställningsfonden, and two employers' cases.
    """
    hire(ledger)

    whole = received(ledger, 1)
    _declare(ledger, whole)
    for name, on, actor, content in COURSE:
        ledger.execute(whole, command(name, on, actor, **content), TODAY)
    meeting = command("hold_meeting", "2025-08-10", ADVISOR, mode="digital", advisor="anna.berg")
    wrong = ledger.execute(whole, meeting, TODAY).event_ids[0]
    correction = command("correct_entry", "2025-09-02", corrects=wrong, reason="fel dag")
    ledger.execute(whole, correction, TODAY)

    expired = received(ledger, 2)
    ledger.execute(expired, command("decide", "2025-04-20", DECIDER), TODAY)
    ledger.execute(expired, command("start_engagement", "2025-04-27"), TODAY)
    ledger.execute(expired, command("expire", str(ON), "system:expire"), TODAY)
    ledger.execute(expired, command("explain_shortfall", str(ON), ADVISOR, reason="Flyttade."), TODAY)

    annulled = received(ledger, 3)
    ledger.execute(annulled, command("decide", "2025-04-20", DECIDER), TODAY)
    ledger.execute(annulled, command("annul_grant", "2025-05-01", DECIDER, reason="fel underlag"), TODAY)

    refused = received(
        ledger, 4, employments=[employment(end_initiative="employee")], work=work("2025-01", 2)
    )
    ledger.execute(refused, command("decide", "2025-04-20", DECIDER), TODAY)
    ledger.execute(refused, command("request_reconsideration", "2025-04-25", "applicant:self"), TODAY)
    ledger.execute(refused, command("decide_reconsideration", "2025-05-02", DECIDER), TODAY)
    ledger.execute(refused, command("lodge_appeal", "2025-05-10", "applicant:self"), TODAY)
    ledger.execute(refused, command("decide_appeal", "2025-08-10", OFFICER, result="upheld"), TODAY)

    reinforced = received(ledger, 7, service="reinforced_support")
    ledger.execute(reinforced, command("judge_need", "2025-04-13", ADVISOR, special_need=True), TODAY)
    ledger.execute(reinforced, command("decide", "2025-04-20", DECIDER), TODAY)
    ledger.execute(reinforced, command("start_engagement", "2025-04-27"), TODAY)
    meeting = command("hold_health_collaboration", "2025-05-05", ADVISOR, party="health_advisor")
    ledger.execute(reinforced, meeting, TODAY)

    erased = received(ledger, 5)
    ledger.execute(erased, command("decide", "2025-04-20", DECIDER), TODAY)
    erase_person(ledger, ledger.person_of(erased).person_ref, OFFICER, TODAY)
    received(ledger, 6)

    _of_fund(ledger)
    _of_employers(ledger)

    joining = command("join_person", "2025-06-01", same_as=refused, reason="nytt personnummer")
    ledger.execute(annulled, joining, TODAY)


def lines(ledger: Ledger, url: str) -> Iterator[dict[str, Any]]:
    """Yield a history: which migrations shaped it, each row of each table, and where each case stands."""
    steps = {
        file.name: sha256(file.read_bytes()).hexdigest()
        for file in sorted(files("ledger.sql").iterdir(), key=lambda file: file.name)
        if re.fullmatch(r"(keys_)?\d{4}_\w+\.sql", file.name)
    }
    yield {"steps": steps}
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname LIKE 'liggare%' ORDER BY 1, 2"
        ).fetchall()
        for schema, name in tables:
            if name != "migration":
                table = sql.Identifier(schema, name)
                query = sql.SQL("SELECT to_jsonb(t) FROM {} AS t ORDER BY t").format(table)
                for (row,) in connection.execute(query):
                    yield {"table": f"{schema}.{name}", "row": row}
    for row in ledger.select("SELECT case_id FROM liggare.case_register ORDER BY case_id"):
        case = ledger.case(row["case_id"])
        yield {"case": str(row["case_id"]), "state": state(case, ON)}
    for row in ledger.select(EMPLOYERS_CASES):
        employer = ledger.employer_case(row["originator_id"])
        yield {"employer_case": str(row["originator_id"]), "state": employer_state(employer)}


def record(folder: Path) -> None:
    """Write this release's history into a folder that is not there yet."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        home.chmod(0o711)
        with local_postgres(home, grace_seconds=0, durable=False) as url:
            settings = Settings(home=home, database_url=url)
            upgrade_ledger(settings)
            with open_ledger(settings) as ledger:
                fill(ledger)
                found = ledger.select("SELECT DISTINCT topic FROM liggare.case_events")
                if missing := (EVENTS | EMPLOYER_EVENTS).keys() - NOT_YET - {row["topic"] for row in found}:
                    sys.exit(f"no event in this history is a {', '.join(sorted(missing))}: add it to fill()")
                rows = [json.dumps(row, ensure_ascii=False, default=str) for row in lines(ledger, url)]
            folder.mkdir()
            (folder / "ledger.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
            (folder / "keys.json").write_bytes((home / "keys.json").read_bytes())


if __name__ == "__main__":
    project = tomllib.loads((HISTORIES.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    place = HISTORIES / project["version"]
    if place.exists():
        sys.exit(f"{place} is recorded already, and a history never changes: raise the version first")
    record(place)
    sys.stdout.write(f"{place} recorded; commit it with the release\n")
