"""How fast applications are assessed, against reading and writing the same JSON."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from domain.assessment import assess_json

CASES = Path(__file__).parents[1] / "tests" / "data" / "assessments.jsonl"


def rate(work: Callable[[bytes], object], texts: Sequence[bytes], seconds: float) -> float:
    """Return requests a second of one run that is long enough to measure."""
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        for text in texts:
            work(text)
        done += len(texts)
    return done / spent


def plain(text: bytes) -> str:
    """Read the text as JSON and write it again: the least that any program must do with it."""
    return json.dumps(json.loads(text))


def assess_rate(turns: int = 9, seconds: float = 0.3) -> dict[str, dict[str, float]]:
    """Measure assessments from JSON text to JSON bytes on one core: all valid worked cases, and E01 alone."""
    cases = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    valid = {
        case["id"]: json.dumps(case["request"]).encode()
        for case in cases
        if "error_path" not in case["expected"]
    }
    report = {}
    for name, texts in (("all worked cases", list(valid.values())), ("E01, 24 months", [valid["E01"]])):
        # turn by turn, so that a busy machine slows both sides of the ratio
        runs = [(rate(assess_json, texts, seconds), rate(plain, texts, seconds)) for _ in range(turns)]
        report[name] = {
            "ratio": statistics.median(copied / assessed for assessed, copied in runs),
            "best": max(assessed for assessed, _ in runs),
            "median": statistics.median(assessed for assessed, _ in runs),
        }
    return report


def print_assess_rate() -> None:
    """Print assessments a second, and how many times the least possible work they cost."""
    for name, row in assess_rate().items():
        print(
            f"assess, {name}: {row['ratio']:.1f} times json.loads + json.dumps of the same text; "
            f"{row['median']:,.0f} requests/s (median), {row['best']:,.0f} (best)"
        )
