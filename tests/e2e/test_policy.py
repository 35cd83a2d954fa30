"""`liggare policy` as its users run it: no ledger is needed, and none is made."""

import re
from pathlib import Path

import pytest

from domain.policy import POLICIES
from tests.e2e.test_cli import Run, run

HOUSE = Path(__file__).parents[2]
EXAMPLE = HOUSE / "docs" / "own-conditions.toml"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where a ledger would be, if one were made."""
    return tmp_path / "home"


def policy(home: Path, *words: str) -> Run:
    """Run a command on conditions with no database to be had."""
    done = run(
        {"LIGGARE_HOME": str(home), "LIGGARE_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}, *words
    )
    assert not home.exists()
    return done


def test_show_lists_the_versions(home: Path) -> None:
    listed = policy(home, "policy", "show", "--json")
    assert listed.status == 0
    assert [(row["policy"], row["version"], row["in_force_from"]) for row in listed.rows] == [
        (each.name, each.version, str(each.in_force_from)) for each in POLICIES
    ]
    text = policy(home, "policy", "show")
    assert text.status == 0
    assert all(each.name in text.out and each.version in text.out for each in POLICIES)
    command = re.findall(r"liggare (policy show \S+)", text.out)[0].split()
    assert policy(home, *command).status == 0


@pytest.mark.parametrize("name", [each.name for each in POLICIES])
def test_show_reads_a_version_clause_by_clause(home: Path, name: str) -> None:
    """Each condition's clause, sentences and source, for people and for programs alike."""
    rows = policy(home, "policy", "show", name, "--json").rows
    text = policy(home, "policy", "show", name, "--version", "2022-10-01").out
    for row in rows:
        for key in ("clause", "sv", "en", "source"):
            assert str(row[key]) in text
    read = {str(row["parameter"]).split(".")[0] for row in rows}
    [shown] = [each for each in POLICIES if each.name == name]
    conditions = {key for key, value in shown if hasattr(value, "clause")}
    assert read == conditions | {"services", "income_route"}
    assert "Tjänster · Services" in text
    assert "83400 SEK" in text


@pytest.mark.parametrize(
    "words",
    [
        ("show", "trygghetsfonden"),
        ("show", "kammarkollegiet", "--version", "2020-01-01"),
        ("show", "--version", "2022-10-01"),
        ("show", "kammarkollegiet", "extra"),
        ("compare",),
        ("compare", "no-such-file.toml"),
        ("compare", str(HOUSE)),
        ("compare", "\n"),
        ("compare", str(HOUSE / "README.md")),
    ],
)
def test_what_can_t_be_done_is_said_on_one_line(home: Path, words: tuple[str, ...]) -> None:
    done = policy(home, "policy", *words)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)


def test_a_file_at_fault_is_named_with_the_path_in_it(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    for content, said in (
        (
            EXAMPLE.read_bytes().replace(b"value = 66", b'value = "66"'),
            "age_limit.value: expected a whole number",
        ),
        (EXAMPLE.read_bytes() + b"\xff", "not UTF-8 text"),
        (EXAMPLE.read_bytes() + b"[x\x1b]", "not TOML"),
        (b"", "name: this key is required"),
    ):
        file.write_bytes(content)
        done = policy(home, "policy", "compare", str(file), "--json")
        assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
        assert done.err.startswith(f"{file}: {said}")
        assert "\x1b" not in done.err


def test_compare_warns_and_blocks_nothing(home: Path) -> None:
    """Every row for programs; for people a table, the differences, and the warnings last."""
    done = policy(home, "policy", "compare", str(EXAMPLE), "--json")
    assert done.status == 0
    head, *rows = done.rows
    assert head["own"] == {"policy": "exempelfonden", "version": "2025-01-01", "in_force_from": "2025-01-01"}
    assert head["kammarkollegiet"] == {
        "policy": "kammarkollegiet",
        "version": "2022-10-01",
        "in_force_from": "2022-10-01",
    }
    assert head["warnings"] == sum(row["warning"] is not None for row in rows) == 1
    [frame] = [row for row in rows if row["parameter"] == "frame_months"]
    assert {key: frame[key] for key in ("clause", "own_clause", "own", "kammarkollegiet", "judgement")} == {
        "clause": "K-5.2-1",
        "own_clause": "§ 2",
        "own": 18,
        "kammarkollegiet": 24,
        "judgement": "stricter",
    }
    text = policy(home, "policy", "compare", str(EXAMPLE))
    assert text.status == 0
    assert re.search(r"^K-5\.2-1 +frame months +18 +24 +✗ stricter$", text.out, re.MULTILINE)
    assert re.search(r"^K-5\.2-2 +income route +no +yes +✓ permitted$", text.out, re.MULTILINE)
    body, _, warnings = text.out.partition("Varningar · Warnings\n")
    assert "K-1-c: frame months: 18; kammarkollegiet: 24" in warnings
    assert all(str(row["sv"]) in body for row in rows if row["judgement"] not in ("equal", "stricter"))


def test_compare_with_itself_and_with_a_mark_at_the_start(home: Path, tmp_path: Path) -> None:
    """Kammarkollegiet's own file, as an editor on Windows may save it."""
    shipped = HOUSE / "domain" / "policies" / "kammarkollegiet-2022-10-01.toml"
    file = tmp_path / "--own.toml"
    file.write_bytes(b"\xef\xbb\xbf" + shipped.read_bytes().replace(b"\n", b"\r\n"))
    done = policy(home, "policy", "compare", str(file))
    assert done.status == 0
    assert done.out.endswith("Inga varningar. No warnings.\n")
    assert "Skillnader" not in done.out
    assert {row["judgement"] for row in policy(home, "policy", "compare", str(file), "--json").rows[1:]} == {
        "equal"
    }


def test_the_readme_s_command_runs_as_pasted(home: Path) -> None:
    [command] = re.findall(
        r"^liggare (policy compare \S+)", (HOUSE / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert (HOUSE / command.split()[-1]) == EXAMPLE
    assert policy(home, *command.split()[:-1], str(HOUSE / command.split()[-1])).status == 0
