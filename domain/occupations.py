"""Occupations at application: the fund's own names, as it prints them, and the SSYK groups of each (O-15)."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, get_args

from domain.values import Frozen

OccupationName = Literal[
    "teacher",
    "preschool_teacher",
    "administrative_officer",
    "administrator",
    "assistant_nurse",
    "childcare_worker",
    "management",
    "nurse",
    "social_welfare_secretary",
    "support_assistant",
    "cook",
    "leisure_time_teacher",
    "cleaner",
    "care_assistant",
    "pupil_assistant",
    "treatment_assistant",
    "support_pedagogue",
    "welfare_counsellor",
    "physician",
    "personal_assistant",
]
"""The fund's own names of occupations, as codes: a closed list, in the order in which it is printed (O-15)."""


class Occupation(Frozen):
    """A name of the fund's own in two languages, with the SSYK 2012 unit groups that surely are its (O-15)."""

    sv: str
    en: str
    ssyk: tuple[str, ...]


def _load() -> dict[OccupationName, Occupation]:
    text = files("domain.policies").joinpath("occupations.toml").read_text("utf-8")
    names = tomllib.loads(text)["names"]
    return {name: Occupation.model_validate(names[name], strict=False) for name in get_args(OccupationName)}


OCCUPATIONS: Mapping[OccupationName, Occupation] = MappingProxyType(_load())
"""Every name with its words and groups, in the printed order (O-15)."""

_NAMES = {group: name for name, occupation in OCCUPATIONS.items() for group in occupation.ssyk}


def occupation_of(ssyk: str | None) -> OccupationName | None:
    """Return the fund's name of an SSYK 2012 unit group, None where it has none of its own (O-15)."""
    return _NAMES.get(ssyk) if ssyk else None


def contradicts(ssyk: str | None, name: OccupationName | None) -> bool:
    """Tell whether a group and a name can't both be the applicant's: the group belongs to another name (O-15).

    A group that belongs to none contradicts no name: the list has only what is certain.
    """
    own = occupation_of(ssyk)
    return own is not None and name is not None and own != name


def counted_as(ssyk: str | None, name: str | None) -> str | None:
    """Return under which name an application is counted: its own, else its group's, else among the others (O-15).

    None where no occupation is registered.
    """
    return name or occupation_of(ssyk) or ("other" if ssyk else None)
