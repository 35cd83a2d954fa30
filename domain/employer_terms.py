"""What the fund offers employers: modules, demands on preventive measures, kinds of cost, purposes; each in words.

The order of the modules is advised. What a kind of cost comes to is fixed, and nobody approves what is never paid.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Area = Literal["strategic_competence_supply", "preventive_measures"]
"""The two of the four fields that are given to employers and not to persons (O-01)."""
Module = Literal[1, 2, 3, 4]
Criterion = Literal["strengthens_supply", "secures_employment", "beyond_ordinary"]
Purpose = Literal["rehabilitation", "competence_move", "remain_employed", "competence_supply"]
CostKind = Literal[
    "education",
    "education_extras",
    "mentoring",
    "other_competence_raising",
    "wages",
    "work_environment_project",
    "health_promotion",
    "competence_mapping",
    "other",
]


class Words(NamedTuple):
    """The clause of something, and what it is called in Swedish and English."""

    clause: str
    sv: str
    en: str


class Cost(NamedTuple):
    """A kind of cost: its clause, whether funds pay it, and what it is called in Swedish and English."""

    clause: str
    paid: Literal["always", "never", "by_approval"]
    sv: str
    en: str


AREAS: Mapping[Area, Words] = MappingProxyType(
    {
        "strategic_competence_supply": Words(
            "O-06", "strategisk kompetensförsörjning", "strategic competence supply"
        ),
        "preventive_measures": Words("O-08", "förebyggande insatser", "preventive measures"),
    }
)

MODULES: Mapping[Module, Words] = MappingProxyType(
    {
        1: Words("O-06", "Kompetensanalys", "Competence analysis"),
        2: Words("O-06", "Kompetensplanering", "Competence planning"),
        3: Words("O-06", "Genomförande", "Implementation"),
        4: Words("O-06", "Utvärdering", "Evaluation"),
    }
)
"""The modules in the order that is advised: from what is needed to whether the competence is there (O-07)."""

CRITERIA: Mapping[Criterion, Words] = MappingProxyType(
    {
        "strengthens_supply": Words(
            "O-08-a",
            "stärka arbetsgivarens tillgång på kompetens",
            "strengthen the employer's competence supply",
        ),
        "secures_employment": Words(
            "O-08-b", "göra anställningen tryggare", "make the employment more secure"
        ),
        "beyond_ordinary": Words(
            "O-08-c",
            "gå längre än den vanliga kompetensutvecklingen i anställningen",
            "go beyond the ordinary development within the employment",
        ),
    }
)

PURPOSES: Mapping[Purpose, Words] = MappingProxyType(
    {
        "rehabilitation": Words("O-11-a", "en del av rehabiliteringen", "a part of the rehabilitation"),
        "competence_move": Words("O-11-b", "att flytta kompetens", "moving competence"),
        "remain_employed": Words("O-11-c", "att kunna vara kvar i anställningen", "remaining employed"),
        "competence_supply": Words(
            "O-11-d", "arbetsgivarens kompetensförsörjning", "the employer's competence supply"
        ),
    }
)
"""What measures can be for where somebody's capacity for work is reduced."""

COSTS: Mapping[CostKind, Cost] = MappingProxyType(
    {
        "education": Cost("O-09-a", "always", "utbildning", "education"),
        "education_extras": Cost(
            "O-09-b", "always", "merkostnader vid utbildning", "extra costs of education"
        ),
        "mentoring": Cost("O-09-c", "always", "handledning eller coachning", "mentoring or coaching"),
        "other_competence_raising": Cost(
            "O-09-d", "always", "en annan insats som höjer kompetensen", "another competence-raising measure"
        ),
        "wages": Cost("O-10-a", "never", "lön till deltagare", "participants' wages"),
        "work_environment_project": Cost(
            "O-10-b", "never", "arbetsmiljöprojekt", "a work-environment project"
        ),
        "health_promotion": Cost("O-10-c", "never", "friskvård och hälsa", "a health-promoting measure"),
        "competence_mapping": Cost(
            "O-10-d", "never", "att kartlägga behovet av kompetens", "mapping of the needs of competence"
        ),
        "other": Cost("O-09", "by_approval", "något annat", "something else"),
    }
)
"""Every kind of cost. The list of what is paid is open, so that anything else may be approved by hand (O-09)."""
