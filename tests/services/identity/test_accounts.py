"""Accounts: signing in, how often, and links that work once."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from sqlalchemy import select

from helpdesk.errors import Conflict, NotFound, Refusal, TooMany
from helpdesk.extensions import db, transaction
from helpdesk.models import Login, Outbox, Person
from helpdesk.runtime import current_storage
from helpdesk.services.access import viewer_of
from helpdesk.services.database.throttling import throttle
from helpdesk.services.identity import accounts
from helpdesk.services.sending.outgoing_mail import compose_stored
from tests.services.people import contact

EMAIL = "chen@miec.example.cn"
PASSWORD = "correct horse"
HOUR = timedelta(hours=1)


@pytest.fixture
def login(session, now) -> int:
    with transaction():
        return accounts.add_login(
            session, email=EMAIL, role="agent", name="陈静", password=PASSWORD, now=now
        ).id


def _sign_in(session, now, email=EMAIL, password=PASSWORD) -> Login:
    proof = accounts.proved(email, password)
    with transaction():
        return accounts.sign_in(session, proof, now=now)


def _reset_token(session) -> str:
    row = session.scalars(select(Outbox).order_by(Outbox.id.desc())).first()
    mail = message_from_bytes(compose_stored(row.mail, current_storage()), policy=policy.default)
    return re.search(r"/password/(\S+)", mail.get_content())[1]


def test_the_right_password_signs_in(session, login, now):
    assert _sign_in(session, now, f"  {EMAIL.upper()} ").last_sign_in_at == now


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong horse"),
        (EMAIL, ""),
        ("nobody@x.example", PASSWORD),
        ("", ""),
        (EMAIL, "x" * 9999),
    ],
)
def test_anything_else_gets_one_and_the_same_refusal(session, login, now, email, password):
    with pytest.raises(Refusal) as refused:
        _sign_in(session, now, email, password)
    assert refused.value.code == "wrong_sign_in"


def test_an_account_without_password_cannot_sign_in(session, now):
    with transaction():
        accounts.add_login(session, email=EMAIL, role="agent", now=now)
    with pytest.raises(Refusal):
        _sign_in(session, now, password="")


@pytest.mark.parametrize("what", ["login", "agent"])
def test_a_closed_account_cannot_sign_in(session, login, now, what):
    with transaction():
        found = session.get_one(Login, login)
        (found if what == "login" else found.agent).active = False
    with pytest.raises(Refusal):
        _sign_in(session, now)


def test_a_password_that_is_changed_while_it_is_compared_signs_in_nobody(session, login, now):
    proof = accounts.proved(EMAIL, PASSWORD)
    with transaction():
        accounts.set_password(session.get_one(Login, login), accounts.hashed("another horse"))
    with pytest.raises(Refusal) as refused, transaction():
        accounts.sign_in(session, proof, now=now)
    assert refused.value.code == "wrong_sign_in"


def test_passwords_are_kept_as_argon2(session, login):
    assert session.get_one(Login, login).password_hash.startswith("$argon2id$")


def test_a_new_password_ends_every_session(session, login):
    before = session.get_one(Login, login).epoch
    with transaction():
        accounts.set_password(session.get_one(Login, login), accounts.hashed("another horse"))
    assert session.get_one(Login, login).epoch == before + 1


def test_a_short_password_is_refused(session, login):
    with pytest.raises(Refusal, match="8"), transaction():
        accounts.set_password(session.get_one(Login, login), accounts.hashed("short"))


def test_an_address_has_one_account(session, login, now):
    with pytest.raises(Conflict), transaction():
        accounts.add_login(session, email=EMAIL.title(), role="manager", now=now)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"email": "nobody"}, "bad_email"),
        ({"email": "a b@x.example"}, "bad_email"),
        ({"email": "zhang@@x.example"}, "bad_email"),
        ({"role": "boss"}, "unknown_role"),
        ({"role": "center", "center_code": "NONE"}, "no_center"),
    ],
)
def test_a_wrong_account_is_refused(session, now, changes, code):
    given = {"email": "new@x.example", "role": "agent", **changes}
    with pytest.raises(Refusal) as refused, transaction():
        accounts.add_login(session, now=now, **given)
    assert refused.value.code == code


def test_a_contact_is_the_person_who_wrote_before(session, now):
    viewer = contact(session, now, "fang@cdxx.example.cn", "CD017")

    assert viewer.role == "center"
    assert session.get_one(Person, viewer.person_id).center.code == "CD017"
    assert viewer.center_id is not None


def test_tries_are_counted_in_a_window(session, now):
    def one(at):
        with transaction():
            throttle(session, "sign-in chen", limit=3, window=HOUR, now=at)

    for minute in range(3):
        one(now + timedelta(minutes=minute))
    with pytest.raises(TooMany, match=r"5\d"):
        one(now + timedelta(minutes=3))
    one(now + HOUR + timedelta(minutes=1))


def test_tries_of_several_processes_at_once_are_counted_together(app, now):
    """Threads with connections of their own stand for the web processes."""
    refused, together = [], threading.Barrier(8)

    def one():
        with app.app_context():
            together.wait()
            try:
                with transaction() as session:
                    throttle(session, "k", limit=5, window=HOUR, now=now)
            except TooMany:
                refused.append(1)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 3


def test_a_reset_link_sets_a_password_once(session, login, now):
    with transaction():
        accounts.send_reset(session, EMAIL, now=now)
    token = _reset_token(session)

    with transaction():
        accounts.set_password(
            accounts.login_for_reset(session, token), accounts.hashed("another horse")
        )
    assert _sign_in(session, now, password="another horse").id == login
    with pytest.raises(NotFound):
        accounts.login_for_reset(session, token)


def test_a_reset_link_grows_old(session, login, now):
    with transaction():
        accounts.send_reset(session, EMAIL, now=now)
    token = _reset_token(session)

    too_late = datetime.now(UTC) + accounts.RESET_LIFETIME + timedelta(minutes=1)
    with time_machine.travel(too_late), pytest.raises(NotFound):
        accounts.login_for_reset(session, token)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é"])
def test_a_made_up_link_is_refused(session, login, token):
    with pytest.raises(NotFound):
        accounts.login_for_reset(session, token)


def test_an_unknown_address_gets_no_link(session, now):
    with transaction():
        accounts.send_reset(session, "nobody@x.example", now=now)
    assert session.scalars(select(Outbox)).all() == []


def test_the_first_administrators_link_works_until_there_is_one(session, now):
    token = accounts.first_admin_token()
    accounts.check_first_admin_token(session, token)
    with transaction():
        accounts.add_login(session, email="a@x.example", role="admin", now=now)
    with pytest.raises(NotFound):
        accounts.check_first_admin_token(session, token)


def test_whoever_signs_in_is_a_viewer(session, login, now):
    viewer = viewer_of(_sign_in(session, now))
    assert (viewer.role, viewer.name, viewer.is_staff) == ("agent", "陈静", True)
