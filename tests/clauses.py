"""Which event, rule and test carries each clause, and which test meets each code: read from the code itself.

`python -m tests.clauses`, or `make clauses`, writes it to docs/coverage.md, and the pages of the API too. A clause
is carried where its id stands in a string or a docstring, or in a value of a data file; a comment carries nothing.
A test carries the clauses that its docstring, body and parameters name, and those of the codes that it names, where
a code has one clause.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from api.http.problems import page as problems
from domain.clauses import CLAUSES, Clause
from domain.commands import COMMANDS
from domain.employer_commands import EMPLOYER_COMMANDS
from domain.employer_events import EMPLOYER_EVENTS
from domain.events import EVENTS
from domain.refusals import Code
from domain.register_commands import REGISTER_COMMANDS
from domain.register_events import REGISTER_EVENTS
from domain.rejections import REJECTIONS
from tests import api_page, permissions

HOUSE = Path(__file__).parents[1]
TESTS = HOUSE / "tests"
DOCUMENT = HOUSE / "docs" / "coverage.md"
PROBLEMS = HOUSE / "docs" / "problems.md"
CATALOGUE = "clauses.toml"

ID = r"(?<![\w-])(?:(?:K|O|AMB)-\d|2022:850-)[\w-]*(?:\.\d[\w-]*)?"
"""A clause's id: K-2.1-i, O-14-b, AMB-05."""
MORE = re.compile(rf"({ID})((?:(?:, | and | or | to |, and )-\w+)*)")
"""An id, and what is written shortly after it: K-2.1-e, -f; K-2.5-a to -d."""

SAID = {
    **EVENTS,
    **COMMANDS,
    **REGISTER_EVENTS,
    **REGISTER_COMMANDS,
    **EMPLOYER_EVENTS,
    **EMPLOYER_COMMANDS,
}
EVENT_NAMES = {kind.__name__ for kind in SAID.values()}
CODES: Mapping[str, tuple[str, ...]] = {
    **{code: () if "{" in row.clause else (row.clause,) for code, row in REJECTIONS.items()},
    **{code.value: code.clauses for code in Code},
}
"""Rejections and refusals with their clauses; none where the clause is that of the service at hand."""


class Place(NamedTuple):
    """A file, and what in it: a function, a class, a table or a key."""

    file: str
    name: str


class Carried(NamedTuple):
    """What carries a clause."""

    events: frozenset[str]
    rules: frozenset[Place]
    tests: frozenset[Place]


def named_in(text: str) -> set[str]:
    """Return the ids that a text names, written out: `K-2.1-g to -i` are three."""
    found = set[str]()
    for first, more in MORE.findall(text):
        last = first.rstrip("-")
        found.add(last)
        for word, suffix in re.findall(r"(to|,|and|or) -(\w+)", more):
            stem, latest = last.rsplit("-", 1)[0], last
            last = f"{stem}-{suffix}"
            if word == "to":
                found |= {last[:-1] + chr(point) for point in range(ord(latest[-1]), ord(last[-1]))}
            found.add(last)
    return found


def _called(node: ast.AST) -> str | None:
    """Return what a definition is called; a rule of a single-dispatch function by what it is a rule for."""
    if isinstance(node, ast.FunctionDef) and node.name == "_":
        of = ast.unparse(node.decorator_list[0]).partition(".register")[0]
        kind = ast.unparse(node.args.args[0].annotation or node.args.args[0])
        return f"{of}({kind.replace(' | ', ', ')})"
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
    return None


def _strings(node: ast.AST, content: bool = True) -> Iterator[str]:
    """Yield every string in a piece of code, docstrings too; without content the values of dictionaries not."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    shown = ast.iter_child_nodes(node) if content or not isinstance(node, ast.Dict) else node.keys
    for inner in filter(None, shown):
        yield from _strings(inner, content)


def _said_in(body: list[ast.stmt], of: str = "") -> Iterator[tuple[str, str]]:
    """Yield each string of a module or a class with where it stands; a docstring below a value is the value's."""
    name = of
    for node in body:
        if not isinstance(node, ast.Expr):
            called = _called(node)
            name = ".".join(filter(None, (of, called))) if called else of
        if isinstance(node, ast.ClassDef):
            yield from _said_in(node.body, name)
        else:
            yield from ((name, text) for text in _strings(node))


