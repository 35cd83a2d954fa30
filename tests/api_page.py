"""The table of docs/api.md: every address, from the contract that the program itself makes."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api.http.app import ROUTERS
from api.http.openapi import TAGS, contract, operations

DOCUMENT = Path(__file__).parents[1] / "docs" / "api.md"
BEFORE = "{case} is a case's id.\n"


@cache
def the_contract() -> dict[str, Any]:
    """The contract of the API, without a ledger."""
    app = FastAPI(title="Liggare", docs_url=None, redoc_url=None)
    for router in ROUTERS:
        app.router.routes += router.routes
    return contract(app)


def document() -> str:
    """Return docs/api.md: what is written by hand, and the table as it is today."""
    by_hand = DOCUMENT.read_text("utf-8").partition(BEFORE)[0]
    lines = [by_hand + BEFORE]
    for tag, text in TAGS.items():
        lines += [f"### {tag.capitalize()}", "", text, "", "| address | |", "|---|---|"]
        lines += [
            f"| `{method.upper()} {path}` | {operation['summary']} |"
            for path, method, operation in operations(the_contract())
            if operation["tags"] == [tag]
        ]
        lines.append("")
    return "\n".join(lines)
