"""The stories that fictional people live, and what they have in common."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from domain.policy import Service
from ledger.synthetic.drafts import Draft, Path
from ledger.synthetic.organisation import ADVISORS, present
from ledger.synthetic.people import AFFILIATED, PRIVATE, Employer

NORMAL_PAY = range(26_000, 42_000, 100)
FULL_TIME = "160"
HALF_TIME = "84.5"

Tell = Callable[[Path], None]


class Story(NamedTuple):
    """A story: how common it is, how many applications it takes, and how it goes."""

    weight: int
    applications: int
    tell: Tell

    @property
    def name(self) -> str:
        """Return the story's name."""
        return self.tell.__name__


def story(weight: int = 1, applications: int = 1) -> Callable[[Tell], Story]:
    """Make a function a story."""
    return lambda tell: Story(weight, applications, tell)


def stories_of(module: Mapping[str, object]) -> tuple[Story, ...]:
    """Return the stories that a module tells, in its order."""
    return tuple(one for one in module.values() if isinstance(one, Story))


def pay(path: Path) -> int:
    """Return an ordinary month's pay."""
    return path.random.choice(NORMAL_PAY)


def advisor(path: Path, on: date) -> str:
    """Return one of the advisors that are there on a day, as an actor."""
    return f"advisor:{present(path.random.choice(ADVISORS), on)}"


def private(path: Path) -> Employer:
    """Return one of the private employers."""
    return path.random.choice(PRIVATE)


def affiliated(path: Path) -> Employer:
    """Return one of the municipalities, regions and municipal companies."""
    return path.random.choice(AFFILIATED)


def employed_long(
    draft: Draft, employer: Employer, left: int | None, began: int | None = None, **said: Any
) -> None:
    """Let the person have worked long enough, at ordinary pay."""
    began = began or draft.path.random.randint(18, 30)
    draft.employed(employer, began, left, pay=pay(draft.path), **said)


def ending(
    path: Path, service: Service, months: int, employer: Employer, month: str | None = None, **said: Any
) -> Draft:
    """Let the person apply about when a long employment ends."""
    draft = path.applies(service, months, month)
    employed_long(draft, employer, path.random.choice((-2, -1, 0, 1, 2)), **said)
    return draft
