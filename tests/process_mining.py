"""An OCEL export read back by an independent program, pm4py, and held against the services' normal course.

pm4py is under the AGPL, so it is no part of this project, nor of its environment: it is installed into a temporary
one, in which this file runs again by itself. `make ocel-check FILE=log.json` does it for a file.
"""

import json
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PM4PY = "pm4py==2.7.23.11"
NOT_INSTALLED = 3
"""Exit status: pm4py can't be installed here."""

COURSE = """
->( 'ApplicationReceived', 'EligibilityAssessed',
    X( tau,
       ->( 'EngagementStarted',
           *( tau, X( 'MeetingHeld', ->( 'Paused', 'Resumed' ) ) ),
           X( 'OutcomeReached', 'EngagementExpired' ) ) ) )
"""
"""The normal course as a process tree: an application is decided; if granted, the support begins, meetings and
interruptions that one comes back from follow in any number, and it ends with a result or with its period."""

OF_COURSE = (
    "ApplicationReceived",
    "EligibilityAssessed",
    "EngagementStarted",
    "MeetingHeld",
    "Paused",
    "Resumed",
    "OutcomeReached",
    "EngagementExpired",
)
"""The kinds of events that the course is about; it says nothing of the others."""

ENDS = {"OutcomeReached", "EngagementExpired", "Withdrawn", "GrantAnnulled"}
"""What ends a support; one that has none of them is under way, and its case is not held against the course."""

Move = tuple[str | None, str | None]
SKIPPED = ">>"


class NotInstalled(Exception):
    """pm4py can't be installed here, and why."""


@contextmanager
def an_environment() -> Iterator[Path]:
    """Yield a Python that has pm4py, in an environment of its own that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="liggare-pm4py-") as folder:
        _run([sys.executable, "-m", "venv", folder])
        python = Path(folder) / "bin" / "python"
        _run([str(python), "-m", "pip", "install", "--quiet", "--retries", "1", PM4PY])
        yield python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise NotInstalled(f"{PM4PY} can't be installed here: {' '.join(last)}")


def read_by(python: Path, file: Path) -> Any:
    """Return what the other program reads in a file."""
    command = [str(python), str(Path(__file__).resolve()), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def reading(file: Path) -> dict[str, Any]:
    """Return what pm4py reads: how much of what, each case's events in their order, and how the cases conform."""
    pm4py = import_module("pm4py")
    log = pm4py.read_ocel2_json(str(file))
    cases = pm4py.ocel_flattening(log, "case")
    orders = {
        str(case): list(kinds)
        for case, kinds in cases.groupby("case:concept:name")["concept:name"].agg(list).items()
    }
    open_ = {case for case, kinds in orders.items() if "EngagementStarted" in kinds and not ENDS & set(kinds)}
    over = cases[~cases["case:concept:name"].isin(open_) & cases["concept:name"].isin(OF_COURSE)]
    return {
        "pm4py": metadata.version("pm4py"),
        "events": len(log.events),
        "relations": len(log.relations),
        "objects": {str(kind): int(count) for kind, count in log.objects["ocel:type"].value_counts().items()},
        "orders": orders,
        "conformance": {"under way": len(open_), **conformance(pm4py, over)},
    }


def conformance(pm4py: Any, cases: Any) -> dict[str, Any]:
    """Return how many cases follow the normal course, and in what the others leave it, by optimal alignments."""
    net = pm4py.convert_to_petri_net(pm4py.parse_process_tree(COURSE.replace("\n", " ")))
    aligned = pm4py.conformance_diagnostics_alignments(cases, *net)
    left = Counter[str]()
    for one in aligned:
        for what in set(departures(one["alignment"])):
            left[what] += 1
    return {
        "cases": len(aligned),
        "follow the course": sum(one["fitness"] == 1 for one in aligned),
        "mean fitness": round(sum(one["fitness"] for one in aligned) / len(aligned), 4),
        "cases that leave it, by how": dict(sorted(left.items(), key=lambda row: (-row[1], row[0]))),
    }


def departures(moves: Iterable[Move]) -> Iterator[str]:
    """Yield what of an alignment is in the case and not in the course, or the other way round."""
    for happened, foreseen in moves:
        if foreseen == SKIPPED:
            yield f"{happened} more than the course has"
        elif happened == SKIPPED and foreseen is not None:
            yield f"{foreseen} missing"


def main(words: list[str]) -> int:
    """Read a file back and print what was found, without each case's order."""
    if len(words) != 1 or not Path(words[0]).is_file():
        sys.stderr.write("name a file that is there: make ocel-check FILE=log.json\n")
        return 2
    file = Path(words[0])
    if find_spec("pm4py"):
        warnings.filterwarnings("ignore")
        sys.stdout.write(json.dumps(reading(file), ensure_ascii=False))
        return 0
    try:
        with an_environment() as python:
            found = read_by(python, file)
    except NotInstalled as why:
        sys.stderr.write(f"{why}\n")
        return NOT_INSTALLED
    del found["orders"]
    sys.stdout.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
