"""What the office says on a ticket: replies, notes, and a send that also sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk.errors import Conflict, Refusal
from helpdesk.i18n import lazy_gettext
from helpdesk.models import Agent, Draft, Login, Message, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.database.events import record
from helpdesk.services.desk import ratings, tickets
from helpdesk.services.desk.merged import refuse_merged, said_on
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.promises import clock_log, clocks
from helpdesk.services.sending import copies, outgoing, outgoing_words

SPOKEN = ("hotline", "onsite", "microblog")
"""Channels on which a reply without mail records what was said there."""
AFTER = ("open", "waiting", "resolved", "closed")


def reply(
    session: Session,
    ticket: Ticket,
    viewer: Viewer,
    text: str,
    *,
    files: Sequence[StoredFile] = (),
    cc: Sequence[str] = (),
    seen: int | None = None,
    status: str | None = None,
    now: datetime,
) -> Message:
    """Answer the requester; optionally set the status in the same step (BEHAVIOURS 4).

    ``seen`` is the last message the writer had on the screen; a newer one by
    somebody else raises Conflict, and asking again with that one goes through.
    A requester without a mail address reads the reply in the portal alone, or
    was told it on the ticket's own channel.
    """
    check(ticket, text, files)
    check_seen(session, ticket, viewer, seen)
    address = _address_of(session, ticket)
    in_copy = copies.checked(session, cc, to=address) if address else []
    message = written_by(
        viewer,
        channel="email" if address else _channel_without_mail(session, ticket),
        text=text,
        at=now,
        recipients=[address] if address else [],
        cc=in_copy,
    )
    tickets.add_message(session, ticket, message, files, now)
    through = None if address else outgoing_words.account_of(session, ticket)
    if through is not None:
        outgoing_words.queue_reply(session, ticket, message, through, now=now)
    if address:
        copies.join(session, ticket, in_copy, now=now)
        below = ratings.question(ticket, message.text) if status in tickets.OVER else ""
        outgoing.queue_message(session, ticket, message, kind="reply", now=now, below=below)
    given(session, ticket, viewer, message, status=status, now=now)
    return message


def written_by(
    viewer: Viewer,
    *,
    channel: str,
    text: str,
    at: datetime,
    direction: str = "out",
    recipients: Sequence[str] = (),
    cc: Sequence[str] = (),
    in_reply_to: str | None = None,
) -> Message:
    """Return what somebody who is signed in says, before it hangs on a ticket."""
    return Message(
        direction=direction,
        channel=channel,
        automatic=False,
        agent_id=viewer.agent_id,
        person_id=viewer.person_id,
        author_name=viewer.name[:200],
        author_address=viewer.email,
        at=at,
        subject="",
        text=text.strip(),
        recipients=list(recipients),
        cc=list(cc),
        delivery="none",
        in_reply_to=in_reply_to,
    )


def given(
    session: Session,
    ticket: Ticket,
    viewer: Viewer,
    message: Message,
    *,
    status: str | None,
    now: datetime,
) -> None:
    """Do what every reply does to its ticket, whichever way it leaves."""
    ticket.awaiting_reply = False
    record(
        session,
        "message.sent",
        at=now,
        now=now,
        by=viewer.actor,
        ticket=ticket,
        data={"message": message.id, "channel": message.channel},
    )
    clocks.reply_sent(session, ticket, at=now, now=now, by=viewer.actor)
    _take_if_unassigned(session, ticket, viewer, now)
    if status is not None:
        if status not in AFTER:
            raise Refusal("unknown_status", lazy_gettext("Choose one of the statuses offered."))
        tickets.set_status(session, ticket, status, now=now, by=viewer.actor)
    _forget_draft(session, viewer, ticket, "reply")


def note(
    session: Session,
    ticket: Ticket,
    viewer: Viewer,
    text: str,
    *,
    files: Sequence[StoredFile] = (),
    now: datetime,
) -> Message:
    """Write a note that only the office sees; it is never a reply (BEHAVIOURS 3)."""
    check(ticket, text, files)
    message = written_by(viewer, direction="note", channel=ticket.channel, text=text, at=now)
    tickets.add_message(session, ticket, message, files, now)
    record(
        session,
        "message.noted",
        at=now,
        now=now,
        by=viewer.actor,
        ticket=ticket,
        data={"message": message.id},
    )
    _forget_draft(session, viewer, ticket, "note")
    return message


def keep_draft(
    session: Session, ticket: Ticket, viewer: Viewer, kind: str, text: str, *, now: datetime
) -> None:
    """Keep what is being typed; an empty text forgets it."""
    if kind not in ("reply", "note"):
        raise Refusal("unknown_draft", lazy_gettext("Only replies and notes are kept as drafts."))
    if not text.strip():
        _forget_draft(session, viewer, ticket, kind)
        return
    draft = session.get(Draft, (viewer.login_id, ticket.id, kind))
    if draft is None:
        draft = Draft(login_id=viewer.login_id, ticket_id=ticket.id, kind=kind)
        session.add(draft)
    draft.text, draft.updated_at = text, now


def drafts_of(session: Session, ticket: Ticket, viewer: Viewer) -> dict[str, str]:
    """Return the viewer's drafts on a ticket by kind."""
    rows = session.scalars(
        select(Draft).where(Draft.login_id == viewer.login_id, Draft.ticket_id == ticket.id)
    )
    return {draft.kind: draft.text for draft in rows}


