"""Who sees what is one rule, and list, search, page and files obey it (BEHAVIOURS 35)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk.errors import Forbidden, NotFound
from helpdesk.extensions import transaction
from helpdesk.models import AttachmentRecord, Center, CenterDomain, Login, Ticket
from helpdesk.runtime import current_storage
from helpdesk.services import access
from helpdesk.services.desk import conversation, queue, replies, search
from helpdesk.services.desk.tickets import StoredFile
from tests.services.mails import arrive, mail
from tests.services.people import agent, contact


@pytest.fixture
def tickets(session, now) -> dict[str, int]:
    """Two centers' tickets and one of a person without a center; each with a note and files."""
    with transaction():
        for code, domain in (("CD017", "cdxx.example.cn"), ("BJ001", "bjxx.example.cn")):
            center = Center(code=code, name=f"{code} 中心", created_at=now)
            center.domains = [CenterDomain(domain=domain)]
            session.add(center)
    numbers = {}
    for name, sender in (
        ("ours", "li@cdxx.example.cn"),
        ("theirs", "wang@bjxx.example.cn"),
        ("lone", "visitor@mail.example"),
    ):
        raw = mail("揭牌仪式", date=now, sender=sender, message_id=f"<{name}@x.example>")
        numbers[name] = arrive(session, raw, now=now).ticket
    chen = agent(session, now)
    for number in numbers.values():
        with transaction():
            ticket = session.get_one(Ticket, number)
            replies.reply(session, ticket, chen, "见附件", files=[_file("程序.txt")], now=now)
            replies.note(session, ticket, chen, "内部秘密", files=[_file("内部.txt")], now=now)
    return numbers


def _file(name: str) -> StoredFile:
    return StoredFile(name, "text/plain", 4, current_storage().put(name.encode()))


def _seen(session, viewer) -> set[int]:
    return {ticket.id for ticket in queue.page(session, viewer, "all").tickets}


def test_staff_see_everything(session, now, tickets):
    boss = agent(session, now, "boss@miec.example.cn", role="manager")

    assert _seen(session, boss) == set(tickets.values())
    assert {t.id for t in search.search(session, boss, "揭牌").tickets} == set(tickets.values())
    for number in tickets.values():
        assert access.ticket_for(session, boss, number).id == number


def test_a_contact_sees_the_tickets_of_their_center_alone(session, now, tickets):
    fang = contact(session, now, "fang@cdxx.example.cn", "CD017")

    assert _seen(session, fang) == {tickets["ours"]}
    assert [t.id for t in search.search(session, fang, "揭牌").tickets] == [tickets["ours"]]
    assert queue.counts(session, fang) == {"current": 1}
    assert access.ticket_for(session, fang, tickets["ours"])
    for name in ("theirs", "lone"):
        with pytest.raises(NotFound):
            access.ticket_for(session, fang, tickets[name])
        assert search.search(session, fang, f"#{tickets[name]}").tickets == []


def test_a_person_without_a_center_sees_their_own_tickets(session, now, tickets):
    visitor = contact(session, now, "visitor@mail.example")

    assert _seen(session, visitor) == {tickets["lone"]}


def test_two_people_without_a_center_do_not_see_each_other(session, now, tickets):
    stranger = contact(session, now, "stranger@mail.example")

    assert _seen(session, stranger) == set()


def test_a_contact_sees_no_notes_and_no_events(session, now, tickets):
    fang = contact(session, now, "fang@cdxx.example.cn", "CD017")
    ticket = access.ticket_for(session, fang, tickets["ours"])

    entries = conversation.read(session, fang, ticket).entries

    assert {entry.message.direction for entry in entries} == {"in", "out"}
    assert not any(entry.events for entry in entries)


def test_nobody_finds_a_ticket_by_a_note_that_they_may_not_read(session, now, tickets):
    fang = contact(session, now, "fang@cdxx.example.cn", "CD017")
    boss = agent(session, now, "boss@miec.example.cn", role="manager")

    assert search.search(session, fang, "秘密").tickets == []
    assert search.search(session, fang, "密").tickets == []
    assert len(search.search(session, boss, "秘密").tickets) == 3


def test_attachments_follow_their_message(session, now, tickets):
    fang = contact(session, now, "fang@cdxx.example.cn", "CD017")
    rows = {
        (row.message.ticket_id, row.name): row.id
        for row in session.scalars(select(AttachmentRecord))
    }

    assert access.attachment_for(session, fang, rows[tickets["ours"], "程序.txt"])
    for key in (
        (tickets["ours"], "内部.txt"),
        (tickets["theirs"], "程序.txt"),
        (tickets["lone"], "程序.txt"),
    ):
        with pytest.raises(NotFound):
            access.attachment_for(session, fang, rows[key])


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**63, 10**30])
def test_numbers_that_no_ticket_has_are_not_found(session, now, number):
    boss = agent(session, now, role="manager")

    with pytest.raises(NotFound):
        access.ticket_for(session, boss, number)


@pytest.mark.parametrize(
    ("role", "staff", "manager", "admin"),
    [
        ("center", False, False, False),
        ("agent", True, False, False),
        ("manager", True, True, False),
        ("admin", True, True, True),
    ],
)
def test_what_a_role_may(session, now, *, role, staff, manager, admin):
    viewer = (
        contact(session, now, "p@x.example")
        if role == "center"
        else agent(session, now, "p@x.example", role=role)
    )
    for allowed, require in (
        (staff, access.require_staff),
        (not staff, access.require_contact),
        (manager, access.require_manager),
        (admin, access.require_admin),
    ):
        if allowed:
            require(viewer)
        else:
            with pytest.raises(Forbidden):
                require(viewer)


@pytest.mark.parametrize("what", ["login", "agent"])
def test_who_left_is_nobody(session, now, what):
    chen = agent(session, now)
    login = session.get_one(Login, chen.login_id)
    with transaction():
        (login if what == "login" else login.agent).active = False

    assert access.viewer_of(login) is None
