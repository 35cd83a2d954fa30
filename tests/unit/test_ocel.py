"""The log for process mining, case by case: what is told, what never is, in which order, and of which objects."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.employer_events import EMPLOYER_EVENTS, EmployerCaseOpened
from domain.event import Event, sealed_fields
from domain.events import EVENTS, ApplicationReceived, EligibilityAssessed, EntryCorrected, PersonErased
from domain.history import Entry
from domain.register import REGISTER
from domain.register_events import REGISTER_EVENTS
from domain.support_commands import Pause, Resume
from domain.support_events import EngagementStarted, MeetingHeld
from ledger.faults import LedgerFault
from replays.ocel import ToldCase, object_, told_case
from replays.ocel_terms import NAMED, NOT_TOLD, OBJECTS, TOLD, event_types, object_types, type_of
from tests.given import CASE, DECIDED, RECEIVED, UNDER_WAY, do, given, happened, meeting
from tests.ocel_form import attributes, check_ocel, related
from tests.unit.test_events import EXAMPLES, strings_in

ALL = EVENTS | REGISTER_EVENTS | EMPLOYER_EVENTS
DESCRIBES_PERSON = {"person_ref", "birth_year", "sex", "region", "occupation", "occupation_name"}


def pseudonym(name: str) -> str:
    return f"{sum(name.encode()):06}"


def entries(events: Iterable[Event]) -> list[Entry]:
    noon = datetime(2025, 1, 10, 12, tzinfo=UTC)
    return [Entry(place, noon + timedelta(minutes=place), event) for place, event in enumerate(events, 1)]


def told(events: Sequence[Event], case_id: UUID = CASE) -> ToldCase:
    """What is told of a case, which has the standard's form."""
    found = told_case(case_id, entries(events), pseudonym)
    check_ocel(as_log(found))
    return found


def as_log(*cases: ToldCase) -> dict[str, Any]:
    shared = {own: kind for case in cases for own, kind in case.shared.items()}
    return {
        "eventTypes": event_types(),
        "objectTypes": object_types(),
        "events": [event for case in cases for event in case.events],
        "objects": [one for case in cases for one in case.objects]
        + [object_(own, kind) for own, kind in shared.items()],
    }


def lived(*commands: Any) -> list[Event]:
    return [entry.event for entry in given(*commands).entries]


def examples(prefix: str) -> list[Event]:
    """An example of every kind of event of an aggregate, the one that begins it first."""
    first = (ApplicationReceived, EmployerCaseOpened)
    found = [event for event in EXAMPLES if event.topic.startswith(prefix)]
    return sorted(found, key=lambda event: not isinstance(event, first))


def test_every_kind_of_event_is_told_but_corrections_and_protections() -> None:
    """A new kind fails here until somebody has said what of it may leave the ledger."""
    corrections = {kind for kind in ALL.values() if issubclass(kind, EntryCorrected)}
    assert set(TOLD) == set(ALL.values()) - corrections - {*NOT_TOLD}


@pytest.mark.parametrize("kind", TOLD, ids=lambda kind: kind.topic)
def test_what_is_told_is_clear_and_describes_nobody(kind: type[Event]) -> None:
    """A field that is sealed, or describes a person, can't be put in the list unseen."""
    told_fields = {*TOLD[kind].attributes, *TOLD[kind].objects}
    assert told_fields <= set(kind.model_fields)
    assert not told_fields & {*sealed_fields(kind), *DESCRIBES_PERSON}
    assert set(TOLD[kind].objects) <= set(NAMED)
    assert set(NAMED.values()) <= set(OBJECTS)


