"""A promise in words: what is left of it, whether it stands still, whether it was kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, Protocol, TypeVar

from helpdesk.i18n import gettext
from helpdesk.presentation.dates import exact, short_when, when
from helpdesk.presentation.hours import standstill
from helpdesk.presentation.quantities import span
from sla.calendar import Calendar
from sla.metrics import CALLBACK, RESOLUTION, VISIT_REPORT

Tone = Literal["calm", "risk", "broken", "kept", "late", "paused", "none"]


class Promised(Protocol):
    """What is shown of a target; the target record has all of it."""

    metric: str
    state: str
    due_at: datetime | None
    risk_at: datetime | None
    met_at: datetime | None
    breached_at: datetime | None
    provisional: bool


@dataclass(frozen=True)
class Countdown:
    """What a page needs to go on counting: service seconds left at an instant.

    ``left`` is negative once the promise is broken; the promise is at risk from
    ``warn`` seconds downwards.
    """

    at: datetime
    left: int
    warn: int


@dataclass(frozen=True)
class PromiseView:
    """A promise as it is shown: a tone, its icon, and words that say the same.

    ``text`` fits a row of the queue, ``detail`` completes it (the deadline, or
    why the clock stands still), ``due`` is the deadline alone, ``due_short`` the
    same without its weekday for lists, and ``title`` the same to the second.
    """

    tone: Tone
    icon: str
    text: str
    detail: str = ""
    due: str = ""
    due_short: str = ""
    title: str = ""
    provisional: bool = False
    countdown: Countdown | None = None

    @property
    def full(self) -> str:
        """Words for where there is room."""
        return " · ".join(part for part in (self.text, self.detail) if part)


_LAST = datetime.max.replace(tzinfo=UTC)
_ICONS: dict[Tone, str] = {
    "calm": "clock",
    "risk": "clock-risk",
    "broken": "alert",
    "kept": "kept",
    "late": "late",
    "paused": "pause",
    "none": "none",
}


T = TypeVar("T", bound=Promised)


def first_owed(targets: Iterable[T]) -> T | None:
    """Return the target to speak of where there is room for one: what falls due next.

    When nothing is owed any more, that is the last one that was kept or broken.
    """
    alive = [target for target in targets if target.due_at is not None]
    owed = [t for t in alive if t.met_at is None and t.state != "cancelled"]
    if owed:
        return min(owed, key=lambda target: target.due_at or _LAST)
    return alive[-1] if alive else None


def promise_view(target: Promised | None, *, calendar: Calendar, now: datetime) -> PromiseView:
    """Tell a target; None and a cancelled one promise nothing."""
    if target is None or target.due_at is None or target.state == "cancelled":
        return PromiseView("none", _ICONS["none"], gettext("no promise"))
    at = when(target.due_at, now=now, zone=calendar.zone)
    over = target.met_at is None and now > target.due_at
    due = gettext("was due %(when)s", when=at) if over else gettext("by %(when)s", when=at)
    view = _view(target, target.due_at, due, calendar, now)
    title = gettext("due %(exact)s", exact=exact(target.due_at, zone=calendar.zone))
    short = gettext("by %(when)s", when=short_when(target.due_at, now=now, zone=calendar.zone))
    return replace(view, due=due, due_short=short, title=title, provisional=target.provisional)


def _view(
    target: Promised, due: datetime, due_words: str, calendar: Calendar, now: datetime
) -> PromiseView:
    if target.met_at is not None:
        return _kept(target.metric, calendar.elapsed(due, target.met_at))
    if now > due:
        return _overdue(due, due_words, calendar, now)
    if target.state == "paused":
        return _show("paused", gettext("waiting for them"))
    return _running(target, due, due_words, calendar, now)


def _kept(metric: str, late: float) -> PromiseView:
    if late > 0:
        return _show("late", _late_words(metric) % {"span": span(late)})
    return _show("kept", _kept_words(metric))


def _late_words(metric: str) -> str:
    if metric == RESOLUTION:
        return gettext("solved %(span)s late")
    if metric == CALLBACK:
        return gettext("rung back %(span)s late")
    if metric == VISIT_REPORT:
        return gettext("reported %(span)s late")
    return gettext("replied %(span)s late")


def _kept_words(metric: str) -> str:
    if metric == RESOLUTION:
        return gettext("solved in time")
    if metric == CALLBACK:
        return gettext("rung back in time")
    if metric == VISIT_REPORT:
        return gettext("reported in time")
    return gettext("replied in time")


def _overdue(due: datetime, due_words: str, calendar: Calendar, now: datetime) -> PromiseView:
    late = calendar.elapsed(due, now)
    words = gettext("overdue by %(span)s", span=span(late))
    countdown = Countdown(now, -int(late * 60), 0)
    return replace(_show("broken", words, due_words), countdown=countdown)


def _running(
    target: Promised, due: datetime, due_words: str, calendar: Calendar, now: datetime
) -> PromiseView:
    left = calendar.elapsed(now, due)
    warn = calendar.elapsed(target.risk_at, due) if target.risk_at else 0.0
    tone: Tone = "risk" if left <= warn else "calm"
    words = gettext("%(span)s left", span=span(left))
    detail = standstill(calendar, now) or due_words
    countdown = Countdown(now, int(left * 60), int(warn * 60))
    return replace(_show(tone, words, detail), countdown=countdown)


def _show(tone: Tone, text: str, detail: str = "") -> PromiseView:
    return PromiseView(tone, _ICONS[tone], text, detail)
