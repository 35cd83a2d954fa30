"""The way to the database is cut: a command is stored once, and whoever sent it learns the same."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.rejections import CommandRejected
from ledger import patience
from ledger.batches import Line, carry_out
from ledger.faults import CommandIdReused, DatabaseUnavailable
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.recorder import Stored
from ledger.settings import Settings
from tests.applications import TODAY, application, command, line, received
from tests.forks import Forks, forks
from tests.proxy import PHASES, Proxy, proxy


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with forks(tmp_path_factory.mktemp("forks")) as one:
        yield one


def environment(settings: Settings) -> dict[str, str]:
    return {"LIGGARE_HOME": str(settings.home), "LIGGARE_DATABASE_URL": settings.database_url or ""}


def under_way(ledger: Ledger, serial: int = 1) -> UUID:
    """A case whose support has begun."""
    case_id = received(ledger, serial)
    ledger.execute(case_id, command("decide", "2025-04-20"), TODAY)
    ledger.execute(case_id, command("start_engagement", "2025-04-27"), TODAY)
    return case_id


def count(settings: Settings, table: str) -> int:
    assert settings.database_url
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute(f"SELECT count(*) FROM liggare.{table}").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("phase", PHASES)
def test_a_connection_cut_in_a_phase(settings: Settings, phase: str) -> None:
    """Whatever was lost on the wire, the command is stored once; sent again by the same program and by another
    it gives the same answer, and its id with another content is rejected.

    Vacuous if nothing had been cut: hence the count of cuts.
    """
    assert settings.database_url
    with proxy(settings.database_url) as between:
        far = settings.model_copy(update={"database_url": between.url})
        with open_ledger(far) as ledger, open_ledger(settings) as another:
            case_id = under_way(ledger)
            meeting = command("hold_meeting", "2025-05-05", mode="digital")
            events = count(settings, "case_events")
            between.cut(phase)
            first = ledger.execute(case_id, meeting, TODAY)
            assert between.cuts == 1
            assert not first.repeated
            assert count(settings, "case_events") == events + 1
            for sender in (ledger, another):
                again = sender.execute(case_id, meeting, TODAY)
                assert again.repeated
                assert (again.event_ids, again.position) == (first.event_ids, first.position)
                with pytest.raises(CommandIdReused):
                    sender.execute(case_id, meeting.model_copy(update={"mode": "physical"}), TODAY)
            assert count(settings, "case_events") == events + 1


@pytest.mark.parametrize("phase", PHASES)
def test_a_batch_cut_in_a_phase(settings: Settings, phase: str) -> None:
    """Several commands of one transaction: all are stored, each once, in whatever phase the connection was cut."""
    assert settings.database_url
    with proxy(settings.database_url) as between:
        far = settings.model_copy(update={"database_url": between.url})
        with open_ledger(far) as ledger:
            cases = [under_way(ledger, serial) for serial in range(1, 6)]
            lines = [
                Line(number, case_id, command("hold_meeting", "2025-05-05", mode="digital"))
                for number, case_id in enumerate(cases)
            ]
            events = count(settings, "case_events")
            between.cut(phase)
            done = list(carry_out(ledger, lines, TODAY))
            assert between.cuts == 1
            assert [made.number for made, _ in done] == list(range(5))
            assert [isinstance(made, Stored) and made.repeated for _, made in done] == [False] * 5
            assert count(settings, "case_events") == events + 5
            assert [len(ledger.history(case_id)) for case_id in cases] == [4] * 5


def test_reading_survives_a_cut_of_everything(settings: Settings) -> None:
    """Eight pooled connections are cut while idle: whoever reads next notices nothing."""
    assert settings.database_url
    with proxy(settings.database_url) as between:
        far = settings.model_copy(update={"database_url": between.url})
        with open_ledger(far) as ledger:
            case_id = under_way(ledger)
            together = Barrier(8)

            def hold(_: int) -> None:
                with ledger._datastore.get_connection():
                    together.wait(20)

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(hold, range(8)))
            assert len(ledger._datastore.pool._pool) == 8
            between.cut("while idle")
            ledger.forget([case_id])
            assert len(ledger.history(case_id)) == 3


def test_the_same_id_with_another_body_is_rejected_everywhere(
    settings: Settings, starter: Forks, tmp_path: Path
) -> None:
    """`do --id`, the id of a line, also twice in one file, and the reference of an application."""
    with open_ledger(settings) as ledger:
        case_id = str(under_way(ledger))
    where, own = environment(settings), str(uuid4())
    meeting = {"occurred_on": "2025-05-05", "mode": "digital"}
    other = meeting | {"mode": "physical"}
    words = ("do", "hold_meeting", case_id, "--id", own, "--json")
    first = starter.run(where, *words, json.dumps(meeting))
    assert first.status == 0
    again = starter.run(where, *words, json.dumps(meeting))
    assert json.loads(again.out) == json.loads(first.out) | {"repeated": True}
    reused = starter.run(where, *words, json.dumps(other))
    assert (reused.status, reused.out, reused.err.count("\n")) == (2, "", 1)
    assert "another content" in reused.err
    file = tmp_path / "commands.jsonl"
    fresh, next_day = str(uuid4()), {"occurred_on": "2025-05-06"}
    rows = [
        {"case": case_id, "command": "hold_meeting", "id": own} | other,
        {"case": case_id, "command": "hold_meeting", "id": fresh} | meeting | next_day,
        {"case": case_id, "command": "hold_meeting", "id": fresh} | other | next_day,
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = starter.run(where, "do", "--lines", str(file))
    assert lines.status == 3
    assert "1 carried out, 0 known from before, 2 at fault" in lines.out
    assert [f"line {number}: the same command id" in lines.err for number in (1, 2, 3)] == [True, False, True]
    applications = tmp_path / "applications.jsonl"
    applications.write_bytes(line(application(1, months=6)) + b"\n")
    reference = starter.run(where, "import", "applications", str(applications))
    assert reference.status == 3
    assert "reference" in reference.err
    assert count(settings, "case_events") == 5


def overtaking(ledger: Ledger, overtake: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let something come in between a ledger's first decision and its storing; return how often it stored."""
    append, tries = ledger._recorder.append, [0]

    def overtaken(appends: Any) -> Any:
        tries[0] += 1
        if tries[0] == 1:
            overtake()
        return append(appends)

    monkeypatch.setattr(ledger._recorder, "append", overtaken)
    return tries


