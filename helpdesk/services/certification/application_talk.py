"""The ticket on which office and applicant speak of an application, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Handle
from helpdesk.extensions import reading, transaction
from helpdesk.i18n import gettext, speaking
from helpdesk.models import Application, Center, CenterEvent
from helpdesk.services.arrivals import web_forms
from helpdesk.services.arrivals.web_forms import Question
from helpdesk.services.certification import applications
from helpdesk.services.certification.center_log import LIFE


def ensure(application_id: int, *, now: datetime) -> int:
    """Open the ticket of an application that was sent, once, and return its number.

    It takes the one path of every form: sending it twice is one ticket, so whoever comes
    after a crash in between opens it.
    """
    with reading() as session:
        application = session.get_one(Application, application_id)
        known, email = application.ticket_id, application.email
        name = str(applications.values_of(application).get("person_name") or "")
        center = session.get_one(Center, application.center_id)
        with speaking(application.locale):
            subject = gettext("Application of %(name)s", name=center.name)
            text = gettext(
                "%(name)s applies to become a certification center in %(region)s."
                " The application has the number %(code)s.",
                name=center.name,
                region=center.region,
                code=center.code,
            )
    if known is not None:
        return known
    question = Question(f"application-{application_id}", subject, text)
    number = web_forms.ask(Handle("email", email, name), question, now=now)
    with transaction() as session:
        session.get_one(Application, application_id).ticket_id = number
    return number


def told_steps(session: Session, center: Center) -> Sequence[CenterEvent]:
    """Return the steps of a center's life that its applicant reads, the latest last."""
    return session.scalars(
        select(CenterEvent)
        .where(CenterEvent.center_id == center.id, CenterEvent.kind.startswith(LIFE))
        .order_by(CenterEvent.id)
    ).all()
