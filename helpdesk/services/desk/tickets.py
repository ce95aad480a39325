"""Opening tickets, adding to them, and changing what they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from channels.message import Attachment
from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext
from helpdesk.models import (
    Agent,
    AttachmentRecord,
    Center,
    ChannelAccount,
    Group,
    Message,
    Person,
    Ticket,
    Visit,
)
from helpdesk.models.ticket import ACTIVE, PRIORITIES, REQUEST_TYPES
from helpdesk.services.access import Actor
from helpdesk.services.automations import arrival
from helpdesk.services.automations.arrival import Traits
from helpdesk.services.database import memory, waiting_rows
from helpdesk.services.database.events import record
from helpdesk.services.desk import search
from helpdesk.services.desk.merged import refuse_merged
from helpdesk.services.promises import clock_log, clocks, judging, settlements

SUBJECT_LENGTH = 500
AGENT_STATUSES = ("open", "waiting", "resolved", "closed", "spam")
OVER = ("resolved", "closed")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose bytes are in the storage already."""

    name: str
    content_type: str
    size: int
    key: str
    inline: bool = False
    content_id: str | None = None

    @classmethod
    def of(cls, attachment: Attachment) -> StoredFile:
        """Describe an attachment that the caller has put into the storage."""
        return cls(
            attachment.name,
            attachment.content_type,
            attachment.size,
            attachment.sha256,
            attachment.inline,
            attachment.content_id,
        )


def open_ticket(
    session: Session,
    *,
    subject: str,
    channel: str,
    requester: Person,
    started_at: datetime,
    now: datetime,
    by: Actor,
    account: ChannelAccount | None = None,
    center: Center | None = None,
    topic: str | None = None,
    request_type: str | None = None,
    priority: str | None = None,
    assignee: Agent | None = None,
    text: str = "",
) -> Ticket:
    """Open a ticket and start its promises at ``started_at`` (BEHAVIOURS 17).

    Automations decide what nobody has chosen; ``text`` is what was asked, for their words.
    """
    if assignee is not None:
        _refuse_inactive(assignee)
    started_at = min(started_at, now)
    center = center or requester.center
    chosen = assignee.name if assignee else None
    traits, applied = arrival.decide(
        session,
        Traits(
            channel=channel,
            requester=requester,
            center=center,
            group=_group_for(session, account),
            assignee=assignee,
            topic=topic,
            request_type=request_type,
            priority=priority,
        ),
        f"{subject}\n{text}",
        now=now,
    )
    group, assignee = traits.group, traits.assignee
    ticket = waiting_rows.make(
        session,
        Ticket,
        subject=subject.strip()[:SUBJECT_LENGTH] or str(lazy_gettext("(no subject)")),
        status="open",
        priority=traits.priority or "normal",
        channel=channel,
        topic=traits.topic,
        request_type=traits.request_type,
        requester=requester,
        requester_id=requester.id,
        center=center,
        center_id=center.id if center else None,
        assignee=assignee,
        assignee_id=assignee.id if assignee else None,
        group=group,
        group_id=group.id if group else None,
        account_id=account.id if account else None,
        started_at=started_at,
        created_at=now,
        updated_at=now,
        last_message_id=0,
        awaiting_reply=True,
        reply_count=0,
        immediate=False,
    )
    waiting_rows.add(session, ticket)
    record(session, "ticket.opened", at=started_at, now=now, by=by, ticket=ticket)
    if chosen is not None:
        _noted(session, ticket, "assignee", None, chosen, now=now, by=by)
    arrival.note(session, ticket, applied, now=now)
    clocks.start_promises(session, ticket, now=now, by=by)
    search.index_ticket(session, ticket)
    return ticket


def add_message(
    session: Session, ticket: Ticket, message: Message, files: Iterable[StoredFile], now: datetime
) -> Message:
    """Hang a message and its files on a ticket."""
    clock_log.hold(session, ticket)
    message.ticket_id = ticket.id
    message.created_at = now
    files = list(files)
    if files:
        message.attachments += [_record_of(file) for file in files]
    waiting_rows.add(session, message)
    ticket.updated_at = now
    if not message.automatic:
        ticket.last_message_id = message.id
    settlements.count_reply(ticket, message)
    if not message.automatic or message.direction == "in":
        # the words of an acknowledgement would find every ticket
        search.index(session, ticket.id, _words(message, files))
    return message


def set_status(session: Session, ticket: Ticket, status: str, *, now: datetime, by: Actor) -> None:
    """Change the status; clocks pause while the desk waits and go on afterwards.

    Resolving or closing is no reply: a first reply that is owed stays owed
    (BEHAVIOURS 5). Spam owes nothing.
    """
    if status not in AGENT_STATUSES:
        raise Refusal(
            "unknown_status", lazy_gettext("Choose one of the statuses offered."), field="status"
        )
    refuse_merged(ticket)
    clock_log.hold(session, ticket)
    before = ticket.status
    if status == before:
        return
    ticket.status = status
    ticket.updated_at = now
    settlements.follow(session, ticket, now=now)
    _noted(session, ticket, "status", before, status, now=now, by=by)
    if before == "waiting":
        clocks.go_on(session, ticket, now=now, by=by)
    elif before == "spam":
        judging.start_again(session, ticket, now=now, by=by)
    if before not in ACTIVE and status in ACTIVE:  # a settled one may have been spam in between
        clocks.opened_again(session, ticket, now=now, by=by)
    if status == "waiting":
        clocks.wait(session, ticket, now=now, by=by)
    elif status == "spam":
        clocks.cancel(session, ticket, now=now, by=by)
    elif status in OVER and before not in OVER:
        clocks.settled(session, ticket, now=now, by=by)


