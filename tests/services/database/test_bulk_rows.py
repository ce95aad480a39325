"""New rows in bulk: what is read back is what was written, on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from helpdesk.extensions import reading, transaction
from helpdesk.models import Call
from helpdesk.services.database import bulk_rows
from helpdesk.services.hotline import call_sources

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
CHANGED = (
    "caller",
    "queue",
    "arrived_at",
    "answered_at",
    "wait_seconds",
    "in_hours",
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


def test_changed_rows_are_read_back_as_they_were_changed(account):
    many = len(AWKWARD) + 1
    with transaction() as session:
        bulk_rows.add(session, Call.__table__, COLUMNS, [row(account, n) for n in range(many)])
    with transaction() as session:
        numbers = session.scalars(select(Call.id).order_by(Call.id)).all()
        changes = [
            (text, text, at, at if n % 2 else None, n / 4, n % 2 == 1, [text, str(n)])
            for n, (text, at) in enumerate(
                (text, datetime(2026, 11, 23, 10, n, tzinfo=IN_SHANGHAI))
                for n, text in enumerate(AWKWARD)
            )
        ]
        rows = [(*new, number) for new, number in zip(changes, numbers, strict=False)]
        bulk_rows.change(session.connection(), Call.__table__, CHANGED, rows)

    with reading() as session:
        columns = [getattr(Call, name) for name in CHANGED]
        kept = session.execute(select(*columns).order_by(Call.id)).all()
    assert [tuple(found) for found in kept[:-1]] == changes
    assert kept[-1].queue == "", "a row that nobody named stays as it was"


def test_no_change_of_many_is_kept_where_one_cannot_be(account):
    with transaction() as session:
        bulk_rows.add(session, Call.__table__, COLUMNS, [row(account, n) for n in range(3)])
        same = [("same", number) for number in session.scalars(select(Call.id))]

    with pytest.raises(IntegrityError), transaction() as session:
        bulk_rows.change(session.connection(), Call.__table__, ("external_id",), same)

    with reading() as session:
        assert set(session.scalars(select(Call.external_id))) == {"c0", "c1", "c2"}
