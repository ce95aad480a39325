"""Mails on a ticket's page: their own layout, their pictures, who got a copy, and machines."""

import re
from collections.abc import Callable

import pytest

from channels.email.html_clean import sanitise
from helpdesk.extensions import db, transaction
from helpdesk.models import (
    AttachmentRecord,
    ChannelAccount,
    Inbound,
    Message,
    Outbox,
    Participant,
    Person,
)
from helpdesk.models.person import Address
from helpdesk.runtime import current_storage
from helpdesk.services.sending.outgoing_mail import compose_stored
from tests.web.pages import at, post, ticket_of

HTML = (
    '<p>平面图：</p><img src="cid:plan@college"><img src="cid:logo@college">'
    '<img src="https://far.example/pixel.gif" alt="横幅"><script>alert(1)</script>'
)


@pytest.fixture
def mail(open_ticket) -> Callable[..., Message]:
    """Return a way to put a mail on a new ticket."""

    def put(**facts: object) -> Message:
        number = open_ticket()
        with transaction() as session:
            message = Message(
                ticket_id=number,
                direction="in",
                channel="email",
                author_name="周敏",
                at=at("23 10:20"),
                created_at=at("23 10:20"),
                text="平面图：",
                **facts,
            )
            session.add(message)
            session.flush()
            for name, kind, part in (
                ("plan.png", "image/png", "plan@college"),
                ("logo.svg", "image/svg+xml", "logo@college"),
            ):
                session.add(
                    AttachmentRecord(
                        message_id=message.id,
                        name=name,
                        content_type=kind,
                        size=4,
                        sha256=current_storage().put(b"<svg"),
                        inline=True,
                        content_id=part,
                    )
                )
        return db.session.get_one(Message, message.id)

    return put


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_a_mail_is_text_until_its_own_layout_is_asked_for(sign_in, mail):
    message = mail(html=sanitise(HTML))
    client = sign_in()

    page = client.get(f"/tickets/{message.ticket_id}").text
    laid_out = client.get(f"/tickets/{message.ticket_id}?original={message.id}").text

    assert f"original={message.id}#message-{message.id}" in page
    assert 'class="body html"' not in page
    assert '<div class="body html"><p>平面图：</p>' in laid_out


def test_pictures_that_came_along_are_shown_if_they_cannot_run_scripts(sign_in, mail):
    message = mail(html=sanitise(HTML))
    picture, drawing = message.attachments
    client = sign_in()

    page = client.get(f"/tickets/{message.ticket_id}?original={message.id}").text

    assert f'src="/attachments/{picture.id}"' in page
    assert f'src="/attachments/{drawing.id}"' not in page
    with client.get(f"/attachments/{picture.id}") as answer:
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    with client.get(f"/attachments/{drawing.id}") as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_pictures_from_elsewhere_stay_away_until_somebody_asks_for_them_once(sign_in, mail):
    message = mail(html=sanitise(HTML))
    client, path = sign_in(), f"/tickets/{message.ticket_id}"

    before = client.get(f"{path}?original={message.id}")
    asked = post(client, f"{path}/messages/{message.id}/pictures", {})
    after = client.get(f"{path}?original={message.id}")

    for answer in (before, after):
        assert "Pictures from elsewhere are blocked" in answer.text
        assert ' src="https://far.example' not in answer.text
        assert "img-src" not in answer.headers["Content-Security-Policy"]
    assert 'src="https://far.example/pixel.gif"' in asked.text
    assert "img-src 'self' https: http:" in asked.headers["Content-Security-Policy"]
    assert "default-src 'self'" in asked.headers["Content-Security-Policy"]


def test_a_link_cannot_fetch_pictures(sign_in, mail):
    message = mail(html=sanitise(HTML))

    answer = sign_in().get(f"/tickets/{message.ticket_id}/messages/{message.id}/pictures")

    assert answer.status_code == 405


def test_the_layout_of_another_tickets_mail_is_not_shown(sign_in, mail, open_ticket):
    message, other = mail(html=sanitise(HTML)), open_ticket("Another")

    page = sign_in().get(f"/tickets/{other}?original={message.id}").text

    assert 'class="body html"' not in page
    assert sign_in().get(f"/tickets/{other}/messages/{message.id}/raw").status_code == 404


def test_the_raw_mail_can_be_saved_by_the_office_alone(sign_in, mail):
    with transaction() as session:
        account = ChannelAccount(channel="email", name="desk", settings={}, created_at=at("2 9:00"))
        session.add(account)
        session.flush()
        inbound = Inbound(
            account_id=account.id,
            external_id="1:1",
            raw_key=current_storage().put(b"From: zhou@college.test\r\n\r\n<script>"),
            size=33,
            received_at=at("23 10:20"),
            stored_at=at("23 10:20"),
            state="done",
        )
        session.add(inbound)
        session.flush()
        known = inbound.id
    message = mail(inbound_id=known)
    path = f"/tickets/{message.ticket_id}/messages/{message.id}/raw"

    with sign_in().get(path) as answer:
        assert answer.data.startswith(b"From: zhou@college.test")
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert sign_in("zhou@college.test").get(path).status_code == 403


