"""Loading the demo desk: into an empty desk only, whenever that is, and once."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from helpdesk import demo
from helpdesk.demo import files, play
from helpdesk.demo.service_time import ServiceTime
from helpdesk.demo.stories import read
from helpdesk.errors import Conflict
from helpdesk.extensions import db, transaction
from helpdesk.models import Center, Outbox, Ticket
from helpdesk.services.identity import accounts
from helpdesk.services.promises.verification import verify_targets
from sla.calendar import Calendar
from sla.china import default_spec
from tests.demo.shortened import tell_few_stories, tell_hardly_anything

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def short(monkeypatch):
    """Tell fewer stories and ring seldom."""
    tell_few_stories(monkeypatch, few=slice(-20, None), calls=20)


@pytest.fixture
def hardly_anything(monkeypatch):
    """Load as little as shows that it is done."""
    tell_hardly_anything(monkeypatch)


ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where nothing depends on the database, loading a desk on both takes its time for nothing."""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_it_loads_on_postgresql_as_well_and_every_role_can_sign_in(app, session, now, monkeypatch):
    tell_few_stories(monkeypatch, few=slice(None, None, 3), calls=40)

    signed_in = demo.load(now)

    assert [account.role for account in signed_in] == ["admin", "manager", "agent", "center"]
    for account in signed_in:
        assert accounts.proved(account.email, account.password)
    assert list(verify_targets()) == []
    assert set(session.scalars(select(Outbox.state))) == {"sent"}


@ON_SQLITE
@pytest.mark.usefixtures("hardly_anything")
def test_it_refuses_a_desk_that_is_in_use(session, now):
    with transaction():
        session.add(Center(code="X1", name="x", created_at=now))

    with pytest.raises(Conflict) as refused:
        demo.load(now)
    assert refused.value.code == "desk_in_use"


@ON_SQLITE
@pytest.mark.usefixtures("hardly_anything")
def test_it_refuses_to_load_twice(session, now):
    demo.load(now)
    before = session.scalar(select(func.count(Ticket.id)))

    with pytest.raises(Conflict):
        demo.load(now)

    assert session.scalar(select(func.count(Ticket.id))) == before


@pytest.mark.usefixtures("hardly_anything")
def test_a_load_that_was_cut_off_is_begun_anew(session, now, monkeypatch):
    def cut_off(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(play.Player, "_triage", cut_off)
        with pytest.raises(KeyboardInterrupt):
            demo.load(now)
    assert session.scalar(select(func.count(Ticket.id)))

    demo.load(now)

    assert list(verify_targets()) == []
    assert not demo.is_empty(db.session())


@ON_SQLITE
@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 10, 5, 3, 0, tzinfo=SHANGHAI),  # a night in the National Day holiday
        datetime(2027, 1, 1, 12, 30, tzinfo=SHANGHAI),  # a year whose days off nobody knows yet
        datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=SHANGHAI),  # a month's first opening
    ],
)
def test_it_fits_any_day_of_the_year(session, moment):
    demo.load(moment)

    overdue = select(func.count(Ticket.id)).where(Ticket.queue_at < moment)
    assert session.scalar(overdue) == 3
    assert list(verify_targets()) == []


def test_the_same_moment_gives_the_same_desk():
    assert files.attachment("机房.png") == files.attachment("机房.png")
    assert read() == read()


def test_service_time_is_counted_back_over_lunch_nights_and_weekends():
    time = ServiceTime(Calendar(default_spec()), datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI))

    assert time.ago(60).astimezone(SHANGHAI) == datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
    assert time.ago(90).astimezone(SHANGHAI) == datetime(2026, 11, 20, 17, 30, tzinfo=SHANGHAI)
    assert time.calendar.elapsed(time.ago(1000), time.now) == pytest.approx(1000, abs=1 / 60)


def test_counting_back_from_a_closed_hour_begins_at_the_last_closing():
    sunday = datetime(2026, 11, 22, 20, 0, tzinfo=SHANGHAI)

    assert ServiceTime(Calendar(default_spec()), sunday).ago(30) == datetime(
        2026, 11, 20, 17, 30, tzinfo=SHANGHAI
    )


def test_a_made_document_and_picture_are_what_their_names_say():
    assert files.attachment("a.pdf").data.startswith(b"%PDF-")
    assert files.attachment("a.pdf").data.rstrip().endswith(b"%%EOF")
    assert files.attachment("a.png").data.startswith(b"\x89PNG")
    assert "姓名" in files.attachment("a.txt").data.decode()
