"""How fast a file of employer declarations is read, and how much memory that takes."""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from domain.declarations import Statement
from ledger.declaration_writer import write_declarations
from ledger.declaration_xml import FORM
from ledger.declarations import declarations_of, read_declarations
from ledger.identity_numbers import check_digit

EMPLOYER = "165599999017"
STATEMENTS = 100_000
LONG = 364_000
"""So many make a file of 300 MB."""
_FIRST_DAY = datetime(1960, 1, 1, tzinfo=UTC).date().toordinal()


def declaration_rate(statements: int = STATEMENTS) -> None:
    """Print statements a second of both passes, the peak memory, and the ratio to bare XML parsing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agi.xml"
        write_declarations(path, EMPLOYER, datetime(2025, 2, 10, tzinfo=UTC), _fictional(statements))
        bare = _bare_parse(path)
        start = time.perf_counter()
        file = read_declarations(path)
        checked = time.perf_counter()
        wanted = _wanted(statements)
        found = declarations_of(path, file, wanted)
        fetched = time.perf_counter()
        if file.statements != statements or len(found) != len(wanted):
            raise AssertionError("the file was not read as it was written")
        both = fetched - start
        print(f"declarations: {both / bare:.1f} times bare XML parsing, both passes together")
        print(f"  {statements:,} statements, {path.stat().st_size / 1e6:.0f} MB, {len(wanted)} people wanted")
        print(f"  both passes {statements / both:,.0f} statements/s (wanted: 20,000)")
        print(f"  pass 1 (check all) {statements / (checked - start):,.0f} statements/s")
        print(f"  pass 2 (fetch) {statements / (fetched - checked):,.0f} statements/s")
        print(f"  bare iterparse {statements / bare:,.0f} statements/s")
        before, after = _peaks_in_child(path)
        print(
            f"  peak memory {after:.0f} MiB, of which {before:.0f} before the file was opened (wanted: under 250)"
        )


def _wanted(statements: int) -> set[str]:
    """Return some five hundred payees of the file, evenly spread."""
    return {_payee(number) for number in range(1, statements, max(1, statements // 500))}


def _fictional(count: int) -> Iterator[Statement]:
    for number in range(1, count + 1):
        yield Statement(
            employer=EMPLOYER,
            payee=_payee(number),
            period="2025-01",
            number=number,
            amounts={"011": 20_000 + number % 20_000},
        )


def _payee(number: int) -> str:
    """Return a fictional person's number: a date, a birth number and its check digit."""
    day, birth = divmod(number, 990)
    born = datetime.fromordinal(_FIRST_DAY + day).strftime("%Y%m%d")
    nine = f"{born[2:]}{birth + 1:03d}"
    return f"{born[:2]}{nine}{check_digit(nine)}"


def _bare_parse(path: Path) -> float:
    start = time.perf_counter()
    for _, form in etree.iterparse(str(path), tag=FORM, resolve_entities=False, no_network=True):
        form.clear()
        while form.getprevious() is not None:
            del form.getparent()[0]
    return time.perf_counter() - start


def _peaks_in_child(path: Path) -> tuple[float, float]:
    """Return the peak memory of a process of its own, in MiB: after its imports, and after both passes."""
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.declarations", str(path)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = made.stdout.split()
    return float(before), float(after)


def _peak() -> float:
    """Return this process's peak memory in MiB; Linux's getrusage would count its parent's as well."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    if len(sys.argv) > 1:
        first, read = _peak(), read_declarations(Path(sys.argv[1]))
        declarations_of(Path(sys.argv[1]), read, _wanted(read.statements))
        print(first, _peak())
    else:
        declaration_rate()