def test_what_changed_meanwhile_is_said(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overtaken by a result, a meeting no longer holds: the rejection names the result, and nothing sealed.

    Vacuous without a race: hence the count of tries. One that is rejected at once says nothing of the kind.
    """
    with open_ledger(settings) as one, open_ledger(settings) as two:
        case_id = under_way(one)
        result = command(
            "reach_outcome", "2025-05-01", "advisor:x", outcome="business", starts_on="2025-05-01"
        )
        tries = overtaking(one, lambda: two.execute(case_id, result, TODAY) and None, monkeypatch)
        meeting = command("hold_meeting", "2025-05-05", mode="digital")
        with pytest.raises(CommandRejected) as rejected:
            one.execute(case_id, meeting, TODAY)
        assert tries == [1]  # decided twice, stored never
        position = two.history(case_id)[-1].position
        assert str(rejected.value).endswith(
            f" meanwhile: OutcomeReached of 2025-05-01 by advisor:x, position {position}"
        )
        [entry] = rejected.value.meanwhile
        assert (entry.case_id, entry.event, entry.occurred_on) == (
            case_id,
            "OutcomeReached",
            date(2025, 5, 1),
        )
        with pytest.raises(CommandRejected) as at_once:
            one.execute(case_id, meeting, TODAY)
        assert at_once.value.meanwhile == ()


def test_what_changed_meanwhile_on_the_persons_other_case(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A support that began on the person's other case meanwhile is what the rejection names."""
    with open_ledger(settings) as one, open_ledger(settings) as two:
        first = received(one)
        one.execute(first, command("decide", "2025-04-20"), TODAY)
        second = received(one, reference="SECOND", received_on="2025-06-10", months=6, on_basis_of=str(first))
        one.execute(second, command("decide", "2025-06-20"), TODAY)
        assert one.case(second).grant is not None
        start = command("start_engagement", "2025-06-21", "advisor:y")
        overtaking(one, lambda: two.execute(second, start, TODAY) and None, monkeypatch)
        with pytest.raises(CommandRejected) as rejected:
            one.execute(first, command("start_engagement", "2025-06-25"), TODAY)
        assert rejected.value.code == "DUPLICATE_ACTIVE_CASE"
        assert "meanwhile: EngagementStarted of 2025-06-21 by advisor:y" in str(rejected.value)


def test_what_changed_meanwhile_in_a_batch(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of lines that were overtaken together, the one at fault says what changed in its case, the others go in."""
    with open_ledger(settings) as one, open_ledger(settings) as two:
        cases = [under_way(one, serial) for serial in (1, 2, 3)]
        result = command(
            "reach_outcome", "2025-05-01", "advisor:x", outcome="business", starts_on="2025-05-01"
        )
        overtaking(one, lambda: two.execute(cases[1], result, TODAY) and None, monkeypatch)
        lines = [
            Line(number, case_id, command("hold_meeting", "2025-05-05", mode="digital"))
            for number, case_id in enumerate(cases)
        ]
        results = [made for _, made in carry_out(one, lines, TODAY)]
        assert [isinstance(made, CommandRejected) for made in results] == [False, True, False]
        assert "meanwhile: OutcomeReached of 2025-05-01 by advisor:x" in str(results[1])


def _write_without_a_server(far: Settings, between: Proxy, case_id: UUID) -> None:
    with open_ledger(far) as ledger:
        ledger.history(case_id)
        between.close()
        ledger.execute(case_id, command("hold_meeting", "2025-05-05", mode="digital"), TODAY)


def test_a_server_that_stays_away_is_said_soon(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two statements the way to the server closes for good: one line, after the patience and not minutes.

    Vacuous if it gave up at once: hence it must have tried for as long as it has patience.
    """
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 1.0)
    assert settings.database_url
    with proxy(settings.database_url) as between:
        far = settings.model_copy(update={"database_url": between.url})
        began = time.monotonic()
        with open_ledger(settings) as near:
            case_id = under_way(near)
        with pytest.raises(DatabaseUnavailable, match="went away: connection failed") as away:
            _write_without_a_server(far, between, case_id)
    assert 1.0 < time.monotonic() - began < 15
    assert "\n" not in str(away.value)


def test_a_program_halted_in_a_transaction_does_not_halt_the_others(settings: Settings) -> None:
    """The server ends a transaction that stands still, so that its lock does not hold up every writer for ever."""
    with open_ledger(settings) as ledger, ledger._datastore.get_connection() as connection:
        row = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()
        assert row == {"idle_in_transaction_session_timeout": "30s"}
