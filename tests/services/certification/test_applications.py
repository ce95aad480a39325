"""Applications: saved as typed, checked with the reason, sent once, their numbers sealed."""

from __future__ import annotations

import json
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from sqlalchemy import select

from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.models import (
    Application,
    Center,
    CenterEvent,
    Document,
    Outbox,
    Qualification,
    SealedNumber,
    Teacher,
    Ticket,
)
from helpdesk.runtime import current_storage
from helpdesk.services.access import applicant, ticket_for
from helpdesk.services.certification import (
    application_form,
    application_talk,
    applications,
    qualification,
)
from tests.services.certification.applying import (
    EMAIL,
    NUMBER,
    OTHER_NUMBER,
    TODAY,
    TYPED,
    begun,
    filled_in,
    picture,
    save,
    submitted,
    upload,
)
from tests.services.mails import arrive, mail


def link(session) -> str:
    session.rollback()
    mail = session.scalars(select(Outbox).order_by(Outbox.id.desc()).limit(1)).one()
    return mail.mail["text"].split("/apply/continue/")[1].split()[0]


def test_beginning_mails_a_link_whose_secret_is_not_kept(session, now):
    number = begun(session, now)
    token = link(session)

    application = session.get_one(Application, number)
    assert token not in json.dumps(application.data)
    assert application.token_hash != token
    with transaction():
        assert applications.by_token(session, token, now=now).id == number
    assert session.get_one(Application, number).confirmed_at == now


def test_a_new_link_ends_the_old_one(session, now):
    number = begun(session, now)
    old = link(session)
    with transaction():
        applications.send_link(session, session.get_one(Application, number), now=now)

    with pytest.raises(NotFound):
        applications.by_token(session, old, now=now)


@pytest.mark.parametrize("part", ["person", "organisation"])
def test_of_two_parts_that_are_saved_at_the_same_moment_both_are_kept(app, session, now, part):
    number = begun(session, now)
    parts = {part.name: part for part in application_form.PARTS}
    both_read = Barrier(2)

    def save_in_a_page(name):
        with app.app_context():
            with transaction() as work:
                application = work.get_one(Application, number)
                with suppress(BrokenBarrierError):  # SQLite lets the other one in afterwards
                    both_read.wait(0.5)
                applications.save(work, application, parts[name], TYPED[name], now=now, today=TODAY)
            db.session.remove()

    pages = [Thread(target=save_in_a_page, args=(name,)) for name in ("person", part)]
    for page in pages:
        page.start()
    for page in pages:
        page.join()

    session.rollback()
    values = applications.values_of(session.get_one(Application, number))
    assert {name for name in ("person_name", "head_name") if values.get(name)} == (
        {"person_name"} if part == "person" else {"person_name", "head_name"}
    )
    in_use = {value["sealed"] for value in values.values() if isinstance(value, dict)}
    standing = select(SealedNumber.id).where(SealedNumber.erased_at.is_(None))
    assert set(session.scalars(standing)) == in_use


def test_what_is_right_is_normalised_and_what_is_wrong_comes_back_as_typed(session, now):
    number = begun(session, now)

    typed = {**TYPED["person"], "person_phone": "12345", "person_postcode": "６１００４１"}
    errors = save(session, number, "person", typed, now)

    application = session.get_one(Application, number)
    values = applications.values_of(application)
    assert set(errors) == {"person_phone"}
    assert application.data["typed"] == {"person_phone": "12345"}
    assert values["person_email"] == "zhou@newcollege.test"
    assert values["person_postcode"] == "610041"
    assert "person_phone" not in values


def test_a_part_saved_alone_leaves_the_others(session, now):
    number = begun(session, now)
    save(session, number, "person", TYPED["person"], now)
    save(session, number, "facilities", {"computers": "96"}, now)

    values = applications.values_of(session.get_one(Application, number))
    assert (values["person_name"], values["computers"]) == ("周敏", 96)


def test_rows_may_be_left_out_and_a_half_filled_one_says_so(session, now):
    number = begun(session, now)

    errors = save(session, number, "teachers", {"teachers.1.course": "iOS"}, now)

    assert set(errors) == {"teachers.1.name"}


def test_id_numbers_are_sealed_and_stand_nowhere_in_the_clear(session, now):
    number = begun(session, now)
    save(session, number, "person", TYPED["person"], now)

    application = session.get_one(Application, number)
    row = session.scalars(select(SealedNumber)).one()
    assert applications.values_of(application)["person_id"] == {"sealed": row.id}
    assert row.masked == "110105********002X"
    assert NUMBER not in json.dumps(application.data)


def test_another_number_erases_the_first_and_an_empty_box_keeps_it(session, now):
    number = begun(session, now)
    save(session, number, "person", TYPED["person"], now)
    save(session, number, "person", {"person_id": ""}, now)
    assert session.scalars(select(SealedNumber)).one().erased_at is None

    save(session, number, "person", {"person_id": OTHER_NUMBER}, now)

    first, second = session.scalars(select(SealedNumber).order_by(SealedNumber.id))
    assert (first.erased_at, first.masked) == (now, "")
    assert second.masked == "340524********001X"


