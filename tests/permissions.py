"""Who may what over HTTP, as the rules of access.cedar decide it: docs/access.md, written by `make clauses`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

from api import words
from api.http.access import Place, Resource, Thing, granted
from api.http.tokens import ROLES, Caller, Role
from domain.commands import ErasePerson, ReceiveApplication

HOUSE = Path(__file__).parents[1]
DOCUMENT = HOUSE / "docs" / "access.md"
RULES = HOUSE / "api" / "http" / "access.cedar"
ASKING = {"may", "case_to_write", "open_person", "_cases", "_readable"}
"""What is called with the name of an action."""

PLACE = Place(office="own", team="own")
NUMBER = "2120000019"
CASES = {
    "of the own office": Resource("case", "own"),
    "of another office": Resource("case", "other"),
    "nobody's yet": Resource("case"),
    "speaking for the own employer": Resource("case", "other", NUMBER),
}
EMPLOYERS = {
    "of the own employer": Resource("employer_case", organisation_number=NUMBER),
    "of another employer": Resource("employer_case", organisation_number="2120000027"),
}
LISTS = {
    "of the own office": Resource("caseload", "own"),
    "of another office": Resource("caseload", "other"),
    "nobody's yet": Resource("caseload"),
}
READ: dict[str, tuple[Thing, ...]] = {
    "read_case": ("case", "employer_case"),
    "read_person": ("case",),
    "read_caseload": ("caseload",),
    "read_readings": ("case",),
    "read_register": ("register",),
    "read_statistics": ("statistics",),
    "read_employers": ("statistics",),
    "read_ledger": ("ledger",),
    "look_up_person": ("person",),
    "extract_person": ("person",),
}
"""What is read, and of what kind it is."""
TITLES: dict[Role, str] = {
    "advisor": "advisor",
    "team_lead": "team lead",
    "decision_maker": "decision maker",
    "auditor": "auditor",
    "statistician": "statistician",
    "employer_contact": "employer's contact",
    "administrator": "administrator",
}


HEAD = """\
# Who may what

Over HTTP everybody acts in roles, which the token tells; the register tells at which office somebody works. The
rules are those of `api/http/access.cedar`, and this page is what they decide (`make clauses` writes it). A letter
names the rule that allows something; where it does so for some of the cases or lists only, it says for which. Every
reading keeps the id of the rule that allowed it. With several roles, one that allows it is enough. Who writes must
also be in the register on that day, in that role, or the rules of the case reject the command.
"""
FORBIDDING = "protected-identities-are-for-those-named"
PROTECTED = """\
What is sealed of a protected identity opens for the
people alone who are named in its case, and only when they say what for (`Liggare-Purpose`), whatever the others
allow. An attempt is on record.
"""


class Decision(NamedTuple):
    """Which rule lets a role do something, and with which of the things of that kind; None is all of them."""

    rule: str
    which: tuple[str, ...] | None


def written() -> dict[str, tuple[Thing, ...]]:
    """The commands, and what each is on."""
    own: dict[str, tuple[Thing, ...]] = {ReceiveApplication.name: ("person",), ErasePerson.name: ("case",)}
    for name in words.ASKED:
        own[name] = (_thing(name),)
    return own


def _thing(name: str) -> Thing:
    found = words.aggregate_of(name)
    return next(thing for thing in get_args(Thing) if thing == found)


def asked() -> set[str]:
    """The actions that routes ask for, as their code has them."""
    found = set(written())
    for file in (HOUSE / "api" / "http").glob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
                parts: list[ast.expr] = (
                    [*node.args, *(one.value for one in node.keywords)] if name in ASKING else []
                )
            elif isinstance(node, ast.FunctionDef) and node.name in ASKING:
                parts = list(node.args.defaults)
            else:
                continue
            found |= {word for part in parts for word in _words(part)}
    return found


def _words(part: ast.expr) -> Iterator[str]:
    """The actions that an argument names, directly or as one of two."""
    for node in (part.body, part.orelse) if isinstance(part, ast.IfExp) else (part,):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def named() -> set[str]:
    """The actions that the rules name."""
    return set(re.findall(r'Action::"(\w+)"', RULES.read_text("utf-8")))


def rules() -> list[str]:
    """The ids of the rules, in their order."""
    return re.findall(r'@id\("([\w-]+)"\)', RULES.read_text("utf-8"))


def decisions(role: Role, action: str, kind: Thing) -> list[Decision]:
    """What the rules let somebody in a role do with each of the things of a kind."""
    caller = Caller("somebody", (role,), NUMBER)
    things = {"case": CASES, "employer_case": EMPLOYERS, "caseload": LISTS}.get(kind, {"": Resource(kind)})
    found: dict[str, list[str]] = {}
    for which, resource in things.items():
        allowed = granted(caller, PLACE, action, resource)
        if allowed is not None:
            found.setdefault(allowed.policy, []).append(which)
    return [
        Decision(rule, None if len(which) == len(things) else tuple(which)) for rule, which in found.items()
    ]


def document() -> str:
    """Return docs/access.md."""
    letters = {rule: chr(ord("A") + index) for index, rule in enumerate(rules())}
    lines = [
        HEAD,
        "| | rule |",
        "|---|---|",
        *(f"| {letter} | `{rule}` |" for rule, letter in letters.items()),
        "",
        f"{letters[FORBIDDING]} allows nothing. {PROTECTED}",
    ]
    for title, actions in (("Reading", READ), ("Writing", written())):
        lines += [
            f"## {title}",
            "",
            "| action | " + " | ".join(TITLES[role] for role in ROLES) + " |",
            "|---|" + "---|" * len(ROLES),
        ]
        for action, kinds in actions.items():
            for kind in kinds:
                cells = (_cell(decisions(role, action, kind), letters) for role in ROLES)
                of_kind = f" ({kind})" if len(kinds) > 1 else ""
                lines.append(f"| `{action}`{of_kind} | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def _cell(found: list[Decision], letters: dict[str, str]) -> str:
    return "; ".join(
        letters[one.rule] + (f" {', '.join(one.which)}" if one.which is not None else "") for one in found
    )
