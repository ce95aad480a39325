"""What became of a try to send: sent, later again, or given up; each in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from channels.errors import ChannelError
from channels.message import FailedRecipient, Receipt
from helpdesk.extensions import transaction
from helpdesk.models import Message, Outbox
from helpdesk.services.access import SYSTEM, Actor
from helpdesk.services.arrivals import bounces
from helpdesk.services.database.events import record
from helpdesk.services.desk import merged, notices
from helpdesk.services.promises import clock_handover, clocks
from helpdesk.services.promises.clock_log import MergedMeanwhile
from helpdesk.services.sending import outgoing_posts

BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 720, 1440))
MAILBOX_WAIT = timedelta(minutes=5)
TOKEN_WAIT = timedelta(hours=1)
"""Each try with a token that is over uses up one of the day's calls; saving it tries at once."""
MAILBOX_FAULTS = frozenset(
    {"auth_failed", "misconfigured", "certificate", "token_expired", "not_permitted"}
)
"""What no mail can help: it waits, without using up its tries, until that is mended."""

HOPELESS = frozenset({"refused", "recipients_refused", "lost", "unwritable"})
"""What the same mail is going to meet again."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row of the outbox that ``worker`` sends now; ``attempts`` counts this try as well."""

    id: int
    account_id: int | None
    identity: str
    sender: str
    recipients: tuple[str, ...]
    mail: dict[str, Any]
    attempts: int
    worker: str


def sent(row: Claimed, receipt: Receipt, *, now: datetime) -> None:
    """The server took it, for some recipients at least; the others are tried again or lost.

    Whatever the desk then fails on, nobody gets it twice for that.
    """
    try:
        try:
            _settle_sent(row, receipt, now=now)
        except MergedMeanwhile:  # its ticket went into another one a moment ago
            _settle_sent(row, receipt, now=now)
    except DBAPIError:
        raise  # nothing can be written down now
    except Exception:
        log.exception("outbox.not_settled", outbox_id=row.id)
        with transaction() as session:
            outbox = _mine(session, row)
            if outbox is not None:
                outbox.state, outbox.sent_at = "sent", now
                if outbox.message is not None:
                    outbox.message.delivery = "sent"
    log.info("outbox.sent", outbox_id=row.id, message_id=receipt.identity)


def _settle_sent(row: Claimed, receipt: Receipt, *, now: datetime) -> None:
    over = row.attempts > len(BACKOFF)
    lost = [failed for failed in receipt.refused if failed.permanent or over]
    later = [failed for failed in receipt.refused if failed not in lost]
    with transaction() as session:
        outbox = _mine(session, row)
        if outbox is None:
            return
        if outgoing_posts.is_post(outbox.mail) and outgoing_posts.arrived(
            session, outbox, receipt, now=now
        ):
            return  # the next part leaves with the next round
        if outbox.message_id is not None:
            message = session.get_one(Message, outbox.message_id)
            refused = {failed.address for failed in receipt.refused}
            _reached(session, message, set(outbox.recipients) - refused, lost, now=now)
        if later:
            outbox.recipients = [failed.address for failed in later]
            outbox.state, outbox.next_try_at = "queued", now + _backoff(row)
            outbox.last_error, outbox.error_code = _reasons(later), "recipients_refused"
        else:
            outbox.state, outbox.sent_at = "sent", now
            outbox.last_error = outbox.error_code = None
            if outbox.kind == "account":
                outbox.mail = {}  # whoever reads the database later finds no sign-in links


def renewed(row: Claimed, *, until: datetime) -> bool:
    """Claim a row anew; False when it is no longer its worker's."""
    with transaction() as session:
        outbox = _mine(session, row)
        if outbox is not None:
            outbox.next_try_at = until
        return outbox is not None


def readdressed(row: Claimed, sender: str, mail: dict[str, Any]) -> None:
    """Keep that a mail leaves from another address than it was written for."""
    with transaction() as session:
        outbox = _mine(session, row)
        if outbox is not None:
            outbox.sender, outbox.mail = sender, mail


