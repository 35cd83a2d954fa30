"""What an export for process mining tells of each kind of event, and of which kinds of objects: a closed list.

Whatever is not named here stays in the ledger. Left out are what is sealed, what describes the person (reference,
birth year, sex, region, occupation), months of work, free texts, and every link from one case to another. A kind
that is not in the list is not exported: of `EntryCorrected` what it corrects is, and nothing says whose identity is
protected.
"""

from datetime import date
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from domain import employer_events as employer
from domain import events as case
from domain import fund_events as fund
from domain import register_events as register
from domain import review_events as review
from domain import support_events as support
from domain.engagement import happen
from domain.event import Event
from domain.protection_events import IdentityProtected, ProtectionLifted


class Told(NamedTuple):
    """What is told of a kind of event: clear fields as attributes, and fields that name an object, as relations."""

    attributes: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()


PERIOD = ("starts_on", "ends_on")

TOLD = MappingProxyType[type[Event], Told](
    {
        case.ApplicationReceived: Told(("policy", "policy_version", "service", "months")),
        case.EvidenceRecorded: Told(("source",)),
        case.DeclarationRecorded: Told(),
        case.EarlierGrantRecorded: Told(("organisation",)),
        case.NeedJudged: Told(),
        case.EmployerNotified: Told(),
        case.EligibilityAssessed: Told(
            (
                *("decision", "refusals", "policy", "policy_version", "policy_digest", "months_missing"),
                *("last_day", "agreed_end", "opens_on", "flags"),
            )
        ),
        case.GrantAnnulled: Told(objects=("grant",)),
        case.PersonJoined: Told(),
        case.PersonErased: Told(),
        support.AdvisorAssigned: Told(objects=("advisor",)),
        support.EngagementStarted: Told(
            ("service", "months", "agreed_end", "catalogue"), ("grant", "provider")
        ),
        support.PeriodExtended: Told(("agreed_end",)),
        support.PlanAgreed: Told(("goal", "jointly", "meetings")),
        support.TaskDone: Told(("number",)),
        support.ActivityRecorded: Told(("activity", "done")),
        support.ContactMade: Told(("kind",)),
        support.MeetingHeld: Told(("mode",), ("advisor",)),
        support.MeetingMissed: Told(("mode",), ("advisor",)),
        support.HealthCollaborationHeld: Told(),
        support.StatementRequested: Told(),
        support.StatementIssued: Told(("strengthens", "kinds")),
        support.Paused: Told(("expected_until", "back_on")),
        support.Resumed: Told(),
        support.OutcomeReached: Told(("outcome", *PERIOD, "evidence", "school", "pace_percent")),
        support.OutcomeEvidenced: Told(("evidence",)),
        support.Withdrawn: Told(),
        support.Reopened: Told(),
        support.EngagementExpired: Told(("meetings_held", "meetings_required", "meetings_missing")),
        support.ShortfallExplained: Told(),
        fund.WayChosen: Told(("way",)),
        fund.CsnDecisionRecorded: Told(("granted", *PERIOD, "exhausted")),
        fund.StudySupportGranted: Told(("kind", "days")),
        fund.CompensationRecorded: Told(("kind", *PERIOD)),
        fund.MeasurePaid: Told(("kind",)),
        fund.CollectiveSupportExtended: Told(("until",)),
        fund.EmployerContactedFund: Told(
            ("rehabilitation_fulfilled", "redeployment_exhausted", "agreement_wanted")
        ),
        fund.InformationGiven: Told(("to", "topics")),
        fund.DeliberationHeld: Told(),
        fund.AgreementOffered: Told(),
        fund.TerminationAgreed: Told(("ends_on",)),
        review.ReconsiderationRequested: Told(("received_on",), ("decision",)),
        review.ReconsiderationDecided: Told(("result", "own_initiative"), ("decision",)),
        review.AppealLodged: Told(objects=("decision",)),
        review.AppealDecided: Told(("result",), ("decision",)),
        employer.EmployerCaseOpened: Told(("kind", "area", "affiliated_from")),
        employer.ModuleStarted: Told(("module",)),
        employer.ModuleCompleted: Told(("module",)),
        employer.PreventiveFundingApplied: Told(
            ("strengthens_supply", "secures_employment", "beyond_ordinary", "purposes")
        ),
        employer.FundingDecided: Told(("funded_ore",), ("application",)),
        employer.EmployerCaseClosed: Told(),
        register.OrganisationRegistered: Told(objects=("organisation",)),
        register.OrganisationEnded: Told(objects=("organisation",)),
        register.OfficeOpened: Told(objects=("office", "organisation")),
        register.OfficeClosed: Told(objects=("office",)),
        register.TeamFormed: Told(objects=("team", "office")),
        register.TeamDissolved: Told(objects=("team",)),
        register.StaffPlaced: Told(("roles",), ("staff", "office", "team")),
        register.StaffLeft: Told(objects=("staff",)),
        register.ProviderRegistered: Told(objects=("provider",)),
        register.ProviderEnded: Told(objects=("provider",)),
    }
)
"""What is told of each kind of event."""

