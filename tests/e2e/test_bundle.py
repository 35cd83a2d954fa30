"""Bundles as users make and verify them: real processes, real files, one line for what is wrong."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.signed_note import NoteSigner
from replays import verify_bundle
from tests.applications import application, line
from tests.e2e import test_cli
from tests.e2e.test_cli import Liggare, Run

liggare = test_cli.liggare
"""The fixture: the command line on a ledger of its own."""


def alone(folder: Path, *words: str) -> Run:
    """Run the verifier as an auditor does: that one file, in a folder of its own, in a process without a ledger."""
    file = folder / "verify_bundle.py"
    file.write_bytes(Path(verify_bundle.__file__).read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", str(file), *words],
        env={"PATH": os.environ["PATH"]},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def decided(liggare: Liggare, tmp_path: Path) -> str:
    """A case of a new ledger that was decided."""
    applications = tmp_path / "applications.jsonl"
    applications.write_bytes(line(application()))
    liggare("import", "applications", str(applications))
    return str(liggare("decide", "--on", "2025-04-20", "--json").rows[0]["case"])


def test_a_case_is_read_bundled_and_verified(liggare: Liggare, decided: str, tmp_path: Path) -> None:
    """By the program and by the file alone; and it tells who read the case before, and for what."""
    file, key = tmp_path / "case.bundle", liggare("public-key").out
    assert liggare("public-key", "--json").rows[0]["key"] == key.strip()
    assert len(key.splitlines()) == 1
    assert liggare("case", decided, "--actor", "case_officer:eva", "--purpose", "begäran 17").status == 0
    assert liggare("replay", decided).status == 0
    assert liggare("projections", "run", "--once").status == 0
    assert liggare("requalification", decided).status == 0
    assert liggare("requalification", decided, "--no-sealed").status == 0
    made = liggare("bundle", decided[:8], "-o", str(file))
    assert (made.status, made.err) == (0, "")
    assert file.stat().st_mode & 0o777 == 0o600
    by_program = liggare("verify-bundle", str(file), "--key", key.strip())
    assert (by_program.status, by_program.err) == (0, "")
    assert re.fullmatch(
        r"OK: 2 events, proved by the checkpoint of \d+ events", by_program.out.splitlines()[-1]
    )
    assert "decided again: the same answer" in by_program.out
    assert "name: Testa Påhittsson 1" in by_program.out
    (tmp_path / "key").write_text(key)
    by_itself = alone(tmp_path, str(file), "--key", "key")
    assert (by_itself.status, by_itself.err) == (0, "")
    assert by_itself.out.splitlines()[:-1] == [
        row for row in by_program.out.splitlines()[:-1] if "decided again" not in row
    ]
    rows = liggare("verify-bundle", str(file), "--key", key, "--json").rows
    assert [row["redecided"] for row in rows if "redecided" in row] == ["same"]
    assert rows[-1]["ok"] is True
    readings = [row["reading"] for row in rows if "reading" in row]
    assert [(row["command"], row["purpose"]) for row in readings] == [  # type: ignore[index]
        ("case", "begäran 17"),
        ("replay", None),
        ("requalification", None),
        ("bundle", None),
    ]
    assert readings[0]["actor"] == "case_officer:eva"  # type: ignore[index]
    assert readings[1]["actor"].startswith("user:")  # type: ignore[index]


def test_what_is_wrong_is_said_on_one_line(liggare: Liggare, decided: str, tmp_path: Path) -> None:
    file, key = tmp_path / "case.bundle", liggare("public-key").out.strip()
    taken = tmp_path / "taken"
    taken.write_text("something")
    for words, said in (
        (("ffffffff-0000-4000-8000-000000000000", "-o", str(file)), "UNKNOWN_CASE"),
        ((decided, "-o", str(taken)), "there is something already"),
        ((decided, "-o", str(tmp_path / "no" / "folder")), "can't be written"),
        ((decided, "-o", "/proc/nothing"), "can't be written"),
        ((decided, "-o", str(file), "--purpose", "19800101-1008"), "--purpose"),
        ((decided, "-o", str(file), "--actor", "eva"), "--actor"),
    ):
        failed = liggare("bundle", *words)
        assert (failed.status, failed.out) == (2, ""), words
        assert said in failed.err
        assert len(failed.err.splitlines()) == 1
    assert taken.read_text() == "something"
    assert {path.name for path in tmp_path.iterdir()} == {"home", "applications.jsonl", "taken"}
    assert liggare("bundle", decided, "-o", str(file)).status == 0
    content = file.read_bytes()
    changed = content.replace(b"Testa", b"Tosta").replace(b'"version": 2', b'"version": 3')
    other = str(NoteSigner("liggare/0123456789abcdef", bytes(32)).key)
    for name, text, by, status in (
        ("changed", changed, key, 1),
        ("cut", content[:-40], key, 2),
        ("half", content[: len(content) // 2], key, 2),
        ("empty", b"", key, 2),
        ("another ledger's", content, other, 2),
        ("no key", content, "key", 2),
        ("other", taken.read_bytes(), key, 2),
        ("none", None, key, 2),
    ):
        tried = tmp_path / "tried"
        tried.unlink(missing_ok=True)
        if text is not None:
            tried.write_bytes(text)
        done = alone(tmp_path, str(tried), "--key", by)
        assert (done.status, done.out) == (status, ""), name
        assert len(done.err.splitlines()) == 1, name
        if name in ("changed", "cut", "no key"):
            again = liggare("verify-bundle", str(tried), "--key", by)
            assert (again.status, again.out) == (status, ""), name
            assert again.err.split() == done.err.split(), name
    for place in (0, 1, 777, 5001, -1, -60, -100):  # every single one of them in test_bundle_forged.py
        flipped = bytearray(content)
        flipped[place] ^= 1
        file.write_bytes(bytes(flipped))
        done = alone(tmp_path, str(file), "--key", key)
        assert done.status in (1, 2)
        assert (done.out, len(done.err.splitlines())) == ("", 1)


def test_a_decision_that_gives_another_answer_today(
    liggare: Liggare, decided: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundle holds, and the program says that it would decide otherwise: exit status 1."""
    file, key = tmp_path / "case.bundle", liggare("public-key").out.strip()
    assert liggare("bundle", decided, "-o", str(file)).status == 0
    (tmp_path / "sitecustomize.py").write_text(
        "import domain.assessment as law\n"
        "first = law.limit_birthday\n"
        "law.limit_birthday = lambda request, policy: first(request, policy).replace(year=2020)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = test_cli.as_installed({}, "verify-bundle", str(file), "--key", key)
    assert done.status == 1
    assert "decided again by this program, it gives another answer: " in done.err
    assert len(done.err.splitlines()) == 1
    assert "OK" not in done.out
    rows = test_cli.as_installed({}, "verify-bundle", str(file), "--key", key, "--json").rows
    assert [row["redecided"] for row in rows if "redecided" in row] == ["different"]
    assert rows[-1]["ok"] is False


def test_an_erased_person(liggare: Liggare, decided: str, tmp_path: Path) -> None:
    file, key = tmp_path / "case.bundle", liggare("public-key").out.strip()
    assert liggare("erase-person", decided, "--yes").status == 0
    assert liggare("bundle", decided, "-o", str(file)).status == 0
    done = liggare("verify-bundle", str(file), "--key", key)
    assert (done.status, done.err) == (0, "")
    assert "details: raderad" in done.out
    assert "erased, not re-executable" in done.out
    assert "Testa" not in file.read_text()
