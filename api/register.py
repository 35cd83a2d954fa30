"""`liggare register`: who and what the organisation consists of on a day, and how the register came to say so."""

from typing import Annotated

from cyclopts import Parameter

from api import printing, words
from api.words import Json, On, the_ledger
from domain.register import REGISTER, fold_register
from replays.state import history, line_values


def register(
    *,
    on: On = None,
    history_: Annotated[
        bool, Parameter(name="--history", negative="", help="Every line, in the order it was recorded.")
    ] = False,
    json: Json = False,
) -> None:
    """Show the register: organisations, offices, teams, staff and providers as they are on a day.

    It is changed by `liggare do`: open_office, place_staff, let_leave and so on (`do --list` shows them).
    """
    day = words.day(on)
    with the_ledger() as ledger:
        entries = ledger.entries([REGISTER])[REGISTER]
    if history_ and json:
        for row in history(entries):
            printing.json_line(row)
    elif history_:
        printing.timeline(entries)
    else:
        rows = [line_values(line) for line in fold_register(entries).on(day)]
        if not json:
            printing.register(day, rows)
        for row in rows if json else ():
            printing.json_line(row)
