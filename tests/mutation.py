"""How many changes of the domain's code its unit tests notice: `make mutation`, or `python -m tests.mutation`.

mutmut changes one thing at a time in a copy of the tree and runs the tests that reach it; a change that no test
notices has survived. With --sample that many of the changes are drawn at random, by --seed. A function that has
done its work when its module has been imported is out of the reach of mutmut, whose processes have imported it
already: those changes are tried each in a process of its own. What was found is written to docs/mutation.md.

Survivors that change nothing that can be seen are named in tests/data/equivalent_mutants.toml, with the reason.

This is also the plugin of those runs: with it the tests that draw their examples come last and draw fewer. Their
exit on the first failure is in pyproject.toml. PYTEST_DONT_REWRITE
"""

import argparse
import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from math import sqrt
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, settings

HOUSE = Path(__file__).parents[1]
DOCUMENT = HOUSE / "docs" / "mutation.md"
EQUIVALENT = HOUSE / "tests" / "data" / "equivalent_mutants.toml"
AT_IMPORT = "at-import.json"
"""Which functions had been called when the tests had been imported, in mutmut's folder."""
FIRST = "domain.period.*"
"""A few changes to begin with, so that mutmut makes them all and finds which tests reach which."""
AFRESH = "MUTATION_AFRESH"
"""Set where one change is tried in a process of its own: there nothing is drawn, since a table is what it is."""
EXAMPLES = 25
LONGEST = 900
"""Seconds that the tests may take in a process of their own."""
SURVIVED, NO_TESTS, SKIPPED = 0, 33, 34
"""What mutmut writes for a change that no test noticed, that no test reached, and that is not to be tried."""


class Mutant(NamedTuple):
    """A change of the code: where, what was there and what is there instead, and whether a test noticed it."""

    name: str
    was: str
    becomes: str
    killed: bool
    at_import: bool
    later: bool
    """Whether it survived the draw, and a test that was written since kills it."""

    @property
    def module(self) -> str:
        """The module that it changes."""
        return self.name.rpartition(".")[0]

    @property
    def function(self) -> str:
        """The function that it changes, as mutmut calls it, without the change's number."""
        return re.sub(r"^x[_ǁ]|__mutmut_\d+$", "", self.name.rpartition(".")[2]).replace("ǁ", ".")


# In pytest


def pytest_configure(config: pytest.Config) -> None:
    """Draw the same examples in each run, and look for no simpler ones."""
    settings.register_profile(
        "mutation", database=None, derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate]
    )
    settings.load_profile("mutation")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests that draw examples come last, and draw fewer."""
    drawing = []
    for item in list(items):
        case, function = getattr(item, "cls", None), getattr(item, "function", None)
        for holder, name in ((case, "settings"), (function, "_hypothesis_internal_use_settings")):
            drawn = getattr(holder, name, None)
            if isinstance(drawn, settings):
                setattr(holder, name, settings(drawn, max_examples=min(drawn.max_examples, EXAMPLES)))
                drawing.append(item)
    others = [item for item in items if item not in drawing]
    items[:] = others if AFRESH in os.environ else others + drawing


def pytest_collection_finish() -> None:
    """Set apart what the imports called, which mutmut would count as called by the first test."""
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        from mutmut.state import state

        Path(AT_IMPORT).write_text(json.dumps(sorted(state()._stats)), "utf-8")
        state()._stats.clear()


# The run


def configuration() -> Mapping[str, Any]:
    """Return what pyproject.toml says of mutmut."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))
    return dict(project["tool"]["mutmut"])


