"""Nothing personal and nothing secret in what the server tells of itself: its log, its traces and its metrics."""

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from opentelemetry import metrics, trace
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider

from api.http.telemetry import start_telemetry
from api.http.ways import WAYS
from ledger.settings import Settings, read_keys
from tests.applications import application, identity_number
from tests.filled import Filled
from tests.served import LocalIssuer, Served, environment_of, served

NUMBER = identity_number(990)
FORMS = (
    NUMBER,
    NUMBER[2:],
    f"{NUMBER[:8]}-{NUMBER[8:]}",
    f"{NUMBER[2:8]}-{NUMBER[8:]}",
    f"{NUMBER[2:8]}+{NUMBER[8:]}",
)
PERSONAL = (
    *FORMS,
    "Hemliga",
    "Hemligsson",
    "hemliga@example.se",
    "070-174",
    "Ingenstans Gruv",
    "559900-0017",
    "sover illa",
)
"""What is sent in below, and of nobody but this person."""


class Collector:
    """Takes traces and metrics, as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        self.taken: dict[str, list[bytes]] = {"/v1/traces": [], "/v1/metrics": []}
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                import gzip

                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.taken[self.path].append(body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def spans(self) -> list[dict[str, Any]]:
        """Every span: its name, its trace and its attributes."""
        found = []
        for body in self.taken["/v1/traces"]:
            request = ExportTraceServiceRequest.FromString(body)
            for group in request.resource_spans:
                for scope in group.scope_spans:
                    found += [
                        {
                            "name": span.name,
                            "trace": span.trace_id.hex(),
                            "parent": span.parent_span_id.hex(),
                            "attributes": {
                                one.key: one.value.string_value or one.value.int_value
                                for one in span.attributes
                            },
                        }
                        for span in scope.spans
                    ]
        return found

    def metrics(self) -> set[str]:
        """The names of what is measured."""
        return {
            metric.name
            for body in self.taken["/v1/metrics"]
            for group in ExportMetricsServiceRequest.FromString(body).resource_metrics
            for scope in group.scope_metrics
            for metric in scope.metrics
        }


def _personal_application() -> dict[str, Any]:
    values = application()
    del values["reference"]
    values["person"] = {
        "identity_number": NUMBER,
        "name": "Hemliga Hemligsson",
        "email": "hemliga@example.se",
        "phone": "070-1740000",
    }
    values["employments"][0]["employer"] = "559900-0017"
    return values


TEXT = f"Hemliga Hemligsson ({FORMS[2]}) på Ingenstans Gruv sover illa; hemliga@example.se"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def _paths(app: FastAPI, filled: Filled) -> list[tuple[str, str]]:
    """Every route, with a case where one is asked for."""
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    return [
        (
            method,
            re.sub(
                r"\{[^}]*\}", lambda found: str(filled.active) if found[0] == "{case}" else "bo", route.path
            ),
        )
        for route in routes
        for method in sorted(route.methods or ())
    ]


def _ask_everything(server: Served, app: FastAPI, filled: Filled, tokens: dict[str, str]) -> int:
    """Ask every route in every role, with personal data wherever they fit and where they do not."""
    asked = 0
    for role, token in tokens.items():
        headers = {"Authorization": f"Bearer {token}", "If-Match": "*", "Liggare-Purpose": "insyn"}
        for method, path in _paths(app, filled):
            for content in ({"note": TEXT, "identity_number": NUMBER}, _personal_application(), TEXT):
                headers["Idempotency-Key"] = str(uuid4())
                more = {"json": content} if method == "POST" else {"params": {"q": TEXT, "include": "person"}}
                server_answer = (server.post if method == "POST" else server.get)(
                    path, headers=headers, **more
                )
                assert server_answer.status_code != 500, (method, path, server_answer.text)
                asked += 1
                if method == "GET" or role != "advisor":
                    break
    return asked


def _ask_wrongly(server: Served, token: str, case: str) -> None:
    """Put personal data where none belong."""
    sign = {"Authorization": f"Bearer {token}"}
    for form in FORMS:
        server.get(f"/v1/cases/{form}", headers=sign)
        server.get(f"/v1/persons/{form}", headers=sign, params={"name": "Hemliga"})
        server.get("/v1/caseloads/advisors/" + form, headers=sign)
        server.get("/v1/caseloads/advisors/Hemliga%20Hemligsson", headers=sign)
        server.get("/Hemliga/hemliga@example.se", headers=sign)
        server.get(
            "/v1/cases/" + case, headers=sign | {"Liggare-Purpose": form, "Host": f"{form}.example.se"}
        )
        server.get("/v1/cases/" + case, headers=sign | {"Liggare-Purpose": "Hemliga%20Hemligsson"})
        server.get("/v1/me", headers={"Authorization": f"Bearer {form}", "User-Agent": form, "Referer": form})
        fields = {"Idempotency-Key": form, "If-Match": form, "Content-Type": "application/json"}
        server.post(f"/v1/cases/{case}/meetings", headers=sign | fields, content=TEXT.encode())
        server.post(
            f"/v1/cases/{case}/plans",
            headers=sign | fields | {"If-Match": "*"},
            content=b"\xff" + form.encode(),
        )
        with server.connect() as connection:
            connection.sendall(f"{form} {TEXT}\r\n\r\n".encode())
            connection.recv(1000)


@pytest.fixture
def collector() -> Iterator[Collector]:
    one = Collector()
    yield one
    one.close()


def test_nothing_personal_and_no_secret_is_told(
    settings: Settings,
    filled: Filled,
    app: FastAPI,
    local_issuer: LocalIssuer,
    collector: Collector,
    tmp_path: Path,
) -> None:
    environment = environment_of(
        settings,
        local_issuer,
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_BSP_SCHEDULE_DELAY="100",
        OTEL_LOG_LEVEL="debug",
        FASTAPI_OTEL_AUTO_CONFIGURE="true",
        PYTHONWARNINGS="always",
    )
    tokens = {role: local_issuer.token("bo", role) for role in ("advisor", "auditor")}
    with served(environment, tmp_path / "log") as server:
        sign = {"Authorization": f"Bearer {tokens['advisor']}"}
        made = server.post(
            "/v1/applications",
            headers=sign
            | {
                "Idempotency-Key": "mine-1",
                "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
                "baggage": f"n={NUMBER}",
            },
            json=_personal_application(),
        )
        assert made.status_code == 201, made.text
        assert made.headers["Trace-Id"] == TRACE
        asked = _ask_everything(server, app, filled, tokens)
        _ask_wrongly(server, tokens["auditor"], made.json()["case"])
        read = server.get(
            f"/v1/cases/{made.json()['case']}/history?include=person",
            headers={"Authorization": f"Bearer {tokens['auditor']}"},
        )
        assert NUMBER in read.text or "Hemliga" in read.text  # it is there, for one who may
        assert server.end()[0] == 0
        told = server.lines()
    log = (tmp_path / "log").read_text("utf-8")
    spans, measured = collector.spans(), collector.metrics()
    assert asked > len(WAYS)
    assert len([line for line in told if line["event"] == "request"]) > asked
    assert len(spans) > asked
    assert "http.server.request.duration" in measured
    keys = read_keys(settings.home)
    secrets = [
        *tokens.values(),
        *(token.rpartition(".")[2] for token in tokens.values()),
        keys.lookup_key,
        *(one.key for one in keys.key_encryption_keys),
        str(keys.signing_key),
        "mine-1",
        "Bearer",
    ]
    raw = b"".join(body for bodies in collector.taken.values() for body in bodies)
    for word in (*PERSONAL, *secrets, json.dumps(TEXT)[1:20]):
        assert word not in log, word
        assert word.encode() not in raw, word
    assert TRACE in {span["trace"] for span in spans}
    named = {line["trace"] for line in told if line["event"] == "request"}
    assert {span["trace"] for span in spans} <= named
    of_case = [span for span in spans if span["attributes"].get("http.route") == "/v1/cases/{case}"]
    assert of_case
    for span in spans:
        for name, value in span["attributes"].items():
            if name in ("url.path", "url.query", "server.address", "server.port"):
                assert value == "withheld"


def test_a_line_says_what_finds_a_request_and_no_more(
    server: Served, local_issuer: LocalIssuer, filled: Filled
) -> None:
    path = f"/v1/cases/{filled.active}?include=person"
    sign = local_issuer.headers("revisor", "auditor")
    answer = server.get(path, headers=sign | {"traceparent": PARENT})
    assert (answer.status_code, answer.headers["Trace-Id"]) == (200, TRACE)
    deadline = time.monotonic() + 5
    while not (found := [line for line in server.lines() if line.get("trace") == TRACE]):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (line,) = found
    assert set(line) == {
        "event",
        "level",
        "timestamp",
        "method",
        "route",
        "status",
        "ms",
        "role",
        "code",
        "trace",
        "pid",
    }
    assert (line["route"], line["role"], line["status"]) == ("/v1/cases/{case}", "auditor", 200)
    malformed = server.get("/v1/me", headers=sign | {"traceparent": "00-0-0-0"})
    assert re.fullmatch("[0-9a-f]{32}", malformed.headers["Trace-Id"])


def test_without_a_collector_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    before = trace.get_tracer_provider(), metrics.get_meter_provider()
    start_telemetry("1")
    assert (trace.get_tracer_provider(), metrics.get_meter_provider()) == before
    assert not isinstance(before[0], TracerProvider)
