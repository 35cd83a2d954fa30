"""What Omställningsfonden gave in a case, as plain values: supports with their calculations, and the five steps."""

from typing import Any

from domain.case import Case
from domain.event import Erased
from domain.five_steps import contact_came_late, five_steps
from domain.fund_admission import collective_end
from domain.study_support import Calculation, kronor


def fund_values(case: Case) -> dict[str, Any]:
    """Return what the fund gave and did in a case; amounts in whole öre, `raderad` once the person is erased."""
    fund, engagement = case.fund, case.engagement
    return {
        "ways": [{"way": row.way, "on": row.occurred_on.isoformat()} for row in fund.ways],
        "csn": [
            {
                "decided_on": row.occurred_on.isoformat(),
                "granted": row.granted,
                "starts_on": row.starts_on and row.starts_on.isoformat(),
                "ends_on": row.ends_on and row.ends_on.isoformat(),
                "exhausted": row.exhausted,
            }
            for row in fund.csn
        ],
        "study_supports": [
            {
                "kind": row.kind,
                "granted_on": row.occurred_on.isoformat(),
                "months": list(row.months),
                "days": row.days,
                **calculated(row.calculation),
            }
            for row in fund.study_supports
        ],
        "compensations": [
            {
                "kind": row.kind,
                "starts_on": row.starts_on.isoformat(),
                "ends_on": row.ends_on.isoformat(),
                "amount": _amount(row.amount),
            }
            for row in fund.compensations
        ],
        "measures": [
            {"kind": row.kind, "on": row.occurred_on.isoformat(), "amount": _amount(row.amount)}
            for row in fund.measures
        ],
        "collective_end": (engagement.cut_on or collective_end(case, engagement)).isoformat()
        if engagement and engagement.service == "extended_counselling"
        else None,
    }


def _amount(amount: int | Erased) -> int | str:
    return "raderad" if isinstance(amount, Erased) else amount


def calculated(calculation: Calculation | Erased) -> dict[str, Any]:
    """Return a calculation line by line, with its sum in whole öre."""
    if isinstance(calculation, Erased):
        return {"lines": [], "total": "raderad"}
    return {"lines": [row.model_dump() for row in calculation.lines], "total": calculation.total}


def step_values(case: Case) -> list[dict[str, Any]]:
    """Return the five steps of a case that is about them, with what deviates from their order (O-26, O-27)."""
    if case.application is None or case.application.service != "reduced_capacity":
        return []
    late = contact_came_late(case.fund)
    return [
        {
            "step": row.number,
            "clause": row.clause,
            "sv": row.sv,
            "en": row.en,
            "done_on": row.done_on and row.done_on.isoformat(),
            "out_of_order": row.deviates,
            "warning": "O-27" if late and row.number == 1 else None,
        }
        for row in five_steps(case.fund)
    ]


def fund_lines(case: Case) -> list[str]:
    """Return what the fund gave in lines for a reader, each calculation line by line."""
    values, lines = fund_values(case), []
    lines += [f"{row['on']}  way: {row['way']}" for row in values["ways"]]
    for row in values["csn"]:
        what = "granted" if row["granted"] else "refused"
        period = f", {row['starts_on']} to {row['ends_on']}" if row["starts_on"] else ""
        lines.append(f"{row['decided_on']}  CSN {what}{period}{', used up' if row['exhausted'] else ''}")
    for row in values["study_supports"]:
        when = f"{row['months'][0]} to {row['months'][-1]}" if row["months"] else f"{row['days']} days"
        lines.append(f"{row['granted_on']}  {row['kind']} study support, {when}: {_kronor(row['total'])}")
        for part in row["lines"]:
            lines.append(
                f"            {kronor(part['amount']):>16}  {part['sv']} · {part['en']} ({part['clause']})"
            )
    for row in values["compensations"]:
        period = f"{row['starts_on']} to {row['ends_on']}"
        lines.append(f"{row['starts_on']}  compensation, {row['kind']}, {period}: {_kronor(row['amount'])}")
    lines += [f"{row['on']}  measure, {row['kind']}: {_kronor(row['amount'])}" for row in values["measures"]]
    if values["collective_end"]:
        lines.append(f"{values['collective_end']}  last day of the collective part (O-25-c)")
    for row in step_values(case):
        mark = "✓" if row["done_on"] else "·"
        deviation = "  out of order" if row["out_of_order"] else ""
        late = "  contact came late" if row["warning"] else ""
        lines.append(
            f"{row['done_on'] or '':<10}  {mark} {row['step']} {row['sv']} · {row['en']} ({row['clause']})"
            f"{deviation}{late}"
        )
    return lines


def _kronor(amount: int | str) -> str:
    return kronor(amount) if isinstance(amount, int) else amount
