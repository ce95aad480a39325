"""Visits that centers ask for: the portal's form on the one path of every message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from channels.hotline.numbers import phone_number
from channels.message import Attachment, Handle, IncomingMessage, VisitWish
from channels.onsite import visit_item
from helpdesk.errors import Refusal
from helpdesk.extensions import reading
from helpdesk.i18n import gettext
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Ticket, Visit
from helpdesk.services.access import Actor
from helpdesk.services.arrivals import web_forms
from helpdesk.services.hours import calendars
from helpdesk.services.onsite import visit_dates, visit_words, visits
from helpdesk.services.onsite.visit_dates import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitQuestion:
    """What a center asks for; ``submission`` is the form's own id, made when it was shown.

    ``ticket`` is one that the asker may see, where the visit belongs to a matter already.
    """

    submission: str
    subject: str
    place: str
    purpose: str
    contact: str
    phone: str
    dates: Sequence[Span] = ()
    topic: str | None = None
    ticket: int | None = None
    files: Sequence[Attachment] = ()


def ask(author: Handle, question: VisitQuestion, *, now: datetime) -> int:
    """Open a ticket that asks for a visit and return its number; the same form opens one.

    Raises Refusal naming the field to correct.
    """
    phone = checked_phone(question.phone)
    with reading() as session:
        calendar = calendars.default(session)
        visit_dates.check(calendar, question.dates, now=now)
        text = _text(session, question, phone, now)
    wish = VisitWish(
        place=question.place,
        purpose=question.purpose,
        contact=question.contact,
        phone=phone,
        dates=tuple(question.dates),
    )
    subject = web_forms.one_line(question.subject)
    item = visit_item(
        wish,
        submission=web_forms.identity(
            question.submission,
            [author.value, str(question.ticket), subject, text],
            question.files,
        ),
        now=now,
        author=author,
        subject=subject,
        text=text,
        attachments=question.files,
        ticket=question.ticket,
        topic=question.topic,
    )
    return web_forms.send(item, "onsite", now=now)


def received(
    session: Session, ticket: Ticket, message: IncomingMessage, by: Actor, *, now: datetime
) -> Visit | None:
    """Put a visit that a message asks for onto its ticket, unless one is under way there."""
    wish = message.visit
    if wish is not None:
        session.flush()  # a visit hangs on a ticket that is there
    if wish is None or visits.open_visit(session, ticket) is not None:
        return None
    return visits.plan(
        session,
        ticket,
        place=wish.place,
        purpose=wish.purpose,
        contact=wish.contact,
        phone=wish.phone,
        dates=wish.dates,
        by=by,
        now=now,
    )


def checked_phone(text: str) -> str:
    """Return a number in its one form; raise Refusal for what is none."""
    try:
        return phone_number(text)
    except ValueError:
        raise Refusal(
            "bad_phone",
            _("Write a telephone number like 13800138000, 010-62001234 or 400-810-1234."),
            field="phone",
        ) from None


def _text(session: Session, question: VisitQuestion, phone: str, now: datetime) -> str:
    values = [
        (gettext("Place"), question.place),
        (gettext("Contact"), f"{question.contact} {phone}"),
        *(
            (gettext("Date that would suit"), visit_words.told(session, span, now=now))
            for span in question.dates
        ),
    ]
    return visit_words.request(values, purpose=question.purpose)
