"""What a process remembers of the ledger: entries that it read or stored, and what they add up to."""

from collections.abc import Iterable, Sequence
from operator import is_
from uuid import UUID

from domain.case import Case
from domain.history import Entry, fold, fold_on
from domain.register import REGISTER, Register, fold_register

CASES_REMEMBERED = 20_000

Read = dict[UUID, tuple[Entry, ...]]
"""What was read of some cases, each oldest first."""


class Memory:
    """Entries never change, so what was read once holds for ever; only whether more came since is not known.

    Of an erased person it must be made to forget. `newest` is the last position in the log that is known of.
    """

    def __init__(self) -> None:
        self.newest = 0
        self._read: Read = {}
        self._folded: dict[UUID, tuple[tuple[Entry, ...], Case]] = {}
        self._register: tuple[tuple[Entry, ...], Register] = ((), Register())

    def known(self, case_id: UUID) -> tuple[Entry, ...]:
        """Return what is remembered of a case, none where nothing is."""
        return self._read.get(case_id, ())

    def all_of(self, case_ids: Iterable[UUID]) -> Read | None:
        """Return what is remembered of some cases; None where nothing is of one of them."""
        read: Read = {}
        for case_id in case_ids:
            entries = self._read.get(case_id)
            if entries is None:
                return None
            read[case_id] = entries
        return read

    def keep(self, read: Read) -> None:
        """Remember what was read of some cases, unless more of it is known already."""
        for case_id, entries in read.items():
            if entries:
                self.newest = max(self.newest, entries[-1].position)
            if (entries or case_id == REGISTER) and len(entries) >= len(self.known(case_id)):
                self._read[case_id] = entries
        if len(self._read) > CASES_REMEMBERED:
            oldest = [case_id for case_id in list(self._read) if case_id != REGISTER]
            self.forget(oldest[: CASES_REMEMBERED // 10])

    def go_on(self, case_id: UUID, entries: tuple[Entry, ...], new: Sequence[Entry]) -> None:
        """Remember what was stored after some entries, provided that just these are remembered."""
        self.newest = max(self.newest, new[-1].position)
        if self._read.get(case_id) is entries:
            self._read[case_id] = (*entries, *new)

    def forget(self, case_ids: Iterable[UUID]) -> None:
        """Forget some cases."""
        for case_id in case_ids:
            self._read.pop(case_id, None)
            self._folded.pop(case_id, None)

    def case(self, case_id: UUID, entries: tuple[Entry, ...]) -> Case:
        """Return what a case's entries add up to; what was folded before goes on where it was."""
        before, case = self._folded.get(case_id, ((), Case(case_id=case_id)))
        if before is not entries:  # which an unknown case's are, and nothing is remembered of it
            goes_on = len(before) <= len(entries) and all(map(is_, before, entries))
            case = (
                fold_on(case_id, case, before, entries[len(before) :]) if goes_on else fold(case_id, entries)
            )
            self._folded[case_id] = entries, case
        return case

    def register(self, entries: tuple[Entry, ...]) -> Register:
        """Return what the register's entries add up to; it changes seldom, so the last answer is remembered."""
        remembered = self._register
        if remembered[0] is not entries:
            self._register = remembered = (entries, fold_register(entries))
        return remembered[1]
