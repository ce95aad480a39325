"""The hour and weekday of the local clock, asked of the database, on both kinds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Call, ChannelAccount
from helpdesk.services.hotline import call_sources
from helpdesk.services.hours.local_hours import at_local

BEGIN, END = datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 11, 10, tzinfo=UTC)


@pytest.fixture
def calls(session, now):
    """Calls every seven hours over two changes of the clocks in Europe and America."""
    with transaction():
        source = call_sources.source_named(session, "x", now=now)
        assert isinstance(source, ChannelAccount)
        session.flush()
        at, number = BEGIN, 0
        while at < END:
            session.add(
                Call(
                    account_id=source.id,
                    external_id=str(number),
                    direction="inbound",
                    arrived_at=at,
                    lines=[],
                )
            )
            at, number = at + timedelta(hours=7, minutes=13), number + 1


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]
)
def test_it_is_what_the_clock_on_the_wall_showed(calls, session, zone):
    zone = ZoneInfo(zone)
    every = db.session.scalars(select(Call.arrived_at)).all()
    for hour, weekday in ((9, None), (None, 6), (2, 0), (23, 5)):
        condition = at_local(
            Call.arrived_at,
            zone,
            (BEGIN, END),
            hour=hour,
            weekday=weekday,
            postgres=session.get_bind().dialect.name == "postgresql",
        )

        found = sorted(db.session.scalars(select(Call.arrived_at).where(condition)))

        shown = [at for at in every if _shows(at.astimezone(zone), hour, weekday)]
        assert found == sorted(shown), (hour, weekday)


def _shows(local, hour, weekday):
    return hour in (None, local.hour) and weekday in (None, local.weekday())