def copied(folder: Path) -> None:
    """Copy what the tests need to a folder."""
    for name in (*configuration()["source_paths"], *configuration()["also_copy"], "tests", "pyproject.toml"):
        if (HOUSE / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(HOUSE / name, folder / name, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy2(HOUSE / name, folder / name)
    for path in (folder / "domain").glob("*.py"):
        path.write_text(undecorated(path.read_text("utf-8")), "utf-8")


def undecorated(text: str) -> str:
    """Return a module's text with single-dispatch rules and properties made by a call below each: the same module.

    mutmut leaves alone what has a decorator. A rule is called by what it is a rule for. Nothing is remembered
    between calls, since what was remembered before a change would hide it.
    """
    lines = text.splitlines()
    module = ast.parse(text)
    holders = [module.body, *(node.body for node in module.body if isinstance(node, ast.ClassDef))]
    found = [node for holder in holders for node in holder if isinstance(node, ast.FunctionDef)]
    for node in sorted(found, key=lambda node: -node.lineno):
        said = [ast.unparse(each) for each in node.decorator_list]
        name, below = node.name, [f"{node.name} = {each}({node.name})" for each in said]
        if said and all(re.match(r"\w+\.register\b", each) for each in said):
            kinds = re.findall(r"\w+", ast.unparse(node.args.args[0].annotation or node.args.args[0]))
            name = "_".join((said[0].partition(".")[0], *kinds))
            below = [f"{each}({name})" for each in said]
        elif said and said[0].startswith("lru_cache"):
            below = []
        elif said not in (["property"], ["singledispatch"]):
            continue
        end, start = node.end_lineno or node.lineno, node.lineno - 1
        lines[end:end] = [" " * node.col_offset + each for each in below]
        lines[start] = lines[start].replace(f"def {node.name}(", f"def {name}(", 1)
        del lines[node.decorator_list[0].lineno - 1 : start]
    return "\n".join(lines) + "\n"


def mutmut(folder: Path, *words: str) -> None:
    """Run mutmut in a folder."""
    subprocess.run([str(Path(sys.executable).with_name("mutmut")), "run", *words], cwd=folder, check=True)


def written(folder: Path) -> dict[Path, dict[str, Any]]:
    """Return what mutmut keeps of each module of the domain."""
    found = sorted((folder / "mutants" / "domain").rglob("*.py.meta"))
    return {path: json.loads(path.read_text("utf-8")) for path in found}


def drawn(
    folder: Path, sample: int | None, seed: int, files: Sequence[str]
) -> tuple[dict[str, int], set[str]]:
    """Draw the changes to try and skip the others; return how many there are by module, and those drawn."""
    known = written(folder)
    wanted = {file.removesuffix(".py").replace("/", ".") for file in files}
    names = [name for kept in known.values() for name in kept["exit_code_by_key"]]
    among = sorted(name for name in names if not wanted or name.rpartition(".")[0] in wanted)
    chosen = set(among if sample is None else random.Random(seed).sample(among, min(sample, len(among))))
    for path, kept in known.items():
        results = kept["exit_code_by_key"]
        for name, result in results.items():
            results[name] = (None if result == SKIPPED else result) if name in chosen else SKIPPED
        path.write_text(json.dumps(kept, indent=4), "utf-8")
    counted: dict[str, int] = {}
    for name in among:
        counted[name.rpartition(".")[0]] = counted.get(name.rpartition(".")[0], 0) + 1
    return counted, chosen


def tried_afresh(folder: Path, name: str) -> bool:
    """Return whether the tests notice a change in a process of its own, where it is there from the first import."""
    words = ("-m", "pytest", *configuration()["pytest_add_cli_args"])
    tests = configuration()["pytest_add_cli_args_test_selection"]
    try:
        return bool(
            subprocess.run(
                [sys.executable, *words, *tests],
                cwd=folder / "mutants",
                env=os.environ | {"MUTANT_UNDER_TEST": name, AFRESH: "1"},
                capture_output=True,
                timeout=LONGEST,
                check=False,
            ).returncode
        )
    except subprocess.TimeoutExpired:
        return True


def change(folder: Path, name: str) -> tuple[str, str]:
    """Return the lines that a change takes away, and those that it puts there."""
    shown = subprocess.run(
        [str(Path(sys.executable).with_name("mutmut")), "show", name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = [line for line in shown.splitlines() if not line.startswith(("---", "+++"))]
    was, becomes = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return was, becomes


def results(folder: Path, chosen: Iterable[str], children: int, again: bool) -> list[Mutant]:
    """Return what became of the changes that were drawn; those at import are tried now, and survivors again."""
    codes = {
        name: code for kept in written(folder).values() for name, code in kept["exit_code_by_key"].items()
    }
    called = set(json.loads((folder / "mutants" / AT_IMPORT).read_text("utf-8")))
    unreached = [name for name in sorted(chosen) if codes[name] == NO_TESTS]
    at_import = [name for name in unreached if re.sub(r"__mutmut_\d+$", "", name) in called]
    killed = tried(folder, "afresh.json", at_import, children)
    noticed = {name: killed.get(name, codes[name] not in {SURVIVED, NO_TESTS, None}) for name in chosen}
    later: dict[str, bool] = {}
    if again:
        shutil.copytree(HOUSE / "tests", folder / "mutants" / "tests", dirs_exist_ok=True)
        if tried_afresh(folder, ""):
            raise SystemExit("the tests fail without any change")
        later = tried(folder, "again.json", [name for name in sorted(chosen) if not noticed[name]], children)
    found = []
    for name in sorted(chosen):
        was, becomes = ("", "") if noticed[name] else change(folder, name)
        found.append(Mutant(name, was, becomes, noticed[name], name in killed, later.get(name, False)))
    return found


def tried(folder: Path, kept: str, names: Iterable[str], children: int) -> dict[str, bool]:
    """Return whether the tests notice changes in processes of their own; what was found before a stop is kept."""
    path = folder / "mutants" / kept
    noticed: dict[str, bool] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    left = [name for name in names if name not in noticed]
    say(f"{len(left)} are tried in processes of their own")
    with ThreadPoolExecutor(children) as pool:
        for name, one in zip(left, pool.map(lambda name: tried_afresh(folder, name), left), strict=True):
            noticed[name] = one
            path.write_text(json.dumps(noticed), "utf-8")
    return noticed


# The document


def equivalents() -> dict[tuple[str, str, str], str]:
    """Return why a change changes nothing, by its module and function and by the lines before and after."""
    rows = tomllib.loads(EQUIVALENT.read_text("utf-8")).get("equivalent", [])
    return {(row["function"], row["was"], row["becomes"]): row["why"] for row in rows}


def interval(good: int, of: int) -> tuple[float, float]:
    """Return the bounds, in per cent, that hold the share of all with a certainty of 95 % (Wilson)."""
    if not of:
        return 0.0, 100.0
    z, share = 1.96, good / of
    middle, half = share + z * z / (2 * of), z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return tuple(100 * (middle + sign * half) / (1 + z * z / of) for sign in (-1, 1))  # type: ignore[return-value]


def per_cent(good: int, of: int) -> str:
    """Return a share as it is printed."""
    return f"{100 * good / of:.1f} %" if of else ""


def commit() -> str:
    """Return the commit that was tried, and whether files had been changed since."""
    words = ("git", "describe", "--always", "--dirty=, with later changes")
    return (
        subprocess.run(words, cwd=HOUSE, capture_output=True, text=True, check=False).stdout.strip()
        or "unknown"
    )


HEAD = """# Mutation: what the unit tests notice

Written by `make mutation` (`make mutation SAMPLE=500 SEED=1` draws that many of the changes at random, `FILES=`
names modules). mutmut changes one thing at a time in `domain/` (a comparison, a text, an argument, ...); a change
is killed when a unit test fails for it. The tests with a database, the random lives and those that read the code
itself take no part. What stands outside functions is not changed, nor are the few validators of values: mutmut
leaves alone what has a decorator, so in the copy the rules of single-dispatch functions and the properties have
none.
"""
COLUMNS = """| module | changes | tried | killed | survived | of those equivalent | killed, without equivalents |
|---|---|---|---|---|---|---|"""


def _row(title: str, there: int, of: Sequence[Mutant], known: Mapping[tuple[str, str, str], str]) -> str:
    """Return a module's row."""
    killed = sum(each.killed for each in of)
    same = sum(not each.killed and key(each) in known for each in of)
    cells = (title, there, len(of), killed, len(of) - killed, same, per_cent(killed, len(of) - same))
    return "| " + " | ".join(map(str, cells)) + " |"


def key(mutant: Mutant) -> tuple[str, str, str]:
    """Return what a change is known by when the numbers of changes have shifted."""
    return f"{mutant.module}.{mutant.function}", mutant.was, mutant.becomes


def _listed(mutants: Iterable[Mutant], why: Mapping[tuple[str, str, str], str]) -> Iterator[str]:
    """Yield a line for each change."""
    for each in mutants:
        reason = why.get(key(each), "")
        told = f". {reason}" if reason else ""
        yield f"- `{each.module}.{each.function}`: `{each.was}` → `{each.becomes}`{told}"


def document(counted: Mapping[str, int], those: Sequence[Mutant], sample: int | None, seed: int) -> str:
    """Return docs/mutation.md."""
    known = equivalents()
    survived = [each for each in those if not each.killed]
    same = [each for each in survived if key(each) in known]
    killed, rest = len(those) - len(survived), len(those) - len(same)
    low, high = interval(killed, rest)
    of = sum(counted.values())
    drawn_by = (
        f"{len(those)} of {of} changes, drawn at random (seed {seed})" if sample else f"All {of} changes"
    )
    lines = [HEAD, f"Run on {date.today().isoformat()}, commit {commit()}.\n"]  # noqa: DTZ011
    lines += [
        f"{drawn_by}: {killed} killed, {len(survived)} survived, of which {len(same)} are equivalent: they change",
        f"nothing that can be seen. Killed: {per_cent(killed, len(those))} of all that were tried,",
        f"**{per_cent(killed, rest)}** of those that are not equivalent"
        + (f" (95 % interval {low:.1f} to {high:.1f} %)." if sample else "."),
    ]
    since = sum(each.later for each in survived)
    if since:
        lines.append(
            f"Of the survivors {since} are killed by tests that were written after the draw; they aren't below."
        )
    late = [each for each in those if each.at_import]
    lines += [
        f"{len(late)} are in functions that have done their work when their module has been imported (data files",
        "are read, tables are built). The processes of mutmut have imported it by then, so these were tried each",
        f"in a new process, with the same tests: {sum(each.killed for each in late)} killed.\n",
        COLUMNS,
    ]
    for module in sorted(counted):
        own = [each for each in those if each.module == module]
        lines.append(_row(f"`{module.removeprefix('domain.')}`", counted[module], own, known))
    lines.append(_row("all", of, those, known))
    alive = (each for each in survived if each not in same and not each.later)
    lines += ["\n## Survivors that a test could kill\n", *(list(_listed(alive, {})) or ["None."])]
    lines += ["\n## Equivalent\n", *_listed(same, known)]
    return "\n".join(lines) + "\n"


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Try the changes, write the document and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, help="how many changes to draw; all without it")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn by")
    parser.add_argument("--files", nargs="*", default=[], help="modules: domain/fund.py ...")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 2, help="how many processes")
    parser.add_argument(
        "--folder", type=Path, help="where to work, and to go on after a stop; else a temporary one"
    )
    parser.add_argument(
        "--again", action="store_true", help="try the survivors with the tests as they are now"
    )
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="liggare-mutation-") as temporary:
        folder = told.folder or Path(temporary)
        if not (folder / "mutants" / AT_IMPORT).exists():
            folder.mkdir(exist_ok=True)
            copied(folder)
            mutmut(folder, "--max-children", str(told.children), FIRST)
        counted, chosen = drawn(folder, told.sample, told.seed, told.files)
        say(f"{len(chosen)} of {sum(counted.values())} changes, seed {told.seed}")
        if any(
            code is None for kept in written(folder).values() for code in kept["exit_code_by_key"].values()
        ):
            mutmut(folder, "--max-children", str(told.children))
        found = results(folder, chosen, told.children, told.again)
    text = document(counted, found, told.sample, told.seed)
    DOCUMENT.write_text(text, "utf-8")
    say(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
