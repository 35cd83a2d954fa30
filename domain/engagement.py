"""A support under way, and what each event changes in it."""

from datetime import date, timedelta
from functools import singledispatch
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import Field

from domain.event import Event
from domain.services import CATALOGUES, Form, Service
from domain.support_events import (
    ActivityRecorded,
    ContactMade,
    EngagementExpired,
    EngagementStarted,
    HealthCollaborationHeld,
    MeetingHeld,
    MeetingMissed,
    OutcomeEvidenced,
    OutcomeReached,
    Paused,
    PeriodExtended,
    PlanAgreed,
    Reopened,
    Resumed,
    ShortfallExplained,
    TaskDone,
    Withdrawn,
)
from domain.values import Frozen


def day_after(day: date) -> date:
    """Return the next day."""
    return day + timedelta(days=1)


class Break(Frozen):
    """A stretch away from the support: from a day, until the client came back (None while away)."""

    since: date
    until: date | None = None


class Meeting(NamedTuple):
    """A meeting that counts: one a day and advisor (K-2.1-d; AMB-22)."""

    on: date
    advisor: str | None


class Engagement(Frozen):
    """A support: `agreed_end` is its last day, and nothing but a form's own extension moves it (K-2.1-i)."""

    service: str
    months: int
    catalogue: str
    starts_on: date
    agreed_end: date
    last_entry: date
    """The last day on which something in the support is on record."""
    extensions: int = 0
    plans: tuple[PlanAgreed, ...] = ()
    """The plans that were agreed on, the newest of which holds."""
    done: frozenset[tuple[UUID, int]] = frozenset()
    """The tasks that were carried out: the plan's id, and the task's number."""
    activities: dict[str, ActivityRecorded] = Field(default_factory=dict)
    """What was last recorded of each activity, by its name."""
    meetings: frozenset[Meeting] = frozenset()
    missed: tuple[date, ...] = ()
    contacts: tuple[date, ...] = ()
    """Contacts beside the meetings, collaboration about health included."""
    breaks: tuple[Break, ...] = ()
    gaps: tuple[Break, ...] = ()
    """From the day that a result or a withdrawal closed the support until it was reopened."""
    earlier: tuple[OutcomeReached | Withdrawn, ...] = ()
    """What had closed the support before it was reopened."""
    outcome: OutcomeReached | None = None
    evidenced: frozenset[UUID] = frozenset()
    """Results of which evidence came in later."""
    withdrawn: Withdrawn | None = None
    expired: EngagementExpired | None = None
    shortfall: ShortfallExplained | None = None
    annulled_on: date | None = None

    @property
    def terms(self) -> Service:
        """Return the service as the catalogue that the support follows states it."""
        return CATALOGUES[self.catalogue].services[self.service]

    @property
    def form(self) -> Form:
        """Return the form of the service."""
        return self.terms.forms[self.months]

    @property
    def plan(self) -> PlanAgreed | None:
        """Return the plan that holds now."""
        return self.plans[-1] if self.plans else None

    def plan_on(self, day: date) -> PlanAgreed | None:
        """Return the plan that held on a day."""
        return next((plan for plan in reversed(self.plans) if plan.occurred_on <= day), None)

    @property
    def tasks_done(self) -> frozenset[int]:
        """Return the numbers of the present plan's tasks that were carried out."""
        return frozenset(number for plan, number in self.done if self.plan and plan == self.plan.event_id)

    @property
    def meetings_required(self) -> int:
        """Return the least number of meetings of the form (K-2.1-e, -f, K-3.1-e, K-4.1-e)."""
        return self.form.meetings

    @property
    def meetings_held(self) -> int:
        """Return how many meetings count (K-2.1-e, -f, K-3.1-e, K-4.1-e)."""
        return len(self.meetings)

    @property
    def closed_by(self) -> OutcomeReached | Withdrawn | None:
        """Return the result or the withdrawal that closed the support, None while it goes on."""
        return self.outcome or self.withdrawn

    @property
    def cut_on(self) -> date | None:
        """Return the day on which a result, a withdrawal or an annulment cut the support short, if one did."""
        days = (self.closed_by.occurred_on if self.closed_by else None, self.annulled_on)
        return min((day for day in days if day and day <= self.agreed_end), default=None)

    @property
    def last_day(self) -> date:
        """Return the last day on which something can happen in the support: its result's, or the agreed end."""
        return self.cut_on or self.agreed_end

    @property
    def result(self) -> str | None:
        """Return what ended the support: a result's kind, `withdrawn`, `expired`; None while it goes on."""
        if self.outcome:
            return self.outcome.outcome
        if self.withdrawn:
            return "withdrawn"
        return "expired" if self.expired else None

    @property
    def open_break(self) -> Break | None:
        """Return the interruption that the client has not come back from."""
        return self.breaks[-1] if self.breaks and self.breaks[-1].until is None else None

    def away(self, on: date) -> bool:
        """Tell whether the client is away on a day, or has not come back from an interruption."""
        return self.open_break is not None or any(
            row.since <= on and row.until is not None and on < row.until for row in self.breaks
        )

    def ended(self, on: date) -> bool:
        """Tell whether the support reads as ended on a day, recorded or not (K-2.1-c)."""
        return bool(self.closed_by or self.expired or self.annulled_on) or on > self.agreed_end

    def gap_on(self, on: date) -> Break | None:
        """Return the stretch between a closing and the reopening after it that a day lies in, if any."""
        within = (gap for gap in self.gaps if gap.since < on and (gap.until is None or on < gap.until))
        return next(within, None)

    @property
    def stretches(self) -> tuple[tuple[date, date], ...]:
        """Return when the support went on, each stretch with the day on which it was over.

        That is the day that cut it short, else the day after the agreed end. Another begins with a reopening.
        """
        begins = [self.starts_on, *(gap.until for gap in self.gaps if gap.until)]
        over = [*(gap.since for gap in self.gaps), self.cut_on or day_after(self.agreed_end)]
        return tuple(zip(begins, over, strict=True))

    def meets(self, first: date, last: date) -> bool:
        """Tell whether the support went on in some of a stretch of days, both its ends included."""
        return any(begins <= last and first < over for begins, over in self.stretches)

    def runs_beside(self, other: "Engagement") -> bool:
        """Tell whether two supports went on at the same time."""
        return any(
            max(begins, since) < min(over, until)
            for begins, over in self.stretches
            for since, until in other.stretches
        )


