"""What each code says of a rejection: the clause it rests on, and a sentence in Swedish and English."""

from typing import NamedTuple


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
    "ALREADY_PROTECTED": Rejection(
        "AMB-37",
        "Identiteten är redan skyddad på samma sätt och för samma namngivna, från {since}.",
        "The identity is already protected in the same way and for the same named people, from {since}.",
    ),
    "NOT_PROTECTED": Rejection(
        "AMB-37",
        "Inget skydd av identiteten gäller i det här ärendet.",
        "No protection of the identity stands in this case.",
    ),
    "PROTECTION_OUT_OF_ORDER": Rejection(
        "AMB-37",
        "Skyddet ändrades {changed_on}; {occurred_on} ligger före den dagen. Rätta den händelsen i stället.",
        "The protection changed on {changed_on}; {occurred_on} lies before that day. Correct that entry instead.",
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
    "NO_SUPPORT_APPLIED_FOR": Rejection(
        "AMB-28",
        "Ärendet gäller inget stöd; det finns ingen ansökan om stöd att besluta om.",
        "The case is about no support; there is no application for support to decide.",
    ),
    "NOT_DECIDED": Rejection(
        "K-5.4",
        "Inget beslut är fattat i ärendet.",
        "No decision was made in the case.",
    ),
    "ALREADY_ASKED": Rejection(
        "2022:850-26",
        "Det är redan begärt och väntar på svar.",
        "That is asked for already, and waits for an answer.",
    ),
    "RECONSIDERATION_TOO_LATE": Rejection(
        "2022:850-26",
        "Omprövning begärs inom tre veckor från att beslutet kom, {received_on}: senast {last}.",
        "Reconsideration is asked for within three weeks of getting the decision, on {received_on}: by {last}.",
    ),
    "NOT_ASKED": Rejection(
        "2022:850-26",
        "Ingen omprövning är begärd till den dagen.",
        "No reconsideration was asked for by that day.",
    ),
    "NOT_APPEALED": Rejection(
        "2022:850-26",
        "Beslutet är inte överklagat till den dagen.",
        "The decision was not appealed against by that day.",
    ),
    "BASIS_IN_USE": Rejection(
        "K-5.5-b",
        "Ett annat beslut, i ärende {case}, vilar på den här grunden; upphäv det först.",
        "Another grant, in case {case}, rests on this basis; annul that one first.",
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
