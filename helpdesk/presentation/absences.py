"""That somebody is away, and until when."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from helpdesk.i18n import gettext
from helpdesk.models import Agent
from helpdesk.presentation.dates import when


def away_words(agent: Agent, *, now: datetime, zone: ZoneInfo) -> str:
    """Return ``away until today 17:10``, or nothing for who is there."""
    if not agent.is_away(now):
        return ""
    if agent.away_until is None:
        return gettext("away")
    return gettext("away until %(when)s", when=when(agent.away_until, now=now, zone=zone))