def failed(row: Claimed, error: ChannelError, *, now: datetime) -> None:
    """Nobody got it: wait and try again, or give up where that cannot help."""
    if error.code in MAILBOX_FAULTS or error.retry_at is not None:
        postponed(row, error, now=now)
        return
    hopeless = error.permanent and error.code in HOPELESS
    if hopeless or row.attempts > len(BACKOFF):
        given_up(row, error, now=now)
        return
    _queue_again(row, error, _backoff(row), row.attempts, now=now)


def postponed(row: Claimed, why: ChannelError, *, now: datetime) -> None:
    """It was not this mail's turn: the try does not count."""
    wait = MAILBOX_WAIT
    if why.code in ("token_expired", "not_permitted"):
        wait = TOKEN_WAIT
    if why.retry_at is not None:
        wait = max(why.retry_at - now, timedelta(seconds=1))
    _queue_again(row, why, wait, row.attempts - 1, now=now)


def given_up(row: Claimed, why: ChannelError, *, now: datetime) -> None:
    """It becomes a dead letter, and a person is told."""
    with transaction() as session:
        outbox = _mine(session, row)
        if outbox is None:
            return
        outbox.state, outbox.last_error = "dead", why.sentence[:500]
        outbox.error_code = why.code
        if outbox.message_id is not None:
            message = session.get_one(Message, outbox.message_id)
            bounces.mark_failed(session, message, why.sentence, now=now)
        else:
            notices.mail_given_up(session, outbox, now=now)
    log.error("outbox.dead", outbox_id=row.id, reason=why.sentence)


def _reached(
    session: Session,
    message: Message,
    reached: set[str],
    lost: list[FailedRecipient],
    *,
    now: datetime,
) -> None:
    """A reply counts as sent once its requester has it, and as failed if they never will."""
    requester = set(message.recipients)
    if requester & reached and message.delivery != "failed":
        message.delivery = "sent"
        if not message.automatic:
            _reply_arrived(session, message, now=now)
    if requester & {failed.address for failed in lost}:
        bounces.mark_failed(session, message, _reasons(lost), now=now)
    elif lost:
        message.delivery_error = _reasons(lost)
        record(
            session,
            "delivery.refused",
            at=now,
            now=now,
            by=SYSTEM,
            ticket=message.ticket,
            data={"message": message.id, "reason": message.delivery_error},
        )


def _reply_arrived(session: Session, message: Message, *, now: datetime) -> None:
    """A reply that had failed and was sent again is given now; others were when written."""
    ticket, goes_on = message.ticket, merged.current(session, message.ticket)
    by = Actor(message.author_name, agent_id=message.agent_id)
    if goes_on is not ticket:
        clock_handover.reply_arrived(session, message, goes_on, now=now, by=by)
        return
    clocks.reply_sent(session, ticket, at=now, now=now, by=by, written_at=message.at)
    if ticket.last_message_id == message.id:
        ticket.awaiting_reply = False


def _queue_again(
    row: Claimed, why: ChannelError, wait: timedelta, attempts: int, *, now: datetime
) -> None:
    with transaction() as session:
        outbox = _mine(session, row)
        if outbox is not None:
            outbox.state, outbox.attempts = "queued", attempts
            outbox.next_try_at = now + wait
            outbox.last_error, outbox.error_code = why.sentence[:500], why.code
    log.warning(
        "outbox.postponed", outbox_id=row.id, reason=why.sentence, seconds=wait.total_seconds()
    )


def _mine(session: Session, row: Claimed) -> Outbox | None:
    """Return the row if its worker's claim still stands."""
    return session.scalar(
        select(Outbox)
        .where(
            Outbox.id == row.id,
            Outbox.state == "sending",
            Outbox.claimed_by == row.worker,
            Outbox.attempts == row.attempts,
        )
        .with_for_update()
    )


def _backoff(row: Claimed) -> timedelta:
    return BACKOFF[min(row.attempts, len(BACKOFF)) - 1]


def _reasons(failures: Iterable[FailedRecipient]) -> str:
    return "; ".join(f"{failed.address}: {failed.reason}" for failed in failures)[:500]
