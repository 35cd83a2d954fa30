"""Changing the key that wraps the persons' keys."""

from typing import Annotated

from cyclopts import Parameter

from api import printing
from api.words import Json, the_ledger
from ledger.rotation import retire_keys
from ledger.rotation import rotate_keys as rotate
from ledger.settings import Settings


def rotate_keys(*, retire: Annotated[bool, Parameter(negative="")] = False, json: Json = False) -> None:
    """Wrap every person's key by a new key-encryption key, also while others work; killed, run it again.

    Parameters
    ----------
    retire: Take the old key-encryption keys out of the key file, once nothing is wrapped by them.
    """
    home = Settings.of_environment().home
    with the_ledger() as ledger:
        if retire:
            retired = retire_keys(ledger.person_keys, home)
        else:
            wrapped = 0
            total = ledger.person_keys.execute("keys_living")[0]["keys"]
            with printing.progress("keys", total) as step:

                def count(rows: int) -> None:
                    nonlocal wrapped
                    wrapped += rows
                    step(rows)

                newest = rotate(ledger.person_keys, home, count)
    if retire and json:
        printing.json_line({"retired": retired})
    elif retire:
        printing.line(f"Retired: {', '.join(retired) or 'none, there was one key-encryption key'}.")
    elif json:
        printing.json_line({"key": newest, "wrapped": wrapped})
    else:
        printing.line(
            f"{wrapped} persons' keys wrapped by key-encryption key {newest}; back up keys.json now."
        )
