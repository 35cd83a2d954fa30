"""The log written out as its users do it: an archive, a file for process mining, and what is in the way of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from replays.archive import ArchiveLog
from tests.applications import application, line
from tests.e2e.test_cli import Liggare, liggare
from tests.ocel_form import check_ocel

__all__ = ["liggare"]


@pytest.fixture
def filled(liggare: Liggare, tmp_path: Path) -> Liggare:
    """Three applications, decided."""
    file = tmp_path / "applications.jsonl"
    file.write_bytes(b"\n".join(line(application(serial)) for serial in (1, 2, 3)))
    liggare("import", "applications", str(file))
    liggare("decide", "--on", "2025-04-20")
    return liggare


def test_an_archive_is_written_once(filled: Liggare, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    [told] = filled("export", "parquet", str(folder), "--json").rows
    log = ArchiveLog(folder)
    assert {name: told[name] for name in log.archived._fields} == log.archived._asdict()
    assert sum(len(log.partition(number, log.newest())) for number in range(64)) == told["events"]
    again = filled("export", "parquet", str(folder))
    assert (again.status, "there is something already, and an export replaces nothing" in again.err) == (
        2,
        True,
    )
    other = filled("export", "parquet", str(tmp_path / "other"))
    assert (other.status, f"up to position {log.newest()}" in other.out) == (0, True)


def test_a_file_for_process_mining_is_written_once(filled: Liggare, tmp_path: Path) -> None:
    """In the standard's form, with no name in it of whoever ran it."""
    file = tmp_path / "log.json"
    [told] = filled("export", "ocel", str(file), "--json").rows
    content = json.loads(file.read_bytes())
    check_ocel(content)
    assert (told["events"], told["objects"]) == (len(content["events"]), len(content["objects"]))
    assert told["left_out"] == 0
    again = filled("export", "ocel", str(file))
    assert (again.status, "name another" in again.err) == (2, True)
    other = filled("export", "ocel", str(tmp_path / "other.json"))
    assert (other.status, "0 entries left out" in other.out) == (0, True)
    assert (tmp_path / "other.json").read_bytes() == file.read_bytes()


def test_what_is_in_the_way_is_told_on_one_line(liggare: Liggare, tmp_path: Path) -> None:
    for kind in ("parquet", "ocel"):
        done = liggare("export", kind, str(tmp_path / "no" / "x"))
        assert (done.status, done.err.count("\n")) == (2, 1)
        assert "can't be written: there is no folder" in done.err


def test_the_command_line_starts_without_what_only_an_archive_needs() -> None:
    """Polars takes a tenth of a second to load."""
    asked = "import sys, api.cli; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