def _data(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield each string of a data file with its key, that of the parameter and not of its clause or source."""
    if isinstance(value, str):
        yield key, value
    for inner in value if isinstance(value, list) else ():
        yield from _data(inner, key)
    for name, inner in value.items() if isinstance(value, dict) else ():
        own = name not in {"value", "clause", "amb", "source"}
        yield from _data(inner, ".".join(filter(None, (key, name if own else ""))))


def in_domain() -> Iterator[tuple[Place, set[str]]]:
    """Yield every place of the domain that names a clause; what stands above a module is about no one rule."""
    for path in sorted((HOUSE / "domain").rglob("*")):
        if path.suffix == ".py":
            said = _said_in(ast.parse(path.read_text("utf-8")).body)
        elif path.suffix == ".toml" and path.name != CATALOGUE:
            said = _data(tomllib.loads(path.read_text("utf-8")))
        else:
            continue
        for name, text in said:
            if name and (ids := named_in(text)):
                yield Place(path.name, name), ids


@cache
def tests() -> Mapping[Place, frozenset[str]]:
    """Return the strings of every test: its own, and those of the tables that its parameters are taken from.

    A dictionary in such a table is content, as an event's: its values name nothing.
    """
    found = dict[Place, frozenset[str]]()
    for path in sorted(TESTS.rglob("test_*.py")):
        if path.name == "test_clauses.py":
            continue
        body = ast.parse(path.read_text("utf-8")).body
        tables = {str(_called(node)): node for node in body if isinstance(node, ast.Assign | ast.AnnAssign)}
        for node in body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                of_tables = _tables(node.decorator_list, tables, set())
                texts = (text for table in of_tables for text in _strings(table, content=False))
                place = Place(path.relative_to(TESTS).as_posix(), node.name)
                found[place] = frozenset((*_strings(node), *texts))
    return found


def _tables(nodes: Iterable[ast.AST], tables: Mapping[str, ast.AST], seen: set[str]) -> Iterator[ast.AST]:
    """Yield the tables of a module that some code names, and those that they name."""
    for name in {each.id for node in nodes for each in ast.walk(node) if isinstance(each, ast.Name)} - seen:
        if name in tables:
            seen.add(name)
            yield tables[name]
            yield from _tables([tables[name]], tables, seen)


def met() -> dict[str, set[Place]]:
    """Return the tests that meet each code."""
    return {code: {place for place, texts in tests().items() if code in texts} for code in CODES}


@cache
def carried() -> Mapping[str, Carried]:
    """Return what carries each clause of the catalogue."""
    events: dict[str, set[str]] = {clause: set() for clause in CLAUSES}
    rules: dict[str, set[Place]] = {clause: set() for clause in CLAUSES}
    tried: dict[str, set[Place]] = {clause: set() for clause in CLAUSES}
    for place, ids in in_domain():
        owner = place.name.partition(".")[0]
        for clause in ids & CLAUSES.keys():
            if place.file.endswith(".py") and owner in EVENT_NAMES:
                events[clause].add(owner)
            else:
                rules[clause].add(place)
    for place, texts in tests().items():
        for text in texts:
            of_code = CODES.get(text, ())
            for clause in (named_in(text) | set(of_code if len(of_code) == 1 else ())) & CLAUSES.keys():
                tried[clause].add(place)
    return {
        clause: Carried(frozenset(events[clause]), frozenset(rules[clause]), frozenset(tried[clause]))
        for clause in CLAUSES
    }


def lacks(name: str, by: Carried) -> tuple[str, ...]:
    """Return what a clause of the two sources lacks: a rule and a test if it is checked, an event if recorded."""
    kind = CLAUSES[name].kind if name.startswith(("K-", "O-")) else None
    wanted = {"invariant": ("rules", "tests"), "event": ("events",)}.get(str(kind), ())
    return tuple(field for field in wanted if not getattr(by, field))


def _listed(places: Iterable[Place]) -> str:
    """Write places by their file."""
    by_file: dict[str, list[str]] = {}
    for place in sorted(places):
        by_file.setdefault(place.file, []).append(place.name)
    return "; ".join(f"{file}: {', '.join(names)}" for file, names in by_file.items())


def _row(name: str, clause: Clause, by: Carried) -> str:
    lacking = lacks(name, by)
    cells = (", ".join(sorted(by.events)), _listed(by.rules), _listed(by.tests))
    shown = (
        "**lacking**" if field in lacking else cell for field, cell in zip(by._fields, cells, strict=True)
    )
    return (
        " | ".join(
            (f"| {name}", clause.en, clause.kind + (f", {clause.part}" if clause.part else ""), *shown)
        )
        + " |"
    )


HEAD = """# Clauses, and what carries them

Written by `make clauses` from the catalogue (`domain/policies/clauses.toml`), the code and the tests; a test fails
where it is out of date. Of Kammarkollegiet's clauses an invariant has a rule and a test, an event an event or a
command, or `make test` fails. What is not built yet has empty columns.
"""
PARTS = {
    "K": "K: Kammarkollegiet's description",
    "O": "O: Omställningsfonden's presentation",
    "AMB": "AMB: what the sources leave open, and what we do",
    "2022:850": "The act",
}
COLUMNS = (
    "| clause | title | kind | events and commands | rules in `domain/` | tests |\n|---|---|---|---|---|---|"
)


def document() -> str:
    """Return docs/coverage.md."""
    rows = carried()
    lines = [HEAD]
    for part, title in PARTS.items():
        own = (name for name in CLAUSES if name.startswith(f"{part}-"))
        lines += [f"## {title}\n", COLUMNS, *(_row(name, CLAUSES[name], rows[name]) for name in own), ""]
    lines += ["## Codes of rejections and refusals, and the tests that meet them\n"]
    lines += ["| code | clauses | tests |\n|---|---|---|"]
    of_code = met()
    for code, clauses in CODES.items():
        lines.append(f"| {code} | {', '.join(clauses) or 'of the matter'} | {_listed(of_code[code])} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
    PROBLEMS.write_text(problems(), "utf-8")
    permissions.DOCUMENT.write_text(permissions.document(), "utf-8")
    api_page.DOCUMENT.write_text(api_page.document(), "utf-8")
