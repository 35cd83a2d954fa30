"""What employers' declarations come to: corrections settled, fields counted (AGI rules 1 to 9)."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.declaration_fields import FIELDS, SOCIAL_PAIRS
from domain.declarations import (
    Absence,
    Declaration,
    IncomeMonth,
    Statement,
    absences,
    counted_income,
    declaration_warnings,
    earned_income,
    month_amounts,
)
from ledger.declarations import declarations_of, read_declarations

AGI = Path(__file__).parents[1] / "data" / "agi"
EXPECTED: dict[str, Any] = json.loads((AGI / "expected.json").read_text("utf-8"))
EMPLOYER = "165599999017"
PAYEE = "199001052381"
NOON = datetime(2025, 2, 10, 12, tzinfo=UTC)


def said(number: int = 1, *, period: str = "2025-01", removed: bool = False, **amounts: int) -> Statement:
    codes = {code.removeprefix("f"): amount for code, amount in amounts.items()}
    return Statement(
        employer=EMPLOYER, payee=PAYEE, period=period, number=number, removed=removed, amounts=codes
    )


def file(days: int, *statements: Statement, name: str = "", standing: Any = "prepared") -> Declaration:
    name = name or f"{days}"
    return Declaration(
        file_sha256=hashlib.sha256(name.encode()).hexdigest(),
        file_name=f"{name}.xml",
        created_at=NOON + timedelta(days=days),
        standing=standing,
        statements=statements,
    )


def imported(names: Sequence[str]) -> dict[str, list[Declaration]]:
    people = {row["person"] for row in EXPECTED["states"][1]["rows"]}
    found: dict[str, list[Declaration]] = {}
    for name in names:
        path = AGI / name
        for payee, one in declarations_of(path, read_declarations(path), people, with_absences=True).items():
            found.setdefault(payee, []).append(one)
    return found


def rows_of(declarations: dict[str, list[Declaration]]) -> list[tuple[Any, ...]]:
    return sorted(
        (payee, row.month, row.employer, row.amount, sorted(row.review.items()), sorted(row.social.items()))
        for payee, files in declarations.items()
        for row in earned_income(files)
    )


def expected_rows(state: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sorted(
        (
            row["person"],
            row["month"],
            EXPECTED["employer"],
            row["amount"],
            sorted(row.get("review", {}).items()),
            sorted(row.get("social", {}).items()),
        )
        for row in state["rows"]
    )


def row(*declarations: Declaration) -> IncomeMonth:
    (only,) = earned_income(declarations)
    return only


@pytest.mark.parametrize("state", EXPECTED["states"], ids=lambda state: str(len(state["after"])))
def test_the_samples_come_to_the_expected_months_in_any_order(state: dict[str, Any]) -> None:
    for order in permutations(state["after"]):
        declarations = imported(order)
        assert rows_of(declarations) == expected_rows(state)
        days = [
            {key: value for key, value in one.items() if key not in ("employer", "payee")}
            | {"person": one["payee"]}
            for files in declarations.values()
            for one in (absence.model_dump(mode="json", exclude_defaults=True) for absence in absences(files))
        ]
        assert sorted(map(_sorted_items, days)) == sorted(map(_sorted_items, state["absences"]))


def _sorted_items(values: dict[str, Any]) -> str:
    return str(sorted(values.items()))


@pytest.mark.parametrize("state", EXPECTED["states"], ids=lambda state: str(len(state["after"])))
def test_the_same_statements_without_prefix_change_nothing(state: dict[str, Any]) -> None:
    twin = "agi-2025-01-no-prefix.xml"
    for place in range(len(state["after"]) + 1):
        names = [*state["after"][:place], twin, *state["after"][place:]]
        assert rows_of(imported(names)) == expected_rows(state)


def test_fields_that_count_and_fields_that_never_do() -> None:
    counted = said(f011=1, f012=20, f013=300, f018=1200, f098=999)
    assert counted_income(counted) == 1 + 20 + 300 + 1
    assert counted_income(said(f018=1201)) == 1000  # 1000.83: down to whole SEK
    assert counted_income(said(f018=1200, f098=1001)) == 0
    assert counted_income(said(f010=5, f019=5, f035=5, f131=5, f132=5)) == 0


def test_benefits_are_no_income() -> None:
    """K-5.2-5: benefits that an employer declares beside the pay are kept and add nothing to what was earned."""
    paid = said(f011=20_000).model_copy(update={"social": {"01": 9_000}})
    earned = row(file(0, paid))
    assert (earned.amount, earned.social) == (20_000, {"01": 9_000})


def test_each_statements_fuel_is_rounded_and_floored_by_itself() -> None:
    declared = file(0, said(1, f018=1), said(2, f018=1200, f098=5000), said(3, f018=1200))
    assert row(declared).amount == 1000


def test_what_a_person_must_decide_is_kept_beside_the_amount() -> None:
    declared = row(file(0, said(1, f011=100, f010=30, f131=7), said(2, f131=8)))
    assert (declared.amount, declared.review) == (100, {"010": 30, "131": 15})


def test_benefits_ticked_as_a_pension_need_no_review() -> None:
    pension = said(f132=500, f131=5).model_copy(update={"ticks": ("136",)})
    assert row(file(0, pension)).review == {"131": 5}


def test_a_later_statement_replaces_the_whole_earlier_one() -> None:
    assert row(file(0, said(f011=100, f012=50)), file(1, said(f011=90))).amount == 90


def test_another_number_is_one_more_statement() -> None:
    assert row(file(0, said(1, f011=100)), file(1, said(2, f011=90))).amount == 190


def test_a_statement_that_a_later_file_leaves_out_stands() -> None:
    rows = earned_income([file(0, said(f011=100)), file(1, said(period="2025-02", f011=90))])
    assert month_amounts(rows) == {"2025-01": 100, "2025-02": 90}


def test_a_removed_month_has_no_row_and_an_empty_one_has_amount_0() -> None:
    assert earned_income([file(0, said(f011=100)), file(1, said(removed=True))]) == ()
    assert row(file(0, said())).amount == 0


def test_a_statement_after_its_removal_stands_again() -> None:
    declared = [file(0, said(f011=1)), file(1, said(removed=True)), file(2, said(f011=3))]
    assert row(*declared).amount == 3
    assert declaration_warnings(declared) == ()


def test_removing_what_is_not_there_warns() -> None:
    (warning,) = declaration_warnings([file(0, said(removed=True))])
    assert (warning.code, warning.month, warning.number) == ("REMOVED_NOTHING", "2025-01", 1)
    assert row(file(0, said(removed=True)), file(1, said(f011=3))).flags == ("REMOVED_NOTHING",)


def test_an_older_file_imported_late_does_not_override_but_is_flagged() -> None:
    older, newer = file(0, said(f011=100)), file(1, said(f011=90))
    assert row(newer, older).amount == 90
    assert row(newer, older).flags == ("ORDER_DISAGREES",)
    assert row(older, newer).flags == ()


def test_an_older_file_imported_late_with_the_same_content_is_not_flagged() -> None:
    assert row(file(1, said(f011=90)), file(0, said(f011=90))).flags == ()


def test_a_late_older_file_against_a_removal_warns_though_no_row_is_left() -> None:
    declared = [file(1, said(removed=True)), file(0, said(f011=100))]
    assert earned_income(declared) == ()
    assert [warning.code for warning in declaration_warnings(declared)] == ["ORDER_DISAGREES"]


def test_of_two_files_made_at_the_same_time_the_one_imported_last_holds() -> None:
    assert row(file(0, said(f011=1), name="a"), file(0, said(f011=2), name="b")).amount == 2


def test_a_month_is_filed_when_every_statement_of_it_is() -> None:
    first, second = file(0, said(1, f011=1)), file(1, said(2, f011=2), standing="filed")
    assert row(first, second).standing == "prepared"
    receipt = first.model_copy(update={"standing": "filed"})
    assert row(first, second, receipt).standing == "filed"
    assert row(receipt, file(2, said(1, f011=9))).standing == "prepared"


def test_a_month_that_lies_far_ahead_of_the_file_is_flagged() -> None:
    assert row(file(0, said(period="2025-03", f011=1))).flags == ()
    assert row(file(0, said(period="2025-04", f011=1))).flags == ("PERIOD_AHEAD",)


def test_a_month_far_above_the_others_is_flagged_for_severance_pay() -> None:
    months = [said(period=f"2025-0{month}", f011=10_000) for month in (1, 2, 3)]
    flags = [one.flags for one in earned_income([file(99, *months, said(period="2025-04", f011=30_001))])]
    assert flags == [(), (), (), ("HIGH_MONTH",)]
    assert row(file(0, said(f011=10**9))).flags == ()


def test_unknown_fields_count_for_nothing_and_flag() -> None:
    odd = said(f011=1).model_copy(update={"unknown": {"399 NyttFalt": "77"}})
    assert (row(file(0, odd)).amount, row(file(0, odd)).flags) == (1, ("UNKNOWN_FIELD",))


def test_the_stored_form_is_compact_and_reads_back() -> None:
    declared = file(0, said(f013=2, f011=1))
    text = declared.model_dump_json(exclude_defaults=True)
    assert json.loads(text)["statements"] == [
        {
            "employer": EMPLOYER,
            "payee": PAYEE,
            "period": "2025-01",
            "number": 1,
            "amounts": {"011": 1, "013": 2},
        }
    ]
    assert text.index('"011"') < text.index('"013"')
    assert Declaration.model_validate_json(text) == declared


def test_a_declaration_is_about_one_person_and_names_each_key_once() -> None:
    other = said(2).model_copy(update={"payee": "199001072389"})
    for statements in ((said(1), other), (said(1), said(1, f011=2))):
        with pytest.raises(ValidationError) as caught:
            file(0, *statements)
        assert PAYEE not in str(caught.value)


def test_a_naive_time_is_no_time() -> None:
    with pytest.raises(ValidationError):
        Declaration(file_sha256="0" * 64, file_name="a", created_at=datetime(2025, 1, 1))  # noqa: DTZ001


def test_absences_are_corrected_like_statements() -> None:
    day = Absence(
        employer=EMPLOYER,
        payee=PAYEE,
        period="2025-02",
        date=NOON.date(),
        number=1,
        kind="FORALDRAPENNING",
        hours="8",
    )
    first = file(0).model_copy(update={"absences": (day,)})
    gone = file(1).model_copy(update={"absences": (day.model_copy(update={"removed": True, "hours": None}),)})
    assert absences([first]) == (day,)
    assert absences([first, gone]) == absences([gone, first]) == ()


def test_the_field_table_is_whole() -> None:
    assert len({known.name for known in FIELDS.values()}) == len(FIELDS)
    assert all(pays in FIELDS for _, pays in SOCIAL_PAIRS)
    assert all(not known.unless or known.unless in FIELDS for known in FIELDS.values())


amounts = st.dictionaries(st.sampled_from(["011", "012", "013", "018", "098", "131"]), st.integers(1, 10**6))


@st.composite
def declared_files(draw: st.DrawFn) -> list[Declaration]:
    """Files made at different times, each with some statements and removals of a few keys."""
    files = []
    for days in draw(st.lists(st.integers(0, 50), unique=True, min_size=1, max_size=5)):
        keys = draw(
            st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["2025-01", "2025-02"])), unique=True)
        )
        statements = []
        for number, period in keys:
            removed = draw(st.booleans())
            codes = {} if removed else draw(amounts)
            statements.append(
                said(number, period=period, removed=removed).model_copy(update={"amounts": codes})
            )
        files.append(file(days, *statements))
    return files


def plain(rows: Sequence[IncomeMonth]) -> list[tuple[Any, ...]]:
    return [(one.employer, one.month, one.amount, one.review, one.social) for one in rows]


@given(declared_files(), st.randoms(use_true_random=False))
def test_the_order_of_import_changes_no_amount(files: list[Declaration], random: Any) -> None:
    shuffled = list(files)
    random.shuffle(shuffled)
    assert plain(earned_income(shuffled)) == plain(earned_income(files))


@given(declared_files(), st.data())
def test_importing_a_file_again_changes_nothing(files: list[Declaration], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(files))
    place = data.draw(st.integers(files.index(again) + 1, len(files)))
    twice = [*files[:place], again, *files[place:]]
    assert earned_income(twice) == earned_income(files)
    assert declaration_warnings(twice) == declaration_warnings(files)


@given(declared_files())
def test_a_month_has_a_row_exactly_where_a_statement_stands(files: list[Declaration]) -> None:
    """A plain dictionary, filled in the order of the files' times, is the oracle."""
    standing: dict[Any, Statement] = {}
    for one in sorted(files, key=lambda declared: declared.created_at):
        for statement in one.statements:
            standing.pop(statement.key, None)
            if not statement.removed:
                standing[statement.key] = statement
    months: dict[str, int] = {}
    for statement in standing.values():
        months[statement.period] = months.get(statement.period, 0) + counted_income(statement)
    assert month_amounts(earned_income(files)) == months


