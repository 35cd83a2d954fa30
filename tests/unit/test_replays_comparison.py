"""Two looks at one case: every value that differs is told with what made the difference, by trying."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

from domain.commands import CorrectEntry, Decide, RecordEvidence
from domain.employer_decisions import decide_employer
from domain.event import ERASED, sealed_fields
from domain.events import EligibilityAssessed, Evidence, PersonErased, Receipt
from domain.grounds import Known
from domain.history import Entry
from domain.policy import Policy, policy_version
from domain.support_commands import StartEngagement
from domain.support_events import AdvisorAssigned
from replays.clocks import Clocks
from replays.comparison import Contrast, contrasts, look
from replays.receipts import Difference
from tests.employers import application as funds
from tests.employers import opening
from tests.given import (
    CASE,
    DECIDED,
    NOON,
    RECEIVED,
    TODAY,
    UNDER_WAY,
    Given,
    application,
    details,
    do,
    given,
    happened,
    meeting,
    work,
)
from tests.registers import STAFFED
from tests.unit.test_random_lives import lives
from tests.unit.test_replays_receipts import with_rules

OWN = policy_version("kammarkollegiet", "2022-10-01")
TOO_OLD = with_rules(age_limit=40)
SEVEN_MONTHS = application(details=details(work=work("2024-06", 7)))
MORE = do(RecordEvidence, "2025-02-01", source="applicant", content=Evidence(work=work("2023-06", 12)))


def at(past: Given, number: int) -> datetime:
    """The instant at which an entry of a case was recorded."""
    return past.entries[number].recorded_at


def compared(past: Given, left: Clocks, right: Clocks) -> dict[str, Contrast]:
    mine, theirs = (look(past.case_id, past.entries, one, TODAY) for one in (left, right))
    return {row.field: row for row in contrasts(mine, theirs)}


def why(past: Given, row: Contrast) -> list[tuple[str, int | None]]:
    """The causes of a difference, each with the how manieth entry it names."""
    order = [entry.event.event_id for entry in past.entries]
    return [(one.kind, order.index(one.entry.event.event_id) if one.entry else None) for one in row.causes]


def spread(past: Given, days: int = 1) -> Given:
    """The same case, its entries recorded so many days apart."""
    past.entries[:] = [
        row._replace(recorded_at=NOON + timedelta(days=days * number))
        for number, row in enumerate(past.entries)
    ]
    return past


def test_two_looks_by_the_same_clocks_do_not_differ() -> None:
    past = given(*UNDER_WAY, meeting("2025-02-03"))
    for clocks in (Clocks(), Clocks(date(2025, 1, 20)), Clocks(None, at(past, 1)), Clocks(rules=TOO_OLD)):
        assert compared(past, clocks, clocks) == {}


def test_a_case_is_read_on_the_day_asked_for_or_that_of_the_knowledge() -> None:
    late = datetime(2025, 3, 1, 23, 30, tzinfo=UTC)
    assert Clocks(date(2025, 2, 1), late).day(TODAY) == date(2025, 2, 1)
    assert Clocks(None, late).day(TODAY) == date(2025, 3, 2), "in Stockholm it is the day after"
    assert Clocks().day(TODAY) == TODAY
    assert Clocks(None, datetime(2030, 1, 1, tzinfo=UTC)).day(TODAY) == TODAY


def test_what_was_recorded_later_is_learned_later() -> None:
    """It happened before both days, so only knowledge tells the looks apart."""
    past = spread(given(*UNDER_WAY, meeting("2025-02-03"), meeting("2025-02-04")))
    day = date(2025, 6, 1)
    found = compared(past, Clocks(day, at(past, 3)), Clocks(day))
    assert {name: (row.left, row.right) for name, row in found.items()} == {"meetings_held": (1, 2)}
    assert why(past, found["meetings_held"]) == [("learned_later", 4)]


def test_what_happened_later_and_was_known_in_both_is_time_that_passed() -> None:
    past = given(*UNDER_WAY, meeting("2025-02-03"), meeting("2025-02-10"))
    found = compared(past, Clocks(date(2025, 2, 5)), Clocks(date(2025, 2, 10)))
    assert why(past, found["meetings_held"]) == [("time_passed", 4)]
    assert why(past, found["days_left"]) == [("time_passed", None)]
    assert (found["days_left"].left, found["days_left"].right) == (345, 340)
    assert set(found) == {"meetings_held", "days_left"}


def test_what_was_neither_known_nor_had_happened_is_learned_later() -> None:
    past = spread(given(*UNDER_WAY, meeting("2025-02-03")), days=30)
    found = compared(past, Clocks(date(2025, 1, 30), at(past, 2)), Clocks(date(2025, 2, 3)))
    assert why(past, found["meetings_held"]) == [("learned_later", 3)]


def test_the_calendar_ends_a_support_by_itself() -> None:
    past = given(*UNDER_WAY)
    found = compared(past, Clocks(date(2025, 6, 1)), Clocks())
    assert (found["stage"].left, found["stage"].right) == ("active", "ended")
    assert why(past, found["stage"]) == [("time_passed", None)]


def test_a_correction_is_named_with_what_it_put_in_place() -> None:
    past = given(*UNDER_WAY)
    wrong = past.entries[2].event.event_id
    right = do(StartEngagement, "2025-01-28")
    past.carry_out(do(CorrectEntry, "2025-02-01", corrects=wrong, reason="Fel dag.", replacement=right))
    spread(past)
    day = date(2025, 2, 2)
    found = compared(past, Clocks(day, at(past, 2)), Clocks(day))
    assert (found["starts_on"].left, found["starts_on"].right) == ("2025-01-27", "2025-01-28")
    assert why(past, found["starts_on"]) == [("learned_later", 3), ("learned_later", 4)]


def test_a_correction_counts_from_when_it_is_known_whatever_its_day() -> None:
    """AMB-36: seen from a day before it was made, the entry it strikes no longer stands either."""
    past = given(*UNDER_WAY, meeting("2025-02-03"))
    wrong = past.entries[3].event.event_id
    past.carry_out(do(CorrectEntry, "2025-03-01", corrects=wrong, reason="Kom inte."))
    spread(past)
    day = date(2025, 2, 10)
    found = compared(past, Clocks(day, at(past, 3)), Clocks(day))
    assert why(past, found["meetings_held"]) == [("learned_later", 4)]


def test_where_no_one_entry_makes_the_difference_all_of_them_do() -> None:
    named = [happened(AdvisorAssigned, on, advisor="anna") for on in ("2025-02-01", "2025-02-02")]
    past = given(*UNDER_WAY, *named)
    found = compared(past, Clocks(date(2025, 1, 31)), Clocks(date(2025, 2, 28)))
    assert why(past, found["advisor"]) == [("time_passed", 3), ("time_passed", 4)]


def test_other_rules_are_a_cause_with_their_clause_and_decision() -> None:
    past = given(*UNDER_WAY, meeting("2025-02-03"))
    found = compared(past, Clocks(), Clocks(rules=TOO_OLD))
    assert (found["stage"].left, found["stage"].right) == ("ended", "refused")
    assert (found["meetings_held"].left, found["meetings_held"].right) == (1, 0)
    for row in found.values():
        assert why(past, row) == [("rules", 1)]
        assert row.causes[0].clauses == ("K-5.3",)
        assert Difference("decision", "grant", "refuse") in row.causes[0].differences
    back = compared(past, Clocks(rules=TOO_OLD), Clocks())
    assert {name: (row.right, row.left) for name, row in back.items()} == {
        name: (row.left, row.right) for name, row in found.items()
    }
    assert {(one.kind, one.clauses) for row in back.values() for one in row.causes} == {("rules", ("K-5.3",))}


def test_rules_that_grant_otherwise_name_the_clauses_whose_facts_differ() -> None:
    past = given(RECEIVED, DECIDED)
    found = compared(past, Clocks(), Clocks(rules=with_rules(support_months=6)))
    assert (found["last_day"].left, found["last_day"].right) == ("2026-01-15", "2025-07-15")
    assert set(found) == {"last_day"}
    assert [one.clauses for one in found["last_day"].causes] == [("K-5.4",)]


def test_two_sets_of_rules_are_compared_with_each_other() -> None:
    past = given(RECEIVED, DECIDED)
    found = compared(past, Clocks(rules=TOO_OLD), Clocks(rules=with_rules(months_required=25)))
    assert found["decisions"].causes[0].clauses == ("K-5.3", "K-5.2-1")
    assert why(past, found["decisions"]) == [("rules", 1)]
    assert "stage" not in found


def by_an_older_program(past: Given, policy: Policy) -> Given:
    """The case as if its decision had been made by a program that read the same rules otherwise."""
    wrong = look(past.case_id, past.entries, Clocks(rules=policy), TODAY).again
    made = past.entries[1].event
    assert isinstance(made, EligibilityAssessed)
    assert isinstance(made.receipt, Receipt)
    answer = wrong[made.event_id].assessment
    assert answer is not None
    answer = answer.model_copy(
        update={"policy_version": made.policy_version, "policy_digest": made.policy_digest}
    )
    receipt = made.receipt.model_copy(update={"assessment": answer.model_dump_json()})
    recorded = {"decision": answer.decision, "refusals": answer.refusals, "receipt": receipt}
    past.entries[1] = past.entries[1]._replace(event=made.model_copy(update=recorded))
    return past


def test_what_todays_program_answers_otherwise_by_the_same_rules_is_its_own_cause() -> None:
    past = by_an_older_program(given(RECEIVED, DECIDED), with_rules(months_required=25))
    assert compared(past, Clocks(), Clocks(date(2025, 1, 20))) == {}
    found = compared(past, Clocks(), Clocks(rules=OWN))
    assert (found["stage"].left, found["stage"].right) == ("refused", "granted")
    assert why(past, found["stage"]) == [("program", 1)]
    assert found["stage"].causes[0].clauses == ("K-5.2-1",)


def test_program_and_rules_are_both_named_where_both_change_a_value() -> None:
    past = by_an_older_program(given(RECEIVED, DECIDED), with_rules(months_required=25))
    for left, right in ((Clocks(), Clocks(rules=TOO_OLD)), (Clocks(rules=TOO_OLD), Clocks())):
        found = compared(past, left, right)
        assert why(past, found["decisions"]) == [("rules", 1), ("program", 1)]
        rules, program = found["decisions"].causes
        assert (rules.clauses, program.clauses) == (("K-5.3",), ("K-5.2-1",))


def test_several_causes_of_one_difference_are_all_told() -> None:
    past = spread(given(SEVEN_MONTHS, DECIDED, MORE, do(Decide, "2025-02-10")), days=10)
    found = compared(past, Clocks(None, at(past, 1)), Clocks(rules=TOO_OLD))
    assert why(past, found["decisions"]) == [("learned_later", 3), ("rules", 1), ("rules", 3)]
    assert why(past, found["evidence"]) == [("learned_later", 2)]


def test_an_erased_case_is_compared_as_far_as_it_is_clear() -> None:
    past = given(*UNDER_WAY)
    past.add(happened(PersonErased, "2025-03-01"))
    past.entries[:] = [hidden(row) for row in past.entries]
    found = compared(past, Clocks(date(2025, 2, 1)), Clocks(date(2025, 3, 1), rules=TOO_OLD))
    assert (found["stage"].left, found["stage"].right) == ("active", "erased")
    assert why(past, found["stage"]) == [("time_passed", 3)]
    assert {one.kind for row in found.values() for one in row.causes} == {"time_passed"}


def hidden(row: Entry) -> Entry:
    """An entry as it is read once its person is erased."""
    fields = sealed_fields(type(row.event))
    return row._replace(event=row.event.model_copy(update=dict.fromkeys(fields, ERASED)))


def employers() -> list[Entry]:
    entries: list[Entry] = []
    for command in (opening(), funds("other", "education")):
        known = Known(TODAY, tuple(entries), register=STAFFED)
        for event in decide_employer(CASE, command, known):
            at_ = NOON + timedelta(days=len(entries))
            entries.append(Entry(len(entries) + 1, at_, event))
    return entries


def test_an_employers_case_is_compared_by_what_was_known_and_had_happened() -> None:
    entries = employers()
    early, late = (look(CASE, entries, Clocks(None, row.recorded_at), TODAY) for row in entries)
    found = {row.field: row for row in contrasts(early, late)}
    assert set(found) == {"applications", "lines_undecided", "funding"}
    for row in found.values():
        assert [(one.kind, one.entry) for one in row.causes] == [("learned_later", entries[1])]
    assert {
        row.field for row in contrasts(look(CASE, entries, Clocks(date(2025, 2, 5)), TODAY), late)
    } == set(found)


KINDS = {"learned_later", "time_passed", "rules", "program"}


def test_every_difference_in_a_random_life_has_a_cause_and_no_cause_is_of_a_clock_that_is_the_same() -> None:
    """Over lives and looks drawn at random; what was tried is counted, so that it is not vacuous."""
    tried: Counter[str] = Counter()
    random = Random(7)
    every: list[Policy | None] = [None, None, OWN, TOO_OLD, with_rules(months_required=11, support_months=6)]
    for life in lives(800, 2026, Counter()):
        for entries in life.entries.values():
            if not entries:
                continue
            for _ in range(6):
                left, right = (drawn(random, entries, every) for _ in range(2))
                checked(entries, left, right, tried)
    assert set(tried) == KINDS - {"program"}
    assert min(tried.values()) > 50, tried


def drawn(random: Random, entries: list[Entry], rules: list[Policy | None]) -> Clocks:
    some = random.choice(entries)
    day = random.choice((None, max(some.event.occurred_on, entries[0].event.occurred_on)))
    known_at = random.choice((None, None, random.choice(entries).recorded_at))
    return Clocks(day, known_at, random.choice(rules))


def checked(entries: list[Entry], left: Clocks, right: Clocks, tried: Counter[str]) -> None:
    mine, theirs = (look(CASE, entries, one, TODAY) for one in (left, right))
    rows = contrasts(mine, theirs)
    here, there = mine.values(), theirs.values()
    assert {row.field for row in rows} == {name for name in here if here[name] != there[name]}
    for row in rows:
        assert row.causes, row
        kinds = {one.kind for one in row.causes}
        tried.update(kinds)
        assert "rules" not in kinds or left.rules != right.rules
        assert "learned_later" not in kinds or left.known_at != right.known_at
        assert "program" not in kinds, "today's program answers as the one that decided"
        for one in row.causes:
            if one.kind == "time_passed" and one.entry is None:
                assert mine.day != theirs.day
            if one.kind == "learned_later":
                assert one.entry is not None
                instants = [clocks.known_at for clocks in (left, right) if clocks.known_at]
                assert one.entry.recorded_at > min(instants)
