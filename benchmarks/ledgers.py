"""A ledger of any size, for measuring what reads it: real cases, copied with their own ids, persons and advisors.

The events lie across one another as in a busy organisation: a thousand cases each have one event, then the next.
What is sealed is copied as it is and opens for nobody, which nothing that is measured here asks for.
"""

from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from domain.register import REGISTER
from ledger.ledger import Ledger
from tests.applications import TODAY, command, received
from tests.registers import hire, placed

AT_ONCE = 1000
ADVISORS = 500
MEETINGS = 8
RECORDED_AT = "2026-11-01 12:00:00+00"


class Stored(NamedTuple):
    """An event of a case that is copied."""

    topic: str
    state: bytes


def fill(ledger: Ledger, database: str, events: int, seed: int = 7) -> list[UUID]:
    """Write a log of so many events, or a few more; return the cases that it was copied from, under way or not."""
    hire(ledger)
    for number in range(ADVISORS):
        ledger.execute(REGISTER, placed(advisor(number), roles=("advisor",)), TODAY)
    cases = [received(ledger, 9000 + number) for number in range(6)]
    originals = [_original(ledger, case_id, number) for number, case_id in enumerate(cases)]
    random, copied = Random(seed), 0
    with psycopg.connect(database, autocommit=True) as connection:
        written = 0
        while written < events:
            block = [
                (case_id, ref, _copy(random.choice(originals), case_id, ref, copied + number))
                for number in range(AT_ONCE)
                for case_id in [UUID(int=random.getrandbits(128))]
                for ref in [sha256(case_id.bytes).hexdigest()]
            ]
            copied += len(block)
            written += _write(connection, block, random)
        connection.execute("ANALYZE")
    return cases


def advisor(number: int) -> str:
    """One of the advisors, by number."""
    return f"advisor-{number % ADVISORS:03d}"


def _original(ledger: Ledger, case_id: UUID, number: int) -> list[Stored]:
    """A case as it goes: meetings, a plan, contacts, here a pause, there a result or a correction."""

    def do(name: str, on: str, **content: Any) -> UUID:
        return ledger.execute(case_id, command(name, on, **content), TODAY).event_ids[0]

    do("decide", "2025-04-20")
    do("assign_advisor", "2025-04-20", advisor="bo")
    do("start_engagement", "2025-04-27", provider="abc")
    tasks = [{"task": "Söka arbete.", "by": "client", "target_on": "2025-06-30"}]
    do("agree_plan", "2025-05-02", goal="job", jointly=True, items=tasks)
    held = [do("hold_meeting", f"2025-{5 + n // 2:02d}-{3 + n:02d}", mode="digital") for n in range(MEETINGS)]
    do("make_contact", "2025-05-20", kind="webinar")
    if number == 1:
        do("pause", "2025-09-10", reason="short_sick_leave")
    if number == 2:
        do("reach_outcome", "2025-09-10", outcome="business", starts_on="2025-09-10")
    if number == 3:
        do("correct_entry", "2025-09-12", corrects=held[-1], reason="Fel.")
    if number == 4:
        do("complete_task", "2025-09-10", number=1)
    rows = ledger.rows("case_entries", cases=[case_id], versions=[0])
    ref = ledger.person_of(case_id).person_ref
    return [Stored(row["topic"], bytes(row["state"]).replace(ref.encode(), b"PERSON")) for row in rows]


def _copy(original: list[Stored], case_id: UUID, ref: str, number: int) -> list[Stored]:
    who = b'"advisor":"%s"' % advisor(number).encode()
    return [
        Stored(topic, state.replace(b"PERSON", ref.encode()).replace(b'"advisor":"bo"', who))
        for topic, state in original
    ]


def _write(
    connection: psycopg.Connection[Any], block: list[tuple[UUID, str, list[Stored]]], random: Random
) -> int:
    """Write the events of some cases across one another, and what the ledger keeps of each."""
    with connection.cursor() as cursor, cursor.copy(EVENTS) as copy:
        written = 0
        for row in _across(block, random):
            copy.write_row(row)
            written += 1
    with connection.cursor() as cursor, cursor.copy("COPY liggare.person (person_ref) FROM STDIN") as copy:
        for _, ref, _ in block:
            copy.write_row((ref,))
    with connection.cursor() as cursor, cursor.copy(CASES) as copy:
        for case_id, ref, _ in block:
            fixed = ("counselling_dismissed", "2025-04-10", "active", "2026-04-20", False)
            copy.write_row((case_id, ref, *fixed, case_id))
    return written


EVENTS = "COPY liggare.case_events (originator_id, originator_version, topic, state, recorded_at) FROM STDIN"
CASES = """
COPY liggare.case_register
    (case_id, person_ref, service, received_on, stage, agreed_end, fresh_evidence, key_id) FROM STDIN
"""


def _across(block: list[tuple[UUID, str, list[Stored]]], random: Random) -> Iterator[tuple[Any, ...]]:
    for version in range(1, max(len(events) for _, _, events in block) + 1):
        going = [(case_id, events) for case_id, _, events in block if len(events) >= version]
        random.shuffle(going)
        for case_id, events in going:
            event = events[version - 1]
            yield case_id, version, event.topic, event.state, RECORDED_AT
