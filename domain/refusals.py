"""What a decision can say: the codes it refuses with, and the flags that a grant can carry.

A refusal is a decision, never an error:

refused
├── the person    WORK_CONDITION_NOT_MET  AGE_LIMIT
├── the ground    GROUND_MISSING  SERVICE_GROUND_MISMATCH  END_REASON_NOT_COVERED  NOT_EMPLOYER_INITIATED
│   │             GROUND_BEFORE_COMMENCEMENT  NOT_AFFILIATED
│   └── excluded  EXCLUDED_MANAGING_DIRECTOR  EXCLUDED_OWNER  EXCLUDED_FAMILY
├── the service   NO_SPECIAL_NEED  EMPLOYER_NOTIFICATION_MISSING  DURATION_NOT_ALLOWED
└── the time      REQUALIFICATION_NOT_OPEN  BASIS_NOT_OPEN  OUTSIDE_WINDOW
"""

from enum import StrEnum


class Code(StrEnum):
    """Why support is refused: the code, the clauses it rests on, and its name in Swedish and English."""

    clauses: tuple[str, ...]
    sv: str
    en: str

    def __new__(cls, code: str, clauses: str, sv: str, en: str) -> "Code":
        """Make a member that is its own code and carries its clauses and names."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.clauses = tuple(clauses.split())
        member.sv = sv
        member.en = en
        return member

    # fmt: off
    WORK_CONDITION_NOT_MET = (
        "WORK_CONDITION_NOT_MET", "K-5.2-1 O-14-b",
        "Arbetsvillkoret är inte uppfyllt", "The work condition is not met")
    AGE_LIMIT = (
        "AGE_LIMIT", "K-5.3",
        "Åldersgränsen är nådd", "The age limit is reached")
    GROUND_MISSING = (
        "GROUND_MISSING", "K-5.1-1 K-5.1-2",
        "Ingen anställning att pröva", "No employment to try")
    SERVICE_GROUND_MISMATCH = (
        "SERVICE_GROUND_MISMATCH", "K-5.1-1 K-5.1-2",
        "Stödet passar inte anställningens läge", "The service does not fit the employment's state")
    END_REASON_NOT_COVERED = (
        "END_REASON_NOT_COVERED", "K-5.1-1",
        "Skälet till att anställningen upphör omfattas inte", "The reason for the end is not covered")
    NOT_EMPLOYER_INITIATED = (
        "NOT_EMPLOYER_INITIATED", "K-5.1-3",
        "Arbetsgivaren tog inte initiativet", "Not on the employer's initiative")
    GROUND_BEFORE_COMMENCEMENT = (
        "GROUND_BEFORE_COMMENCEMENT", "2022:850-transitional",
        "Anställningen upphörde före reglernas början", "The employment ended before the rules applied")
    NOT_AFFILIATED = (
        "NOT_AFFILIATED", "O-14-a",
        "Arbetsgivaren är inte ansluten", "The employer is not affiliated")
    EXCLUDED_MANAGING_DIRECTOR = (
        "EXCLUDED_MANAGING_DIRECTOR", "K-5.1-4a",
        "Verkställande direktör", "Managing director")
    EXCLUDED_OWNER = (
        "EXCLUDED_OWNER", "K-5.1-4b",
        "Ägare till för stor del", "Owner of too large a share")
    EXCLUDED_FAMILY = (
        "EXCLUDED_FAMILY", "K-5.1-4c",
        "Närstående till egenföretagaren", "Family of the sole trader")
    NO_SPECIAL_NEED = (
        "NO_SPECIAL_NEED", "K-5.1-5",
        "Inget särskilt behov", "No special need")
    EMPLOYER_NOTIFICATION_MISSING = (
        "EMPLOYER_NOTIFICATION_MISSING", "O-25-d",
        "Arbetsgivarens anmälan saknas", "The employer's notification is missing")
    DURATION_NOT_ALLOWED = (
        "DURATION_NOT_ALLOWED", "K-2.1-b K-3.1-d K-4.1-c O-14-c O-24-d O-25-c",
        "Stödet ges inte för den tiden", "The service is not given for that time")
    REQUALIFICATION_NOT_OPEN = (
        "REQUALIFICATION_NOT_OPEN", "K-5.5-a",
        "Ett tidigare stöd löper ännu", "Earlier support still runs")
    BASIS_NOT_OPEN = (
        "BASIS_NOT_OPEN", "K-5.5-a",
        "Det åberopade beslutet löper inte", "The decision relied on does not run")
    OUTSIDE_WINDOW = (
        "OUTSIDE_WINDOW", "K-5.4",
        "Startdagen ligger utanför stödtiden", "The start lies outside the time of support")
    # fmt: on


class Flag(StrEnum):
    """What a person is asked to look at in a grant: the flag, its clause, and its name in both languages."""

    clause: str
    sv: str
    en: str

    def __new__(cls, flag: str, clause: str, sv: str, en: str) -> "Flag":
        """Make a member that is its own flag and carries its clause and names."""
        member = str.__new__(cls, flag)
        member._value_ = flag
        member.clause = clause
        member.sv = sv
        member.en = en
        return member

    # fmt: off
    GROUND_DISTANT = (
        "GROUND_DISTANT", "K-5.1-1",
        "Anställningens slut ligger långt bort i tiden", "The end of the employment lies far off in time")
    SHORTENED_BY_AGE = (
        "SHORTENED_BY_AGE", "K-5.3",
        "Tiden är kortad av åldersgränsen", "The time is cut short by the age limit")
    EXCLUDED_EMPLOYMENT_COUNTED = (
        "EXCLUDED_EMPLOYMENT_COUNTED", "K-5.1-4a",
        "Månader från en undantagen anställning är räknade", "Months of an excluded employment are counted")
    # fmt: on


EXCLUSIONS = frozenset({Code.EXCLUDED_MANAGING_DIRECTOR, Code.EXCLUDED_OWNER, Code.EXCLUDED_FAMILY})
"""Codes that bar an employment from being the ground while its months count (K-5.1-4; AMB-13)."""
