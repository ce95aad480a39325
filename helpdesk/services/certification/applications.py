"""Applications to become a center: begun with a mail address, saved as typed, sent once.

Whoever holds the mailed link is the applicant. Its secret part is kept as a digest only;
the browser holds the application's id in its signed session, so that no later address of
a page carries the secret.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.identity import hide
from channels.message import Handle
from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.i18n import gettext, speaking
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Application, Center, Document, Qualification, Teacher
from helpdesk.runtime import current_config
from helpdesk.services.access import Actor
from helpdesk.services.arrivals import web_forms
from helpdesk.services.certification import (
    application_form,
    application_values,
    center_life,
    qualification,
)
from helpdesk.services.certification.application_form import PARTS, Part
from helpdesk.services.certification.application_values import Checked
from helpdesk.services.database.throttling import throttle
from helpdesk.services.identity import people
from helpdesk.services.personal import sealed
from helpdesk.services.sending import outgoing

STARTED_PER_HOUR = 5
WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """A part of the form and the labels of what it still lacks."""

    part: Part
    lacking: Sequence[Any]
    begun: bool


def begin(session: Session, email: str, *, locale: str, now: datetime) -> Application:
    """Begin an application and mail its link; raise Refusal, or TooMany where it was tried often.

    The try is counted by whoever calls (``count_start``), in a transaction of its own.
    """
    handle = web_forms.visitor_handle("", email)
    application = Application(
        token_hash="",
        email=handle.value,
        locale=locale,
        data={"values": {}, "typed": {}},
        created_at=now,
        updated_at=now,
        version=1,
    )
    session.add(application)
    send_link(session, application, now=now)
    session.flush()
    return application


def count_start(session: Session, email: str, place: str, *, now: datetime) -> None:
    """Count a start by address and by place; raise TooMany beyond the limit."""
    for key in (f"apply {email.strip().lower()}", f"apply from {place}"):
        throttle(session, key, limit=STARTED_PER_HOUR, window=WINDOW, now=now)


def send_link(session: Session, application: Application, *, now: datetime) -> None:
    """Mail a new link; the one before no longer works."""
    token = secrets.token_urlsafe(24)
    application.token_hash = _digest(token)
    with speaking(application.locale):
        outgoing.queue_notice(
            session,
            application.email,
            subject=gettext("Your application to become a certification center"),
            text="\n".join(
                [
                    gettext("With this link you go on with your application, on any device:"),
                    "",
                    f"{current_config().base_url}/apply/continue/{token}",
                    "",
                    gettext("Whoever has the link can read and change it: keep it to yourself."),
                ]
            ),
            kind="account",
            now=now,
        )


def by_token(session: Session, token: str, *, now: datetime) -> Application:
    """Return the application of a link and note that its address is true; raise NotFound."""
    found = session.scalar(select(Application).where(Application.token_hash == _digest(token)))
    if found is None or found.erased_at is not None:
        raise NotFound("link_gone", _("This link no longer works. Begin again, or ask for a link."))
    found.confirmed_at = found.confirmed_at or now
    return found


def begun_with(session: Session, email: str) -> Application | None:
    """Return the latest application that was begun with an address."""
    return session.scalar(
        select(Application)
        .where(Application.email == email.strip().lower(), Application.erased_at.is_(None))
        .order_by(Application.id.desc())
        .limit(1)
    )


def save(
    session: Session,
    application: Application,
    part: Part,
    typed: Mapping[str, str],
    *,
    now: datetime,
    today: date,
) -> Checked:
    """Keep what was typed into a part, right or wrong; return what is wrong with it.

    What is wrong is kept as typed, to be shown again; a wrong ID number is not kept at all,
    and one that was written where it does not belong is masked.
    Raises Conflict once the application was sent.
    """
    _hold(session, application)
    checked = application_values.check(part, typed, today=today)
    values = {**values_of(application), **checked.values}
    wrong = dict(application.data.get("typed") or {})
    for name in typed:
        wrong.pop(name, None)
        if name in checked.errors and name not in application_form.SEALED:
            wrong[name] = hide(typed[name][:5000])
            values.pop(name, None)
    for name, number in checked.numbers.items():
        _forget_number(session, application, name, why="replaced", now=now)
        values[name] = {"sealed": sealed.seal(session, number, now=now).id}
    application.data = {"values": values, "typed": wrong}
    application.version += 1
    application.updated_at = now
    return checked


def values_of(application: Application) -> dict[str, Any]:
    """Return what is right so far, by the field's name."""
    return dict(application.data.get("values") or {})


