"""An application's form in the browser: its papers are looked at, and only who may holds it."""

from io import BytesIO

import pytest
from sqlalchemy import select

from helpdesk import extensions
from helpdesk.extensions import db, transaction
from helpdesk.models import Application, Document, Outbox
from helpdesk.services.help_center import pictures
from tests.desk import NOW
from tests.services.certification.applying import begun, picture
from tests.web import pages


@pytest.fixture
def number(desk):
    return begun(db.session(), NOW)


@pytest.fixture
def applicant(desk, number):
    client = desk.test_client()
    with client.session_transaction() as kept:
        kept["application"] = number
    return client


def send(applicant, data, name="教室.png"):
    files = {"photograph": (BytesIO(data), name)}
    return pages.post(
        applicant, "/apply/form/photographs", files, content_type="multipart/form-data"
    )


def kept_papers():
    db.session.rollback()
    return db.session.scalars(select(Document)).all()


def test_pictures_are_drawn_anew_before_the_database_is_locked(applicant, monkeypatch):
    """Anybody may send twenty of them, which takes seconds, and SQLite has one writer."""
    locked = []
    redraw = pictures.redraw

    def watched(*args, **options):
        locked.append(extensions._writing.get())
        return redraw(*args, **options)

    monkeypatch.setattr(pictures, "redraw", watched)

    assert send(applicant, picture()).status_code == 302

    assert locked == [False]
    assert [(paper.kind, paper.name) for paper in kept_papers()] == [("photograph", "教室.png")]


def test_what_is_no_picture_is_refused_by_its_name(applicant):
    page = send(applicant, b"GIF89a, or so it says", "假的.png")

    assert (page.status_code, "假的.png" in page.text) == (400, True)
    assert kept_papers() == []


def test_an_application_that_was_sent_takes_no_more_papers(desk, applicant, number, monkeypatch):
    with transaction() as session:
        session.get_one(Application, number).submitted_at = NOW
    monkeypatch.setattr(pictures, "redraw", pytest.fail)

    assert send(applicant, picture()).status_code == 409
    assert kept_papers() == []


def link_of_the_mail() -> str:
    db.session.rollback()
    mail = db.session.scalars(select(Outbox).order_by(Outbox.id.desc()).limit(1)).one()
    return f"/apply/continue/{mail.mail['text'].split('/apply/continue/')[1].split()[0]}"


def test_who_began_with_an_address_reads_nothing_that_its_owner_fills_in(desk):
    """Anybody may begin one for somebody else, and wait until they follow the mailed link."""
    stranger, owner = desk.test_client(), desk.test_client()
    assert pages.post(stranger, "/apply/", {"email": "zhou@newcollege.test"}).status_code == 302
    assert stranger.get("/apply/form/person").status_code == 200

    assert owner.get(link_of_the_mail()).status_code == 302

    assert owner.get("/apply/form/person").status_code == 200
    for path in ("/apply/form/person", "/apply/review", "/apply/print", "/apply/status"):
        assert stranger.get(path).status_code == 404


def test_the_browser_that_began_goes_on_once_it_opened_the_link(desk):
    client = desk.test_client()
    pages.post(client, "/apply/", {"email": "zhou@newcollege.test"})
    typed = {"person_name": "周敏", "stay": "1"}
    pages.post(client, "/apply/form/person", typed)

    client.get(link_of_the_mail())

    assert "周敏" in client.get("/apply/form/person").text
