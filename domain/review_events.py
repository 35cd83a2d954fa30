"""The events of a decision that is made again: reconsideration and appeal, for ever."""

from typing import Literal
from uuid import UUID

from domain.event import Event
from domain.values import Day


class ReconsiderationRequested(Event):
    """The client asks for a decision, which came on `received_on`, to be made again (2022:850-26; AMB-36)."""

    topic = "case.reconsideration_requested"
    decision: UUID
    received_on: Day


class ReconsiderationDecided(Event):
    """A decision was made again, never to the person's detriment: changed, or upheld (2022:850-26; AMB-36).

    `decision` is the one that stands from here on.
    """

    topic = "case.reconsideration_decided"
    decision: UUID
    result: Literal["changed", "upheld"]
    own_initiative: bool = False


class AppealLodged(Event):
    """A decision was appealed against (2022:850-26; AMB-36)."""

    topic = "case.appeal_lodged"
    decision: UUID


class AppealDecided(Event):
    """What came of an appeal; where it changed the decision or sent it back, the case is decided anew (AMB-36)."""

    topic = "case.appeal_decided"
    decision: UUID
    result: Literal["upheld", "changed", "referred_back", "dismissed"]
