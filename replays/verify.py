"""Verifying: everything that the ledger says is tried against the log, and the log against what was signed.

    tree         each event hashed again: the rows of the tree, and every checkpoint, the published ones too
    readings     the same of every reading, by a tree of their own
    cases        events whole, in order and open; decisions asked again; the ledger's own tables
    persons      which numbers are one person, by decisions and in the tables
    projections  built anew beside the live rows, and compared

With a checkpoint that is trusted, only what came after it is tried: a consistency proof shows that the tree goes on
from there. The readings are tried whole, and from the database also beside an archive, which holds events alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection, IsolationLevel
from psycopg.rows import DictRow

from ledger.checkpoint import Checkpoint
from ledger.ledger import Ledger
from ledger.logs import READINGS
from ledger.merkle import leaf_hash
from ledger.publishing import Publisher
from ledger.settings import Settings
from ledger.tree import SQL as TREE_SQL
from ledger.tree import entry_of
from projections.building import compare
from projections.catalogue import PROJECTIONS
from projections.differences import changed
from replays.case_check import Checked, Joined, check_cases
from replays.faults import SQL, Fault
from replays.journal import about, journal
from replays.log import PARTITIONS, partition_of
from replays.source import Source, ledger_id, log_of
from replays.tree_check import Leaf, Tried, check_tree, leaves_of
from replays.workers import spread

TREE, READ, LIVE = "tree", "readings", "projections"

Step = Callable[[int], object]
Stage = Callable[[str, int], Step]
"""Is told of a stage and how much there is to do, and returns what is told of each step."""


class Verified(NamedTuple):
    """What came of it: how much was tried of each, and what is wrong."""

    counts: dict[str, int]
    faults: list[Fault]


def verify(
    ledger: Ledger,
    settings: Settings,
    *,
    since: Checkpoint | None = None,
    folder: Path | None = None,
    processes: int = 1,
    resume: Path | None = None,
    stage: Stage = lambda _, __: lambda _: None,
) -> Verified:
    """Try everything, or what came after a checkpoint that is trusted, and return what is wrong."""
    what = f"verify since {since.size if since else 0}"
    log = log_of(ledger, folder)
    with journal(resume, about(ledger_id(ledger), what), log.newest()) as kept:
        source = Source(folder, kept.until)
        if TREE not in kept.done:
            step = stage("tree", kept.until - (since.position if since else 0))
            kept.keep(TREE, _tree(ledger, settings, source, since, step))
        if READ not in kept.done:
            kept.keep(READ, _readings(ledger, settings, stage))
        touched = _touched(ledger, since) if since else None
        parts = sorted({partition_of(case) for case in touched}) if touched is not None else range(PARTITIONS)
        step = stage("cases", len(parts))
        missing = [number for number in parts if str(number) not in kept.done]
        step(len(parts) - len(missing))
        work = partial(check_cases, source, touched)
        for number, checked in spread(ledger, settings, work, missing, processes):
            kept.keep(str(number), checked)
            step(1)
        if LIVE not in kept.done:
            kept.keep(LIVE, _live(ledger, stage) if folder is None and since is None else None)
        trees = _tried(kept.done[TREE]), _tried(kept.done[READ])
        cases = [_of_journal(kept.done[str(number)]) for number in parts]
        return _summed(ledger, *trees, cases, kept.done[LIVE], whole=folder is None and since is None)


def _tree(ledger: Ledger, settings: Settings, source: Source, since: Checkpoint | None, step: Step) -> Tried:
    with _as_it_stands(ledger) as connection:
        after = since.position if since else 0
        if source.folder is None:
            leaves = leaves_of(connection, after)
        else:
            leaves = _leaves_of_archive(ledger, source, after)
        return check_tree(
            connection,
            ledger.keys.signer().key,
            _counted(leaves, after, step),
            _published(settings),
            since,
            until=source.until if source.folder else None,
        )


def _readings(ledger: Ledger, settings: Settings, stage: Stage) -> Tried:
    key, published = ledger.keys.signer().key, _published(settings)
    with _as_it_stands(ledger) as connection:
        row = connection.execute(TREE_SQL["newest_of_readings"]).fetchone()
        assert row is not None
        leaves = _counted(leaves_of(connection, log=READINGS), 0, stage("readings", row["position"]))
        return check_tree(connection, key, leaves, published, log=READINGS)


def _published(settings: Settings) -> Sequence[str]:
    """Return what was published of either log."""
    return (Publisher(settings.publish).published() if settings.publish else None) or ()


@contextmanager
def _as_it_stands(ledger: Ledger) -> Iterator[Connection[DictRow]]:
    """Yield a connection that sees the ledger as it stands, whatever is sealed meanwhile."""
    with ledger.own_connection() as connection:
        connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
        with connection.transaction():
            yield connection


def _leaves_of_archive(ledger: Ledger, source: Source, after: int) -> Iterator[Leaf]:
    """Yield the leaves of an archive in the log's order; all of them are held, 32 bytes each."""
    log = source.log(ledger)
    found = [
        Leaf(
            row.position,
            leaf_hash(
                entry_of(row.position, row.case_id, row.version, row.topic, row.recorded_at, row.state)
            ),
        )
        for number in range(PARTITIONS)
        for row in log.partition(number, source.until)
        if row.position > after
    ]
    yield from sorted(found)


