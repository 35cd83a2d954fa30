"""Why a command is rejected: a code, the clause it rests on, and a sentence in Swedish and English.

CommandRejected
├── the case as such: UNKNOWN_CASE, ALREADY_RECEIVED, ALREADY_JOINED, PERSON_ERASED
├── who and when: ACTOR_NOT_ENTITLED, OCCURRED_IN_FUTURE, BEFORE_APPLICATION
├── the register: NOT_REGISTERED, NO_LONGER_REGISTERED, ALREADY_REGISTERED, STILL_IN_USE, TEAM_OF_ANOTHER_OFFICE
├── decisions: ALREADY_GRANTED, NO_NEW_EVIDENCE, DECISION_OUT_OF_ORDER, EVIDENCE_MALFORMED, NOT_GRANTED,
│   BASIS_IN_USE
├── the support: ALREADY_STARTED, START_OUTSIDE_WINDOW, DUPLICATE_ACTIVE_CASE, NOT_STARTED, OUTSIDE_PERIOD,
│   ALREADY_PAUSED, NOT_PAUSED, OUTCOME_NOT_IN_SERVICE, MEETINGS_BELOW_MINIMUM, ALREADY_ENDED,
│   AGREED_END_NOT_REACHED, LATER_ENTRIES
└── corrections: UNKNOWN_ENTRY, NOT_CORRECTABLE, ALREADY_CORRECTED, REPLACEMENT_OF_ANOTHER_KIND

A refusal is something else: it is a decision, and stands in refusals.py.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID


class Meanwhile(NamedTuple):
    """An entry that came in while a command was being decided; nothing of it that is sealed."""

    case_id: UUID
    event: str
    occurred_on: date
    actor: str
    position: int

    def __str__(self) -> str:
        return f"{self.event} of {self.occurred_on} by {self.actor}, position {self.position}"


class Rejection(NamedTuple):
    """The clause and the two sentences of one code; `{name}` is filled in from the facts."""

    clause: str
    sv: str
    en: str


REJECTIONS = {
    "UNKNOWN_CASE": Rejection(
        "AMB-35",
        "Ärendet finns inte.",
        "The case does not exist.",
    ),
    "ALREADY_RECEIVED": Rejection(
        "AMB-35",
        "Ansökan är redan registrerad i ärendet.",
        "The application is already registered in the case.",
    ),
    "ALREADY_JOINED": Rejection(
        "K-5.5-b",
        "Ärendena gäller redan samma person.",
        "The cases are already one person's.",
    ),
    "PERSON_ERASED": Rejection(
        "AMB-33",
        "Personens uppgifter är raderade; ärendet kan inte längre ändras.",
        "The person's data are erased; the case can no longer change.",
    ),
    "ACTOR_NOT_ENTITLED": Rejection(
        "{clause}",
        "Uppgiften lämnas av {roles_sv}, ingen annan.",
        "This is for {roles_en} to say, nobody else.",
    ),
    "OCCURRED_IN_FUTURE": Rejection(
        "AMB-35",
        "{occurred_on} har inte varit ännu; det som registreras ska ha hänt.",
        "{occurred_on} has not come yet; what is recorded must have happened.",
    ),
    "BEFORE_APPLICATION": Rejection(
        "AMB-35",
        "{occurred_on} ligger före ansökan, som kom in {received_on}.",
        "{occurred_on} lies before the application, which came in on {received_on}.",
    ),
    "NOT_REGISTERED": Rejection(
        "{clause}",
        "{name} finns inte i registret som {kind_sv} den {on}.",
        "{name} is not in the register as {kind_en} on {on}.",
    ),
    "NO_LONGER_REGISTERED": Rejection(
        "{clause}",
        "{name} finns inte kvar i registret som {kind_sv} den {on}; sista dagen var {last_day}.",
        "{name} is no longer in the register as {kind_en} on {on}; the last day was {last_day}.",
    ),
    "ALREADY_REGISTERED": Rejection(
        "{clause}",
        "{name} har redan en rad i registret som {kind_sv} för {on}; rätta den i stället.",
        "{name} has a line in the register as {kind_en} for {on} already; correct that one instead.",
    ),
    "STILL_IN_USE": Rejection(
        "{clause}",
        "{name} kan inte upphöra {on}: {user} finns kvar där efter den dagen. Flytta eller avsluta det först.",
        "{name} can't end on {on}: {user} is still there after that day. Move or end that first.",
    ),
    "TEAM_OF_ANOTHER_OFFICE": Rejection(
        "O-03",
        "Teamet {team} hör till kontoret {office}.",
        "The team {team} belongs to the office {office}.",
    ),
    "ALREADY_GRANTED": Rejection(
        "K-5.4",
        "Ansökan är redan beviljad, den {decided_on}; beslutet står tills det upphävs.",
        "The application is already granted, on {decided_on}; that decision stands until it is annulled.",
    ),
    "NO_NEW_EVIDENCE": Rejection(
        "AMB-36",
        "Ansökan är avslagen och inget nytt underlag har kommit in sedan dess; pröva om med again.",
        "The application is refused and no evidence came since; say again to decide it anew all the same.",
    ),
    "DECISION_OUT_OF_ORDER": Rejection(
        "K-5.5-a",
        "Personen har ett senare beslut, från {decided_on}; ett beslut kan inte dateras före det.",
        "The person has a later decision, of {decided_on}; a decision can't be dated before it.",
    ),
    "EVIDENCE_MALFORMED": Rejection(
        "K-5.2-1",
        "Underlaget kan inte prövas: {path}: {message}. Rätta uppgiften och försök igen.",
        "The evidence can't be assessed: {path}: {message}. Correct the entry and try again.",
    ),
    "NOT_GRANTED": Rejection(
        "K-5.4",
        "Det finns inget gällande beslut om stöd i ärendet.",
        "No grant stands in the case.",
    ),
    "BASIS_IN_USE": Rejection(
        "K-5.5-b",
        "Ett annat beslut, i ärende {case}, vilar på den här grunden; upphäv det först.",
        "Another grant, in case {case}, rests on this basis; annul that one first.",
    ),
    "ALREADY_STARTED": Rejection(
        "{clause}",
        "Stödet började den {starts_on}; den avtalade perioden ändras inte.",
        "The support began on {starts_on}; the agreed period does not change.",
    ),
    "START_OUTSIDE_WINDOW": Rejection(
        "K-5.4",
        "Stödet kan börja från och med {decided_on} till och med {last_day}.",
        "The support can begin from {decided_on} to {last_day}, both included.",
    ),
    "DUPLICATE_ACTIVE_CASE": Rejection(
        "AMB-29",
        "Personen har redan ett pågående stöd, i ärende {case}.",
        "The person already has support under way, in case {case}.",
    ),
    "NOT_STARTED": Rejection(
        "{clause}",
        "Stödet har inte börjat.",
        "The support has not begun.",
    ),
    "OUTSIDE_PERIOD": Rejection(
        "{clause}",
        "{occurred_on} ligger utanför stödets tid, {starts_on} till {ends_on}.",
        "{occurred_on} lies outside the support's time, {starts_on} to {ends_on}.",
    ),
    "ALREADY_PAUSED": Rejection(
        "{clause}",
        "Stödet är redan avbrutet sedan {since}.",
        "The support is already interrupted, since {since}.",
    ),
    "NOT_PAUSED": Rejection(
        "{clause}",
        "Det finns inget avbrott från en dag före {occurred_on} att komma tillbaka från.",
        "There is no interruption from a day before {occurred_on} to come back from.",
    ),
    "OUTCOME_NOT_IN_SERVICE": Rejection(
        "{clause}",
        "Det är inget resultat i den här tjänsten; möjliga är {outcomes}.",
        "That is no result of this service; possible are {outcomes}.",
    ),
    "MEETINGS_BELOW_MINIMUM": Rejection(
        "{clause}",
        "Resultatet förutsätter minst {required} möten; {held} har hållits.",
        "The result needs at least {required} meetings; {held} were held.",
    ),
    "ALREADY_ENDED": Rejection(
        "{clause}",
        "Stödet är avslutat sedan {ended_on}.",
        "The support ended on {ended_on}.",
    ),
    "AGREED_END_NOT_REACHED": Rejection(
        "{clause}",
        "Stödet pågår till och med {agreed_end}.",
        "The support goes on until {agreed_end}, that day included.",
    ),
    "LATER_ENTRIES": Rejection(
        "AMB-35",
        "Stödet kan inte sluta {on}: det finns händelser efter den dagen, till och med {last}. Rätta dem först.",
        "The support can't end on {on}: there are entries after that day, until {last}. Correct those first.",
    ),
    "UNKNOWN_ENTRY": Rejection(
        "AMB-36",
        "Ärendet har ingen sådan händelse att rätta.",
        "The case has no such entry to correct.",
    ),
    "NOT_CORRECTABLE": Rejection(
        "AMB-36",
        "Händelsen rättas inte: ett beslut upphävs eller fattas på nytt, en radering är slutgiltig.",
        "This entry is not corrected: a decision is annulled or made anew, an erasure is final.",
    ),
    "ALREADY_CORRECTED": Rejection(
        "AMB-36",
        "Händelsen är redan rättad; rätta den som gäller i stället.",
        "The entry is already corrected; correct the one that stands instead.",
    ),
    "REPLACEMENT_OF_ANOTHER_KIND": Rejection(
        "AMB-36",
        "En händelse ersätts av en av samma slag; stryk den och registrera den andra för sig.",
        "An entry is replaced by one of its own kind; strike it out and record the other by itself.",
    ),
}


class CommandRejected(Exception):
    """The case's state does not allow the command: `code`, `clause`, and a sentence in `sv` and `en`.

    `meanwhile` are the entries that came in after the command was first decided on, if it was overtaken.
    """

    meanwhile: Sequence[Meanwhile] = ()

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        rejection = REJECTIONS[code]
        self.clause = rejection.clause.format(**facts)
        self.sv = rejection.sv.format(**facts)
        self.en = rejection.en.format(**facts)
        super().__init__(f"{code} ({self.clause}): {self.en}")

    def __str__(self) -> str:
        changed = "; ".join(str(entry) for entry in self.meanwhile)
        return f"{super().__str__()} meanwhile: {changed}" if changed else super().__str__()
