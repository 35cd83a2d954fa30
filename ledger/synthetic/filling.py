"""A ledger of any size, filled with fictional cases: some lives by commands, one by one, and then casts of them.

A cast is what the ledger would keep had its commands been carried out: events, sealed under keys of their own,
commands, the case register, persons, and the months used up. Casts are written by COPY, some at a time, under the
log's own lock. The events of different people lie across one another.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby, islice
from operator import itemgetter
from random import Random
from uuid import UUID

import psycopg
from psycopg.rows import DictRow
from pydantic_core import from_json

from ledger.faults import InputFault
from ledger.garbage import seldom_collecting
from ledger.ledger import Ledger
from ledger.queries import queries
from ledger.settings import Keys
from ledger.synthetic.moulds import Carried, Kept, Life, Mould, Registered, person_of
from ledger.synthetic.organisation import branch_lines
from ledger.synthetic.originals import CommandOf, Originals
from ledger.synthetic.people import FIRST_BORN, LAST_BORN, Crowd, Person, born_on
from ledger.synthetic.population import Population, population

SQL = queries("ledger.sql", "filling.sql")
ORIGINALS = 250
"""So many cases are made by commands."""
COLUMNS = ("service", "received_on", "stage", "outcome", "agreed_end", "fresh_evidence")
"""What the case register says of a case, beside whose it is."""
CASES_A_BRANCH, MOST_BRANCHES = 1000, 100
AT_ONCE = 500
"""So many people's lives are written in one transaction."""

Step = Callable[[int], object]