@pytest.mark.parametrize("prefix", ["case.", "employer.", "register."])
def test_nothing_of_a_person_and_no_name_of_staff_is_in_the_text(prefix: str) -> None:
    """Every text that is sealed in an example, whoever is described in it, and whoever recorded it."""
    events = examples(prefix)
    found = told(events, REGISTER if prefix == "register." else CASE)
    text = json.dumps([found.events, found.objects, sorted(found.shared)], ensure_ascii=False)
    hidden = set[str]()
    for event in events:
        content = event.model_dump(mode="json")
        hidden |= strings_in([content[name] for name in sealed_fields(type(event))])
        hidden |= strings_in([content.get(name) for name in ("person_ref", "occupation_name")])
        hidden |= {f":{content[name]}" for name in ("advisor", "staff") if content.get(name)}
        hidden |= {event.actor, f'"{event.actor.partition(":")[2]}"'}
    hidden |= {"protect", "Protect", "handlaggare-1"}
    hidden |= {"1980", "Kurs i ledarskap.", "Färdigt.", "anna.berg"}
    codes = {"employer", "other", "full_time_studies_term", "komvux", "short_sick_leave"}
    assert [one for one in hidden - codes if one in text] == []
    assert len(found.events) == sum(not isinstance(event, (EntryCorrected, *NOT_TOLD)) for event in events)


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("case.engagement_started", "agreed_end", "time"),
        ("case.engagement_started", "months", "integer"),
        ("case.outcome_reached", "ends_on", "time"),
        ("case.outcome_reached", "pace_percent", "integer"),
        ("case.statement_issued", "strengthens", "boolean"),
        ("case.statement_issued", "kinds", "string"),
        ("employer.module_started", "module", "integer"),
        ("employer.funding_decided", "funded_ore", "integer"),
        ("register.staff_placed", "roles", "string"),
    ],
)
def test_attributes_have_the_types_of_their_fields(kind: str, name: str, expected: str) -> None:
    assert type_of(ALL[kind], name) == expected


def test_a_days_events_keep_the_course_of_the_day() -> None:
    """Recorded in another order than a day has: a meeting before an interruption, a millisecond between them."""
    events = lived(*UNDER_WAY, do(Pause, "2025-03-03", reason="short_sick_leave"), meeting("2025-03-03"))
    found = told(events)
    assert [event["type"] for event in found.events][-2:] == ["MeetingHeld", "Paused"]
    assert [event["time"] for event in found.events][-2:] == [
        "2025-03-03T00:00:00.000Z",
        "2025-03-03T00:00:00.001Z",
    ]
    assert [attributes(event)["position"] for event in found.events][-2:] == ["5", "4"]
    assert attributes(found.events[0])["recorded_at"] == "2025-01-10T12:01:00.000000Z"


def test_more_events_on_a_day_than_a_minute_has_milliseconds() -> None:
    """Still the same day, and still in order, as texts too."""
    first = lived(RECEIVED)[0]
    day = [happened(MeetingHeld, "2025-03-03", mode="digital") for _ in range(60_002)]
    times = [event["time"] for event in told_case(CASE, entries([first, *day]), pseudonym).events]
    assert times == sorted(set(times))
    assert times[-1] == "2025-03-03T00:01:00.001Z"


def test_a_corrected_entry_is_not_there_and_what_replaced_it_takes_its_place() -> None:
    events = lived(*UNDER_WAY)
    wrong = happened(MeetingHeld, "2025-03-03", mode="digital")
    right = happened(MeetingHeld, "2025-03-04", mode="physical")
    correction = happened(
        EntryCorrected, "2025-03-05", corrects=wrong.event_id, replaced_by=right.event_id, reason="fel dag"
    )
    found = told([*events, wrong, right, correction])
    meetings = [event for event in found.events if event["type"] == "MeetingHeld"]
    assert [(event["id"], attributes(event)["mode"]) for event in meetings] == [
        (str(right.event_id), "physical")
    ]
    assert attributes(found.objects[0])["corrections"] == "1"
    assert str(wrong.event_id) not in json.dumps(found.events)


