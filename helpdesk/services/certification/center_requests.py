"""What a center asks of its record: a change of its facts, or to leave.

Each is a ticket too, through the one path of every form, so that its first reply is
promised like any other. The office takes a change over with one click or says why not;
leaving is decided by the steps of the center's life.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Handle
from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.extensions import reading, transaction
from helpdesk.i18n import gettext
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center, CenterRequest, Document, Person
from helpdesk.services import access
from helpdesk.services.access import Viewer
from helpdesk.services.arrivals.web_forms import Question, ask
from helpdesk.services.certification import (
    application_form,
    application_values,
    center_life,
    center_log,
)
from helpdesk.services.certification.center_needs import Told

CHANGEABLE = (
    "name_en",
    "city",
    "phone",
    "fax",
    "postcode",
    "address",
    "legal_representative",
    "legal_phone",
)
LONGEST_REASON = 1000
PAGE = 50


def ask_change(
    session: Session,
    viewer: Viewer,
    center: Center,
    typed: Mapping[str, str],
    *,
    reason: str,
    now: datetime,
    today: date,
) -> CenterRequest:
    """Ask the office to change facts; raise Refusal naming the field that is wrong.

    Only what differs is asked for. Its ticket is opened afterwards (``ensure_ticket``).
    """
    access.require_center_role(viewer, center, "center")
    access.require_writing_center(session, viewer)
    proposed = _proposed(center, typed, today)
    if not proposed and not reason.strip():
        raise Refusal("nothing_new", _("Change a field, or write what should be changed."))
    request = CenterRequest(kind="change", proposed=proposed)
    return _add(session, viewer, center, request, reason=reason, now=now)


def ask_exit(
    session: Session,
    viewer: Viewer,
    center: Center,
    application: Document | None,
    *,
    reason: str,
    seen: int,
    now: datetime,
) -> CenterRequest:
    """Ask to leave with the written application; the center goes on serving meanwhile."""
    documents = [application] if application is not None else []
    told = Told(reason=reason, documents=documents)
    center_life.take(session, viewer, center, "request_exit", told, seen=seen, now=now)
    request = CenterRequest(kind="exit", proposed={}, document=application)
    return _add(session, viewer, center, request, reason=reason, now=now)


def enter_exit(
    session: Session,
    viewer: Viewer,
    center: Center,
    application: Document | None,
    *,
    letter_from: str,
    reason: str,
    seen: int,
    now: datetime,
) -> CenterRequest:
    """Write down for a center that it asked to leave by letter, which somebody signed.

    It has no ticket: who wrote may have no mail. The letter stands among the center's papers.
    """
    if not letter_from.strip():
        raise Refusal("no_writer", _("Write who signed the letter."), field="letter_from")
    documents = [application] if application is not None else []
    told = Told(reason=reason, letter_from=letter_from, documents=documents)
    center_life.take(session, viewer, center, "request_exit", told, seen=seen, now=now)
    request = CenterRequest(kind="exit", proposed={}, document=application)
    _add(session, viewer, center, request, reason=reason, now=now)
    request.by = letter_from.strip()[:200]
    return request


def ensure_ticket(request_id: int, *, now: datetime) -> int:
    """Open the ticket of a request, once, and return its number."""
    with reading() as session:
        request = session.get_one(CenterRequest, request_id)
        if request.ticket_id is not None:
            return request.ticket_id
        subject, text = _words(request)
        person = session.get(Person, request.person_id) if request.person_id else None
        email = person.email if person else None
        if person is None or email is None:
            raise NotFound("no_contact", _("Whoever asked this is no longer known by mail."))
        author = Handle("email", email, person.display_name)
    number = ask(author, Question(f"center-request-{request_id}", subject, text), now=now)
    with transaction() as session:
        session.get_one(CenterRequest, request_id).ticket_id = number
    return number


def decide(
    session: Session,
    viewer: Viewer,
    request: CenterRequest,
    *,
    accept: bool,
    answer: str,
    now: datetime,
) -> None:
    """Take a change over, or say why not; raise Conflict where it was decided."""
    access.require_center_role(viewer, request.center, "office")
    _require_open(request)
    if request.kind == "exit":
        raise Refusal("by_step", _("Leaving is decided by the steps on the center's record."))
    if not accept and not answer.strip():
        raise Refusal("needs_reason", _("Write why not: the center reads it."), field="answer")
    if accept and request.proposed:
        changes: dict[str, list[Any]] = {}
        for name, value in request.proposed.items():
            before = getattr(request.center, name)
            if name in CHANGEABLE and before != value:
                changes[name] = [before, value]
                setattr(request.center, name, value)
        if changes:
            center_log.record(
                session,
                request.center,
                "center.changed",
                now=now,
                by=viewer.actor,
                data={"to": changes, "request": request.id},
            )
    _close(request, "accepted" if accept else "refused", viewer, answer, now)


def withdraw(viewer: Viewer, request: CenterRequest, *, now: datetime) -> None:
    """Take a change back while nobody decided it."""
    access.require_center_role(viewer, request.center, "center")
    _require_open(request)
    if request.kind == "exit":
        raise Refusal("by_step", _("Write to the office if you want to stay: it decides that."))
    _close(request, "withdrawn", viewer, "", now)


def of_center(session: Session, center: Center, *, limit: int = PAGE) -> Sequence[CenterRequest]:
    """Return a center's latest requests, the latest first."""
    return session.scalars(
        select(CenterRequest)
        .where(CenterRequest.center_id == center.id)
        .order_by(CenterRequest.id.desc())
        .limit(limit)
    ).all()


