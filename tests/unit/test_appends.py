"""What a command is recognised by when it is sent again."""

from uuid import UUID

from domain.commands import Decide
from domain.support_commands import HoldMeeting
from ledger.appends import canonical_body as mark
from tests.given import CASE, OTHER_CASE, do


def test_a_key_at_its_default_is_no_content() -> None:
    """A version that adds an optional key recognises what was sent before it; what is set is still told."""
    plain, said = do(Decide, "2025-01-15"), do(Decide, "2025-01-15", again=False)
    other = do(Decide, "2025-01-15", again=True)
    assert mark(CASE, plain) == mark(CASE, said)
    assert mark(CASE, plain) != mark(CASE, other)
    assert mark(CASE, plain) != mark(CASE, do(Decide, "2025-01-16"))
    assert mark(CASE, plain) != mark(OTHER_CASE, plain)
    digital, physical = (do(HoldMeeting, "2025-01-15", mode=mode) for mode in ("digital", "physical"))
    assert mark(CASE, digital) != mark(CASE, physical)


def test_who_sends_it_in_which_flow_is_no_content() -> None:
    """A clerk who sends another's command again sends the same one."""
    one = do(Decide, "2025-01-15")
    again = one.model_copy(update={"actor": "decision_maker:another", "correlation_id": UUID(int=9)})
    assert mark(CASE, one) == mark(CASE, again)
