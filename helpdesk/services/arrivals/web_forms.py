"""What people send through the website's forms: a new matter, or an answer on a ticket.

Both take the one path of every channel: kept raw first, then understood.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import Attachment, Handle, RawItem
from channels.web import form_item
from helpdesk.errors import Refusal
from helpdesk.extensions import reading, transaction
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import ChannelAccount, Inbound, Ticket
from helpdesk.runtime import current_config
from helpdesk.services.access import Viewer
from helpdesk.services.arrivals import intake
from helpdesk.services.database.throttling import throttle

VISITOR_WINDOW = timedelta(hours=1)
LONGEST_SUBJECT = 200
LONGEST_TEXT = 50_000
LONGEST_ADDRESS = 254  # https://www.rfc-editor.org/errata/eid1690
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\]+\.[^\s@<>()\[\],;:\"\\]+")


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks; ``submission`` is the form's own id, made when it was shown."""

    submission: str
    subject: str
    text: str
    topic: str | None = None
    request_type: str | None = None
    files: Sequence[Attachment] = ()


def ask(author: Handle, question: Question, *, now: datetime) -> int:
    """Open a ticket and return its number; sending the same form twice opens one.

    Raises Refusal when nothing was written, or when it could not become a ticket.
    """
    if not question.subject.strip():
        raise Refusal("empty_subject", _("Write a subject."), field="subject")
    if not question.text.strip():
        raise Refusal("empty_message", _("Write something first."), field="text")
    return _send(author, question, None, now=now)


def answer(viewer: Viewer, ticket: Ticket, question: Question, *, now: datetime) -> int:
    """Add a contact's message to a ticket that they may see; return its number.

    One that was merged while they wrote leads to the ticket that it went into.
    """
    if not question.text.strip() and not question.files:
        raise Refusal("empty_message", _("Write something first."), field="text")
    return _send(contact_handle(viewer), question, ticket.id, now=now)


def contact_handle(viewer: Viewer) -> Handle:
    """Return the address by which a signed-in contact is known."""
    return Handle("email", viewer.email, viewer.name)


def visitor_handle(name: str, address: str) -> Handle:
    """Return who a visitor says they are; raise Refusal for what is no mail address."""
    plain = address.strip().lower()
    if len(plain) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(plain) or not plain.isprintable():
        raise Refusal("bad_email", _("Write a mail address like name@example.cn."), field="email")
    return Handle("email", plain, one_line(name))


def count_visitor(address: str, place: str, *, now: datetime) -> None:
    """Count a visitor's question by address and by place; raise TooMany beyond the limit.

    It is counted in a transaction of its own, whatever becomes of the question.
    """
    limit = current_config().visitor_tickets_per_hour
    with transaction() as session:
        for key in (f"visitor {address}", f"visitor from {place}"):
            throttle(session, key, limit=limit, window=VISITOR_WINDOW, now=now)


def _send(author: Handle, question: Question, ticket: int | None, *, now: datetime) -> int:
    words = [author.value, str(ticket), question.subject.strip(), question.text.strip()]
    item = form_item(
        submission=identity(question.submission, words, question.files),
        now=now,
        author=author,
        subject=one_line(question.subject),
        text=question.text.strip(),
        attachments=question.files,
        ticket=ticket,
        topic=question.topic,
        request_type=question.request_type,
    )
    return send(item, "web", now=now)


def send(item: RawItem, channel: str, *, now: datetime) -> int:
    """Bring a packed form of the desk's own website to its ticket and return its number.

    Raises Refusal when it could not become one.
    """
    with reading() as session:
        account_id = _account(session, channel)
    outcome = intake.submit(account_id, item, now=now)
    number = outcome.ticket or _became(outcome.inbound_id)
    if number is None:
        raise Refusal(
            "not_taken",
            _(
                "What you wrote is kept with us, but it could not become a ticket: %(reason)s. "
                "You need not send it again; the office will look at it.",
                reason=outcome.reason or outcome.status,
            ),
        )
    return number


def one_line(text: str) -> str:
    """Return a text that can stand in a mail's header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def identity(submission: str, words: Sequence[str], files: Sequence[Attachment]) -> str:
    """Return what makes a second sending the same one: form, sender and content.

    A browser that comes back to an old form and sends other words says something new.
    """
    digests = (file.sha256 for file in files)
    digest = hashlib.sha256("\0".join((*words, *digests)).encode()).hexdigest()[:32]
    return f"{submission[:64]}:{digest}"


def _became(inbound_id: int) -> int | None:
    """Return the ticket of an item that another process took a moment ago."""
    with reading() as session:
        return session.scalar(select(Inbound.ticket_id).where(Inbound.id == inbound_id))


def _account(session: Session, channel: str) -> int:
    found = session.scalar(
        select(ChannelAccount.id)
        .where(ChannelAccount.channel == channel)
        .order_by(ChannelAccount.id)
    )
    if found is None:
        raise Refusal("no_form", _("The desk takes no forms yet; run: helpdesk db upgrade"))
    return found
