"""Protected identities: whether a person's is protected, who may open it, and whether that may change (AMB-37)."""

from collections.abc import Iterable
from datetime import date
from operator import itemgetter
from typing import NamedTuple

from domain.case import Case
from domain.grounds import Grounds
from domain.protection_events import IdentityProtected, ProtectionEvent, ProtectionKind, ProtectionLifted
from domain.rejections import CommandRejected

STRANGERS = ("applicant", "employer", "system")
"""Roles of those who are no staff: one of them may be called as somebody of the staff is."""


class Protection(NamedTuple):
    """A protection that stands: its kind, the named people who may open the identity, and since when."""

    kind: ProtectionKind
    readers: tuple[str, ...]
    since: date

    def opens_for(self, reader: str, purpose: str | None) -> bool:
        """Tell whether it opens for a reader, `role:name`: for the named people, who say what for (AMB-37)."""
        return purpose is not None and self.names(reader)

    def names(self, reader: str) -> bool:
        """Tell whether a reader, `role:name`, is one of the named people."""
        role, _, name = reader.partition(":")
        return role not in STRANGERS and name in self.readers


def protection_in(cases: Iterable[Case]) -> Protection | None:
    """Return the newest protection that stands in any of a person's cases; None where none does."""
    newest = [case.protection for case in cases if case.protection is not None]
    standing = [
        ((event.occurred_on, position), event)
        for position, event in newest
        if isinstance(event, IdentityProtected)
    ]
    if not standing:
        return None
    _, event = max(standing, key=itemgetter(0))
    return Protection(event.kind, event.readers, event.occurred_on)


def protection_grounds(event: ProtectionEvent, case: Case) -> Grounds:
    """Return why a protection may change so; raise `CommandRejected` where it may not.

    Nothing is dated before the newest change, which it would leave as it is.
    """
    _, before = case.protection or (0, None)
    if before is not None and event.occurred_on < before.occurred_on:
        raise CommandRejected(
            "PROTECTION_OUT_OF_ORDER", occurred_on=event.occurred_on, changed_on=before.occurred_on
        )
    protected = isinstance(before, IdentityProtected)
    if isinstance(event, ProtectionLifted):
        if not protected:
            raise CommandRejected("NOT_PROTECTED")
        return Grounds(
            "AMB-37",
            f"Skyddet upphör {event.occurred_on}; ärendet läses åter som andra.",
            f"The protection ends on {event.occurred_on}; the case is read as others again.",
        )
    if isinstance(before, IdentityProtected) and (before.kind, {*before.readers}) == (
        event.kind,
        {*event.readers},
    ):
        raise CommandRejected("ALREADY_PROTECTED", since=before.occurred_on)
    return Grounds(
        "AMB-37",
        f"Identiteten är skyddad från {event.occurred_on}; den öppnas bara av {len(event.readers)} namngivna.",
        f"The identity is protected from {event.occurred_on}; {len(event.readers)} named may open it.",
    )
