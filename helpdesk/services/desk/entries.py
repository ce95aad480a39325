"""Tickets that an agent enters for somebody: a call, a visit, a letter, a word in the corridor."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels import registry
from channels.message import RawItem
from helpdesk.errors import Refusal
from helpdesk.i18n import gettext
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Call, ChannelAccount, Inbound, Message, Person, Ticket
from helpdesk.models.ticket import PRIORITIES
from helpdesk.runtime import current_storage
from helpdesk.services.access import Actor, Viewer, require_staff
from helpdesk.services.arrivals import intake
from helpdesk.services.database.claiming import won
from helpdesk.services.database.events import record
from helpdesk.services.desk import bulk, notices, properties, tickets
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.identity import requesters
from helpdesk.services.identity.requesters import Asker
from helpdesk.services.promises import clocks, immediate

CONNECTED = ("hotline", "onsite")
"""Where people speak with each other, so that an answer given there is the first reply."""
OLDEST = timedelta(days=366)  # further back it is a slip of the keyboard
KINDS = {"hotline": "phone", "email": "email"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What an agent typed in.

    - ``submission``: the form's own id, by which sending it twice is once.
    - ``center``, ``assignee``: a center's code and an agent's id as text; empty for
      the requester's center, and for nobody.
    - ``happened_at``: when it was said; the promise starts then (BEHAVIOURS 17).
    - ``answered``: the call or visit itself brought the first reply (BEHAVIOURS 3);
      ``answer`` are its words.
    - ``immediate``: it can be answered at once (当即).
    - ``status``: what the ticket is set to afterwards.
    - ``call``: the answered call that it is about, which is then on the ticket.
    """

    submission: str
    channel: str
    asker: Asker
    happened_at: datetime
    subject: str
    text: str
    center: str = ""
    topic: str | None = None
    request_type: str | None = None
    priority: str = "normal"
    immediate: bool = False
    assignee: str = ""
    answered: bool = False
    answer: str = ""
    status: str = "open"
    files: Sequence[StoredFile] = field(default=())
    call: int | None = None


def enter(session: Session, viewer: Viewer, entry: Entry, *, now: datetime) -> int:
    """Open the ticket and return its number; the same entry again returns the same one.

    Raises Refusal naming the field to correct; nothing is kept of it then.
    """
    require_staff(viewer)
    _check(entry, now)
    inbound_id, known = _keep_raw(session, entry, now)
    if known is not None:
        return known
    by = viewer.actor
    ticket = _open(session, viewer, entry, now=now)
    question = _question(entry, ticket.requester, inbound_id)
    _keep(session, ticket, question, files=entry.files, by=by, now=now)
    if entry.answered:
        _keep(session, ticket, _answer(entry, viewer), by=by, now=now)
        ticket.awaiting_reply = False
        clocks.reply_sent(session, ticket, at=entry.happened_at, now=now, by=by)
    tickets.set_status(session, ticket, entry.status, now=now, by=by)
    if entry.call is not None:
        _join_call(session, ticket, entry.call)
    session.execute(
        update(Inbound).where(Inbound.id == inbound_id).values(state="done", ticket_id=ticket.id)
    )
    return ticket.id


def _join_call(session: Session, ticket: Ticket, call: int) -> None:
    """Hang a call on its ticket; of two agents at once one is told that it has one."""
    session.flush()
    claim = (
        update(Call)
        .where(Call.id == call, Call.ticket_id.is_(None))
        .values(ticket_id=ticket.id, person_id=ticket.requester_id)
    )
    if not won(session, claim):
        raise Refusal("has_a_ticket", _("This call is on a ticket already; look at its calls."))


def _check(entry: Entry, now: datetime) -> None:
    if entry.channel not in registry.CHANNELS or entry.priority not in PRIORITIES:
        raise Refusal("unknown_value", _("Choose one of the values offered."))
    if entry.happened_at > now:
        raise Refusal(
            "in_the_future", _("This is still to come; write when it happened."), field="happened"
        )
    if entry.happened_at < now - OLDEST:
        raise Refusal(
            "too_long_ago", _("This is more than a year ago; look at the date."), field="happened"
        )
    if not entry.subject.strip():
        raise Refusal("empty_subject", _("Write a subject."), field="subject")
    if not entry.text.strip():
        raise Refusal("empty_message", _("Write something first."), field="text")
    if entry.answered and entry.channel not in CONNECTED:
        raise Refusal(
            "not_connected",
            _("Only a call or a visit can be answered while it lasts; send a reply instead."),
            field="answered",
        )


