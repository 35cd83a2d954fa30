"""Forged bundles: whatever is changed in one is noticed, also where the ledger itself would sign it."""

import copy
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest

from api.cli import main
from ledger.checkpoint import Checkpoint
from ledger.faults import LedgerFault
from ledger.merkle import inclusion_proof, leaf_hash, node_hash, root
from ledger.opening import open_ledger
from ledger.readings import record_reading
from ledger.settings import Settings
from ledger.signed_note import NoteSigner
from ledger.tree import entry_of
from replays.bundle import bundle_of, redecided_in
from replays.verify_bundle import TOLD_TWICE, Key, NoBundle, NotProved, Verified, key_of, verify
from tests.applications import TODAY, command, received
from tests.integration.conftest import copied
from tests.registers import hire

Values = dict[str, Any]


class Made(NamedTuple):
    """A bundle of a refusal that rests on a grant in another case, and what signs for its ledger."""

    content: bytes
    signer: NoteSigner

    @property
    def key(self) -> Key:
        return key_of(str(self.signer.key))

    @property
    def values(self) -> Values:
        """What it says, to be changed."""
        values: Values = json.loads(self.signer.key.open(self.content.decode()))
        return values

    def signed(self, values: Any) -> bytes:
        """Other values, signed as if the ledger had made a bundle of them."""
        return self.signer.sign(json.dumps(values, indent=1) + "\n").encode()

    def sealed(self, values: Values, *, backwards: bool = False) -> bytes:
        """Other values, signed, with their events in a tree of their own: a ledger that lies from the beginning."""
        rows = [*values["relied_on"], *values["events"]][:: -1 if backwards else 1]
        leaves = [leaf_hash(_entry(UUID(row.get("case", values["case"])), row)) for row in rows]

        def hashes(level: int, number: int) -> bytes:
            if level == 0:
                return leaves[number]
            return node_hash(hashes(level - 1, 2 * number), hashes(level - 1, 2 * number + 1))

        for leaf, row in enumerate(rows):
            row["leaf"] = leaf
            row["proof"] = [b64encode(one).decode() for one in inclusion_proof(hashes, leaf, len(rows))]
        name, top = self.signer.key.name, root(hashes, len(rows))
        checkpoint = Checkpoint(name, len(rows), top, rows[-1]["position"], datetime.now(UTC))
        return self.signed(values | {"checkpoint": self.signer.sign(checkpoint.text)})


def _entry(case_id: UUID, row: Values) -> bytes:
    at = datetime.fromisoformat(row["recorded_at"])
    return entry_of(row["position"], case_id, row["version"], row["topic"], at, row["state"].encode())


@pytest.fixture(scope="module")
def made(server_url: str, template: tuple[str, Path]) -> Made:
    """Made once: nothing here changes it, and no ledger is asked about it."""
    origin, home = template
    with (
        copied(server_url, origin, f"forged_{uuid4().hex}") as url,
        open_ledger(Settings(home=home, database_url=url)) as ledger,
    ):
        hire(ledger)
        granted = received(ledger, 1)
        ledger.execute(granted, command("decide", "2025-04-20"), TODAY)
        refused = received(ledger, 1, reference="again", received_on="2026-08-01")
        judging = command("judge_need", "2026-08-02", "advisor:anna.berg", special_need=True)
        ledger.execute(refused, judging, TODAY)
        ledger.execute(refused, command("decide", "2026-08-10"), TODAY)
        record_reading(ledger, [refused], "user:eva", "case")
        return Made(bundle_of(ledger, refused, "user:eva"), ledger.keys.signer())


def body_of(row: Values) -> Values:
    body: Values = json.loads(row["state"])
    return body


def say(row: Values, **changes: Any) -> None:
    """Change what an event says in the clear."""
    row["state"] = json.dumps(body_of(row) | changes, separators=(",", ":"), ensure_ascii=False)


def test_as_it_was_made_it_holds(made: Made) -> None:
    """And so does what the forgeries below are made with, while nothing is forged."""
    assert [
        len(verify(content, made.key).events) for content in (made.content, made.sealed(made.values))
    ] == [
        3,
        3,
    ]


CHANGED: dict[str, Callable[[Values], object]] = {
    "state": lambda v: say(v["events"][0], months=6),
    "position": lambda v: v["events"][0].update(position=v["events"][0]["position"] - 1),
    "version": lambda v: v["events"][0].update(version=2),
    "topic": lambda v: v["events"][0].update(topic="case.evidence_recorded"),
    "time": lambda v: v["events"][0].update(recorded_at="2026-01-01T00:00:00.000000Z"),
    "case": lambda v: v.update(case="00000000-0000-4000-8000-000000000000"),
    "leaf": lambda v: v["events"][0].update(leaf=v["events"][0]["leaf"] + 1),
    "proof": lambda v: v["events"][0]["proof"].pop(),
    "another proof": lambda v: v["events"][0].update(proof=v["events"][1]["proof"]),
    "relied on": lambda v: say(v["relied_on"][0], basis_months=[]),
    "its case": lambda v: v["relied_on"][0].update(case=v["case"]),
}