def test_a_removal_that_says_something_else_is_refused() -> None:
    """Which of the two was meant nobody can say; the message repeats no amount."""
    with pytest.raises(ValidationError, match="a removal holds nothing but its key"):
        Statement(
            employer="165599999017",
            payee="199001052381",
            period="2025-01",
            number=1,
            removed=True,
            amounts={"011": 17_000},
        )


def test_a_month_is_compared_with_the_same_employers_other_months_alone() -> None:
    """Not with another employer's, nor with months in which nothing was paid, nor with itself."""

    def high(*statements: Statement) -> list[str]:
        rows = earned_income([file(99, *statements)])
        return [one.month for one in rows if "HIGH_MONTH" in one.flags]

    small = [said(period=f"2025-0{month}", f011=10_000) for month in (1, 2, 3)]
    large = [
        said(period=f"2024-0{month}", f011=100_000).model_copy(update={"employer": "165599999025"})
        for month in (1, 2, 3)
    ]
    assert high(*small, *large, said(period="2025-04", f011=30_001)) == ["2025-04"]
    assert high(*small[:2], *large, said(period="2025-04", f011=30_001)) == []
    assert high(*small[:2], said(period="2025-03"), said(period="2025-04", f011=30_001)) == []


def test_a_file_is_of_the_month_that_it_is_in_sweden() -> None:
    """Half past eleven in the evening in London, on the last of January, is February in Stockholm."""
    late = datetime(2025, 1, 31, 23, 30, tzinfo=UTC)
    made = file(0, said(period="2025-03", f011=1)).model_copy(update={"created_at": late})
    assert row(made).flags == ()
