"""How a file of employer declarations is refused: one line that can be shown and logged."""

import re
from dataclasses import dataclass

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_LONGEST_NAME = 255


class DeclarationError(Exception):
    """The file isn't a declaration that can be read; nothing of it was recorded.

    The message names the file, the statement's ordinal, its period and field code, and what to do. It never
    holds an identity number or an amount.
    """


@dataclass
class Place:
    """Where in the file the reading stands, for messages: the form's kind and ordinal, and its period."""

    file_name: str
    form: str = ""
    ordinal: int = 0
    period: str = ""

    def enter(self, form: str) -> None:
        """Step to the next form of the file."""
        self.form = form
        self.ordinal += 1
        self.period = ""

    def refusal(self, fault: str, code: str = "") -> DeclarationError:
        """Return the error that refuses the file for a fault at this place."""
        place = self.file_name
        if self.form:
            place += f", {self.form} {self.ordinal}"
        if self.period:
            place += f" (period {self.period})"
        if code:
            place += f", field {code}"
        return DeclarationError(f"{place}: {fault}")


def plain_name(name: str) -> str:
    """Return a file's name as one printable line: its last part, without control characters."""
    last = re.split(r"[/\\]", name)[-1]
    return _UNPRINTABLE.sub(" ", last).strip()[:_LONGEST_NAME] or "file"
