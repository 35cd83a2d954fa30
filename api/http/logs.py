"""What the server tells of itself: a JSON object a line on standard error, without personal data."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from domain.event import IDENTITY

NEVER_PERSONAL = ("trace", "timestamp")
REDACTED = "[redacted]"

Line = MutableMapping[str, Any]


def configure_logs() -> None:
    """Let everything that is logged in this process go out in one form."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_traceback,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)


def _redact(_: Any, __: str, line: Line) -> Line:
    """Take out what can be an identity number, wherever it comes from: a net under all the care elsewhere."""
    for name, value in line.items():
        if isinstance(value, str) and name not in NEVER_PERSONAL:
            line[name] = IDENTITY.sub(REDACTED, value)
    return line


def _without_traceback(_: Any, __: str, line: Line) -> Line:
    """Keep an error's kind alone: its message and its frames' values may be anybody's data."""
    error = line.pop("exc_info", None)
    if error:
        line["error"] = error[0].__name__ if isinstance(error, tuple) and error[0] else "unknown"
    return line
