"""What a client sends again is done once: whatever cuts the connection, whoever else writes, the server killed."""

import contextlib
import json
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from ledger.ledger import Ledger
from ledger.settings import Settings
from tests.filled import SERIALS, Filled
from tests.projected import under_way
from tests.served import (
    Answer,
    LocalIssuer,
    Served,
    environment_of,
    meeting,
    read_answer,
    request_bytes,
    sent,
    served,
)


@pytest.fixture
def case(ledger: Ledger, filled: Filled) -> UUID:
    """A case of this test alone, of four events."""
    return under_way(ledger, next(SERIALS), "bo")


def asked(port: int, content: bytes, seconds: float = 30) -> Answer:
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(content)
        return read_answer(connection)


def until_answered(port: int, content: bytes, seconds: float = 60) -> tuple[Answer, int]:
    """Send again whatever breaks or is not there now, as a client does; the answer, and how often it was sent."""
    deadline = time.monotonic() + seconds
    for times in range(1, 1_000_000):
        with contextlib.suppress(OSError):
            answer = asked(port, content)
            if answer.status != 503:
                return answer, times
        assert time.monotonic() < deadline
        time.sleep(0.01)
    raise AssertionError


def same(answer: Answer) -> tuple[int, str, bytes]:
    """What is the same of every answer to a command."""
    assert answer.status < 400, answer.body.decode()
    return answer.status, answer.fields["etag"], answer.body


class Cut(NamedTuple):
    """Where a connection is cut: after so many bytes of what is sent, or of what is answered."""

    sent: int | None = None
    answered: int | None = None


class Cutter:
    """A proxy that cuts connections, each where the next plan says; without a plan it cuts none."""

    def __init__(self, port: int) -> None:
        self._target = port
        self.plans: list[Cut] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        cut = self.plans.pop(0) if self.plans else Cut()
        with client, contextlib.suppress(OSError):
            server = socket.create_connection(("127.0.0.1", self._target), timeout=30)
            with server:
                back = threading.Thread(target=_forward, args=(server, client, cut.answered), daemon=True)
                back.start()
                _forward(client, server, cut.sent)
                if cut.sent is None:
                    back.join(30)


def _forward(origin: socket.socket, target: socket.socket, most: int | None) -> None:
    """Forward so many bytes, then cut both."""
    left = most
    with contextlib.suppress(OSError):
        while left is None or left > 0:
            content = origin.recv(1 << 16)
            if not content:
                return
            part = content if left is None else content[:left]
            target.sendall(part)
            left = None if left is None else left - len(part)
        for one in (origin, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def cutter(server: Served) -> Iterator[Cutter]:
    one = Cutter(server.port)
    yield one
    one.close()


def held(ledger: Ledger, case: UUID) -> list[str]:
    """The events of a case after the first four, as the log has them."""
    return [str(entry.event.event_id) for entry in ledger.history(case)[4:]]


def test_a_connection_cut_anywhere_doubles_nothing(
    cutter: Cutter, ledger: Ledger, local_issuer: LocalIssuer, case: UUID
) -> None:
    chosen = random.Random(7)
    whole = len(sent(local_issuer, case, "0" * 36, "*"))
    answers: dict[str, tuple[int, str, bytes]] = {}
    tries = 0
    for number in range(24):
        key = str(uuid4())
        content = sent(local_issuer, case, key, f'"{4 + number}"', number)
        kind = number % 3
        if kind == 0:  # before the request is whole
            cutter.plans = [Cut(sent=chosen.randrange(1, whole)) for _ in range(2)]
        elif kind == 1:  # after it, before anything of the answer
            cutter.plans = [Cut(answered=0)]
        else:  # in the middle of the answer
            cutter.plans = [Cut(answered=chosen.randrange(1, 700)), Cut(answered=chosen.randrange(1, 300))]
        answer, times = until_answered(cutter.port, content)
        tries += times
        assert answer.status == 201
        answers[key] = same(answer)
        cutter.plans.clear()
        assert same(asked(cutter.port, content)) == answers[key]
    assert tries > 24 + 16
    stored = held(ledger, case)
    assert stored == [json.loads(body)["events"][0] for _, _, body in answers.values()]
    assert [etag for _, etag, _ in answers.values()] == [f'"{5 + number}"' for number in range(24)]


def test_one_key_sent_eight_times_at_once_is_stored_once(
    server: Served, ledger: Ledger, local_issuer: LocalIssuer, case: UUID
) -> None:
    content = sent(local_issuer, case, str(uuid4()), '"4"')
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: same(asked(server.port, content)), range(8)))
    assert len(set(answers)) == 1
    assert answers[0][:2] == (201, '"5"')
    assert len(held(ledger, case)) == 1


