"""kill -9 of the runner, and of a rebuild, at one round trip after another: in the end every row is there, once."""

from collections.abc import Iterator
from random import Random

import pytest

from ledger.ledger import Ledger
from ledger.settings import Settings
from projections.building import start_empty
from projections.catalogue import PROJECTIONS
from projections.states import states
from tests.forks import ANSWERED, BEFORE, SENT, Forks, forks
from tests.integration.test_projections_differ import FILL, Recorded, recorded, same_as_naive
from tests.projected import Connection
from tests.unit.test_random_lives import KEY, MAPPER

__all__ = ["recorded"]
SLICES, KILLED = 25, -9


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with forks(tmp_path_factory.mktemp("forks")) as one:
        yield one


@pytest.mark.long
def test_killed_anywhere_and_run_again(
    ledger: Ledger, settings: Settings, starter: Forks, recorded: Recorded
) -> None:
    """The log grows by a slice, the runner is killed somewhere in it, and so on; the last one ends by itself."""
    chance, ended = Random(11), list[int]()
    environment = {
        "LIGGARE_HOME": str(settings.home),
        "LIGGARE_DATABASE_URL": str(settings.database_url),
    }
    with ledger.own_connection() as connection:
        for one in PROJECTIONS:
            start_empty(connection, one)
        length = len(recorded.log) // SLICES + 1
        for number in range(SLICES):
            fill(connection, recorded, number * length, (number + 1) * length)
            run = starter.run(
                environment,
                *("projections", "run", "--once"),
                at=chance.randint(20, 75),
                how=chance.choice((BEFORE, SENT, ANSWERED)),
            )
            ended.append(run.status)
        assert ended.count(KILLED) > SLICES / 2
        assert starter.run(environment, "projections", "run", "--once").status == 0
        assert {one.behind for one in states(ledger)} == {0}
        same_as_naive(connection, recorded)
        killed_rebuilding(starter, environment, chance)
        same_as_naive(connection, recorded)
        whole = starter.run(environment, "projections", "rebuild")
        assert (whole.status, whole.out.count("every row is the same")) == (0, len(PROJECTIONS)), whole.out
        same_as_naive(connection, recorded)


def fill(connection: Connection, recorded: Recorded, first: int, last: int) -> None:
    with connection.cursor() as cursor, cursor.copy(FILL) as copy:
        for case_id, version, event in recorded.log[first:last]:
            stored = MAPPER.to_stored_event(case_id, version, event, KEY)
            copy.write_row((case_id, version, stored.topic, stored.state, "2026-11-01 12:00:00+00"))


def killed_rebuilding(starter: Forks, environment: dict[str, str], chance: Random) -> None:
    """Builds are killed where they build, compare, and put in place."""
    trips = starter.run(environment, "projections", "rebuild").trips
    killed = [
        starter.run(
            environment,
            *("projections", "rebuild"),
            at=chance.randint(20, trips - 5),
            how=chance.choice((BEFORE, SENT, ANSWERED)),
        ).status
        for _ in range(8)
    ]
    assert killed.count(KILLED) >= 6