def test_a_wrong_id_number_is_told_and_not_kept(session, now):
    number = begun(session, now)

    errors = save(session, number, "person", {"person_id": NUMBER[:-1] + "1"}, now)

    application = session.get_one(Application, number)
    assert "person_id" in errors
    assert NUMBER[:-1] not in json.dumps(application.data)
    assert not session.scalars(select(SealedNumber)).all()


def test_photographs_are_drawn_anew_without_where_they_were_taken(session, now):
    number = begun(session, now)
    upload(session, number, "photograph", picture(), now=now)

    paper = session.scalars(select(Document)).one()
    assert paper.content_type == "image/jpeg"
    assert b"GPS 30.67" in picture()
    assert b"GPS 30.67" not in current_storage().read(paper.sha256)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("photograph", b"%PDF-1.7 no picture"),
        ("licence", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("licence", b"MZ an executable"),
    ],
)
def test_what_a_file_holds_decides_not_what_it_is_called(session, now, kind, data):
    number = begun(session, now)

    with pytest.raises(Refusal, match=r"a\.jpg"):
        upload(session, number, kind, data, now=now)

    assert not session.scalars(select(Document)).all()


def test_sending_says_everything_that_is_missing(session, now):
    number = begun(session, now)
    save(session, number, "person", TYPED["person"], now)
    with transaction():
        session.get_one(Application, number).confirmed_at = now

    with pytest.raises(Refusal) as refused, transaction():
        applications.submit(session, session.get_one(Application, number), now=now)

    assert refused.value.code == "not_complete"
    for part in application_form.PARTS[1:]:
        for label in application_form.lacking(part, {}, {}):
            assert str(label) in refused.value.sentence
    assert not session.scalars(select(Center)).all()


def test_an_address_that_was_not_confirmed_sends_nothing(session, now):
    number = filled_in(session, now)
    with transaction():
        session.get_one(Application, number).confirmed_at = None

    with pytest.raises(Refusal) as refused, transaction():
        applications.submit(session, session.get_one(Application, number), now=now)

    assert refused.value.code == "not_confirmed"


def test_a_sent_application_is_a_center_with_record_checklist_and_first_step(session, now):
    number = submitted(session, now)

    application = session.get_one(Application, number)
    center = application.center
    assert (center.state, center.name, center.region) == ("submitted", "新星学院", "四川")
    assert center.profile["computers"] == 96
    assert [row.name for row in session.scalars(select(Teacher))] == ["张强", "刘洋"]
    checklist = session.scalars(select(Qualification).order_by(Qualification.id)).all()
    assert [row.criterion for row in checklist] == [*qualification.BASIC, *qualification.PREFERRED]
    assert [row.judged for row in checklist] == [True] * 5 + [False, True, True]
    event = session.scalars(select(CenterEvent)).one()
    assert (event.kind, event.by) == ("life.submit", "周敏")
    assert {paper.center_id for paper in session.scalars(select(Document))} == {center.id}


def test_it_is_sent_once_and_not_changed_afterwards(session, now):
    number = submitted(session, now)

    with pytest.raises(Conflict), transaction():
        applications.submit(session, session.get_one(Application, number), now=now)
    with pytest.raises(Conflict):
        save(session, number, "person", {"person_name": "别人"}, now)
    with pytest.raises(Refusal):
        upload(session, number, "licence", b"%PDF-1.7", now=now)


def test_office_and_applicant_talk_on_one_ticket_however_often_it_is_opened(session, now):
    number = submitted(session, now)

    first = application_talk.ensure(number, now=now)
    with transaction():
        session.get_one(Application, number).ticket_id = None  # as if it had died in between
    again = application_talk.ensure(number, now=now)

    session.rollback()
    application = session.get_one(Application, number)
    viewer = applicant(session, application)
    assert first == again
    ticket = ticket_for(session, viewer, first)
    assert (ticket.requester.email, ticket.center_id) == (EMAIL, application.center_id)


def test_the_link_of_one_applicant_opens_nobody_elses_ticket(session, now):
    one, two = submitted(session, now), submitted(session, now, "other@second.test")
    number = application_talk.ensure(one, now=now)

    session.rollback()
    other = applicant(session, session.get_one(Application, two))
    with pytest.raises(NotFound):
        ticket_for(session, other, number)


def test_the_link_of_an_application_opens_nothing_else_that_its_writer_asked(session, now):
    earlier = arrive(session, mail("别的事", date=now, sender=EMAIL), now=now).ticket
    number = submitted(session, now)
    talk = application_talk.ensure(number, now=now)

    session.rollback()
    viewer = applicant(session, session.get_one(Application, number))
    assert session.get_one(Ticket, earlier).requester_id == viewer.person_id
    assert ticket_for(session, viewer, talk).id == talk
    with pytest.raises(NotFound):
        ticket_for(session, viewer, earlier)