def find(session: Session, center: Center, number: int) -> CenterRequest:
    """Return one of a center's requests; raise NotFound for anybody else's."""
    found = session.get(CenterRequest, number)
    if found is None or found.center_id != center.id:
        raise NotFound("no_request", _("There is no such request."))
    return found


def _proposed(center: Center, typed: Mapping[str, str], today: date) -> dict[str, str]:
    found = {}
    for name in CHANGEABLE:
        if name not in typed:
            continue
        question = application_form.field_named(name)
        assert question is not None
        try:
            value = application_values.value_of(question, typed[name], today=today) or ""
        except Refusal as refusal:
            raise Refusal(refusal.code, refusal.sentence, field=name) from None
        if value != getattr(center, name):
            found[name] = value
    return found


def _add(
    session: Session,
    viewer: Viewer,
    center: Center,
    request: CenterRequest,
    *,
    reason: str,
    now: datetime,
) -> CenterRequest:
    request.center = center
    request.reason = reason.strip()[:LONGEST_REASON]
    request.person_id, request.by = viewer.person_id, viewer.name[:200]
    request.created_at = now
    session.add(request)
    session.flush()
    data = {"request": request.id, "of": request.kind, "fields": list(request.proposed)}
    center_log.record(session, center, "request.asked", now=now, by=viewer.actor, data=data)
    return request


def _words(request: CenterRequest) -> tuple[str, str]:
    name = request.center.name
    if request.kind == "exit":
        subject = gettext("%(name)s asks to leave", name=name)
    else:
        subject = gettext("%(name)s asks to change its record", name=name)
    lines = [
        f"{application_form.field_named(field).label}: {value or '—'}"  # type: ignore[union-attr]
        for field, value in request.proposed.items()
    ]
    return subject, "\n".join([*lines, request.reason]).strip() or subject


def _close(request: CenterRequest, state: str, viewer: Viewer, answer: str, now: datetime) -> None:
    request.state, request.answer = state, answer.strip()[:LONGEST_REASON]
    request.decided_by, request.decided_at = viewer.name[:200], now


def _require_open(request: CenterRequest) -> None:
    if request.state != "open":
        raise Conflict("decided", _("This request was decided already."))
