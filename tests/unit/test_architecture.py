"""The house itself: arrows run one way, a file is one noun, and the tables say what the code uses."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from domain import rejections
from domain.rejections import REJECTIONS

HOUSE = Path(__file__).parents[2]
ROOMS = ("domain", "ledger", "projections", "replays", "api")
PYPROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))
CONTRACTS = PYPROJECT["tool"]["importlinter"]["contracts"]
MODULES = [path for room in (*ROOMS, "tests", "benchmarks") for path in (HOUSE / room).rglob("*.py")]

PLANTED = {
    "Arrows run one way: api, replays, projections, ledger, domain": ("ledger/faults.py", "replays.state"),
    "domain is pure: pydantic and the standard library": ("domain/values.py", "time"),
    "eventsourcing is imported by ledger and projections alone": ("api/words.py", "eventsourcing.domain"),
    "Only ledger, projections and replays touch SQL": ("api/words.py", "psycopg"),
}
"""One forbidden import for each contract, and where it is planted."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house to plant in: the rooms and the contracts, nothing else."""
    house = tmp_path_factory.mktemp("house")
    shutil.copy(HOUSE / "pyproject.toml", house)
    for room in ROOMS:
        shutil.copytree(HOUSE / room, house / room, ignore=shutil.ignore_patterns("__pycache__"))
    return house


def lint(house: Path) -> tuple[int, str]:
    """Try the contracts of a house, and return the exit status and what was said, without line breaks."""
    command = [Path(sys.executable).with_name("lint-imports")]
    done = subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_the_contracts_hold(copy: Path) -> None:
    """Vacuous without: in a house that is broken already, a planted import would prove nothing."""
    status, said = lint(copy)
    assert status == 0, said
    assert f"{len(CONTRACTS)} kept, 0 broken" in said


def test_every_contract_has_a_planted_violation() -> None:
    assert {contract["name"] for contract in CONTRACTS} == set(PLANTED)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_import_breaks_its_contract(copy: Path, name: str) -> None:
    """The contract that it breaks is named, and so is the import; the copy is mended afterwards."""
    place, module = PLANTED[name]
    path = copy / place
    sound = path.read_text("utf-8")
    path.write_text(f"{sound}\n\nimport {module}\n", "utf-8")
    try:
        status, said = lint(copy)
    finally:
        path.write_text(sound, "utf-8")
    assert status != 0
    assert f"{name} BROKEN" in said
    planted_in = place.removesuffix(".py").replace("/", ".")
    assert re.search(rf"{planted_in} -> {module.split('.')[0]}", said), said


def test_init_files_are_empty() -> None:
    """A package is a folder; what it offers stands in its modules."""
    assert [path for path in MODULES if path.name == "__init__.py" and path.read_text("utf-8")] == []
    assert not list((HOUSE / "tests").rglob("__init__.py"))


VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "core", "tools", "lib"}


def test_no_module_has_a_vague_name() -> None:
    """A file is one noun, and these name nothing."""
    words = {path: set(path.stem.split("_")) for path in MODULES}
    assert [path for path, parts in words.items() if parts & VAGUE] == []


def test_the_domain_reads_no_clock_and_makes_no_ids() -> None:
    """Days and ids are arguments; the contract above forbids modules, this the calls in allowed ones."""
    impure = re.compile(r"\.(now|today|utcnow|getenv|environ)\b|\b(uuid1|uuid4|open|print|input)\(")
    found = {
        path.name: calls
        for path in (HOUSE / "domain").rglob("*.py")
        if (calls := impure.findall(path.read_text("utf-8").replace("known.today", "")))
    }
    assert found == {}


def test_every_rejection_is_in_the_table_and_every_row_is_used() -> None:
    """A code that is raised without a row would fail when it is raised; a row that nobody raises misleads."""
    raised = set[str]()
    for room in ROOMS:
        for path in (HOUSE / room).rglob("*.py"):
            raised |= set(re.findall(r"CommandRejected\(\s*\"([A-Z_]+)\"", path.read_text("utf-8")))
    assert raised == set(REJECTIONS)


def test_the_tree_at_the_top_names_every_rejection() -> None:
    """The drawing in the docstring and the table say the same."""
    drawn = re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", rejections.__doc__ or "")
    assert sorted(drawn) == sorted(REJECTIONS)


@pytest.mark.parametrize("code", REJECTIONS)
def test_a_rejection_has_a_clause_and_two_sentences(code: str) -> None:
    """The same facts are filled in, in Swedish and in English, and each is one sentence or two."""
    row = REJECTIONS[code]
    assert re.fullmatch(r"\{clause\}|(K-\d|O-\d\d|AMB-\d\d|2022:\d+-)[\w.-]*", row.clause)
    names = [set(re.findall(r"\{(\w+)\}", text)) for text in (row.sv, row.en)]
    assert [name.removesuffix("_sv") for name in sorted(names[0])] == [
        name.removesuffix("_en") for name in sorted(names[1])
    ]
    assert row.sv.endswith(".")
    assert row.en.endswith(".")
    assert row.sv != row.en
