"""What the office and the center write to each other about a visit, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.i18n import gettext, speaking
from helpdesk.models import Login, Person, Ticket, Visit
from helpdesk.presentation.spans import span_stamp
from helpdesk.runtime import current_config
from helpdesk.services.hours import calendars
from helpdesk.services.onsite.visit_dates import Span


def speaking_to(session: Session, person: Person) -> AbstractContextManager[None]:
    """Speak the language that somebody outside the office reads."""
    chosen = session.scalar(select(Login.locale).where(Login.person_id == person.id))
    return speaking(chosen or person.locale or current_config().locale)


def told(session: Session, span: Span, *, now: datetime) -> str:
    """Tell one date in the desk's own time."""
    calendar = calendars.default(session)
    return span_stamp(*span, now=now, zone=calendar.zone)


def proposal(
    session: Session, visit: Visit, dates: Sequence[Span], words: str, *, now: datetime
) -> str:
    """Return the mail that proposes dates."""
    lines = [gettext("Hello,"), "", *_own(words)]
    if len(dates) == 1:
        lines += [gettext("we propose to come to you on %(date)s.", date=_t(session, dates, now))]
    else:
        lines += [gettext("we propose to come to you on one of these dates:")]
        lines += [f"• {told(session, date, now=now)}" for date in dates]
    lines += [*_place(visit), "", _how_to_answer(session, visit.ticket)]
    return "\n".join(lines)


def moved(
    session: Session, visit: Visit, dates: Sequence[Span], reason: str, *, now: datetime
) -> str:
    """Return the mail that gives up an agreed date and proposes others."""
    before = told(session, _agreed(visit), now=now)
    lines = [
        gettext("Hello,"),
        "",
        gettext("we have to move our visit of %(date)s: %(reason)s", date=before, reason=reason),
        "",
        gettext("Instead we propose:"),
        *(f"• {told(session, date, now=now)}" for date in dates),
        *_place(visit),
        "",
        _how_to_answer(session, visit.ticket),
    ]
    return "\n".join(lines)


def confirmation(session: Session, visit: Visit, span: Span, words: str, *, now: datetime) -> str:
    """Return the mail that confirms a date."""
    lines = [
        gettext("Hello,"),
        "",
        *_own(words),
        gettext("our visit is agreed for %(date)s.", date=told(session, span, now=now)),
        *_place(visit),
        *([gettext("Who comes: %(name)s", name=visit.agent.name)] if visit.agent else []),
        "",
        gettext("Should anything come up, answer this mail or tell us in the portal."),
    ]
    return "\n".join(lines)


def cancellation(session: Session, visit: Visit, reason: str, *, now: datetime) -> str:
    """Return the mail that calls a visit off."""
    if visit.starts_at is None:
        what = gettext("we cannot make the visit you asked for: %(reason)s", reason=reason)
    else:
        date = told(session, _agreed(visit), now=now)
        what = gettext(
            "our visit of %(date)s does not take place: %(reason)s", date=date, reason=reason
        )
    return "\n".join([gettext("Hello,"), "", what])


def report(
    session: Session, visit: Visit, *, done: str, findings: str, signed_by: str, now: datetime
) -> str:
    """Return the report that the center gets."""
    date = told(session, _agreed(visit), now=now)
    lines = [
        gettext("Report on our visit of %(date)s", date=date),
        *_place(visit),
        "",
        gettext("What was done:"),
        done,
    ]
    if findings:
        lines += ["", gettext("Findings:"), findings]
    lines += ["", gettext("Signed for the center by: %(name)s", name=signed_by)]
    return "\n".join(lines)


def request(values: Iterable[tuple[str, str]], *, purpose: str) -> str:
    """Return a request as the ticket's first message: the purpose, then the facts."""
    facts = [gettext("%(name)s: %(value)s", name=name, value=value) for name, value in values]
    return "\n".join([purpose, "", *facts])


def suggestion(session: Session, dates: Sequence[Span], words: str, *, now: datetime) -> str:
    """Return what the center writes when it names other dates."""
    lines = [gettext("These dates would suit us:")]
    lines += [f"• {told(session, date, now=now)}" for date in dates]
    return "\n".join([*lines, *(["", words] if words else [])])


def acceptance(session: Session, span: Span, *, now: datetime) -> str:
    """Return what the center writes when a date suits it."""
    return gettext("This date suits us: %(date)s", date=told(session, span, now=now))


def moved_by_center(
    session: Session, visit: Visit, dates: Sequence[Span], reason: str, *, now: datetime
) -> str:
    """Return what the center writes when an agreed date no longer suits it."""
    before = told(session, _agreed(visit), now=now)
    first = gettext("We have to move the visit of %(date)s: %(reason)s", date=before, reason=reason)
    return "\n".join([first, "", suggestion(session, dates, "", now=now)])


def cancelled_by_center(reason: str) -> str:
    """Return what the center writes when it needs no visit any more."""
    return gettext("We cancel the visit: %(reason)s", reason=reason)


def _agreed(visit: Visit) -> Span:
    assert visit.starts_at is not None
    assert visit.ends_at is not None
    return visit.starts_at, visit.ends_at


def _t(session: Session, dates: Sequence[Span], now: datetime) -> str:
    return told(session, dates[0], now=now)


def _own(words: str) -> list[str]:
    return [words.strip(), ""] if words.strip() else []


def _place(visit: Visit) -> list[str]:
    return [gettext("Place: %(place)s", place=visit.place)] if visit.place else []


def _how_to_answer(session: Session, ticket: Ticket) -> str:
    login = select(Login.id).where(Login.person_id == ticket.requester_id, Login.active)
    if session.scalar(login) is None:
        return gettext("Please tell us which date suits you; simply answer this mail.")
    address = f"{current_config().base_url}/portal/tickets/{ticket.id}"
    return gettext(
        "Please choose one in the portal, or suggest others there: %(address)s", address=address
    )