def test_decisions_and_supports_are_objects_that_later_events_are_about() -> None:
    events = lived(*UNDER_WAY, meeting("2025-03-03"))
    _, decided, started, met = events
    found = told(events)
    decision, support = f"decision:{decided.event_id}", f"engagement:{started.event_id}"
    assert [(one["id"], one["type"]) for one in found.objects] == [
        (str(CASE), "case"),
        (decision, "decision"),
        (support, "engagement"),
    ]
    assert related(found.objects[2]) == {("case", str(CASE)), ("grant", decision)}
    by = {event["id"]: related(event) for event in found.events}
    test, beslutare = (f"staff:{pseudonym(name)}" for name in ("test", "test"))
    assert by[str(decided.event_id)] == {("case", str(CASE)), ("made", decision), ("recorded_by", beslutare)}
    assert by[str(started.event_id)] == {
        ("case", str(CASE)),
        ("made", support),
        ("grant", decision),
        ("recorded_by", test),
    }
    assert by[str(met.event_id)] == {("case", str(CASE)), ("in", support), ("recorded_by", test)}
    assert found.shared == {test: "staff"}


def test_what_happens_after_a_new_decision_is_in_no_support_before_the_next_begins() -> None:
    """As in the case itself: a support is over with the decision that it rests on."""
    events = lived(*UNDER_WAY)
    decided, started = events[1], events[2]
    anew = decided.model_copy(update={"event_id": UUID(int=71), "occurred_on": started.occurred_on})
    late = happened(MeetingHeld, "2025-06-03", mode="digital")
    on_old = started.model_copy(update={"event_id": UUID(int=72)})
    found = told([*events, anew, on_old, late])
    assert "in" not in {qualifier for qualifier, _ in related(found.events[-1])}
    assert isinstance(decided, EligibilityAssessed)
    assert isinstance(started, EngagementStarted)


def test_a_reference_to_what_is_not_in_the_case_is_no_relation() -> None:
    """The examples name decisions that nobody made: a log with a loose end is none."""
    found = told(examples("case."))
    qualifiers = {event["type"]: {one for one, _ in related(event)} for event in found.events}
    assert "decision" not in qualifiers["AppealLodged"]
    assert "grant" not in qualifiers["GrantAnnulled"]


def test_events_of_several_kinds_of_cases_in_one_are_a_fault() -> None:
    """Nothing but a hand in the database makes such a case."""
    with pytest.raises(LedgerFault, match=f"case {CASE}: its events can't be those of one case"):
        told([*lived(RECEIVED), *examples("register.")])


def test_an_erased_case_is_told_as_before() -> None:
    """Nothing that is sealed was told in the first place."""
    events = lived(*UNDER_WAY)
    erasure = happened(PersonErased, "2025-05-01", "system:erasure")
    assert told([*events, erasure]).events[:-1] == told(events).events


def test_the_register_has_no_case_and_its_staff_are_the_cases_staff() -> None:
    found = told(examples("register."), REGISTER)
    assert found.objects == []
    placed = next(event for event in found.events if event["type"] == "StaffPlaced")
    assert related(placed) == {
        ("staff", f"staff:{pseudonym('anna.berg')}"),
        ("office", "office:umea"),
        ("team", "team:norr"),
        ("recorded_by", f"staff:{pseudonym('test')}"),
    }


def test_an_employers_case_tells_its_applications_for_funds() -> None:
    """The decision names one that is not among the examples, so that is given an id of its own."""
    events = [
        event.model_copy(update={"application": events_application(examples("employer."))})
        if event.topic == "employer.funding_decided"
        else event
        for event in examples("employer.")
    ]
    found = told(events)
    kinds = {one["type"]: attributes(one) for one in found.objects}
    assert kinds["employer_case"]["corrections"] == "1"
    assert kinds["funding_application"] == {"sought_ore": "1250050"}
    decided = next(event for event in found.events if event["type"] == "FundingDecided")
    assert "application" in {qualifier for qualifier, _ in related(decided)}


def events_application(events: Sequence[Event]) -> UUID:
    return next(event.event_id for event in events if event.topic == "employer.preventive_funding_applied")


def test_a_life_with_a_return_reads_in_its_order() -> None:
    events = lived(
        *UNDER_WAY,
        do(Pause, "2025-03-03", reason="short_sick_leave"),
        do(Resume, "2025-04-03"),
        meeting("2025-04-03"),
    )
    assert [event["type"] for event in told(events).events] == [
        "ApplicationReceived",
        "EligibilityAssessed",
        "EngagementStarted",
        "Paused",
        "Resumed",
        "MeetingHeld",
    ]
    assert DECIDED.name == "decide"
