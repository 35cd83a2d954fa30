"""What the routes of replays and proofs answer, as the contract describes it."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from api.http.shapes import Page, Recorded, Shape, Values, Withheld


class Grounds(Shape):
    """Why an entry was allowed: the clause, and whether that part of the conditions is law or collective."""

    clause: str
    sv: str
    en: str
    part: str | None = None


class Difference(Shape):
    """One thing that a decision gives otherwise, by its path in the answer; facts are withheld."""

    field: str
    recorded: Any
    now: Any


class Redecided(Shape):
    """A decision that was executed again: whether it gives the same, and what differs."""

    decision: UUID
    status: Literal["same", "different", "erased", "unknown_rules"]
    sv: str
    en: str
    differences: list[Difference]
    assessment: Values | Withheld | None


class RestsOn(Shape):
    """The decision that an entry rests on, where it would be the other way round under other rules."""

    decision: UUID
    decided_on: date
    sv: str
    en: str


class Step(Recorded):
    """An entry as it came to the case, why it was allowed, and the state before and after it.

    `rests_on` and `redecided` are of a person's case under other rules; `modules` and `funding` of an employer's.
    """

    allowed: Grounds
    before: Values
    state: Values
    rests_on: RestsOn | None = None
    redecided: Redecided | None = None
    modules: list[Values] | None = None
    funding: list[Values] | None = None


class RulesNamed(Shape):
    """A version of an organisation's conditions; `digest` is of its rules in the year that is looked at."""

    policy: str
    version: str
    digest: str | None = None


class Replay(Page):
    """The steps of a case by three clocks: as it was, as it was known, and by which rules."""

    case: UUID
    valid_on: date | None
    known_at: datetime | None
    rules: RulesNamed | None
    items: list[Step]


class Look(Shape):
    """A look at a case: its clocks, and the day that it is read on."""

    valid_on: date | None
    known_at: datetime | None
    rules: RulesNamed | None
    read_on: date


class Cause(Shape):
    """Why a value differs: the entry that makes the difference; without one it is the calendar."""

    cause: Literal["learned_later", "time_passed", "rules", "program"]
    sv: str
    en: str
    event_id: UUID | None
    event: str | None
    occurred_on: date | None
    actor: str | None
    recorded_at: datetime | None
    position: int | None
    clauses: list[str]
    differences: list[Difference]


class Contrast(Shape):
    """A value that differs between two looks, with every cause; sums that were paid are withheld."""

    field: str
    left: Any
    right: Any
    causes: list[Cause]


class Differences(Shape):
    """Two looks at a case, what differs between them, and what else is to be known of them."""

    case: UUID
    left: Look
    right: Look
    sv: str | None
    en: str | None
    differences: list[Contrast]
    notes: list[Values]


class Clause(Shape):
    """A clause that a decision tried: whether it holds, and the code of the refusal where it does not."""

    clause: str
    holds: bool
    code: str | None


class ReceiptContent(Shape):
    """The whole question and answer of a decision."""

    request: Values
    assessment: Values


class ErasedContent(Shape):
    """Stands in the place of what was sealed once the person is erased."""

    erased: Literal[True] = True


class DecisionReceipt(Shape):
    """A decision and its receipt; `person` is None unless `include=person` asks for it, for all of it is sealed."""

    case: UUID
    event: UUID
    decided_on: date
    decision: Literal["grant", "refuse"]
    refusals: list[str]
    policy: str
    policy_version: str
    policy_digest: str
    clauses: list[Clause]
    person: ReceiptContent | ErasedContent | None


class Redecision(Redecided):
    """A decision of a case, made again by today's program."""

    decided_on: date


class Redecisions(Page):
    """The decisions of a case, each made again by today's program."""

    case: UUID
    items: list[Redecision]


class EventProof(Shape):
    """An event: the hash of its stored bytes, its place in the tree, and the hashes on to the root (base64).

    `leaf` and `proof` are None where no checkpoint covers the event yet.
    """

    position: int
    version: int
    topic: str
    hash: str
    leaf: int | None
    proof: list[str] | None


class CaseProof(Shape):
    """The newest checkpoint, a signed note, and the proofs of a case's events under its root (RFC 9162)."""

    case: UUID
    checkpoint: str | None
    events: list[EventProof]


class Checkpoint(Shape):
    """A signed root: of how many rows, up to which position, when, and the note that says so."""

    size: int
    root: str
    position: int
    sealed_at: datetime
    note: str


class Checkpoints(Page):
    """The signed roots of a log, the newest first."""

    log: Literal["events", "readings"]
    items: list[Checkpoint]


class PublicKey(Shape):
    """The ledger's name, and the public key of its notes."""

    ledger: str
    key: str