def fill(
    ledger: Ledger, cases: int, seed: int, command_of: CommandOf, step: Step, originals: int = ORIGINALS
) -> int:
    """Fill an empty ledger with so many fictional cases, or one or two more; return how many events there are.

    The same seed gives the same lives. `step` is told how many cases are done. Raises `InputFault` where anything
    was ever recorded in the ledger.
    """
    if ledger.select(SQL["holds"])[0]["anything"]:
        raise InputFault(
            "this ledger is in use; fictional cases go into an empty one: name another LIGGARE_HOME"
        )
    people = population(seed, min(cases, originals))
    lives = Originals(ledger, command_of)
    lives.organise()
    lives.live(people)
    step(len(people.cases))
    if cases > len(people.cases):
        branches = min(MOST_BRANCHES, -(-cases // CASES_A_BRANCH))
        for branch in range(1, branches):
            lives.carry_out_lines(branch_lines(branch))
        _multiply(ledger, people, lives.bodies, cases, branches, step)
    with ledger.own_connection() as connection:
        connection.execute(SQL["know"])
    return int(ledger.select(SQL["size"])[0]["events"])


def _multiply(
    ledger: Ledger, people: Population, bodies: dict[UUID, bytes], cases: int, branches: int, step: Step
) -> None:
    """Cast lives until there are cases enough; the next ones are cast while the database takes in the last."""
    random = Random(f"liggare:{people.seed}:{cases}")  # noqa: S311 - chance that can be repeated, nothing secret
    taken = (row.application.person.identity_number for row in people.cases)
    crowd = enumerate(Crowd(random, taken).multitude())
    moulds, done = list(_moulds(ledger, bodies)), len(people.cases)
    with seldom_collecting(), ledger.own_connection() as connection, ThreadPoolExecutor(1) as writer:
        connection.execute(SQL["hurry"])
        writing = writer.submit(int)  # nothing yet
        while done < cases:
            drawn = list(islice(_drawn(moulds, random, cases - done), AT_ONCE))
            lives = _cast(ledger, drawn, crowd, branches, random)
            if len(lives) < len(drawn):
                raise InputFault(
                    f"no more than {done} cases: there are no more numbers kept for made-up people"
                )
            step(writing.result())
            writing = writer.submit(_write, connection, lives, ledger.keys, Random(random.random()))  # noqa: S311
            done += sum(len(life.cases) for life in lives)
        step(writing.result())


def _cast(
    ledger: Ledger,
    moulds: Sequence[Mould],
    crowd: Iterator[tuple[int, Person]],
    branches: int,
    random: Random,
) -> list[Life]:
    """Return a life cast from each mould, of the next in the crowd, sealed under new keys."""
    somebody = list(islice(crowd, len(moulds)))
    refs = [ledger.keys.person_ref(who.identity_number) for _, who in somebody]
    sealing = ledger.person_keys.of_persons(refs)
    ledger.person_keys.forget([key.key_id for key in sealing.values()])
    return [
        mould.cast(who, sealing[ref], ledger.keys, random.randrange(branches), str(number), random)
        for mould, (number, who), ref in zip(moulds, somebody, refs, strict=False)
    ]


def _drawn(moulds: Sequence[Mould], random: Random, cases: int) -> Iterator[Mould]:
    """Yield moulds as chance has it, until they come to some number of cases."""
    while cases > 0:
        mould = random.choice(moulds)
        cases -= mould.count
        yield mould


def _moulds(ledger: Ledger, bodies: dict[UUID, bytes]) -> Iterator[Mould]:
    """Yield a mould of each life that could be anybody's: of all but those who stand near the age limit."""
    commands = {event_id: row for row in ledger.select(SQL["commands"]) for event_id in row["event_ids"]}
    registered = {row["case_id"]: row for row in ledger.select(SQL["registered"])}
    for ref, found in groupby(ledger.select(SQL["lives"]), key=itemgetter("person_ref")):
        rows = list(found)
        cases = list(dict.fromkeys(row["originator_id"] for row in rows))
        opened = {
            entry.event.event_id: entry.event
            for entries in ledger.entries(cases).values()
            for entry in entries
        }
        ordered = [opened[UUID(from_json(row["state"])["event_id"])] for row in rows]
        index = {event.event_id: number for number, event in enumerate(ordered)}
        asked = {commands[event_id]["command_id"]: commands[event_id] for event_id in index}
        life = Life(
            person_ref=ref,
            person_version=rows[0]["person_version"],
            key_id=str(registered[cases[0]]["key_id"]),
            events=tuple(
                Kept(str(row["originator_id"]), row["originator_version"], row["topic"], bytes(row["state"]))
                for row in rows
            ),
            commands=tuple(
                Carried(
                    str(row["command_id"]),
                    bodies[row["command_id"]],
                    tuple(map(str, row["event_ids"])),
                    index[row["event_ids"][-1]],
                )
                for row in asked.values()
            ),
            cases=tuple(_registered(registered[case_id]) for case_id in cases),
        )
        who = person_of(ordered)
        if FIRST_BORN <= born_on(who.identity_number) <= LAST_BORN:
            yield Mould(life, ordered, who)


def _registered(row: DictRow) -> Registered:
    columns = [row[name] for name in COLUMNS]
    return Registered(str(row["case_id"]), tuple(map(_cell, columns)), tuple(row["months"]))


def _cell(value: object) -> str:
    """Return a value as COPY takes it."""
    return r"\N" if value is None else str(value)


def _write(connection: psycopg.Connection[DictRow], lives: Sequence[Life], keys: Keys, random: Random) -> int:
    """Write lives across one another, with all that the ledger keeps of them; return how many cases they have."""
    with connection.transaction():
        connection.execute(SQL["lock"])
        count = sum(len(life.events) for life in lives)
        row = connection.execute(SQL["reserve"], {"count": count}).fetchone()
        assert row is not None
        positions: list[list[int]] = [[] for _ in lives]
        events = []
        for position, (number, kept) in enumerate(_across(lives, random), row["before"] + 1):
            positions[number].append(position)
            state = kept.state.hex()
            events.append(
                f"{kept.case_id}\t{kept.version}\t{kept.topic}\t\\\\x{state}\t{position}\t{row['recorded_at']}\n"
            )
        _copy(connection, "add_events", events)
        _copy(
            connection,
            "add_commands",
            (
                f"{one.command_id}\t\\\\x{keys.body_hmac(one.body).hex()}\t"
                f"{{{','.join(one.event_ids)}}}\t{at[one.last]}\n"
                for life, at in zip(lives, positions, strict=True)
                for one in life.commands
            ),
        )
        _copy(connection, "add_persons", (f"{life.person_ref}\t{life.person_version}\n" for life in lives))
        cases = [(life, one) for life in lives for one in life.cases]
        _copy(
            connection,
            "add_cases",
            (
                "\t".join((one.case_id, life.person_ref, *one.columns, life.key_id)) + "\n"
                for life, one in cases
            ),
        )
        months = (
            f"{life.person_ref}\t{month}\t{one.case_id}\n" for life, one in cases for month in one.months
        )
        _copy(connection, "add_months", months)
        connection.execute(SQL["tell"])
    return len(cases)


def _copy(connection: psycopg.Connection[DictRow], name: str, lines: Iterable[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(SQL[name]) as copy:
        copy.write("".join(lines).encode())


def _across(lives: Sequence[Life], random: Random) -> Iterator[tuple[int, Kept]]:
    """Yield the events of lives across one another, each with its life's number: of each its next, and so on."""
    for version in range(max(len(life.events) for life in lives)):
        going = [number for number, life in enumerate(lives) if len(life.events) > version]
        random.shuffle(going)
        for number in going:
            yield number, lives[number].events[version]
