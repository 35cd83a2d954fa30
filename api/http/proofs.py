"""Proofs over HTTP: a decision's receipt, the same decision by today's program, and that nothing was changed."""

from base64 import b64encode
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.http.access import Resource, reader_of
from api.http.answers import Route
from api.http.cases import CaseId, Include, Limit, Offset
from api.http.desk import Desk, answer, page
from api.http.problems import Problem
from api.http.proof_shapes import CaseProof, Checkpoints, DecisionReceipt, PublicKey, Redecisions
from api.http.replays import without_facts
from api.steps import answer_values
from domain.events import EligibilityAssessed
from ledger.checkpoint import open_checkpoint
from ledger.ledger import Ledger
from ledger.logs import LOGS, Log
from replays.bundle import bundle_of
from replays.proofs import EventProof, case_proof, checkpoints
from replays.receipts import redecided
from replays.state import entry_values

router = APIRouter(prefix="/v1", route_class=Route, tags=["proofs"])

NOTE = "application/octet-stream"
"""A signed note is text that has to stay as it is to the byte."""
LOG_OF = {log.tree: log for log in LOGS}
CLEAR = ("decision", "refusals", "policy", "policy_version", "policy_digest", "clauses")


@router.get(
    "/cases/{case}/decisions/{event}/receipt",
    responses={200: {"model": DecisionReceipt, "description": "What was asked, and what was answered."}},
)
def show_receipt(
    request: Request,
    case: CaseId,
    event: Annotated[UUID, Path(description="The id of the decision's entry.")],
    include: Include = None,
) -> Response:
    """The receipt of a decision: the whole question and answer, by which it can be made again."""
    desk = Desk(request)
    opened = desk.read_case(case, ["receipt"], person=include == "person")
    found = [entry for entry in opened.entries if entry.event.event_id == event]
    if not found or not isinstance(found[0].event, EligibilityAssessed):
        raise Problem("NOT_FOUND")
    content = entry_values(found[0])["content"]
    clear = {name: content[name] for name in CLEAR}
    return answer(
        {
            "case": case,
            "event": event,
            "decided_on": found[0].event.occurred_on,
            **clear,
            "person": content["receipt"] if include else None,
        }
    )


@router.get(
    "/cases/{case}/redecisions",
    responses={200: {"model": Redecisions, "description": "What each decision gives today."}},
)
def show_redecisions(
    request: Request, case: CaseId, include: Include = None, limit: Limit = 100, offset: Offset = 0
) -> Response:
    """Each decision of a case made again by today's program, in memory only: whether it gives the same."""
    desk = Desk(request)
    opened = desk.read_case(case, ["redecisions"], person=include == "person")
    decisions = [row.event for row in opened.entries if isinstance(row.event, EligibilityAssessed)]
    rows = [{"decided_on": one.occurred_on, **answer_values(redecided(one))} for one in decisions]
    told = rows if include else [without_facts(row) for row in rows]
    return answer({"case": case, **page(told, limit, offset)})


@router.get(
    "/cases/{case}/proof",
    responses={200: {"model": CaseProof, "description": "Where the events lie in the tree that was signed."}},
)
def show_proof(request: Request, case: CaseId) -> Response:
    """That the events of a case are in the log that was signed, without what they say."""
    desk = Desk(request)
    desk.read_case(case, ["proof"])
    note, rows = case_proof(desk.ledger, case)
    return answer({"case": case, "checkpoint": note, "events": [_proof(row) for row in rows]})


@router.get(
    "/cases/{case}/bundle",
    response_class=Response,
    responses={
        200: {
            "content": {NOTE: {"schema": {"type": "string", "format": "binary"}}},
            "description": "A file that proves itself; docs/bundle.md says what is in it.",
        }
    },
)
def show_bundle(request: Request, case: CaseId) -> Response:
    """A case in one file that proves itself, with personal data: events, proofs, conditions, who has read it."""
    desk = Desk(request)
    opened = desk.read_case(case, ["bundle"], person=True)
    made = bundle_of(desk.ledger, case, reader_of(desk.caller, opened.granted.role))
    return Response(made, 200, {"Content-Disposition": f'attachment; filename="{case}.bundle"'}, NOTE)


@router.get(
    "/checkpoints", responses={200: {"model": Checkpoints, "description": "Signed roots, the newest first."}}
)
def show_checkpoints(
    request: Request,
    log: Annotated[Literal["events", "readings"], Query(description="Of which log.")] = "events",
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """The signed roots of the log, to be kept where nobody who could change the ledger reaches them."""
    desk = Desk(request)
    desk.may("read_ledger", Resource("ledger"))
    told = page(checkpoints(desk.ledger, LOG_OF[log]), limit, offset)
    rows = [_checkpoint(desk.ledger, note, LOG_OF[log]) for note in told["items"]]
    return answer({"log": log, **told, "items": rows})


@router.get(
    "/public-key",
    responses={200: {"model": PublicKey, "description": "The key, on one line as tools take it."}},
)
def show_public_key(request: Request) -> Response:
    """The key by which checkpoints and bundles are verified."""
    desk = Desk(request)
    key = desk.ledger.keys.signer().key
    return answer({"ledger": key.name, "key": str(key)})


def _proof(row: EventProof) -> dict[str, Any]:
    proof = row.proof
    return {
        "position": row.position,
        "version": row.version,
        "topic": row.topic,
        "hash": b64encode(row.hash).decode(),
        "leaf": proof.leaf if proof else None,
        "proof": [b64encode(one).decode() for one in proof.hashes] if proof else None,
    }


def _checkpoint(ledger: Ledger, note: str, log: Log) -> dict[str, Any]:
    found = open_checkpoint(note, ledger.keys.signer().key, log)
    return {
        "size": found.size,
        "root": b64encode(found.root).decode(),
        "position": found.position,
        "sealed_at": found.sealed_at,
        "note": note,
    }
