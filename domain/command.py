"""What every command is: a wish to record something, on a day, by somebody.

`command_id` makes a command safe to send again: the same id with the same content is carried out once.
"""

from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID, uuid5

from pydantic import StringConstraints

from domain.event import Actor, Event
from domain.values import Day, Frozen

E = TypeVar("E", bound=Event)

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class Command(Frozen):
    """A wish to record something in a case, on a day, by somebody."""

    name: ClassVar[str]
    """What `liggare do` calls it."""
    asks_person: ClassVar[bool] = False
    """Whether it is decided in view of the person's other cases."""

    command_id: UUID
    correlation_id: UUID
    actor: Actor
    occurred_on: Day


def event_of(kind: type[E], command: Command, index: int = 0, **fields: Any) -> E:
    """Return an event of a command; what the two have in common is carried over.

    Its id follows from the command's, so the same command sent twice is the same event.
    """
    shared = {name: value for name, value in command if name in kind.model_fields}
    return kind(**shared | {"event_id": uuid5(command.command_id, str(index))} | fields)
