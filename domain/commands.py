"""What people and jobs ask a case to do. A command is a wish: it becomes events, or it is rejected."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SerializeAsAny, StringConstraints

from domain.command import Command, Text
from domain.declarations import Declaration
from domain.event import CaseName, PersonRef, StaffName
from domain.events import ApplicationDetails, ApplicationService, Evidence
from domain.fund_commands import (
    AgreeTermination,
    ChooseWay,
    ContactFund,
    ExtendForSickness,
    GiveInformation,
    GrantStudySupport,
    HoldDeliberation,
    OfferAgreement,
    PayMeasure,
    RecordCompensation,
    RecordCsnDecision,
)
from domain.occupations import OccupationName
from domain.policy import PolicyName
from domain.protection_events import ProtectionKind, Readers
from domain.support_commands import (
    AgreePlan,
    AssignAdvisor,
    CompleteTask,
    EvidenceOutcome,
    Expire,
    ExplainShortfall,
    ExtendPeriod,
    HoldHealthCollaboration,
    HoldMeeting,
    IssueStatement,
    MakeContact,
    MissMeeting,
    Pause,
    ReachOutcome,
    RecordActivity,
    Reopen,
    RequestStatement,
    Resume,
    StartEngagement,
    Withdraw,
)
from domain.values import Day, Month


class ReceiveApplication(Command):
    """Register an application (every application is registered and decided)."""

    name = "receive_application"
    person_ref: PersonRef
    policy: PolicyName
    policy_version: str | None = None
    service: ApplicationService
    months: Annotated[int, Field(ge=0)]
    on_basis_of: CaseName | None = None
    sex: Literal["female", "male"]
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
    occupation: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    occupation_name: OccupationName | None = None
    details: ApplicationDetails


class RecordEvidence(Command):
    """Add employments, months of work or benefits that the applicant, a certificate or an authority states."""

    name = "record_evidence"
    source: Literal["applicant", "certificate", "authority"]
    content: Evidence


class RecordDeclaration(Command):
    """Add what a file of employers' declarations says of the client; recorded by `liggare import agi`."""

    name = "record_declaration"
    declaration: Declaration


class RecordEarlierGrant(Command):
    """Add support that another transition organisation granted, with the months it rests on (K-5.5-b)."""

    name = "record_earlier_grant"
    organisation: StaffName
    case: CaseName
    decided_on: Day
    last_day: Day
    basis_months: tuple[Month, ...]


class JudgeNeed(Command):
    """Judge, as an advisor, whether sickness gives a special need of support; never a diagnosis (K-5.1-5)."""

    name = "judge_need"
    special_need: bool


class NotifyAsEmployer(Command):
    """Notify, as the employer, the employee for extended measures (O-25-d)."""

    name = "notify_as_employer"
    employer: Text


class Decide(Command):
    """Decide the application on what is known: grant or refuse, with every code that holds (K-5)."""

    name = "decide"
    asks_person = True
    starts_on: Day | None = None
    again: bool = False
    """Decide anew though no evidence came since: a window opened meanwhile, or months were freed."""


class AnnulGrant(Command):
    """Annul a grant that should not have been made: its months are free again (K-5.5-b; AMB-32)."""

    name = "annul_grant"
    asks_person = True
    reason: Text


class CorrectEntry(Command):
    """Strike an earlier entry out, or put another command's entry in its place, and say why (AMB-36).

    `replacement` is a command of the kind that made the entry. On the command line it is written as
    `{"command": NAME, "occurred_on": DATE, ...}`.
    """

    name = "correct_entry"
    asks_person = True
    corrects: UUID
    reason: Text
    replacement: SerializeAsAny[Command] | None = None


class RequestReconsideration(Command):
    """Ask, as the client, for the decision to be made again, within three weeks of getting it (2022:850-26).

    `received_on` is when the client got the decision; without it, the day it was made.
    """

    name = "request_reconsideration"
    received_on: Day | None = None


class DecideReconsideration(Command):
    """Make a decision again on what is known now; never to the person's detriment (2022:850-26; AMB-36)."""

    name = "decide_reconsideration"
    asks_person = True
    own_initiative: bool = False
    """Nobody asked: the organisation looks again, as when evidence was corrected."""


class LodgeAppeal(Command):
    """Record that the decision was appealed against (2022:850-26; AMB-36)."""

    name = "lodge_appeal"


class DecideAppeal(Command):
    """Record what came of an appeal; where it was changed or referred back, decide anew after it (AMB-36)."""

    name = "decide_appeal"
    result: Literal["upheld", "changed", "referred_back", "dismissed"]


class JoinPerson(Command):
    """Decide that the person of case `same_as` is this case's too, under another number (K-5.5-b).

    Corrected, the two are parted again.
    """

    name = "join_person"
    asks_person = True
    same_as: UUID
    reason: Text


class ProtectIdentity(Command):
    """Protect the person's identity: the named `readers`, and nobody else, may open it (AMB-37).

    Asked again, it replaces kind and readers.
    """

    name = "protect_identity"
    kind: ProtectionKind
    readers: Readers


class LiftProtection(Command):
    """Record that the person's identity is protected no more (AMB-37)."""

    name = "lift_protection"


class ErasePerson(Command):
    """Order the person's key destroyed; recorded on each of the person's cases by `liggare erase-person`."""

    name = "erase_person"


COMMANDS: dict[str, type[Command]] = {
    command.name: command
    for command in (
        ReceiveApplication,
        RecordEvidence,
        RecordDeclaration,
        RecordEarlierGrant,
        JudgeNeed,
        NotifyAsEmployer,
        Decide,
        AnnulGrant,
        AssignAdvisor,
        StartEngagement,
        AgreePlan,
        CompleteTask,
        RecordActivity,
        HoldMeeting,
        MissMeeting,
        MakeContact,
        HoldHealthCollaboration,
        RequestStatement,
        IssueStatement,
        Pause,
        Resume,
        ExtendPeriod,
        ReachOutcome,
        EvidenceOutcome,
        Withdraw,
        Reopen,
        Expire,
        ExplainShortfall,
        ChooseWay,
        RecordCsnDecision,
        GrantStudySupport,
        RecordCompensation,
        PayMeasure,
        ExtendForSickness,
        ContactFund,
        GiveInformation,
        HoldDeliberation,
        OfferAgreement,
        AgreeTermination,
        RequestReconsideration,
        DecideReconsideration,
        LodgeAppeal,
        DecideAppeal,
        CorrectEntry,
        JoinPerson,
        ProtectIdentity,
        LiftProtection,
        ErasePerson,
    )
}