def reopen_for_answer(
    session: Session, ticket: Ticket, *, at: datetime, now: datetime, by: Actor
) -> None:
    """The requester wrote ``at`` an instant: whatever the ticket was, the desk has to act again.

    Clocks go on from what they had used, and a first reply that was met stays
    met (BEHAVIOURS 10). Spam stays where it is.
    """
    clock_log.hold(session, ticket)
    was_answered = not ticket.awaiting_reply
    ticket.awaiting_reply = True
    if ticket.status in ("waiting", *OVER):
        set_status(session, ticket, "open", now=now, by=by)
    if was_answered and ticket.status == "open":
        clocks.asked_again(session, ticket, at=min(at, now), now=now, by=by)


def assign(
    session: Session, ticket: Ticket, agent: Agent | None, *, now: datetime, by: Actor
) -> None:
    """Give the ticket to an agent, or to nobody."""
    hold_assignee(session, ticket)
    if agent is not None:
        _refuse_inactive(agent)
    before = ticket.assignee
    if before is agent:
        return
    ticket.assignee = agent
    ticket.updated_at = now
    _noted(
        session,
        ticket,
        "assignee",
        before.name if before else None,
        agent.name if agent else None,
        now=now,
        by=by,
    )


def hold_assignee(session: Session, ticket: Ticket) -> None:
    """Read again who has the ticket, and keep others from it until the transaction is over.

    A group may hand it out at the same instant. SQLite has one writer at a time.
    """
    if session.get_bind().dialect.name != "postgresql" or not inspect(ticket).persistent:
        return
    mine = select(Ticket.assignee_id).where(Ticket.id == ticket.id)
    fresh = session.scalar(mine.with_for_update(key_share=True))
    if fresh != ticket.assignee_id and not inspect(ticket).attrs.assignee.history.has_changes():
        session.expire(ticket, ["assignee_id", "assignee"])


def move_to_group(
    session: Session, ticket: Ticket, group: Group | None, *, now: datetime, by: Actor
) -> None:
    """Hand the ticket to another group."""
    before = ticket.group
    if before is group:
        return
    ticket.group = group
    names = (before.name if before else None, group.name if group else None)
    _noted(session, ticket, "group", *names, now=now, by=by)
    judging.judge_again(session, ticket, now=now, by=by)


def set_center(
    session: Session, ticket: Ticket, center: Center | None, *, now: datetime, by: Actor
) -> None:
    """Say which center the ticket and its visits are about; a requester without one joins it."""
    before = ticket.center
    if before is center:
        return
    ticket.center = center
    for visit in session.scalars(select(Visit).where(Visit.ticket_id == ticket.id)):
        visit.center = center
    if center is not None and ticket.requester.center is None:
        ticket.requester.center = center
    names = (before.name if before else None, center.name if center else None)
    _noted(session, ticket, "center", *names, now=now, by=by)
    search.index_ticket(session, ticket)
    judging.judge_again(session, ticket, now=now, by=by)


def set_property(
    session: Session,
    ticket: Ticket,
    name: str,
    value: str | None,
    *,
    now: datetime,
    by: Actor,
    allowed: Sequence[str] | None = None,
) -> None:
    """Set ``subject``, ``priority``, ``topic`` or ``request_type``; topics come from the caller."""
    known = {"priority": PRIORITIES, "request_type": REQUEST_TYPES}.get(name) or allowed
    if allowed is not None:
        known = allowed
    if name == "subject":
        value = (value or "").strip()[:SUBJECT_LENGTH]
        if not value:
            raise Refusal("empty_subject", lazy_gettext("Write a subject."), field="subject")
    elif value is not None and known is not None and value not in known:
        raise Refusal(
            "unknown_value", lazy_gettext("Choose one of the values offered."), field=name
        )
    before = getattr(ticket, name)
    if before == value:
        return
    setattr(ticket, name, value)
    ticket.updated_at = now
    _noted(session, ticket, name, before, value, now=now, by=by)
    if name == "subject":
        search.index_ticket(session, ticket)
    else:
        judging.judge_again(session, ticket, now=now, by=by)


def _refuse_inactive(agent: Agent) -> None:
    if not agent.active:
        raise Refusal(
            "inactive_agent", lazy_gettext("This agent no longer works here."), field="assignee"
        )


def _record_of(file: StoredFile) -> AttachmentRecord:
    return AttachmentRecord(
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        sha256=file.key,
        inline=file.inline,
        content_id=file.content_id,
    )


def _words(message: Message, files: Iterable[StoredFile]) -> list[str]:
    names = (file.name for file in files if not file.inline)
    return [message.subject, message.text, message.author_name, message.author_address, *names]


def _group_for(session: Session, account: ChannelAccount | None) -> Group | None:
    if account is not None and (group_id := account.group_id) is not None:
        return memory.once(session, ("group", group_id), lambda: session.get(Group, group_id))

    def find() -> Group | None:
        return session.scalar(select(Group).where(Group.is_default))

    return memory.once(session, "default group", find)


def _noted(
    session: Session,
    ticket: Ticket,
    what: str,
    before: Any,
    after: Any,
    *,
    now: datetime,
    by: Actor,
) -> None:
    record(
        session,
        f"ticket.{what}",
        at=now,
        now=now,
        by=by,
        ticket=ticket,
        data={"from": before, "to": after},
    )
