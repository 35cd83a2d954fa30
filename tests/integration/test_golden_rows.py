"""The rows of released ledgers: they change only together with the version of their projection.

Where a projection's rows are to be others, raise its version, and record them with LIGGARE_GOLDEN=record.
"""

import json
import os
from pathlib import Path
from typing import Any

from ledger.opening import open_ledger, upgrade_ledger
from ledger.settings import Settings
from projections.catalogue import PROJECTIONS
from tests.integration.test_histories import RELEASES, history
from tests.projected import all_rows, catch_up

__all__ = ["history"]
GOLDEN = Path(__file__).parents[1] / "data" / "golden_rows.json"
VERSIONS = {one.name: one.version for one in PROJECTIONS}


def test_rows_are_those_of_their_version(history: tuple[Settings, list[Any]], request: Any) -> None:
    """A changed row under an old version is what a reader would never be told of."""
    settings, _ = history
    upgrade_ledger(settings)
    with open_ledger(settings) as ledger, ledger.own_connection() as connection:
        catch_up(connection)
        made = {one.name: {"version": one.version, "rows": all_rows(ledger, [one])} for one in PROJECTIONS}
    release = request.node.callspec.params["history"]
    golden = json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.exists() else {}
    if os.environ.get("LIGGARE_GOLDEN") == "record":
        golden[release] = made
        GOLDEN.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert made == golden[release]
    assert set(golden) == set(RELEASES)


def test_a_released_ledger_has_rows_in_most_tables() -> None:
    """Vacuous without: empty tables are the same in every version."""
    golden = json.loads(GOLDEN.read_text("utf-8"))
    empty = {
        table
        for release in golden.values()
        for one in release.values()
        for table, rows in one["rows"].items()
        if not rows
    }
    assert empty <= {
        "open_case",
        "last_day",
        "employer_case",
        "employer_module",
        "funding_line",
        "procedure_step",
        "place_of_staff",
    }
