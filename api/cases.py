"""What is done with cases, and what is shown of them."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from cyclopts import Parameter

from api import duties, employer, printing, words
from api.readers import PROTECTED, may_open
from api.words import BAD_INPUT, SOME_BAD, By, Json, On, Purpose, Reader, the_ledger
from domain.commands import Decide
from domain.employer import is_employer_case
from domain.rejections import CommandRejected
from domain.support_commands import Expire
from ledger.erasure import erase_person as erase
from ledger.faults import InputFault
from ledger.ledger import Ledger, today
from projections.work_queue import to_expire
from replays.state import HIDDEN_PERSON, history, person, protection_values, state, to_review

OPEN = ("state", "due", "activities", "commands")
SEALED = ("person", "review", "fund", "history")
"""What is shown of a person's case; the latter not of a protected identity."""

WHO = ("ACTOR_NOT_ENTITLED", "NOT_REGISTERED", "NO_LONGER_REGISTERED")
"""Codes about who decides."""


def decide(
    *cases: str,
    on: On = None,
    starts_on: Annotated[
        str | None, Parameter(help="The planned first day of the support, YYYY-MM-DD.")
    ] = None,
    again: Annotated[
        bool, Parameter(negative="", help="Decide a named case anew though nothing is new.")
    ] = False,
    actor: By = None,
    json: Json = False,
) -> int:
    """Decide applications: the named cases, or all that wait for a decision on that day.

    A case waits when it was never decided, or was refused and has evidence since.
    """
    decided_on, who = words.day(on), words.actor(actor, Decide.name)
    if decided_on > today():
        raise InputFault(f"{decided_on} has not come yet: nothing is decided ahead")
    starts = words.day(starts_on) if starts_on else None
    status, counts = 0, {"grant": 0, "refuse": 0}
    with the_ledger() as ledger:
        waiting = [words.case_id(ledger, case) for case in cases] or _waiting(ledger, decided_on)
        with printing.progress(f"decisions {decided_on}", len(waiting)) as step:
            for case in waiting:
                command = Decide(**_shared(who), occurred_on=decided_on, starts_on=starts, again=again)
                try:
                    ledger.execute(case, command, today())
                except CommandRejected as rejected:
                    if not cases and rejected.code in ("ALREADY_GRANTED", "NO_NEW_EVIDENCE"):
                        continue  # somebody else decided it meanwhile
                    if rejected.code in WHO:
                        raise  # the answer is the same for every case
                    printing.fault(f"case {case}: {rejected}")
                    if json:
                        printing.json_line(
                            {"case": case, "rejected": rejected.code, "clause": rejected.clause}
                        )
                    status = BAD_INPUT if len(waiting) == 1 else SOME_BAD
                    continue
                finally:
                    step()
                made = ledger.case(case).decisions[-1]
                counts[made.decision] += 1
                if json:
                    printing.json_line(
                        {
                            "case": case,
                            "decision": made.decision,
                            "refusals": made.refusals,
                            "flags": made.flags,
                        }
                    )
                elif cases:
                    printing.decision(case, made, sealed=ledger.protection_of(case) is None)
    if not json and not cases:
        printing.line(f"{decided_on}: {counts['grant']} granted, {counts['refuse']} refused.")
    return status


def _waiting(ledger: Ledger, on: Any) -> list[UUID]:
    """Return the cases that wait for a decision and whose application had come in by a day."""
    return [row["case_id"] for row in ledger.rows("cases_to_decide", on=on)]


def _shared(actor: str) -> dict[str, Any]:
    own = uuid4()
    return {"command_id": own, "correlation_id": own, "actor": actor}


def show_case(case: str, *, actor: Reader = None, purpose: Purpose = None, json: Json = False) -> None:
    """Show a case: where it stands today, what is due, what may be done, and its timeline with corrections.

    Of a protected identity only those named see who it is and the timeline, and say with --purpose what for.
    """
    who, why = words.reader(actor), words.purpose(purpose)
    with the_ledger() as ledger:
        named = words.case_id(ledger, case)
        entries = ledger.history(named)
        fields = employer.FIELDS if is_employer_case(entries) else (*OPEN, *SEALED)
        opens = may_open(ledger, [named], who, "case", why, fields, OPEN)
        if is_employer_case(entries):
            employer.show(ledger, named, entries, json=json)
            return
        stands = ledger.case(named)
        more = duties.of_case(ledger, named)
        values = state(stands, today()) | protection_values(ledger.protection_of(named))
    whose = person(stands) if opens else HIDDEN_PERSON
    review = to_review(stands) if opens else []
    if json:
        more |= {} if opens else {"fund": None}
        printing.json_line({"case": named, "state": values, "person": whose, "review": review, **more})
        for row in history(entries) if opens else ():
            printing.json_line({"case": named, **row})
        return
    printing.state(named, whose | values)
    printing.review(review)
    if opens:
        duties.show_fund(stands)
    duties.show(more["due"], more["activities"], more["commands"])
    if opens:
        printing.timeline(entries)
    else:
        printing.line(f"\n  {PROTECTED}", style="yellow")


def expire(*, on: On = None, json: Json = False) -> None:
    """Record that the agreed end of a support has passed without a result; safe to run again, and anywhere."""
    until = words.day(on)
    if until > today():
        raise InputFault(f"{until} has not come yet: nothing has expired by then")
    with the_ledger() as ledger:
        due = to_expire(ledger, until)
        if due is None:
            due = [row["case_id"] for row in ledger.rows("cases_to_expire", today=until)]
        expired = []
        with printing.progress("expiries", len(due)) as step:
            for case_id in due:
                command = Expire(**_shared("system:expire"), occurred_on=until)
                try:
                    stored = ledger.execute(case_id, command, until)
                    expired.append({"case": case_id, "position": stored.position})
                except CommandRejected as rejected:
                    if rejected.code != "ALREADY_ENDED":  # another machine was first
                        raise
                step()
    for line in expired if json else ():
        printing.json_line(line)
    if not json:
        printing.line(f"{until}: {len(expired)} expired.")


def erase_person(
    case: str, *, yes: Annotated[bool, Parameter(negative="")] = False, actor: By = None, json: Json = False
) -> None:
    """Erase the person of a case for ever: recorded on each of the person's cases, then the key is destroyed.

    Parameters
    ----------
    case: One of the person's cases (an identity number never stands on a command line).
    yes: Needed, because it can't be undone.
    """
    who = words.actor(actor)
    with the_ledger() as ledger:
        named = words.case_id(ledger, case)
        if not yes:
            raise InputFault("nothing was erased: it can't be undone, so say --yes as well")
        cases = erase(ledger, ledger.person_of(named).person_ref, who, today())
    if json:
        printing.json_line({"case": named, "cases": cases})
    else:
        printing.line(f"The person is erased in {cases} cases; structure and statistics remain.")
