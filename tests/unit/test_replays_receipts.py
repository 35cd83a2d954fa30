"""A recorded decision executed again: everything but the sentences is compared, and what differs is named."""

import json
from datetime import date
from typing import Any

import pytest

from domain.assessment import assess_by
from domain.case import Case
from domain.commands import Decide
from domain.event import ERASED
from domain.events import EligibilityAssessed, Receipt
from domain.findings import Finding
from domain.policy import Policy, policy_version
from replays import receipts
from replays.receipts import Difference, redecided
from tests.given import DECIDED, RECEIVED, application, details, do, given, work

RULES = policy_version("kammarkollegiet", "2022-10-01")


def decision_of(case: Case) -> EligibilityAssessed:
    assert case.decision is not None
    return case.decision


GRANT = decision_of(given(RECEIVED, DECIDED).case)
REFUSAL = decision_of(
    given(application(details=details(work=work("2024-06", 7))), do(Decide, "2025-01-15")).case
)


def receipt_of(decision: EligibilityAssessed) -> Receipt:
    assert isinstance(decision.receipt, Receipt)
    return decision.receipt


def answered(decision: EligibilityAssessed, /, **changes: Any) -> EligibilityAssessed:
    """The decision as if its sealed answer had been recorded otherwise."""
    answer = json.loads(receipt_of(decision).assessment) | changes
    return sealed(decision, assessment=json.dumps(answer))


def sealed(decision: EligibilityAssessed, **texts: str) -> EligibilityAssessed:
    return decision.model_copy(update={"receipt": receipt_of(decision).model_copy(update=texts)})


def found(decision: EligibilityAssessed, clause: str, **changes: Any) -> EligibilityAssessed:
    """The decision as if one finding had been recorded otherwise."""
    findings = json.loads(receipt_of(decision).assessment)["findings"]
    assert clause in {row["clause"] for row in findings}
    return answered(
        decision, findings=[row | changes if row["clause"] == clause else row for row in findings]
    )


def with_rules(**values: Any) -> Policy:
    """The conditions with other numbers."""
    changed = {
        name: getattr(RULES, name).model_copy(update={"value": value}) for name, value in values.items()
    }
    return rules_with(**changed)


def rules_with(**changes: Any) -> Policy:
    """The conditions with other fields, and a digest of their own."""
    return Policy(**{name: getattr(RULES, name) for name in Policy.model_fields} | changes)


@pytest.mark.parametrize("decision", [GRANT, REFUSAL])
def test_a_decision_asked_again_gives_the_same_answer(decision: EligibilityAssessed) -> None:
    again = redecided(decision)
    assert (again.event_id, again.status, again.differences) == (decision.event_id, "same", ())
    assert again.assessment is not None
    assert again.assessment.model_dump_json() == receipt_of(decision).assessment


def test_a_sentence_that_is_put_otherwise_is_no_difference() -> None:
    told = found(GRANT, "K-5.3", sv="Det är före födelsedagen.", en="It is before the birthday.")
    assert receipt_of(told).assessment != receipt_of(GRANT).assessment
    assert redecided(told).status == "same"


def test_a_fact_that_differs_is_named_with_its_clause() -> None:
    facts = {"age_limit": 67, "birthday": "2047-05-17", "decided_on": "2025-01-15"}
    again = redecided(found(GRANT, "K-5.3", facts=facts))
    assert again.status == "different"
    assert again.differences == (
        Difference("findings.K-5.3.facts.age_limit", 67, 65),
        Difference("findings.K-5.3.facts.birthday", "2047-05-17", "2045-05-17"),
    )


def test_a_fact_that_is_there_no_longer_or_is_new_is_a_difference() -> None:
    facts = {"age_limit": 65, "birthday": "2045-05-17", "days_left": None}
    assert redecided(found(GRANT, "K-5.3", facts=facts)).differences == (
        Difference("findings.K-5.3.facts.days_left", None, None),
        Difference("findings.K-5.3.facts.decided_on", None, "2025-01-15"),
    )


def test_a_yes_is_not_the_number_one() -> None:
    assert redecided(found(GRANT, "K-5.3", holds=1)).differences == (
        Difference("findings.K-5.3.holds", 1, True),
    )


@pytest.mark.parametrize(
    ("field", "recorded"),
    [
        ("decision", "refuse"),
        ("refusals", ["AGE_LIMIT"]),
        ("last_day", None),
        ("basis_months", ["2024-01"]),
        ("countable_months", []),
        ("frame", {"first": "2023-02", "last": "2024-12", "skipped": []}),
        ("ground", "e2"),
        ("policy_digest", "0" * 64),
    ],
)
def test_every_field_of_the_answer_is_compared(field: str, recorded: Any) -> None:
    now = json.loads(receipt_of(GRANT).assessment)[field]
    again = redecided(answered(GRANT, **{field: recorded}))
    assert again.differences == (Difference(field, recorded, now),)