def papers(session: Session, application: Application) -> Sequence[Document]:
    """Return the application's files, in the order in which they came."""
    return session.scalars(
        select(Document)
        .where(Document.application_id == application.id, Document.removed_at.is_(None))
        .order_by(Document.id)
    ).all()


def progress(session: Session, application: Application) -> list[Progress]:
    """Return each part and what it still lacks."""
    values = values_of(application)
    counted = Counter(paper.kind for paper in papers(session, application))
    return [
        Progress(
            part,
            application_form.lacking(part, values, counted),
            any(values.get(name) not in (None, "", []) for name in _names(part))
            or any(counted[files.kind] for files in part.files),
        )
        for part in PARTS
    ]


def submit(session: Session, application: Application, *, now: datetime) -> Center:
    """Make a center of an application: its record, its checklist, its first step.

    Raises Refusal naming what is missing, and Conflict where it was sent already.
    """
    _hold(session, application)
    if application.confirmed_at is None:
        raise Refusal(
            "not_confirmed",
            _("Open the link that we mailed to you first, so that we know the address is yours."),
        )
    parts = progress(session, application)
    lacking = [str(label) for part in parts for label in part.lacking]
    kinds = {paper.kind for paper in papers(session, application)}
    if lacking or application.data.get("typed"):
        lacking = lacking or [gettext("fields that are marked as wrong")]
        raise Refusal(
            "not_complete", _("Still missing: %(what)s.", what=gettext(", ").join(lacking))
        )
    center = _center(session, application, now)
    actor = _applicant(session, application, center, now)
    given = {
        "form": True,
        "licence": "licence" in kinds,
        "photographs": "photograph" in kinds,
    }
    center_life.enter_application(
        session, center, given, by=actor, now=now, facts={"application": application.id}
    )
    application.center_id = center.id
    application.submitted_at = application.updated_at = now
    for paper in papers(session, application):
        paper.center_id = center.id
    session.flush()
    return center


def forget(session: Session, application: Application, *, why: str, now: datetime) -> None:
    """Erase what an application says of people; that it was there, and when, remains.

    ``why`` is one of ``labels.ERASURES``.
    """
    for name in application_form.SEALED:
        _forget_number(session, application, name, why=why, now=now)
    for paper in papers(session, application):
        paper.removed_at = now
    application.data = {"values": {}, "typed": {}}
    application.email = ""
    application.token_hash = secrets.token_hex(32)
    application.erased_at = now


def _center(session: Session, application: Application, now: datetime) -> Center:
    values = values_of(application)
    profile = {
        name: value
        for name, value in values.items()
        if name not in (*application_form.COLUMNS, "teachers")
    }
    center = Center(
        code=f"A{now.year}-{application.id:05}",
        state="draft",
        created_at=now,
        profile=profile,
        **{name: values.get(name) or "" for name in application_form.COLUMNS},
    )
    session.add(center)
    session.flush()
    for position, row in enumerate(values.get("teachers") or ()):
        session.add(
            Teacher(
                center_id=center.id,
                position=position,
                name=row["name"],
                course=row.get("course") or "",
                years=row.get("years"),
                remarks=row.get("remarks") or "",
            )
        )
    for judged in qualification.judge(values):
        session.add(
            Qualification(
                center_id=center.id,
                criterion=judged.criterion,
                figure=judged.figure[:300],
                judged=judged.met,
            )
        )
        session.flush()  # the checklist is read in the order of its ids
    return center


def _applicant(session: Session, application: Application, center: Center, now: datetime) -> Actor:
    """Return who applies; from now on their mails belong to the center, which they lead."""
    name = str(values_of(application).get("person_name") or "")
    handle = Handle("email", application.email, name)
    person = people.person_for(session, handle, now=now, locale=application.locale)
    person.name = person.name or name
    if person.center_id is None:
        person.center, person.lead = center, True
    session.flush()
    return Actor(person.display_name, person_id=person.id)


def _forget_number(
    session: Session, application: Application, name: str, *, why: str, now: datetime
) -> None:
    value = values_of(application).get(name)
    if isinstance(value, dict) and value.get("sealed"):
        sealed.erase(
            session,
            [value["sealed"]],
            now=now,
            center_id=application.center_id,
            subject=name,
            reason=why,
        )


def _hold(session: Session, application: Application) -> None:
    """Wait for whoever saves or sends it just now, and read it as they left it.

    A page saves while one types: of two that cross neither part may be lost, and no sealed
    number be left that nothing names.
    """
    session.flush()
    session.refresh(application, with_for_update=True)
    if application.submitted_at is not None:
        raise Conflict("sent_already", _("This application was sent; it cannot be changed now."))


def _names(part: Part) -> list[str]:
    return [*(f.name for f in part.fields), *(rows.name for rows in part.rows)]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