def test_what_a_form_brought_has_no_raw_mail(sign_in, open_ticket):
    number = open_ticket()
    message = ticket_of(number).messages[0]

    assert sign_in().get(f"/tickets/{number}/messages/{message.id}/raw").status_code == 404


def test_what_machines_wrote_is_one_thin_line(sign_in, open_ticket):
    number = open_ticket()
    with transaction() as session:
        for direction, person, text in (
            ("out", None, "我们将在 10:00 前回复您"),
            ("in", 1, "我在休假"),
            ("in", None, "554 no such user"),
        ):
            session.add(
                Message(
                    ticket_id=number,
                    direction=direction,
                    channel="email",
                    automatic=True,
                    person_id=person,
                    author_name="办公室" if direction == "out" else "对方",
                    at=at("23 10:01"),
                    created_at=at("23 10:01"),
                    text=text,
                    recipients=["zhou@college.test"],
                )
            )

    page = sign_in().get(f"/tickets/{number}").text

    lines = [words(part.split("</summary>")[0]) for part in page.split("<summary")[1:]]
    told = [line for line in lines if "unfold" in line]
    assert "Acknowledged automatically to zhou@college.test · 10:01 today" in told[0]
    assert "Automatic reply of 对方" in told[1]
    assert "Delivery report of 对方" in told[2]
    assert "我在休假" in page


def test_a_ticket_that_a_machine_began_shows_what_it_wrote(sign_in, open_ticket):
    number = open_ticket()
    with transaction() as session:
        session.get_one(Message, ticket_of(number).messages[0].id).automatic = True

    page = sign_in().get(f"/tickets/{number}").text

    assert "lines automatic" not in page


class TestCopies:
    @pytest.fixture
    def number(self, open_ticket) -> int:
        """Return a ticket with somebody in copy, and a mailbox of the desk that is, too."""
        number = open_ticket()
        with transaction() as session:
            session.add(
                ChannelAccount(
                    channel="email",
                    name="desk",
                    address="desk@office.test",
                    is_default=True,
                    settings={},
                    created_at=at("2 9:00"),
                )
            )
            for address in ("dean@college.test", "desk@office.test"):
                person = Person(name="", created_at=at("2 9:00"))
                person.addresses.append(Address(kind="email", value=address))
                session.add(person)
                session.flush()
                session.add(Participant(ticket_id=number, person_id=person.id))
        return number

    def reply(self, client, number, *cc):
        seen = ticket_of(number).last_message_id
        data = {"kind": "reply", "text": "您好", "seen": seen, "cc": list(cc)}
        return post(client, f"/tickets/{number}/messages", data)

    def test_the_desks_own_mailbox_is_never_offered(self, sign_in, number):
        page = sign_in().get(f"/tickets/{number}").text

        assert 'name="cc" value="dean@college.test"' in page
        assert 'name="cc" value="desk@office.test"' not in page

    def test_a_copy_goes_out_and_is_shown_on_the_message(self, sign_in, number):
        client = sign_in()

        self.reply(client, number, "Dean@college.test", "dean@college.test", "zhou@college.test")

        sent = db.session.query(Outbox).filter_by(ticket_id=ticket_of(number).id).one()
        assert sent.recipients == ["zhou@college.test", "dean@college.test"]
        assert b"Cc: <dean@college.test>\r\n" in compose_stored(sent.mail, current_storage())
        assert "copy to dean@college.test" in client.get(f"/tickets/{number}").text

    def test_a_copy_to_the_desk_itself_is_left_out(self, sign_in, number):
        self.reply(sign_in(), number, "desk@office.test")

        assert ticket_of(number).messages[-1].cc == []

    def test_somebody_new_in_copy_belongs_to_the_ticket_from_then_on(self, sign_in, number):
        client = sign_in()

        self.reply(client, number, "rector@college.test，dean@college.test")

        assert ticket_of(number).messages[-1].cc == ["rector@college.test", "dean@college.test"]
        assert 'value="rector@college.test"' in client.get(f"/tickets/{number}").text

    @pytest.mark.parametrize(
        "address", ["nobody", "a@b", "a@b.te\x01st", "<a@b.test>", "a@@b.test"]
    )
    def test_a_copy_to_no_address_is_refused_and_the_text_kept(self, sign_in, number, address):
        answer = self.reply(sign_in(), number, address)

        assert answer.status_code == 400
        assert "您好" in answer.text
        assert ticket_of(number).messages[-1].direction == "in"
