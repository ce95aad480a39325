"""New rows in bulk: what is read back is what was written, on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from helpdesk.extensions import reading, transaction
from helpdesk.models import Call
from helpdesk.services import bulk_rows, call_sources

COLUMNS = (
    "account_id",
    "external_id",
    "direction",
    "caller",
    "number",
    "called",
    "queue",
    "agent",
    "arrived_at",
    "answered_at",
    "wait_seconds",
    "talk_seconds",
    "outcome",
    "in_hours",
    "recording",
    "lines",
)
AWKWARD = [
    "\\N",
    "a\tb",
    "a\nb",
    "back\\slash",
    "'quoted' \"twice\"",
    "王芳 🎧",
    "",
    "%s ? :x",
    "NULL",
]
IN_SHANGHAI = timezone(timedelta(hours=8))


@pytest.fixture
def account(app, now):
    with transaction() as session:
        return call_sources.source_named(session, None, now=now).id


def row(account, number, text="", at=datetime(2026, 11, 23, 2, 0, 0, 250_000, UTC)):
    who = (account, f"c{number}", "inbound", text, "", "", text, "")
    return (*who, at, None, 1.5, 0.0, None, number % 2 == 0, "", [text, f"{text}|{number}"])


@pytest.mark.parametrize("fewest", [1, bulk_rows.FEW])
def test_rows_are_read_back_as_they_were_written(account, fewest):
    rows = [row(account, n, text) for n, text in enumerate(AWKWARD * fewest)]
    with transaction() as session:
        bulk_rows.add(session, Call.__table__, COLUMNS, rows)

    with reading() as session:
        kept = session.execute(
            select(*(getattr(Call, name) for name in COLUMNS)).order_by(Call.id)
        ).all()
    assert [tuple(found) for found in kept] == rows


def test_an_instant_is_kept_whatever_its_zone_and_refused_without_one(account):
    at = datetime(2026, 11, 23, 10, 0, tzinfo=IN_SHANGHAI)
    many = range(bulk_rows.FEW)
    with transaction() as session:
        bulk_rows.add(session, Call.__table__, COLUMNS, [row(account, n, at=at) for n in many])
    with reading() as session:
        assert set(session.scalars(select(Call.arrived_at))) == {at}

    naive = [row(account, 100 + n, at=datetime(2026, 11, 23)) for n in many]  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"), transaction() as session:
        bulk_rows.add(session, Call.__table__, COLUMNS, naive)


@pytest.mark.parametrize("many", [2, bulk_rows.FEW])
def test_one_row_that_is_there_already_leaves_all_of_them_out(account, many):
    with transaction() as session:
        bulk_rows.add(session, Call.__table__, COLUMNS, [row(account, 1)])

    with pytest.raises(IntegrityError), transaction() as session:
        bulk_rows.add(session, Call.__table__, COLUMNS, [row(account, n) for n in range(many)])

    with reading() as session:
        assert session.scalar(select(func.count(Call.id))) == 1
