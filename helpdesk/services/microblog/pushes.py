"""What Weibo pushes: proved, stored raw and answered at once; the worker understands it later."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from channels.message import RawItem
from channels.microblog.posts import packed, weibo_time
from channels.microblog.push import WINDOW, is_signed
from helpdesk.config_source import resolve_secret
from helpdesk.errors import Forbidden, NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import ChannelAccount, Inbound, PushNonce
from helpdesk.runtime import current_storage
from helpdesk.services.arrivals import intake
from helpdesk.services.database.inserting import insert_into

WORDS = ("text", "image", "voice", "position")
NUDGED_AFTER = 300
"""Seconds since the last look before a push that names a post asks for another."""


def proved(
    session: Session, number: int, *, signature: str, timestamp: str, nonce: str, now: datetime
) -> ChannelAccount:
    """Return the account that a request was signed for; raise NotFound or Forbidden."""
    account = session.get(ChannelAccount, number)
    if account is None or account.channel != "microblog" or account.state == "retired":
        raise NotFound("no_microblog", _("There is no such microblog account."))
    try:
        secret = resolve_secret(str(account.settings.get("app_secret") or ""))
    except ValueError:
        secret = ""
    if not is_signed(secret, given=signature, timestamp=timestamp, nonce=nonce, now=now):
        raise Forbidden("bad_signature", _("The signature does not fit."))
    return account


def receive(
    session: Session,
    account: ChannelAccount,
    body: bytes,
    *,
    timestamp: str,
    nonce: str,
    now: datetime,
) -> bool:
    """Keep a push; False when nothing new came. Raises Refusal for what is no push.

    A number used before is let through only with what came with it then: Weibo tries
    again what was not answered in time, and nobody else may reuse a signature.
    """
    push = _read(body)
    new = _use(session, account.id, f"{timestamp}:{nonce}"[:130], now)
    if push.get("type") == "mention":
        _look_soon(session, account, now)
        return False
    if push.get("type") not in WORDS:
        return False  # somebody follows or leaves: nothing was said
    external_id = f"message:{push['sender_id']}:{weibo_time(push['created_at']).timestamp():.0f}"
    if not new and not _is_known(session, account.id, external_id):
        raise Forbidden("replayed", _("This signature was used before."))
    uid = str(account.settings.get("uid") or push.get("receiver_id"))
    item = RawItem(external_id, packed("weibo", "message", uid, push), now)
    stored = intake.safe(current_storage(), [item])
    return bool(intake.store(session, account.id, stored, now=now))


def _read(body: bytes) -> dict[str, Any]:
    try:
        push = json.loads(body)
        if push.get("type") in WORDS:
            str(push["sender_id"])
            weibo_time(push["created_at"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refusal("not_a_push", _("This is no push of Weibo.")) from None
    return dict(push)


def _use(session: Session, account_id: int, nonce: str, now: datetime) -> bool:
    """Use a number up; False when it was. Those whose time is over are forgotten."""
    session.execute(delete(PushNonce).where(PushNonce.at < now - 2 * WINDOW))
    row = {"account_id": account_id, "nonce": nonce, "at": now}
    statement = insert_into(session, PushNonce).values(row).on_conflict_do_nothing()
    return session.scalar(statement.returning(PushNonce.nonce)) is not None


def _is_known(session: Session, account_id: int, external_id: str) -> bool:
    known = select(Inbound.id).where(
        Inbound.account_id == account_id, Inbound.external_id == external_id
    )
    return session.scalar(known) is not None


def _look_soon(session: Session, account: ChannelAccount, now: datetime) -> None:
    last = account.last_success_at
    if last is None or (now - last).total_seconds() > NUDGED_AFTER:
        session.execute(
            update(ChannelAccount)
            .where(ChannelAccount.id == account.id, ChannelAccount.state == "active")
            .values(next_try_at=now)
        )