@pytest.mark.parametrize("what", CHANGED)
def test_an_event_that_is_not_in_the_tree(made: Made, what: str) -> None:
    """Every part of an event is hashed with it."""
    values = made.values
    CHANGED[what](values)
    with pytest.raises(NotProved, match="is not what was sealed: its proof does not lead"):
        verify(made.signed(values), made.key)


def _swap(values: Values) -> None:
    values["events"][0], values["events"][1] = values["events"][1], values["events"][0]


LEFT_OUT: dict[str, Callable[[Values], object]] = {
    "the first": lambda v: v["events"].pop(0),
    "one between": lambda v: v["events"].pop(1),
    "twice": lambda v: v["events"].insert(1, v["events"][0]),
    "out of order": _swap,
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_an_event_is_left_out(made: Made, what: str) -> None:
    values = made.values
    LEFT_OUT[what](values)
    with pytest.raises(NotProved, match=r"event \d of case .* is missing: in its place is event \d"):
        verify(made.signed(values), made.key)


def test_the_order_of_the_log_and_of_time(made: Made) -> None:
    for name, value in (("position", 1), ("recorded_at", "2026-01-01T00:00:00.000000Z")):
        values = made.values
        values["events"][1][name] = value
        with pytest.raises(NotProved, match=r"event 2 .* does not come after"):
            verify(made.sealed(values), made.key)
    with pytest.raises(NotProved, match=r"event 2 .* does not come after"):
        verify(made.sealed(made.values, backwards=True), made.key)


def test_what_follows_the_last_event_is_not_proved_and_that_is_said(made: Made) -> None:
    values = made.values
    values["events"].pop()
    found = verify(made.signed(values), made.key)
    assert len(found.events) == 2
    assert any("Not proved: that the case had no later event" in line for line in found.lines)


OTHERWISE: dict[str, Any] = dict.fromkeys(TOLD_TWICE, "otherwise") | {
    "refusals": [],
    "basis_months": ["2024-01"],
    "months_missing": 11,
}


@pytest.mark.parametrize("field", [name for name in TOLD_TWICE if not name.startswith("policy")])
def test_a_decision_that_says_something_else_in_the_clear(made: Made, field: str) -> None:
    values = made.values
    say(values["events"][2], **{field: OTHERWISE[field]})
    with pytest.raises(NotProved, match=f"event 3 .* its {field} is not what its sealed answer says"):
        verify(made.sealed(values), made.key)


def test_its_clauses_and_what_it_rests_on(made: Made) -> None:
    values = made.values
    say(values["events"][2], clauses=body_of(values["events"][2])["clauses"][1:])
    with pytest.raises(NotProved, match=r"event 3 .* its clauses are not those"):
        verify(made.sealed(values), made.key)
    for name in ("policy", "policy_version"):
        values = made.values
        say(values["events"][2], **{name: "other"})
        with pytest.raises(NotProved, match=r"event 3 .* its digest is that of other conditions"):
            verify(made.sealed(values), made.key)
    values = made.values
    values["policies"][0] += " "
    assert (
        "the text of its conditions is not in the bundle" in verify(made.signed(values), made.key).remarks[0]
    )
    say(values["events"][2], policy_digest="0" * 64)
    with pytest.raises(NotProved, match="its policy_digest is not what its sealed answer says"):
        verify(made.sealed(values), made.key)
    values = made.values
    values["relied_on"].clear()
    with pytest.raises(NotProved, match=r"event 3 .* relied on event .* which is not in the bundle"):
        verify(made.signed(values), made.key)


def _boxes_swapped(values: Values) -> None:
    first, second = (body_of(values["events"][index])["sealed"] for index in (0, 1))
    say(values["events"][1], sealed={"key": second["key"], "special_need": first["details"]})
    values["events"][1]["keys"]["special_need"] = values["events"][0]["keys"]["details"]


def _box_changed(values: Values) -> None:
    boxes = body_of(values["events"][0])["sealed"]
    raw = bytearray(b64decode(boxes["details"][2:]))
    raw[40] ^= 1
    say(values["events"][0], sealed=boxes | {"details": f"2.{b64encode(raw).decode()}"})


BOXES: dict[str, Callable[[Values], object]] = {
    "another's box and key": _boxes_swapped,
    "a changed box": _box_changed,
    "another's key": lambda v: v["events"][0]["keys"].update(details=v["events"][1]["keys"]["special_need"]),
    "no key": lambda v: v["events"][0].pop("keys"),
    "no base64": lambda v: v["events"][0]["keys"].update(details="ä"),
    "too short": lambda v: v["events"][0]["keys"].update(details="AAAA"),
    "another event": lambda v: say(v["events"][0], event_id="00000000-0000-4000-8000-000000000000"),
}


@pytest.mark.parametrize("what", BOXES)
def test_a_box_that_does_not_open_in_its_place(made: Made, what: str) -> None:
    values = made.values
    BOXES[what](values)
    with pytest.raises(NotProved, match=r"event \d .* does not open in its place under its key"):
        verify(made.sealed(values), made.key)


def test_a_checkpoint_of_others(made: Made) -> None:
    values, text = made.values, made.signer.key.open(made.values["checkpoint"])
    for signer, said in (
        (NoteSigner(made.signer.key.name, bytes(32)), "its checkpoint was signed with another key"),
        (NoteSigner("liggare/other", bytes(32)), "its checkpoint was signed for another ledger"),
    ):
        with pytest.raises(NoBundle, match=said):
            verify(made.signed(values | {"checkpoint": signer.sign(text)}), made.key)
    other = made.signer.sign(text.replace(made.signer.key.name, "liggare/other"))
    forged: list[Values] = [{"checkpoint": other}, {"ledger": "liggare/other"}, {"events": []}]
    for changes in forged:
        with pytest.raises(NoBundle, match="its checkpoint is another ledger's"):
            verify(made.signed(values | changes), made.key)
    changed = values["checkpoint"].replace("position ", "position 1")
    with pytest.raises(NotProved, match="the signature of its checkpoint does not fit"):
        verify(made.signed(values | {"checkpoint": changed}), made.key)


ABSURD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0.5,
    2**63,
    2**70,
    10**400,
    "",
    "x",
    "\ud800",
    "\0",
    [],
    [[]],
    {},
    {"a": 1},
    [None],
)


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where everything in a value stands."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from nodes(one, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A value with another one in a place."""
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = put(value[path[0]], path[1:], new)
    return changed