def test_the_order_of_the_findings_is_compared() -> None:
    findings = json.loads(receipt_of(GRANT).assessment)["findings"]
    again = redecided(answered(GRANT, findings=findings[::-1]))
    assert [row.field for row in again.differences] == ["findings"]


def test_a_clause_tried_twice_is_compared_twice(monkeypatch: pytest.MonkeyPatch) -> None:

    def twice(policy: Policy, request: Any) -> Any:
        answer = assess_by(policy, request)
        again = answer.findings[0].model_copy(update={"facts": {"first": "2024-01"}})
        return answer.model_copy(update={"findings": (*answer.findings, again)})

    monkeypatch.setattr(receipts, "assess_by", twice)
    fields = {row.field for row in redecided(GRANT).differences}
    assert {"findings", "findings.K-5.2-10'.holds", "findings.K-5.2-10'.facts.first"} <= fields
    assert "findings.K-5.2-10.facts.first" not in fields


@pytest.mark.parametrize(
    ("field", "recorded", "shown"),
    [
        ("last_day", date(2027, 1, 15), "2027-01-15"),
        ("basis_months", ("2024-01",), ["2024-01"]),
        ("policy_digest", "0" * 64, "0" * 64),
        ("months_missing", 1, 1),
    ],
)
def test_what_is_told_in_the_clear_is_compared_too(field: str, recorded: Any, shown: Any) -> None:
    now = json.loads(receipt_of(GRANT).assessment)[field]
    again = redecided(GRANT.model_copy(update={field: recorded}))
    assert again.differences == (Difference(f"event.{field}", shown, now),)


def test_clauses_and_the_day_in_the_clear_are_compared_too() -> None:
    changed = GRANT.model_copy(update={"clauses": GRANT.clauses[1:], "occurred_on": date(2025, 1, 16)})
    assert [row.field for row in redecided(changed).differences] == ["event.occurred_on", "event.clauses"]


def test_what_changed_in_the_rules_without_a_new_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "policy_version", lambda name, version: with_rules(age_limit=40))
    fields = [row.field for row in redecided(GRANT).differences]
    assert fields[:2] == ["decision", "refusals"]
    assert {"policy_digest", "findings.K-5.3.holds", "findings.K-5.3.facts.age_limit"} <= set(fields)
    assert not any(field.startswith("event.") for field in fields), "the same is not said twice"


def test_an_erased_decision_is_not_asked_again() -> None:
    again = redecided(GRANT.model_copy(update={"receipt": ERASED}))
    assert again == (GRANT.event_id, "erased", (), None)


def test_rules_that_this_program_does_not_have_are_said_to_be_unknown() -> None:
    assert redecided(GRANT.model_copy(update={"policy_version": "1999-01-01"})).status == "unknown_rules"
    less = RULES.model_copy(update={"services": {"guidance_employed": RULES.services["guidance_employed"]}})
    assert redecided(GRANT, less) == (GRANT.event_id, "unknown_rules", (), None)


@pytest.mark.parametrize("request_text", ["{", '{"policy": "kammarkollegiet"}'])
def test_a_question_that_can_no_longer_be_read_is_a_difference(request_text: str) -> None:
    again = redecided(sealed(GRANT, request=request_text))
    assert (again.status, again.assessment) == ("different", None)
    assert [row.field for row in again.differences] == ["request"]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"findings": [1]}', '{"findings": [{}]}'])
def test_an_answer_that_can_not_be_read_is_a_difference(text: str) -> None:
    again = redecided(sealed(GRANT, assessment=text))
    assert again.status == "different"
    assert [row.field for row in again.differences] == ["assessment"]
    assert again.assessment is not None


def test_by_other_rules_the_answer_is_compared_and_not_the_rules_names() -> None:
    same = redecided(GRANT, rules_with(version="2030-01-01"))
    assert (same.status, same.differences) == ("same", ())
    assert same.assessment is not None
    assert same.assessment.policy_version == "2030-01-01"
    falls = redecided(GRANT, with_rules(age_limit=40))
    assert falls.assessment is not None
    assert (falls.assessment.decision, falls.assessment.refusals) == ("refuse", ("AGE_LIMIT",))
    assert falls.differences[0] == Difference("decision", "grant", "refuse")
    assert not {"policy", "policy_version", "policy_digest"} & {row.field for row in falls.differences}
    lifted = redecided(REFUSAL, with_rules(months_required=7))
    assert lifted.assessment is not None
    assert lifted.assessment.decision == "grant"


def test_findings_are_of_the_known_shape() -> None:
    """A field added to a finding is to be compared too, or to be a sentence."""
    assert set(Finding.model_fields) == {"clause", "holds", "code", "facts", "sv", "en"}
