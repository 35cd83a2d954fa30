"""A picture of what other rules would have changed: bars in an SVG file, and their data beside it as CSV."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from domain.policy import POLICIES
from ledger.faults import InputFault
from replays.drafts import whole_file
from replays.outcomes import DIRECTIONS
from replays.what_if import Row, WhatIf

EFFECTS_SV = {"direct": "Direkt verkan", "follow_on": "Följdverkan av tidigare beslut"}
DIRECTIONS_SV = dict(
    zip(
        DIRECTIONS,
        (
            "Avslag blir beviljande",
            "Beviljande blir avslag",
            "Beviljas: annan sista dag eller andra månader",
            "Avslås av andra skäl",
            "Behövs inte: redan beviljat",
        ),
        strict=True,
    )
)
COLOURS = ("#2a7f62", "#b3402a", "#d9a441", "#7b6d8d", "#8a9ba8")
PANELS = {"year": "Beslutsår", "service": "Tjänst"}
SERVICES_SV = {name: terms.sv for policy in POLICIES for name, terms in policy.services.items()}
BAR_HEIGHT, WIDTH, LABEL_WIDTH = 18, 420, 400


class Files(NamedTuple):
    """The two files, whole or not there at all once the context ends."""

    picture: IO[bytes]
    table: IO[bytes]

    def write(self, found: WhatIf, title: str) -> None:
        """Draw what was found, and write its data."""
        values = [_values(row) for row in found.rows if row.by in PANELS and row.effect in EFFECTS_SV]
        self.table.write(_csv(values))
        self.picture.write(_svg(values, title, found))


@contextmanager
def picture_files(path: Path) -> Iterator[Files]:
    """Yield the files to draw in, of this name and with .csv; raise `InputFault` where one is there already."""
    if path.suffix != ".svg":
        raise InputFault(f"{path}: a picture is an .svg file; name it so")
    with whole_file(path) as picture, whole_file(path.with_suffix(".csv")) as table:
        yield Files(picture, table)


def _values(row: Row) -> dict[str, Any]:
    """Return what a bar shows, in codes and in Swedish."""
    return {
        "by": row.by,
        "value": row.value,
        "value_sv": SERVICES_SV.get(row.value, row.value).capitalize(),
        "effect": row.effect,
        "effect_sv": EFFECTS_SV[row.effect],
        "direction": row.direction,
        "direction_sv": DIRECTIONS_SV[row.direction],
        "decisions": row.decisions,
        "tried": row.tried,
    }


COLUMNS = (
    "by",
    "value",
    "value_sv",
    "effect",
    "effect_sv",
    "direction",
    "direction_sv",
    "decisions",
    "tried",
)


def _csv(values: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(values)
    return text.getvalue().encode()


def _svg(values: list[dict[str, Any]], title: str, found: WhatIf) -> bytes:
    """Return bars by year and by service, an effect beside the other, a colour a direction."""
    import altair  # noqa: PLC0415 - takes half a second, which only a picture is worth
    import vl_convert  # noqa: PLC0415

    panels = [
        _panel(altair, [row for row in values if row["by"] == by], heading) for by, heading in PANELS.items()
    ]
    below = (
        f"{found.tried} beslut prövade; ej prövade: {found.erased} raderade, {found.outside} utanför reglerna"
    )
    chart = altair.vconcat(*panels).properties(
        title=altair.TitleParams(f"Om andra regler hade gällt: {title}", subtitle=below, anchor="start")
    )
    return vl_convert.vegalite_to_svg(chart.to_json(), format_locale="sv-SE").encode()


def _panel(altair: Any, values: list[dict[str, Any]], heading: str) -> Any:
    """Return bars, one a value, in two columns."""
    scale = altair.Scale(domain=list(DIRECTIONS_SV.values()), range=list(COLOURS))
    bars = (
        altair.Chart(altair.InlineData(values=values))
        .mark_bar()
        .encode(
            x=altair.X("decisions:Q", title="Antal beslut", axis=altair.Axis(format=",d", tickMinStep=1)),
            y=altair.Y("value_sv:N", title=heading, axis=altair.Axis(labelLimit=LABEL_WIDTH)),
            color=altair.Color("direction_sv:N", title="Vad som ändras", scale=scale, legend=LEGEND),
        )
        .properties(width=WIDTH, height=altair.Step(BAR_HEIGHT))
    )
    return bars.facet(
        column=altair.Column("effect_sv:N", title=None, sort=list(EFFECTS_SV.values())), spacing=30
    )


LEGEND: Mapping[str, Any] = {"labelLimit": 0}