def check(ticket: Ticket, text: str, files: Sequence[StoredFile]) -> None:
    """Refuse what cannot be said on a ticket."""
    refuse_merged(ticket)
    if not text.strip() and not files:
        raise Refusal("empty_message", lazy_gettext("Write something first."), field="text")


def check_seen(session: Session, ticket: Ticket, viewer: Viewer, seen: int | None) -> None:
    """Raise Conflict when somebody else wrote since the writer last looked.

    Of two who send at the same moment the second one waits here until the first has sent.
    """
    clock_log.hold(session, ticket)
    if seen is None or ticket.last_message_id <= seen:
        return
    newer = session.scalars(
        select(Message).where(
            said_on(session, ticket),
            Message.id > seen,
            Message.automatic.is_(False),
            Message.direction != "note",
        )
    ).all()
    if any(message.agent_id != viewer.agent_id or message.direction == "in" for message in newer):
        raise Conflict(
            "newer_message",
            lazy_gettext(
                "Somebody wrote on this ticket meanwhile. Read it above, then send again: "
                "your text is kept."
            ),
        )


def _address_of(session: Session, ticket: Ticket) -> str | None:
    """Return where the requester last wrote from (or asked to be answered), else any address."""
    last = session.execute(
        select(Message.reply_to, Message.author_address)
        .where(
            Message.ticket_id == ticket.id,
            Message.direction == "in",
            Message.channel == "email",
            Message.person_id == ticket.requester_id,
            Message.automatic.is_(False),
        )
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(1)
    ).first()
    candidates = [*(last or ()), ticket.requester.email]
    return next((a for a in candidates if a and outgoing.can_write_to(session, a)), None)


def _channel_without_mail(session: Session, ticket: Ticket) -> str:
    """Return how a requester without a mail address gets the reply; raise Refusal if not at all."""
    if outgoing_words.account_of(session, ticket) is not None:
        return ticket.channel
    login = select(Login.id).where(Login.person_id == ticket.requester_id, Login.active)
    if session.scalar(login) is not None:
        return "web"
    if ticket.channel in SPOKEN and (ticket.channel != "microblog" or ticket.account_id is None):
        return ticket.channel
    if ticket.channel in SPOKEN:
        raise Refusal(
            "no_account",
            lazy_gettext("Nothing can be posted through this ticket's account now; see settings."),
            field="text",
        )
    raise Refusal(
        "no_address",
        lazy_gettext("This requester has no mail address yet; add one, then send again."),
        field="text",
    )


def _take_if_unassigned(session: Session, ticket: Ticket, viewer: Viewer, now: datetime) -> None:
    if viewer.agent_id is None:
        return
    tickets.hold_assignee(session, ticket)
    if ticket.assignee_id is None:
        agent = session.get(Agent, viewer.agent_id)
        tickets.assign(session, ticket, agent, now=now, by=viewer.actor)


def _forget_draft(session: Session, viewer: Viewer, ticket: Ticket, kind: str) -> None:
    session.execute(
        delete(Draft).where(
            Draft.login_id == viewer.login_id, Draft.ticket_id == ticket.id, Draft.kind == kind
        )
    )