def answered(content: bytes, key: Key) -> Verified | NoBundle | NotProved:
    """What becomes of a bundle: it holds, it is none, or it does not hold; nothing else ever."""
    try:
        return verify(content, key)
    except (NoBundle, NotProved) as fault:
        return fault


def test_absurd_values_anywhere(made: Made) -> None:
    """Signed by the ledger itself, and in the right place: still no error of Python's."""
    tried = held = 0
    for path in nodes(made.values):
        for absurd in ABSURD:
            tried += 1
            found = answered(made.signed(put(made.values, path, absurd)), made.key)
            held += isinstance(found, Verified)
    assert tried > 1000
    assert held < tried / 5  # made_by, and what a reading says, may be any text


def test_absurd_content_of_events(made: Made) -> None:
    """The same in what an event says, with a tree that has it."""
    for index, row in enumerate(made.values["events"]):
        for path in nodes(body_of(row)):
            for absurd in ABSURD[::3]:
                values = made.values
                values["events"][index]["state"] = json.dumps(put(body_of(row), path, absurd))
                found = answered(made.sealed(values), made.key)
                if isinstance(found, Verified):
                    with suppress(LedgerFault):
                        list(redecided_in(found))


def test_the_command_on_what_is_no_text(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a character, which JSON can write and nobody can print: one line, and no error of Python's."""
    file = tmp_path / "case.bundle"
    file.write_bytes(made.signed(made.values | {"made_by": "\ud800"}))
    words = ["verify-bundle", str(file), "--key", str(made.signer.key)]
    assert main(words) == 0
    assert main([*words, "--json"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_command_on_a_decision_of_a_newer_shape(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The proof holds, and the program says that it is too old to decide again."""
    file, values = tmp_path / "case.bundle", made.values
    say(values["events"][2], class_version=99)
    file.write_bytes(made.sealed(values))
    words = ["verify-bundle", str(file), "--key", str(made.signer.key)]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "no decision was made again: event 3 of case" in out
    assert out.splitlines()[-1].startswith("OK: 3 events")
    assert main([*words, "--json"]) == 0
    assert "newer than this program" in json.loads(capsys.readouterr().out.splitlines()[-1])["remarks"][-1]


def flipped(made: Made, step: int, flips: tuple[int, ...]) -> Iterator[bytes]:
    for place in range(0, len(made.content), step):
        for flip in flips:
            changed = bytearray(made.content)
            changed[place] ^= flip
            yield bytes(changed)


def test_a_changed_byte_and_a_cut(made: Made) -> None:
    """Every seventh byte, and the signature's every one; `make test-long` tries them all."""
    for content in flipped(made, 7, (1, 32, 128)):
        assert not isinstance(answered(content, made.key), Verified)
    for length in (*range(0, len(made.content), 7), *range(len(made.content) - 200, len(made.content))):
        assert not isinstance(answered(made.content[:length], made.key), Verified)
    for place in range(len(made.content) - 200, len(made.content)):
        changed = bytearray(made.content)
        changed[place] ^= 1
        assert not isinstance(answered(bytes(changed), made.key), Verified)


@pytest.mark.long
def test_every_changed_byte_and_every_cut(made: Made) -> None:
    for content in flipped(made, 1, (1, 2, 4, 8, 16, 32, 64, 128)):
        assert not isinstance(answered(content, made.key), Verified)
    for length in range(len(made.content)):
        assert not isinstance(answered(made.content[:length], made.key), Verified)
