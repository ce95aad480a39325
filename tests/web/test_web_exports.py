"""No file that leaves the desk holds an ID number, wherever somebody has put one."""

from __future__ import annotations

from io import BytesIO
from itertools import product
from zipfile import ZipFile

import pytest
from sqlalchemy import update

from helpdesk.extensions import db, transaction
from helpdesk.models import Center, Person, Ticket
from helpdesk.services.access import SYSTEM
from helpdesk.services.certification import center_life
from tests.services.certification.applying import NUMBER, OTHER_NUMBER, submitted
from tests.web.pages import at

ENDINGS = ("csv", "xlsx")
BY = ("channel", "topic", "center", "agent")


@pytest.fixture
def careless(desk, open_ticket):
    """Have numbers in a form, in facts older than the rules, in names and in a subject."""
    submitted(db.session(), at("23 9:00"))
    number = open_ticket(f"我的身份证 {NUMBER}")
    with transaction() as session:
        center = Center(
            code="CD017",
            name=f"成都中心 {OTHER_NUMBER}",
            legal_representative=f"李国强{NUMBER}",
            address=f"武侯区 {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}",
            created_at=at("2 9:00"),
        )
        session.add(center)
        center_life.enter_as_it_stands(session, center, by=SYSTEM, now=at("2 9:00"))
        session.execute(update(Person).values(name=f"周敏 {NUMBER}"))
        session.get_one(Ticket, number).center = center


def test_no_export_holds_a_number(careless, admin):
    client = admin("zh")
    paths = [f"/centers/export.{ending}" for ending in ENDINGS]
    paths += [
        f"/reports/table.{ending}?about={about}&by={by}"
        for ending, about, by in product(ENDINGS, ("tickets", "promises"), BY)
    ]
    paths += [f"/reports/table.{ending}?about=calls" for ending in ENDINGS]

    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert not _numbers_in(answer.data), path
    centers = client.get("/centers/export.csv").text
    assert "李国强110105********002X" in centers
    assert "新星学院" in centers


def test_a_name_with_a_sign_that_no_workbook_holds_is_written_without_it(desk, admin):
    """Anybody may apply under any name, and one of them left the office without its files."""
    with transaction() as session:
        name = "成都\x01中心\x1f\ufffe"
        session.add(Center(code="CD018", name=name, region="\x01=1+1", created_at=at("2 9:00")))
    client = admin()

    for ending in ENDINGS:
        assert client.get(f"/centers/export.{ending}").status_code == 200
    text = client.get("/centers/export.csv").text
    assert "成都中心," in text
    assert "'=1+1" in text


def _numbers_in(data: bytes) -> list[str]:
    """Return the numbers that a file holds, written together or apart."""
    if data.startswith(b"PK"):
        with ZipFile(BytesIO(data)) as book:
            data = b"".join(book.read(name) for name in book.namelist())
    plain = data.decode("utf-8", "replace").replace(" ", "").replace("-", "")
    return [number for number in (NUMBER, OTHER_NUMBER) if number in plain]