def begun(event: EngagementStarted, annulled_on: date | None) -> Engagement:
    """Return the support that begins."""
    return Engagement(
        service=event.service,
        months=event.months,
        catalogue=event.catalogue,
        starts_on=event.occurred_on,
        agreed_end=event.agreed_end,
        last_entry=event.occurred_on,
        annulled_on=annulled_on,
    )


def _with(engagement: Engagement, **changes: Any) -> Engagement:
    return engagement.model_copy(update=changes)


@singledispatch
def happen(event: Event, engagement: Engagement) -> Engagement:
    """Return the support after an event in it. An event that has no rule here is an error, never skipped."""
    raise TypeError(f"no rule for {type(event).__name__}")


@happen.register
def _(event: PeriodExtended, engagement: Engagement) -> Engagement:
    return _with(engagement, agreed_end=event.agreed_end, extensions=engagement.extensions + 1)


@happen.register
def _(event: PlanAgreed, engagement: Engagement) -> Engagement:
    return _with(_noted(event, engagement), plans=(*engagement.plans, event))


@happen.register
def _(event: TaskDone, engagement: Engagement) -> Engagement:
    if engagement.plan is None:
        return engagement
    done = engagement.done | {(engagement.plan.event_id, event.number)}
    return _with(_noted(event, engagement), done=done)


@happen.register
def _(event: ActivityRecorded, engagement: Engagement) -> Engagement:
    return _with(_noted(event, engagement), activities=engagement.activities | {event.activity: event})


@happen.register
def _(event: MeetingHeld, engagement: Engagement) -> Engagement:
    held = Meeting(event.occurred_on, event.advisor)
    return _with(_noted(event, engagement), meetings=engagement.meetings | {held})


@happen.register
def _(event: MeetingMissed, engagement: Engagement) -> Engagement:
    return _with(_noted(event, engagement), missed=(*engagement.missed, event.occurred_on))


@happen.register
def _(event: ContactMade | HealthCollaborationHeld, engagement: Engagement) -> Engagement:
    return _with(_noted(event, engagement), contacts=(*engagement.contacts, event.occurred_on))


@happen.register
def _(event: Paused, engagement: Engagement) -> Engagement:
    if engagement.open_break:
        return engagement
    away = Break(since=event.occurred_on, until=event.back_on)
    return _with(_noted(event, engagement), breaks=(*engagement.breaks, away))


@happen.register
def _(event: Resumed, engagement: Engagement) -> Engagement:
    return _back(_noted(event, engagement), event.occurred_on)


def _back(engagement: Engagement, on: date) -> Engagement:
    """Return the support with its interruption, if there is one, ended on a day."""
    if engagement.open_break is None:
        return engagement
    back = Break(since=engagement.open_break.since, until=on)
    return _with(engagement, breaks=(*engagement.breaks[:-1], back))


@happen.register
def _(event: OutcomeReached, engagement: Engagement) -> Engagement:
    return _with(engagement, outcome=event)


@happen.register
def _(event: OutcomeEvidenced, engagement: Engagement) -> Engagement:
    return _with(engagement, evidenced=engagement.evidenced | {event.outcome})


@happen.register
def _(event: Withdrawn, engagement: Engagement) -> Engagement:
    return _with(engagement, withdrawn=event)


@happen.register
def _(event: Reopened, engagement: Engagement) -> Engagement:
    closed = engagement.closed_by
    if closed is None:
        return engagement
    gap = Break(since=closed.occurred_on, until=event.occurred_on)
    return _with(
        _back(_noted(event, engagement), event.occurred_on),
        outcome=None,
        withdrawn=None,
        earlier=(*engagement.earlier, closed),
        gaps=(*engagement.gaps, gap),
    )


@happen.register
def _(event: EngagementExpired, engagement: Engagement) -> Engagement:
    return _with(engagement, expired=event)


@happen.register
def _(event: ShortfallExplained, engagement: Engagement) -> Engagement:
    return _with(engagement, shortfall=event)


def _noted(event: Event, engagement: Engagement) -> Engagement:
    """Return the support with the day of an event in it on record."""
    return _with(engagement, last_entry=max(engagement.last_entry, event.occurred_on))
