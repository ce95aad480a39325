"""What every desk needs before its first ticket."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import ChannelAccount, Group, PolicyRecord, ServiceCalendar
from helpdesk.services import calendars, policies

DEFAULT_GROUP = "服务台"
WEBSITE = "website"


def ensure_defaults(session: Session, *, now: datetime) -> None:
    """Make the default calendar, policy, group and web form, where they are missing."""
    calendar = session.scalar(select(ServiceCalendar).where(ServiceCalendar.is_default))
    calendar = calendar or calendars.make_default(session, now=now)
    if session.scalar(select(PolicyRecord.id).where(PolicyRecord.is_default)) is None:
        policies.make_default(session, calendar.id)
    if session.scalar(select(Group.id).where(Group.is_default)) is None:
        session.add(Group(name=DEFAULT_GROUP, is_default=True))
    if session.scalar(select(ChannelAccount.id).where(ChannelAccount.channel == "web")) is None:
        session.add(ChannelAccount(channel="web", name=WEBSITE, settings={}, created_at=now))
    session.flush()
