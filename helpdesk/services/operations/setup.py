"""What every desk needs before its first ticket."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import ChannelAccount, Group, PolicyRecord, ServiceCalendar
from helpdesk.runtime import nobody_acting
from helpdesk.services.hours import calendars
from helpdesk.services.promises import policies

DEFAULT_GROUP = "服务台"
FORMS = {"web": "website", "onsite": "visits"}
"""The forms of the desk's own website, by the channel of what they bring."""


@nobody_acting()
def ensure_defaults(session: Session, *, now: datetime) -> None:
    """Make the default calendar, policy, group and web forms, where they are missing."""
    calendar = session.scalar(select(ServiceCalendar).where(ServiceCalendar.is_default))
    calendar = calendar or calendars.make_default(session, now=now)
    if session.scalar(select(PolicyRecord.id).where(PolicyRecord.is_default)) is None:
        policies.make_default(session, now=now)
    if session.scalar(select(Group.id).where(Group.is_default)) is None:
        session.add(Group(name=DEFAULT_GROUP, is_default=True))
    for channel, name in FORMS.items():
        known = select(ChannelAccount.id).where(ChannelAccount.channel == channel)
        if session.scalar(known) is None:
            session.add(ChannelAccount(channel=channel, name=name, settings={}, created_at=now))
    session.flush()
