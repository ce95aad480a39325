"""Nothing of one center is reached by another's people, under whatever address the desk has.

The test walks the whole URL map as a contact of another center, as an applicant and as
nobody, with the ids of everything that the first center has.
"""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import select
from werkzeug.routing import IntegerConverter

from channels.message import Handle
from helpdesk.extensions import db, transaction
from helpdesk.models import (
    AttachmentRecord,
    Center,
    CenterRequest,
    Document,
    Message,
    Person,
    Remittance,
    Ticket,
    Visit,
)
from helpdesk.runtime import current_storage
from helpdesk.services.access import Actor
from helpdesk.services.desk import tickets
from helpdesk.services.identity import accounts, people
from helpdesk.services.onsite import visits
from tests.services.certification.center_life_help import TODAY
from tests.web.pages import PASSWORD, at, token_of

MARK = "只有甲中心知道"
SECRET = f"{MARK}的内容".encode()
HARMLESS = {"static", "auth.sign_out", "preferences.language"}


@pytest.fixture
def theirs(desk):
    """Give center A everything that a center has, and return the values of address parts."""
    now = at("23 10:00")
    with transaction() as session:
        ours = Center(code="AAA001", name=f"甲中心 {MARK}", created_at=now)
        other = Center(code="BBB002", name="乙中心", created_at=now)
        session.add_all([ours, other])
        session.flush()
        accounts.add_login(
            session,
            email="b@other.test",
            role="center",
            name="乙",
            password=PASSWORD,
            center_code="BBB002",
            now=now,
        ).person.lead = True
        person = people.person_for(session, Handle("email", "a@first.test", MARK), now=now)
        person.center = ours
        session.flush()
        ticket = tickets.open_ticket(
            session,
            subject=MARK,
            channel="email",
            requester=person,
            started_at=now,
            now=now,
            by=Actor(MARK, person_id=person.id),
        )
        message = Message(
            direction="in",
            channel="email",
            author_name=MARK,
            author_address="a@first.test",
            person_id=person.id,
            at=now,
            subject=MARK,
            text=MARK,
            html=f"<p>{MARK}</p>",
            identity="<a@first.test>",
            recipients=[],
            cc=[],
            delivery="none",
        )
        key = current_storage().put(SECRET)
        tickets.add_message(session, ticket, message, (), now)
        session.flush()
        file = AttachmentRecord(
            message_id=message.id,
            name=f"{MARK}.txt",
            content_type="text/plain",
            size=len(SECRET),
            sha256=key,
            inline=False,
        )
        session.add(file)
        visit = visits.plan(
            session,
            ticket,
            place=MARK,
            purpose=MARK,
            contact=MARK,
            phone="",
            by=Actor(MARK, person_id=person.id),
            now=now,
        )
        paper = Document(
            center_id=ours.id,
            kind="other",
            name=f"{MARK}.pdf",
            content_type="application/pdf",
            size=len(SECRET),
            sha256=key,
            by=MARK,
            shared=True,
            created_at=now,
        )
        request = CenterRequest(
            center=ours,
            kind="change",
            proposed={"phone": "02812345678"},
            reason=MARK,
            by=MARK,
            created_at=now,
        )
        fee = Remittance(center_id=ours.id, exam_on=TODAY, note=MARK, by=MARK, created_at=now)
        session.add_all([paper, request, fee])
        session.flush()
        numbers = {
            row.id for row in (ours, person, ticket, message, file, visit, paper, request, fee)
        }
    return {"int": sorted(numbers), "string": ["AAA001", key]}


def addresses(rule, values):
    """Return the addresses of a rule with everything that center A could be named by."""
    parts = sorted(rule.arguments)
    choices = []
    for part in parts:
        converter = rule._converters[part]
        named = getattr(converter, "items", None)  # one of a few words
        kind = "int" if isinstance(converter, IntegerConverter) else "string"
        choices.append(sorted(named) if named else values[kind])
    for chosen in product(*choices):
        built = rule.build(dict(zip(parts, chosen, strict=True)))
        if built is not None:
            yield built[1]


def snapshot():
    """Return everything of center A that a stranger might change."""
    db.session.rollback()
    ours = db.session.scalars(select(Center).where(Center.code == "AAA001")).one()
    return [
        (ours.name, ours.state, ours.version, ours.phone),
        sorted(db.session.execute(select(Ticket.id, Ticket.status, Ticket.subject))),
        sorted(db.session.execute(select(Message.id, Message.text))),
        sorted(db.session.execute(select(Visit.id, Visit.state, Visit.version))),
        sorted(db.session.execute(select(Document.id, Document.removed_at.is_(None)))),
        sorted(db.session.execute(select(CenterRequest.id, CenterRequest.state))),
        sorted(db.session.execute(select(Person.id, Person.center_id, Person.name))),
    ]


@pytest.mark.parametrize("who", ["contact", "nobody"])
def test_no_address_shows_or_changes_another_centers_matters(desk, theirs, sign_in, who):
    client = sign_in("b@other.test") if who == "contact" else desk.test_client()
    token = token_of(client)
    before = snapshot()
    looked = 0
    for rule in desk.url_map.iter_rules():
        if rule.endpoint in HARMLESS:
            continue
        for address in addresses(rule, theirs):
            for method in sorted(rule.methods & {"GET", "POST"}):
                if method == "GET":
                    answer = client.get(f"{address}?q={MARK[:2]}")
                else:
                    answer = client.post(address, data={"csrf_token": token, "version": "1"})
                looked += 1
                assert MARK[2:] not in answer.get_data(as_text=False).decode(errors="replace"), (
                    method,
                    address,
                )
                assert SECRET not in answer.data, (method, address)
                assert answer.status_code < 500, (method, address, answer.text[:300])

    assert looked > 150
    assert snapshot() == before
