"""Small mails for the services' tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.message import RawItem
from helpdesk.extensions import transaction
from helpdesk.models import ChannelAccount
from helpdesk.runtime import current_storage
from helpdesk.services.arrivals import intake

DESK = "service@miec.example.cn"


def mail(
    subject: str = "揭牌仪式",
    text: str = "请问管理办公室是否派代表出席揭牌仪式？",
    *,
    sender: str = "李建国 <lijianguo@cdxx.example.cn>",
    to: str = DESK,
    message_id: str | None = "<q1@cdxx.example.cn>",
    date: datetime,
    **fields: str,
) -> bytes:
    """Return a raw plain mail; further fields as ``In_Reply_To="<…>"``."""
    lines = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Date": format_datetime(date),
        **({"Message-ID": message_id} if message_id else {}),
        **{name.replace("_", "-"): value for name, value in fields.items()},
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    header = "\r\n".join(f"{name}: {value}" for name, value in lines.items())
    return f"{header}\r\n\r\n{text}\r\n".encode()


def mailbox(session: Session, *, now: datetime, name: str = "main", address: str = DESK) -> int:
    """Make a mailbox and return its id."""
    known = session.scalar(select(ChannelAccount.id).where(ChannelAccount.name == name))
    if known is not None:
        return known
    with transaction():
        account = ChannelAccount(
            channel="email",
            name=name,
            address=address,
            is_default=name == "main",
            settings={"drop_folder": "outgoing"},
            created_at=now,
        )
        session.add(account)
        session.flush()
        return account.id


def arrive(
    session: Session, raw: bytes, *, now: datetime, account: int | None = None, uid: str = ""
):
    """Let a mail arrive and be processed; return its Outcome."""
    account_id = account or mailbox(session, now=now)
    key = current_storage().put(raw)
    item = RawItem(external_id=f"test:{uid or key}", raw=raw, received_at=now)
    with transaction():
        ids = intake.store(session, account_id, [(item, key)], now=now)
    outcomes = intake.process(ids, now=now + timedelta(seconds=1))
    return outcomes[0] if outcomes else None