def _keep_raw(session: Session, entry: Entry, now: datetime) -> tuple[int, int | None]:
    """Keep what was typed like anything that comes in; return its id and the ticket it became.

    The row is unique by form and content, so of two clicks at once one waits for
    the other, and a form that comes back with other words says something new.
    """
    raw = json.dumps(asdict(entry), ensure_ascii=False, sort_keys=True, default=str).encode()
    digest = hashlib.sha256(raw).hexdigest()[:32]
    item = RawItem(f"entry:{entry.submission[:64]}:{digest}", raw, now)
    account = session.scalars(
        select(ChannelAccount.id).where(ChannelAccount.channel == "web").order_by(ChannelAccount.id)
    ).first()
    if account is None:
        raise Refusal("no_form", _("The desk takes no forms yet; run: helpdesk db upgrade"))
    kept = intake.store(session, account, intake.safe(current_storage(), [item]), now=now)
    if kept:
        return kept[0], None
    known = session.scalars(
        select(Inbound).where(
            Inbound.account_id == account, Inbound.external_id == item.external_id
        )
    ).one()
    return known.id, known.ticket_id


def _open(session: Session, viewer: Viewer, entry: Entry, *, now: datetime) -> Ticket:
    center = properties.center_for(session, entry.center)
    person = requesters.person_for(session, entry.asker, center=center, now=now)
    agent = bulk.agent_for(session, entry.assignee)
    ticket = tickets.open_ticket(
        session,
        subject=entry.subject,
        channel=entry.channel,
        requester=person,
        started_at=entry.happened_at,
        now=now,
        by=viewer.actor,
        center=center,
        topic=entry.topic,
        request_type=entry.request_type,
        priority=entry.priority if entry.priority != "normal" else None,
        assignee=agent,
        text=entry.text,
    )
    immediate.mark(session, ticket, immediate=entry.immediate, now=now, by=viewer.actor)
    if agent is not None:
        notices.assigned(session, ticket, now=now, by_agent=viewer.agent_id)
    return ticket


def _question(entry: Entry, person: Person, inbound_id: int) -> Message:
    return _message(
        entry,
        direction="in",
        person_id=person.id,
        author_name=person.display_name[:200],
        author_address=_address(person, entry.channel),
        text=entry.text.strip(),
        inbound_id=inbound_id,
    )


def _answer(entry: Entry, viewer: Viewer) -> Message:
    """Return what was said at once: given when the call was held, not when it was typed in."""
    return _message(
        entry,
        direction="out",
        agent_id=viewer.agent_id,
        author_name=viewer.name,
        author_address=viewer.email,
        text=entry.answer.strip() or _default_answer(entry.channel),
    )


def _message(entry: Entry, **facts: object) -> Message:
    return Message(
        channel=entry.channel,
        automatic=False,
        at=entry.happened_at,
        subject="",
        recipients=[],
        cc=[],
        delivery="none",
        **facts,
    )


def _default_answer(channel: str) -> str:
    if channel == "hotline":
        return gettext("Answered during the call.")
    return gettext("Answered during the visit.")


def _address(person: Person, channel: str) -> str:
    """Return the address that belongs to the channel, else any."""
    addresses = sorted(person.addresses, key=lambda a: a.kind != KINDS.get(channel))
    return addresses[0].value if addresses else ""


def _keep(
    session: Session,
    ticket: Ticket,
    message: Message,
    *,
    files: Sequence[StoredFile] = (),
    by: Actor,
    now: datetime,
) -> None:
    tickets.add_message(session, ticket, message, files, now)
    kind = "message.received" if message.direction == "in" else "message.sent"
    said = {"message": message.id, "channel": message.channel}
    record(session, kind, at=message.at, now=now, by=by, ticket=ticket, data=said)
