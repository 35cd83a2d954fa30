"""The SQL of a room: named statements in its .sql files."""

import re
from functools import cache
from importlib.resources import files

_BLOCK = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


@cache
def queries(package: str, file: str) -> dict[str, str]:
    """Return the statements of a .sql file by name; each begins with a line `-- name: …`."""
    text = files(package).joinpath(file).read_text("utf-8")
    return {name: body.strip() for name, body in _BLOCK.findall(text)}


SQL = queries("ledger.sql", "queries.sql")
