"""What is done with cases, and what is shown of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

from cyclopts import Parameter

from api import duties, printing, words
from api.words import BAD_INPUT, SOME_BAD, By, Json, On, the_ledger
from domain.commands import Decide
from domain.register import REGISTER
from domain.rejections import CommandRejected
from domain.request import InputError
from domain.support_commands import Expire
from ledger.batches import Line, carry_out
from ledger.erasure import erase_person as erase
from ledger.faults import InputFault
from ledger.imports import lines_of
from ledger.ledger import Ledger, today
from ledger.recorder import Stored
from replays.replay import replay as steps_of
from replays.state import entry_values, history, person, state, to_review

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
                    printing.decision(case, made)
    if not json and not cases:
        printing.line(f"{decided_on}: {counts['grant']} granted, {counts['refuse']} refused.")
    return status


def _waiting(ledger: Ledger, on: Any) -> list[UUID]:
    """Return the cases that wait for a decision and whose application had come in by a day."""
    return [row["case_id"] for row in ledger.rows("cases_to_decide", on=on)]


def _shared(actor: str) -> dict[str, Any]:
    own = uuid4()
    return {"command_id": own, "correlation_id": own, "actor": actor}


def do_command(
    name: Annotated[str, Parameter(help="The command; --list shows them all.")] = "",
    case: Annotated[
        str, Parameter(help="The case's id, or the beginning of it; none for the register.")
    ] = "",
    *,
    json: Annotated[str, Parameter(name="--json", help="The command's content, a JSON object.")] = "{}",
    lines: Annotated[
        Path | None, Parameter(help="A JSON Lines file of commands, each with its case.")
    ] = None,
    show: Annotated[bool, Parameter(name="--list", negative="", help="List the commands.")] = False,
    id_: Annotated[
        UUID | None, Parameter(name="--id", help="The command's id, to send it again safely.")
    ] = None,
    actor: By = None,
) -> int:
    """Carry out one command on a case or on the register, or those of a file; print where each lies in the log."""
    if show:
        return _list_commands(as_json=json != "{}")
    who, on_register = words.actor(actor, name), words.is_of_register(name)
    if lines is not None:
        return _do_lines(lines, who if actor else None, as_json=json != "{}")
    if not name or bool(case) == on_register:
        raise InputFault(
            "name a command and, unless it is the register's, a case: liggare do COMMAND CASE --json '{...}' "
            "(do --list shows them)"
        )
    with the_ledger() as ledger:
        named = REGISTER if on_register else words.case_id(ledger, case)
        stored = ledger.execute(named, words.command(name, json, who, id_), today())
    printing.json_line({"case": named, **stored._asdict()})
    return 0


def _do_lines(file: Path, who: str | None, *, as_json: bool) -> int:
    """Carry out a file of commands; a line is `{"case", "command", "actor", "id", ...the command's own keys}`."""
    faults: list[tuple[int, Exception]] = []
    counts = {True: 0, False: 0}
    total = sum(1 for _ in lines_of(file))
    with the_ledger() as ledger, printing.progress(f"commands {file.name}", total) as step:
        for line, result in carry_out(ledger, _command_lines(ledger, file, who, faults), today()):
            if isinstance(result, Stored):
                counts[result.repeated] += 1
            else:
                faults.append((line.number, result))
            step()
        step(len(faults))
    for number, error in sorted(faults, key=lambda row: row[0]):
        printing.fault(f"{file}, line {number}: {error}")
        if as_json:
            printing.json_line({"file": str(file), "line": number, "fault": str(error)})
    if as_json:
        totals = {"carried_out": counts[False], "repeated": counts[True], "faults": len(faults)}
        printing.json_line({"file": str(file), **totals})
        return SOME_BAD if faults else 0
    printing.line(
        f"{file.name}: {counts[False]} carried out, {counts[True]} known from before, {len(faults)} at fault."
    )
    return SOME_BAD if faults else 0


def _command_lines(
    ledger: Ledger, file: Path, who: str | None, faults: list[tuple[int, Exception]]
) -> Iterator[Line]:
    """Yield the command of each good line, and note what is wrong with each bad one."""
    flow = ledger.keys.uuid("commands", str(uuid4()))
    for number, text in lines_of(file):
        try:
            yield Line(number, *words.command_line(text, who, flow))
        except (InputError, InputFault) as error:
            faults.append((number, error))


def _list_commands(*, as_json: bool) -> int:
    """Print every command with what it is for and the keys of its content."""
    for name, kind in words.ASKED.items():
        keys = {
            key: "required" if field.is_required() else "optional"
            for key, field in kind.model_fields.items()
            if key not in words.SHARED
        }
        purpose = " ".join((kind.__doc__ or "").split())
        if as_json:
            on = "register" if words.is_of_register(name) else "case"
            printing.json_line({"command": name, "on": on, "purpose": purpose, "keys": keys})
        else:
            where = "  (on the register: names no case)" if words.is_of_register(name) else ""
            printing.line(f"{name}{where}", style="bold")
            printing.line(f"    {purpose}")
            printing.line(f"    keys: {', '.join(f'{key} ({need})' for key, need in keys.items()) or 'none'}")
    return 0


def show_case(case: str, *, json: Json = False) -> None:
    """Show a case: where it stands today, what is due, what may be done, and its timeline with corrections."""
    with the_ledger() as ledger:
        named = words.case_id(ledger, case)
        entries = ledger.history(named)
        stands = ledger.case(named)
        more = duties.of_case(ledger, named)
    if json:
        printing.json_line(
            {
                "case": named,
                "state": state(stands, today()),
                "person": person(stands),
                "review": to_review(stands),
                **more,
            }
        )
        for row in history(entries):
            printing.json_line({"case": named, **row})
    else:
        printing.state(named, person(stands) | state(stands, today()))
        printing.review(to_review(stands))
        duties.show(more["due"], more["activities"], more["commands"])
        printing.timeline(entries)


def replay(
    case: str, *, known_at: str | None = None, valid_on: str | None = None, json: Json = False
) -> None:
    """Replay a case: its state after every event, and why each was allowed.

    Parameters
    ----------
    known_at: Only what was recorded at this instant or before.
    valid_on: The case as it was on this day.
    """
    with the_ledger() as ledger:
        named = words.case_id(ledger, case)
        entries = ledger.history(named)
        lines = ledger.entries([REGISTER])[REGISTER]
    as_of = words.day(valid_on) if valid_on else None
    steps = list(steps_of(named, entries, as_of, words.instant(known_at), lines))
    if not steps:
        recorded, began = entries[0].recorded_at, entries[0].event.occurred_on
        first = f"it began on {began}, and was first recorded at {recorded:%Y-%m-%d %H:%M} UTC"
        raise InputFault(f"nothing to show of case {named}: {first}")
    if not json:
        printing.replay(steps, as_of)
        return
    for step in steps:
        allowed = dict(zip(("clause", "sv", "en"), step.grounds, strict=True))
        stands = state(step.after, as_of or step.entry.event.occurred_on)
        printing.json_line(entry_values(step.entry) | {"allowed": allowed, "state": stands})


def expire(*, on: On = None, json: Json = False) -> None:
    """Record that the agreed end of a support has passed without a result; safe to run again, and anywhere."""
    until = words.day(on)
    if until > today():
        raise InputFault(f"{until} has not come yet: nothing has expired by then")
    with the_ledger() as ledger:
        due = ledger.rows("cases_to_expire", today=until)
        expired = []
        with printing.progress("expiries", len(due)) as step:
            for row in due:
                command = Expire(**_shared("system:expire"), occurred_on=until)
                try:
                    stored = ledger.execute(row["case_id"], command, until)
                    expired.append({"case": row["case_id"], "position": stored.position})
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
