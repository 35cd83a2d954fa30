"""A fictional population: people, what employers declare of them, and what they apply for.

Pure in seed and number of cases: the same two give the same people, to the last krona.
"""

from collections.abc import Iterator
from datetime import date
from itertools import count
from random import Random
from typing import NamedTuple

from domain.declarations import Statement
from domain.values import months_before
from ledger.applications import Application
from ledger.synthetic import grants, others, refusals, returns
from ledger.synthetic.drafts import Correction, Notice, Path
from ledger.synthetic.people import EMPLOYERS, Crowd, Person
from ledger.synthetic.stories import NORMAL_PAY, Story, stories_of

STORIES = tuple(story for module in (grants, refusals, returns, others) for story in stories_of(vars(module)))
LAST_PERIOD = "2025-06"
BYSTANDERS_PER_CASE = 5
"""One person who never applies to so many cases; of them the ledger keeps nothing."""

BIRTHDAYS = {
    "turned_sixty_five": (date(1957, 1, 1), date(1958, 12, 31)),
    "nearly_sixty_five": (date(1960, 2, 1), date(1960, 5, 31)),
}
"""Stories that take somebody of a certain age."""


class Case(NamedTuple):
    """An application, and the story behind it."""

    story: str
    application: Application


class Population(NamedTuple):
    """Everything that comes in from outside the organisation, in the order in which it happened.

    `notices` come in before the decision, `late` after it.
    """

    seed: int
    cases: tuple[Case, ...]
    statements: tuple[Statement, ...]
    corrections: tuple[Correction, ...]
    notices: tuple[Notice, ...]
    late: tuple[Notice, ...]


def population(seed: int, cases: int) -> Population:
    """Return the fictional population of a seed, with so many applications."""
    random = Random(f"liggare:{seed}:{cases}")  # noqa: S311 - chance that can be repeated, nothing secret
    crowd = Crowd(random)
    references = (f"DEMO-{seed}-{number:05d}" for number in count(1))
    told: list[tuple[str, Path]] = []
    for story in _stories(random, cases):
        path = Path(_person(crowd, story), random, references)
        story.tell(path)
        told.append((story.name, path))
    made = [Case(name, draft.application()) for name, path in told for draft in path.drafts]
    bystanders = [_bystander(crowd, random) for _ in range(cases // BYSTANDERS_PER_CASE)]
    paths = [path for _, path in told] + bystanders
    statements = [said for path in paths for said in path.statements.values() if said.period <= LAST_PERIOD]
    return Population(
        seed=seed,
        cases=tuple(
            sorted(made, key=lambda case: (case.application.received_on, case.application.reference))
        ),
        statements=tuple(sorted(statements, key=lambda said: (said.period, said.key))),
        corrections=tuple(row for path in paths for row in path.corrections),
        notices=tuple(row for path in paths for row in path.notices),
        late=tuple(row for path in paths for row in path.late),
    )


def _stories(random: Random, cases: int) -> Iterator[Story]:
    """Yield stories until there are applications enough: each once, then as common as they are."""
    left = cases
    queue = random.sample(STORIES, len(STORIES))
    while left > 0:
        story = queue.pop() if queue else random.choices(STORIES, [one.weight for one in STORIES])[0]
        if story.applications <= left:
            left -= story.applications
            yield story


def _person(crowd: Crowd, story: Story) -> Person:
    return crowd.person(*BIRTHDAYS[story.name]) if story.name in BIRTHDAYS else crowd.person()


def _bystander(crowd: Crowd, random: Random) -> Path:
    """Return somebody who works like others and never applies."""
    path = Path(crowd.person(), random, iter(()))
    began = random.randint(0, 12)
    months = [months_before("2024-12", number) for number in range(30 - began, -1, -1)]
    path.paid(random.choice(EMPLOYERS), months, random.choice(NORMAL_PAY))
    return path