def _counted(leaves: Iterable[Leaf], after: int, step: Step) -> Iterator[Leaf]:
    """Yield leaves that come after a position, and tell how far they got."""
    told = last = after
    for count, leaf in enumerate(leaves, 1):
        last = leaf.position
        if count % 1000 == 0:
            step(last - told)
            told = last
        yield leaf
    step(last - told)


def _touched(ledger: Ledger, since: Checkpoint) -> list[UUID]:
    """Return the cases that have events after a checkpoint."""
    return [row["case_id"] for row in ledger.select(SQL["touched"], after=since.position)]


def _live(ledger: Ledger, stage: Stage) -> list[Fault]:
    """Return where the rows of the projections are not what the log gives."""
    with ledger.own_connection() as connection:
        made = compare(connection, PROJECTIONS, lambda total: stage("projections", total))
    faults = []
    for one in made:
        for row in one.differences:
            columns = ", ".join(changed(row)) or f"{len(row.live)} rows, {len(row.built)} when built anew"
            last = row.events[-1].position if row.events else None
            faults.append(
                Fault(
                    "projection", f"{one.name}, table {row.table}, case {row.source}: {columns} differ", last
                )
            )
        if one.differing > len(one.differences):
            faults.append(Fault("projection", f"{one.name}: {one.differing} cases differ altogether"))
    return faults


def _tried(row: Any) -> Tried:
    hashed, sealed, checkpoints, faults = row
    return Tried(hashed, sealed, checkpoints, [Fault(*fault) for fault in faults])


def _of_journal(row: Any) -> Checked:
    events, cases, decisions, erased, commands, joined, faults = row
    return Checked(
        events,
        cases,
        decisions,
        erased,
        commands,
        tuple(Joined(case, own, tuple(others)) for case, own, others in joined),
        tuple(Fault(*fault) for fault in faults),
    )


def _summed(
    ledger: Ledger, tree: Tried, readings: Tried, cases: Sequence[Checked], live: Any, *, whole: bool
) -> Verified:
    """Return what all of it adds up to, the faults in the log's order, and after them those of the readings."""
    faults = [*tree.faults, *(fault for one in cases for fault in one.faults)]
    commands = sum(one.commands for one in cases)
    if whole:
        with ledger.own_connection() as connection:
            faults += _persons(connection, [row for one in cases for row in one.joined])
            kept = connection.execute(SQL["count_commands"]).fetchone()
            assert kept is not None
            if kept["commands"] < commands:  # others may have come since
                faults.append(
                    Fault("command", f"{kept['commands']} commands are kept, and {commands} led to events")
                )
        faults += [Fault(*fault) for fault in live]
    counts = {
        "events hashed": tree.hashed,
        "events sealed": tree.sealed,
        "checkpoints": tree.checkpoints,
        "readings hashed": readings.hashed,
        "readings sealed": readings.sealed,
        "checkpoints of readings": readings.checkpoints,
        "events opened": sum(one.events for one in cases),
        "cases": sum(one.cases for one in cases),
        "decisions": sum(one.decisions for one in cases),
        "of them erased": sum(one.erased for one in cases),
        "commands": commands,
    }
    return Verified(counts, [*_in_order(faults), *_in_order(readings.faults)])


def _in_order(faults: Iterable[Fault]) -> list[Fault]:
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.position or 0, fault.kind))


def _persons(connection: Connection[DictRow], joined: Sequence[Joined]) -> Iterator[Fault]:
    """Yield where the numbers that are one person in the tables are not those that decisions joined."""
    table = {row["person_ref"]: row["joined_to"] for row in connection.execute(SQL["joined"])}
    by_decision: dict[str, str] = {}

    def root(ref: str) -> str:
        while ref in by_decision:
            ref = by_decision[ref]
        return ref

    for row in joined:
        for other in row.others:
            if table.get(row.person_ref, row.person_ref) != table.get(other, other):
                yield Fault(
                    "person", f"case {row.case_id}: a decision joined two numbers, and they are kept apart"
                )
            if root(other) != root(row.person_ref):
                by_decision[root(other)] = root(row.person_ref)
    for ref, other in table.items():
        if root(ref) != root(other):
            cases = [row["case_id"] for row in connection.execute(SQL["cases_of"], {"person": ref})]
            yield Fault(
                "person",
                f"case {cases[0] if cases else 'unknown'}: its person is kept as one with another, by no decision",
            )
