"""The five steps at reduced work capacity: any steps on any days, against a small model of what the source says."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from domain.command import Command
from domain.commands import NotifyAsEmployer
from domain.events import EmployerNotified, EntryCorrected
from domain.five_steps import STEPS, contact_came_late, five_steps
from domain.fund_commands import AgreeTermination, HoldDeliberation, OfferAgreement
from domain.rejections import CommandRejected
from tests.funds import CAREER, FOUR_THINGS, contact, inform, procedure
from tests.given import ADVISOR, EMPLOYER, Given, do, given
from tests.supports import correcting

START = date(2025, 1, 10)
FAR = date(9999, 1, 1)
DAYS = st.integers(0, 9).map(lambda days: START + timedelta(days=days))
PARTIES = ("employer", "employee")


class Contact(NamedTuple):
    """What the employer confirmed in one contact, in the order of recording on its day."""

    on: date
    number: int
    all_three: bool


class Model:
    """What the source says of the steps, in as few words as possible: days of what was done, and nothing else."""

    def __init__(self) -> None:
        self.contacts: list[Contact] = []
        self.told: dict[tuple[str, str], date] = {}
        self.deliberated = self.offered = self.agreed = FAR

    @property
    def ready(self) -> bool:
        """Everything that comes before an offer is confirmed, by what the employer said last."""
        return max(self.contacts, default=Contact(FAR, 0, False)).all_three

    @property
    def informed(self) -> date:
        """The day on which both had been told all four things."""
        return max(self.told.get((to, topic), FAR) for to in PARTIES for topic in FOUR_THINGS)

    @property
    def days(self) -> tuple[date, ...]:
        """When each of the five steps was done, FAR where it is not."""
        contacted = min((row.on for row in self.contacts), default=FAR)
        return contacted, self.informed, self.deliberated, self.offered, self.agreed

    def over(self, on: date) -> bool:
        """An agreement was made before that day: there are no more steps."""
        return self.agreed < on

    def missing(self, on: date) -> str | None:
        """The clause of the first step that an agreement of a day lacks, of information, deliberation and offer."""
        clauses = ("O-26-2", "O-26-3", "O-26-4")
        return next((clause for clause, day in zip(clauses, self.days[1:4], strict=True) if day > on), None)


class FiveSteps(RuleBasedStateMachine):
    """Steps in any order on any days, late entries among them; the ledger says what the model says."""

    def __init__(self) -> None:
        super().__init__()
        self.past = procedure()
        self.model = Model()

    def asks(self, command: Command, code: str | None, clause: str | None = None) -> bool:
        """Somebody asks for a step; tell whether it was taken, which is when the model has no code against it."""
        done = self.past.when(command)
        if code is not None:
            done.then_rejected(code, clause)
            return False
        assert done.rejected is None, done.rejected
        assert done.case.application is not None  # which also records it
        return True

    @rule(on=DAYS, rehabilitation=st.booleans(), redeployment=st.booleans(), wish=st.booleans())
    def contacts(self, on: date, rehabilitation: bool, redeployment: bool, wish: bool) -> None:
        self._contacts(on, rehabilitation, redeployment, wish)

    @rule(on=DAYS)
    def confirms_all(self, on: date) -> None:
        self._contacts(on, rehabilitation=True, redeployment=True, wish=True)

    def _contacts(self, on: date, rehabilitation: bool, redeployment: bool, wish: bool) -> None:
        command = contact(
            str(on),
            rehabilitation_fulfilled=rehabilitation,
            redeployment_exhausted=redeployment,
            agreement_wanted=wish,
        )
        if self.asks(command, "STEP_ALREADY_DONE" if self.model.over(on) else None, None):
            number = len(self.model.contacts)
            self.model.contacts.append(Contact(on, number, rehabilitation and redeployment and wish))

    @rule(on=DAYS, to=st.sampled_from(PARTIES), topics=st.sets(st.sampled_from(FOUR_THINGS), min_size=1))
    def informs(self, on: date, to: str, topics: set[str]) -> None:
        self._informs(on, to, tuple(sorted(topics)))

    @rule(on=DAYS)
    def informs_both_of_all(self, on: date) -> None:
        for to in PARTIES:
            self._informs(on, to, FOUR_THINGS)

    def _informs(self, on: date, to: str, topics: tuple[str, ...]) -> None:
        command = inform(to, *topics, on=str(on))
        before = dict(self.model.told)
        done = self.past.when(command)
        if self.model.over(on):
            done.then_rejected("STEP_ALREADY_DONE", "O-26-5")
            return
        assert done.rejected is None, done.rejected
        assert done.case.fund.told
        for topic in topics:
            self.model.told[to, topic] = min(on, before.get((to, topic), FAR))

    @rule(on=DAYS)
    def deliberates(self, on: date) -> None:
        if self.asks(do(HoldDeliberation, str(on)), "STEP_ALREADY_DONE" if self.model.over(on) else None):
            self.model.deliberated = min(on, self.model.deliberated)

    @rule(on=DAYS)
    def offers(self, on: date) -> None:
        code = "STEP_ALREADY_DONE" if self.model.over(on) else None
        clause = "O-26-5" if code else None
        if code is None and not self.model.ready:
            code, clause = "PRECONDITION_MISSING", "O-26-1"
        if self.asks(do(OfferAgreement, str(on)), code, clause):
            self.model.offered = min(on, self.model.offered)

    @rule(on=DAYS)
    def agrees(self, on: date) -> None:
        code = clause = None
        if self.model.agreed < FAR:
            code, clause = "STEP_ALREADY_DONE", "O-26-5"
        elif self.model.missing(on):
            code, clause = "STEP_OUT_OF_ORDER", self.model.missing(on)
        if self.asks(do(AgreeTermination, str(on), ends_on="2025-04-30"), code, clause):
            self.model.agreed = on

    @rule(on=DAYS)
    def notifies(self, on: date) -> None:
        early = on < self.model.agreed
        command = do(NotifyAsEmployer, str(on), EMPLOYER, employer="Regionen")
        self.asks(command, "STEP_OUT_OF_ORDER" if early else None, "O-26-5" if early else None)

    @invariant()
    def the_checklist_says_what_was_done(self) -> None:
        """O-26-1 to O-26-5: each step with its day; out of order where one before it came later, or not at all."""
        steps = five_steps(self.past.case.fund)
        assert [row.number for row in steps] == [1, 2, 3, 4, 5]
        assert [row.done_on or FAR for row in steps] == list(self.model.days)
        for index, row in enumerate(steps):
            before = self.model.days[:index]
            assert row.deviates == (row.done_on is not None and any(day > row.done_on for day in before))

    @invariant()
    def nothing_is_agreed_before_it_may(self) -> None:
        """O-26-5: with an agreement both knew all four things, they had met, and an offer was made."""
        if self.past.case.fund.agreed is not None:
            assert max(self.model.days[1:4]) <= self.model.agreed < FAR
            assert not five_steps(self.past.case.fund)[4].deviates or self.model.days[0] > self.model.agreed

    @invariant()
    def an_early_offer_is_warned_of(self) -> None:
        """O-27: contact came late where an agreement had been offered before it."""
        contacted, offered = self.model.days[0], self.model.offered
        assert contact_came_late(self.past.case.fund) == (offered < contacted < FAR)


FiveSteps.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestFiveSteps = FiveSteps.TestCase


@pytest.mark.long
def test_many_more_courses() -> None:
    run_state_machine_as_test(FiveSteps, settings=settings(FiveSteps.TestCase.settings, max_examples=400))


# The same, told as a story each

INFORMED = (inform("employer", on="2025-01-14"), inform("employee", on="2025-01-15"))
TALKED = do(HoldDeliberation, "2025-01-20")
OFFER = do(OfferAgreement, "2025-01-22")
AGREE = do(AgreeTermination, "2025-01-24", ends_on="2025-04-30")
IN_ORDER = (contact(), *INFORMED, TALKED, OFFER, AGREE)


def marks(past: Given) -> list[bool]:
    """Which of the five steps deviate from the order."""
    return [row.deviates for row in five_steps(past.case.fund)]


def test_five_steps_in_order() -> None:
    """O-26-1 to O-26-5: each with its day and its clause, none out of order, and no warning."""
    past = procedure(*IN_ORDER)
    steps = five_steps(past.case.fund)
    assert [str(row.done_on) for row in steps] == [
        "2025-01-13",
        "2025-01-15",
        "2025-01-20",
        "2025-01-22",
        "2025-01-24",
    ]
    assert [row.clause for row in steps] == ["O-26-1", "O-26-2", "O-26-3", "O-26-4", "O-26-5"]
    assert marks(past) == [False] * 5
    assert not contact_came_late(past.case.fund)
    assert past.case.stage(date(2026, 1, 1)) == "procedure"
    assert {row.sv for row in steps}.isdisjoint(row.en for row in steps)


def test_a_case_of_the_steps_begins_with_an_empty_checklist() -> None:
    """O-26: five rows, nothing done, nothing out of order."""
    past = procedure()
    assert [(row.done_on, row.deviates) for row in five_steps(past.case.fund)] == [(None, False)] * 5


UNCONFIRMED = [
    ({"rehabilitation_fulfilled": False}, "the duty of rehabilitation"),
    ({"redeployment_exhausted": False}, "redeployment"),
    ({"agreement_wanted": False}, "the wish for an agreement"),
    (
        {"rehabilitation_fulfilled": False, "redeployment_exhausted": False, "agreement_wanted": False},
        "the duty of rehabilitation, redeployment, the wish for an agreement",
    ),
]


@pytest.mark.parametrize(("lacks", "told"), UNCONFIRMED)
def test_nothing_is_offered_before_all_three_are_confirmed(lacks: dict[str, Any], told: str) -> None:
    """O-26-1-a, O-26-1-b, O-26-1-c: the rejection names what is missing; a certificate is no condition (-d)."""
    past = procedure(contact(**lacks), *INFORMED, TALKED)
    assert told in past.when(OFFER).then_rejected("PRECONDITION_MISSING", "O-26-1").en
    past.carry_out(contact("2025-01-21", certificate=False))
    assert past.when(OFFER).case.fund.offered_on == date(2025, 1, 22)


def test_nothing_is_offered_before_the_employer_made_contact() -> None:
    """O-26-1: without a contact all three are missing."""
    rejected = procedure(*INFORMED, TALKED).when(OFFER).then_rejected("PRECONDITION_MISSING", "O-26-1")
    assert UNCONFIRMED[3][1] in rejected.en
    assert "rehabiliteringsskyldigheten, omplaceringen, önskan" in rejected.sv


def test_the_last_word_of_the_employer_counts() -> None:
    """O-26-1: a confirmation that is taken back no longer carries an offer."""
    past = procedure(contact(), contact("2025-01-16", redeployment_exhausted=False))
    past.when(OFFER).then_rejected("PRECONDITION_MISSING", "O-26-1")
    assert past.case.fund.contacted_on == date(2025, 1, 13)


@pytest.mark.parametrize("to", PARTIES)
@pytest.mark.parametrize("untold", FOUR_THINGS)
def test_each_party_is_told_each_of_the_four_things(to: str, untold: str) -> None:
    """O-26-2-a, O-26-2-b, O-26-2-c, O-26-2-d: one thing untold to one party, and there is no agreement."""
    other = next(party for party in PARTIES if party != to)
    told = [topic for topic in FOUR_THINGS if topic != untold]
    past = procedure(contact(), inform(other), inform(to, *told), TALKED, OFFER)
    past.when(AGREE).then_rejected("STEP_OUT_OF_ORDER", "O-26-2")
    past.carry_out(inform(to, untold, on="2025-01-25"))
    past.when(AGREE).then_rejected("STEP_OUT_OF_ORDER", "O-26-2")
    later = do(AgreeTermination, "2025-01-25", ends_on="2025-04-30")
    assert past.when(later).case.fund.agreed is not None


@pytest.mark.parametrize(
    ("left_out", "clause"),
    [(INFORMED[0], "O-26-2"), (INFORMED[1], "O-26-2"), (TALKED, "O-26-3"), (OFFER, "O-26-4")],
)
def test_nothing_is_agreed_without_what_comes_first(left_out: Command, clause: str) -> None:
    """O-26-5: both informed, a deliberation held and an offer made, or the step that lacks is named."""
    past = procedure(*(step for step in IN_ORDER[:-1] if step != left_out))
    rejected = past.when(AGREE).then_rejected("STEP_OUT_OF_ORDER", clause)
    assert next(en for number, _, en in STEPS if number == clause) in rejected.en


def test_the_order_is_recommended_and_a_deviation_is_on_record() -> None:
    """O-26-3, O-26-4: an offer before the deliberation, and a deliberation before the information, are marked."""
    past = procedure(contact(), do(OfferAgreement, "2025-01-14"))
    assert marks(past) == [False, False, False, True, False]
    past.carry_out(do(HoldDeliberation, "2025-01-16"))
    assert marks(past) == [False, False, True, True, False]
    past.carry_out(inform("employer", on="2025-01-17"))
    past.carry_out(inform("employee", on="2025-01-18"))
    past.carry_out(AGREE)
    assert marks(past) == [False, False, True, True, False]


def test_late_entry_takes_a_deviation_back() -> None:
    """AMB-35: what had been done in time and is entered late makes the order right."""
    past = procedure(contact(), TALKED)
    assert marks(past)[2]
    for step in INFORMED:
        past.carry_out(step)
    assert not marks(past)[2]


@pytest.mark.parametrize(
    ("contacted", "late"), [("2025-01-22", False), ("2025-01-23", True), ("2025-01-21", False)]
)
def test_a_contact_after_the_offer_came_late(contacted: str, late: bool) -> None:
    """O-27: warned of where an agreement was on offer before the day of the first contact."""
    past = procedure(contact(contacted), OFFER)
    assert contact_came_late(past.case.fund) is late
    assert marks(past)[3]


def test_a_second_contact_is_not_late() -> None:
    """O-27: the first contact counts."""
    past = procedure(contact(), OFFER, contact("2025-01-23"))
    assert not contact_came_late(past.case.fund)


def test_after_the_agreement_there_are_no_more_steps() -> None:
    """O-26-5: none is dated after it, none is a second one; what came before it may be entered late (AMB-35)."""
    past = procedure(*IN_ORDER)
    for on in ("2025-01-23", "2025-01-24", "2025-01-25"):
        again = do(AgreeTermination, on, ends_on="2025-05-31")
        past.when(again).then_rejected("STEP_ALREADY_DONE", "O-26-5")
    for step in (
        contact("2025-01-25"),
        inform("employee", on="2025-01-25"),
        do(OfferAgreement, "2025-01-25"),
    ):
        past.when(step).then_rejected("STEP_ALREADY_DONE", "O-26-5")
    past.when(do(HoldDeliberation, "2025-01-25")).then_rejected("STEP_ALREADY_DONE", "O-26-5")
    past.carry_out(do(HoldDeliberation, "2025-01-19"))
    assert past.case.fund.deliberated_on == date(2025, 1, 19)


def test_all_five_steps_on_one_day_are_in_order() -> None:
    """O-26-5: a day is all that is known of when; a step of that day may be entered after the agreement."""
    day = {"occurred_on": date(2025, 1, 24)}
    past = procedure(*(step.model_copy(update=day) for step in IN_ORDER))
    assert marks(past) == [False] * 5
    assert past.when(TALKED.model_copy(update=day)).rejected is None


def test_the_first_offer_counts() -> None:
    """O-26-4, O-27: a second one does not move it, and an agreement may be made before the contact's own day."""
    past = procedure(contact("2025-01-30"), *INFORMED, TALKED, OFFER, do(OfferAgreement, "2025-01-23"), AGREE)
    assert past.case.fund.offered_on == date(2025, 1, 22)
    assert contact_came_late(past.case.fund)
    assert marks(past)[4]