def test_of_two_who_read_the_same_version_one_wins_and_the_other_sees_why(
    server: Served, ledger: Ledger, local_issuer: LocalIssuer, case: UUID
) -> None:
    both = [sent(local_issuer, case, str(uuid4()), '"4"') for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda one: asked(server.port, one), both), key=lambda one: one.status)
    assert [one.status for one in answers] == [201, 412]
    stored = held(ledger, case)
    assert len(stored) == 1
    problem = json.loads(answers[1].body)
    assert problem["code"] == "CHANGED"
    assert answers[1].fields["etag"] == '"5"'
    (meanwhile,) = problem["meanwhile"]
    assert (meanwhile["event_id"], meanwhile["event"], meanwhile["actor"]) == (
        stored[0],
        "MeetingHeld",
        "advisor:bo",
    )


def test_a_key_with_another_content_is_refused_and_another_callers_is_another_command(
    server: Served, ledger: Ledger, local_issuer: LocalIssuer, case: UUID
) -> None:
    key = str(uuid4())
    first = asked(server.port, sent(local_issuer, case, key, '"4"'))
    other = asked(server.port, sent(local_issuer, case, key, '"5"', 2))
    assert (first.status, other.status) == (201, 422)
    assert json.loads(other.body)["code"] == "KEY_REUSED"
    fields = {"Content-Type": "application/json", "Idempotency-Key": key, "If-Match": '"5"'}
    anna = request_bytes(
        "POST",
        f"/v1/cases/{case}/meetings",
        local_issuer.headers("anna", "advisor", **fields),
        meeting(2),
    )
    answer = asked(server.port, anna)
    assert (answer.status, answer.fields["etag"]) == (201, '"6"')
    assert len(held(ledger, case)) == 2


def test_an_application_sent_again_makes_one_case(
    cutter: Cutter, local_issuer: LocalIssuer, ledger: Ledger, filled: Filled
) -> None:
    from tests.applications import application, identity_number

    number = identity_number(next(SERIALS))
    values = application()
    del values["reference"]
    values["person"]["identity_number"] = number
    body = json.dumps(values).encode()
    key = str(uuid4())
    headers = local_issuer.headers(
        "bo", "advisor", **{"Content-Type": "application/json", "Idempotency-Key": key}
    )
    content = request_bytes("POST", "/v1/applications", headers, body)
    cutter.plans = [Cut(answered=0), Cut(answered=100), Cut(sent=len(content) - 1)]
    answer, times = until_answered(cutter.port, content)
    assert times == 4
    assert answer.fields["location"] == f"/v1/cases/{json.loads(answer.body)['case']}"
    again = asked(cutter.port, content)
    assert (same(again), again.fields["location"]) == (same(answer), answer.fields["location"])
    assert len(ledger.person_of(UUID(json.loads(answer.body)["case"])).cases) == 1


def _killed(
    start: Callable[[int], contextlib.AbstractContextManager[Served]],
    requests: list[bytes],
    kills: int,
) -> list[tuple[int, str, bytes]]:
    """Send commands from four clients while the server is killed and started again; every answer that came."""
    chosen, answers, done = random.Random(11), {}, threading.Event()
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(start(0))
        port = running.port

        def send(index: int) -> None:
            answers[index] = same(until_answered(port, requests[index])[0])

        def work(share: int) -> None:
            for index in range(share, len(requests), 4):
                send(index)

        with ThreadPoolExecutor(4) as pool:
            work_done = [pool.submit(work, share) for share in range(4)]
            for _ in range(kills):
                time.sleep(chosen.uniform(0.05, 0.4))
                running.end(signal.SIGKILL)
                running = stack.enter_context(start(port))
            for one in work_done:
                one.result()
        done.set()
        for index, content in enumerate(requests):
            assert same(asked(port, content)) == answers[index]
    return [answers[index] for index in range(len(requests))]


@pytest.mark.parametrize("kills", [1, pytest.param(8, marks=pytest.mark.long)])
def test_a_server_killed_at_work_and_started_again_has_done_each_command_once(
    settings: Settings, ledger: Ledger, filled: Filled, local_issuer: LocalIssuer, tmp_path: Path, kills: int
) -> None:
    cases = [under_way(ledger, next(SERIALS), "bo") for _ in range(4)]
    requests = [
        sent(local_issuer, cases[number % 4], str(uuid4()), f'"{4 + number // 4}"', number // 4)
        for number in range(80 * kills)
    ]
    environment = environment_of(settings, local_issuer)

    def start(port: int) -> contextlib.AbstractContextManager[Served]:
        return served(environment, tmp_path / "log", port=port)

    answers = _killed(start, requests, kills)
    assert {status for status, _, _ in answers} == {201}
    for share, case in enumerate(cases):
        told = [json.loads(body)["events"][0] for _, _, body in answers[share::4]]
        assert held(ledger, case) == told