NOT_TOLD = (IdentityProtected, ProtectionLifted)
"""What stays in the ledger altogether: an export that told which cases are protected would lead to them."""

NAMED = {
    "grant": "decision",
    "decision": "decision",
    "application": "funding_application",
    "advisor": "staff",
} | {name: name for name in ("staff", "provider", "organisation", "office", "team")}
"""The kind of object that a field names."""

IN_SUPPORT = frozenset(happen.registry) - {object} | {
    *(support.AdvisorAssigned, support.StatementRequested, support.StatementIssued),
    *(fund.WayChosen, fund.MeasurePaid),
}
"""What happens in a support, once one has begun."""

OfType = Literal["string", "time", "integer", "boolean"]

OF_EVERY_EVENT: dict[str, OfType] = {"recorded_at": "time", "recorded_by": "string", "position": "integer"}
"""What is told of every event: when the ledger took it, the role of who recorded it, its place in the log."""

OBJECTS: dict[str, dict[str, OfType]] = {
    "case": {"policy": "string", "service": "string", "months": "integer", "corrections": "integer"},
    "decision": {"decision": "string", "policy": "string", "policy_version": "string"},
    "engagement": {"service": "string", "months": "integer", "agreed_end": "time", "catalogue": "string"},
    "employer_case": {
        "employer": "string",
        "organisation_number": "string",
        "kind": "string",
        "area": "string",
        "corrections": "integer",
    },
    "funding_application": {"sought_ore": "integer"},
    "staff": {},
    "provider": {},
    "organisation": {},
    "office": {},
    "team": {},
}
"""The kinds of objects, and what is told of each."""


def event_types() -> list[dict[str, Any]]:
    """Return the kinds of events as OCEL declares them."""
    return [
        _declared(kind.__name__, OF_EVERY_EVENT | {name: type_of(kind, name) for name in told.attributes})
        for kind, told in TOLD.items()
    ]


def object_types() -> list[dict[str, Any]]:
    """Return the kinds of objects as OCEL declares them."""
    return [_declared(name, attributes) for name, attributes in OBJECTS.items()]


def _declared(name: str, attributes: dict[str, OfType]) -> dict[str, Any]:
    return {"name": name, "attributes": [{"name": one, "type": kind} for one, kind in attributes.items()]}


def type_of(kind: type[Event], name: str) -> OfType:
    """Return the OCEL type of a field; a list of codes is one text."""
    found = _type(kind.model_fields[name].annotation)
    if issubclass(found, bool):
        return "boolean"
    if issubclass(found, int):
        return "integer"
    return "time" if issubclass(found, date) else "string"


def _type(annotation: Any) -> type:
    """Return the plain type that an annotation comes to."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _type(next(part for part in parts if part is not type(None)))
    if origin is Annotated:
        return _type(parts[0])
    if origin is Literal:
        return type(parts[0])
    return tuple if origin is tuple else annotation