def test_the_employer_gives_notice_after_the_agreement() -> None:
    """O-26-5: not before, and on the day itself; a mistake in it can be put right on that day."""
    early = do(NotifyAsEmployer, "2025-01-23", EMPLOYER, employer="Regionen")
    procedure(*IN_ORDER[:-1]).when(early).then_rejected("STEP_OUT_OF_ORDER", "O-26-5")
    past = procedure(*IN_ORDER)
    past.when(early).then_rejected("STEP_OUT_OF_ORDER", "O-26-5")
    on_the_day = do(NotifyAsEmployer, "2025-01-24", EMPLOYER, employer="Regoinen")
    past.carry_out(on_the_day)
    right = on_the_day.model_copy(update={"employer": "Regionen"})
    past.when(correcting(past, EmployerNotified, right)).then(EntryCorrected, EmployerNotified)


STEPS_ALONE = (contact(), INFORMED[0], TALKED, OFFER, AGREE)


@pytest.mark.parametrize("step", STEPS_ALONE, ids=lambda step: step.name)
def test_the_steps_are_a_case_of_their_own(step: Command) -> None:
    """O-26: in a case of another service there are none."""
    given(CAREER).when(step).then_rejected("NOT_IN_SERVICE", "O-26-1")


@pytest.mark.parametrize(
    ("step", "actor", "allowed"),
    [
        (contact(), EMPLOYER, True),
        (contact(), ADVISOR, True),
        (contact(), "applicant:self", False),
        (INFORMED[0], EMPLOYER, False),
        (TALKED, EMPLOYER, False),
        (TALKED, "applicant:self", False),
    ],
)
def test_who_takes_a_step(step: Command, actor: str, allowed: bool) -> None:
    """O-26-1: the employer makes contact, in person or through the staff; the rest is for the staff to record."""
    done = procedure().when(step.model_copy(update={"actor": actor}))
    if allowed:
        assert done.rejected is None
    else:
        done.then_rejected("ACTOR_NOT_ENTITLED", "O-26-1" if step.name == "contact_fund" else "AMB-35")


def test_model_and_machine_reach_an_agreement() -> None:
    """Vacuous without: the machine's own rules can carry a case to its end, on record in the model too."""
    machine = FiveSteps()
    for on, step in enumerate((machine.confirms_all, machine.informs_both_of_all, machine.deliberates)):
        step(on=START + timedelta(days=on))
    machine.offers(on=START + timedelta(days=3))
    machine.agrees(on=START + timedelta(days=4))
    assert machine.model.agreed == START + timedelta(days=4)
    assert machine.past.case.fund.agreed is not None
    machine.nothing_is_agreed_before_it_may()


def test_a_rejected_step_leaves_no_trace() -> None:
    """O-26-5: what is rejected is not on the checklist."""
    past = procedure(contact())
    before = five_steps(past.case.fund)
    with pytest.raises(CommandRejected):
        past.carry_out(AGREE)
    assert five_steps(past.case.fund) == before
