"""Delivery reports: the reply that failed, and the address that no longer takes mail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.message import Bounce, FailedRecipient, IncomingMessage
from helpdesk.models import Address, Message
from helpdesk.services.access import SYSTEM
from helpdesk.services.arrivals import threads
from helpdesk.services.database.events import record
from helpdesk.services.desk import given_replies, merged, notices
from helpdesk.services.promises import clock_handover, clock_log, clocks

RETURNED_WITHIN = timedelta(days=7)
"""Mail systems try for five days at most, https://www.rfc-editor.org/rfc/rfc5321#section-4.5.4"""


def original(session: Session, report: IncomingMessage) -> Message | None:
    """Return the message of ours that a report speaks of."""
    keys = list(report.thread_keys)
    if report.bounce is not None and report.bounce.original_message_id:
        keys.insert(0, report.bounce.original_message_id)
    for key in keys:
        found = session.scalar(
            select(Message).where(Message.identity == key, Message.direction == "out")
        )
        if found is not None:
            return found
    return _latest_named(session, report)


def apply(session: Session, ours: Message, bounce: Bounce, *, now: datetime) -> None:
    """Mark our message as failed where the report is final and about its requester.

    A delay changes nothing, and neither does somebody in copy who got nothing.
    An address that we did not write to is where the requester's mail is forwarded.
    """
    copied = {address.lower() for address in ours.cc}
    final = [f for f in bounce.failed if f.gave_up and f.address.lower() not in copied]
    if not final:
        kind = "delivery.refused" if any(f.gave_up for f in bounce.failed) else "delivery.delayed"
        said = {"message": ours.id, "reason": _reasons(bounce.failed)}
        record(session, kind, at=now, now=now, by=SYSTEM, ticket=ours.ticket, data=said)
        return
    mark_failed(session, ours, _reasons(final), now=now)


def mark_failed(session: Session, ours: Message, reason: str, *, now: datetime) -> None:
    """A message of ours never arrived: say so, and a promise it met is owed again."""
    if ours.delivery == "failed":
        return
    ours.delivery = "failed"
    ours.delivery_error = reason[:500]
    record(
        session,
        "delivery.failed",
        at=now,
        now=now,
        by=SYSTEM,
        ticket=ours.ticket,
        data={"message": ours.id, "reason": reason[:500]},
    )
    session.flush()
    if ours.automatic:
        return
    ticket = merged.current(session, ours.ticket)
    clock_log.hold_all(session, {ours.ticket, ticket})
    others = given_replies.times(session, ours.ticket, but=ours.id)
    clocks.reply_failed(session, ours.ticket, others, now=now)
    if ticket is not ours.ticket:
        clock_handover.hand_over(session, ours.ticket, ticket, now=now, by=SYSTEM)
    ticket.awaiting_reply = True
    notices.delivery_failed(session, ours, now=now)


def mute(session: Session, ours: Message, bounce: Bounce, *, now: datetime) -> None:
    """Send nothing automatic any more to an address that failed for good (BEHAVIOURS 22).

    Whoever got our mail can make up a report of it: it speaks of those alone who got it.
    """
    written_to = {address.lower() for address in (*ours.recipients, *ours.cc)}
    for failure in bounce.failed:
        if failure.permanent and failure.address.lower() in written_to:
            session.execute(
                update(Address)
                .where(
                    Address.kind == "email",
                    Address.value == failure.address.lower(),
                    Address.muted_at.is_(None),
                )
                .values(muted_at=now, muted_reason=failure.reason[:500])
            )


def _latest_named(session: Session, report: IncomingMessage) -> Message | None:
    """Find our mail by its subject's token and its recipient: some notices name no Message-ID."""
    if report.bounce is None:
        return None
    gone = {failure.address.lower() for failure in report.bounce.failed}
    for number in threads.tokens_in(report.subject, report.text):
        ours = session.scalars(
            select(Message)
            .where(
                Message.ticket_id == number,
                Message.direction == "out",
                Message.delivery == "sent",
                Message.at > report.happened_at - RETURNED_WITHIN,
            )
            .order_by(Message.at.desc(), Message.id.desc())
        )
        for message in ours:
            if gone & {address.lower() for address in message.recipients}:
                return message
    return None


def _reasons(failures: Iterable[FailedRecipient]) -> str:
    said = (f"{failure.address}: {failure.reason}".strip(": ") for failure in failures)
    return "; ".join(said)[:500]
