"""Whether a command may be carried out is asked of what it is decided on, each time it is decided."""

from domain.history import Entry
from domain.register import REGISTER, Register
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.settings import Settings
from tests.applications import TODAY, command, received
from tests.registers import hire, placed


def test_it_is_asked_again_of_a_register_that_has_moved_on(ledger: Ledger, settings: Settings) -> None:
    """This one remembers the register; another writes a line, so the store does not take what was decided on it."""
    hire(ledger)
    case_id = received(ledger)
    asked: list[tuple[bool, int]] = []

    def ask(register: Register, entries: tuple[Entry, ...]) -> None:
        asked.append((register.office_of("maja", TODAY) is not None, len(entries)))

    ledger.entries([REGISTER, case_id])
    with open_ledger(settings) as other:
        other.execute(REGISTER, placed("maja"), TODAY)
    ledger.execute(case_id, command("decide", "2025-04-20"), TODAY, 1, ask)
    assert asked == [(False, 1), (True, 1)]
