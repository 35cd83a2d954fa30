"""The contract holds: Schemathesis tries every operation, what lies beside it, and the links from one to the next.

Its run is the same each time. What it writes stays in a ledger of its own, whose projections must read all of it.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import Status, events, from_schema
from schemathesis.generation.case import Case
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER, HookContext

from api.http.app import make_app
from api.http.bodies import LOOKUPS
from api.http.desk import House
from api.http.limits import Rates
from api.http.settings import HttpSettings
from api.http.tokens import ROLES
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from tests.e2e.http.conftest import MANY, STAFF, database
from tests.filled import NUMBER, Filled, fill, keep_up
from tests.issuer import Issuer

SEED = 20221001
WITH_RULES = (
    *LOOKUPS,
    "receive_application",
    "record_evidence",
    "open_employer_case",
    "correct_entry",
    "correct_employer_entry",
    "correct_line",
    "apply_preventive_funding",
    "decide_funding",
)
"""Whose content must fit together as no schema can say: check digits, periods, what a replacement is."""
WHOLE_NUMBERS = (
    "agree_plan",
    "complete_task",
    "pause",
    "reach_outcome",
    "grant_study_support",
    "record_compensation",
    "pay_measure",
    "start_module",
    "complete_module",
)
"""Which take a whole number without a fraction; to a schema 6.0 is one too."""
NAMING_RULES = ("show_replay", "show_differences")
"""Which take the version of rules that there are."""
VALUE_BY_VALUE = (
    "show_case",
    "show_history",
    "advisors_caseload",
    "show_due",
    "look_up_requalification",
    "hold_meeting",
    "agree_plan",
    "open_employer_case",
    "place_staff",
    "erase",
)
"""What is tried at the edges of each value every day, one of each kind; `make test-long` does so with them all."""
FINE = ["2xx", "401", "403", "404", "409", "412"]
"""How a request is answered that is well formed."""


class Run(NamedTuple):
    """What a run came to: what failed, how many requests ended how, and how many each phase made."""

    failures: list[str]
    statuses: Counter[int]
    phases: Counter[str]


def settings_of(token: str, examples: int, chains: int, by_value: bool) -> dict[str, Any]:
    """How Schemathesis is run: all its checks, the same each time."""
    narrow = [
        {
            "include-operation-id": list(names),
            "checks": {"positive_data_acceptance": {"expected-statuses": [*FINE, status]}},
        }
        for names, status in ((WITH_RULES, "422"), (WHOLE_NUMBERS, "422"), (NAMING_RULES, "400"))
    ]
    if not by_value:
        rest = {"exclude-operation-id": list(VALUE_BY_VALUE), "phases": {"coverage": {"enabled": False}}}
        narrow.append(rest)
    return {
        "seed": SEED,
        "generation": {
            "deterministic": True,
            "database": "none",
            "max-examples": examples,
            "no-shrink": True,
        },
        "continue-on-failure": True,
        "warnings": False,
        "auth": {"openapi": {"bearer": {"bearer": token}}},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": FINE},
            "missing_required_header": {"expected-statuses": ["400", "401", "403", "428"]},
        },
        "phases": {
            "coverage": {"unexpected-methods": ["put", "delete"]},
            "stateful": {"generation": {"max-examples": chains}, "inference": {"algorithms": []}},
        },
        "operations": narrow,
    }


@pytest.fixture
def own(server_url: str, tmp_path: Path) -> Iterator[tuple[Ledger, Filled]]:
    """A filled ledger of its own, which a run may change as it likes."""
    limit = HttpSettings().statement_seconds
    with database(server_url, tmp_path) as settings, open_ledger(settings, limit) as ledger:
        yield ledger, fill(ledger)


def app_on(ledger: Ledger, issuer: Issuer) -> FastAPI:
    """The application, which hardly limits how often it is asked and waits for no projection."""
    limits = HttpSettings(requests_a_minute=MANY, longest_wait_seconds=0)
    return make_app(House(ledger, issuer.provider(), limits, Rates(MANY)))


@contextmanager
def meaning_something(filled: Filled) -> Iterator[None]:
    """Let what is well formed name a case that there is, a new key, and a position that is reached.

    Where a case is linked to, it stays; what is malformed stays too, beside an address that is there.
    """
    people, numbers = list(filled.people().values()), count()

    def before_call(context: HookContext, case: "Case[Any]", kwargs: dict[str, Any]) -> None:
        if case.meta is None:
            return
        fine = {place for place, told in case.meta.components.items() if told.mode.is_positive}
        linked = case.meta.phase.name.value == "stateful"
        if ParameterLocation.PATH in fine and "case" in case.path_parameters and not linked:
            of_employer = "employer-cases" in case.operation.path
            chosen = filled.employer if of_employer else people[next(numbers) % len(people)]
            case.path_parameters["case"] = str(chosen)
        if ParameterLocation.HEADER in fine and "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = str(uuid5(UUID(int=5), str(next(numbers))))
        if ParameterLocation.QUERY in fine and "position" in case.query:
            case.query["position"] = 1

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        GLOBAL_HOOK_DISPATCHER.unregister(before_call)


def held(app: FastAPI, filled: Filled, told: dict[str, Any]) -> Run:
    """Hold an application to its contract."""
    config = schemathesis.Config.from_dict(told)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    run = Run([], Counter(), Counter())
    with meaning_something(filled):
        for event in from_schema(schema).execute():
            match event:
                case events.FatalError():
                    raise event.exception
                case events.NonFatalError():
                    run.failures.append(f"{event.label}: {event.value!r}")
                case events.ScenarioFinished():
                    _count(run, event)
    return run


def _count(run: Run, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    answers = [one.response for one in recorder.interactions.values() if one.response is not None]
    run.phases[event.phase.value] += len(answers)
    run.statuses.update(answer.status_code for answer in answers)
    run.failures.extend(
        f"{event.phase.value} {recorder.cases[case_id].value.operation.label} {check.name}: "
        f"{check.failure_info.failure.message}\n{check.failure_info.code_sample}"
        for case_id, checks in recorder.checks.items()
        for check in checks
        if check.status == Status.FAILURE and check.failure_info is not None
    )


def test_every_operation_and_its_links_hold(own: tuple[Ledger, Filled], issuer: Issuer) -> None:
    """For somebody with all roles, so that little is refused; and the projections read what was written."""
    ledger, filled = own
    token = issuer.token("bo", *ROLES, organisation_number=NUMBER)
    run = held(app_on(ledger, issuer), filled, settings_of(token, 1, 10, by_value=False))
    assert run.failures == []
    assert set(run.phases) == {"examples", "coverage", "fuzzing", "stateful"}
    assert {200, 201, 400, 401, 403, 404, 405, 409, 412, 415, 422, 428} <= set(run.statuses)
    keep_up(ledger)


@pytest.mark.long
@pytest.mark.parametrize("role", [*STAFF, "all"])
def test_it_holds_value_by_value_whoever_asks(own: tuple[Ledger, Filled], issuer: Issuer, role: str) -> None:
    ledger, filled = own
    roles = ROLES if role == "all" else (role,)
    token = issuer.token(STAFF.get(role, "bo"), *roles, organisation_number=NUMBER)
    run = held(app_on(ledger, issuer), filled, settings_of(token, 10, 100, by_value=role == "all"))
    assert run.failures == []
    keep_up(ledger)
