"""Traces and metrics, sent to where OTEL_EXPORTER_OTLP_ENDPOINT says, and without personal data.

What is told of a request is what the log tells of it: its method, its route with the names of its parameters,
status and time. The framework would add path, query and host as they came in, and those anybody may fill.
"""

import os

from opentelemetry import metrics, propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
WITHHELD = "withheld"
TOLD = (
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "error.type",
    "network.protocol.version",
    "url.scheme",
)
"""The attributes of a request that are told as they are."""


class Discreet(SpanProcessor):
    """Withholds what a client may fill as it likes, before anything else sees it."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Withhold attributes that are not told."""
        for name in span.attributes or {}:
            if name not in TOLD:
                span.set_attribute(name, WITHHELD)


def start_telemetry(version: str) -> None:
    """Send traces and metrics, where the environment says to whom."""
    if not os.environ.get(ENDPOINT):
        return
    about = Resource.create({"service.name": "liggare", "service.version": version})
    tracing = TracerProvider(resource=about)
    tracing.add_span_processor(Discreet())
    tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(tracing)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    metrics.set_meter_provider(MeterProvider([reader], resource=about))
    propagate.set_global_textmap(TraceContextTextMapPropagator())
