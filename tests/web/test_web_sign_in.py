"""Signing in: who gets where, what is refused, and what is said."""

import re

from helpdesk.services.identity import accounts
from tests.web.pages import PASSWORD, post


def test_an_agent_is_led_to_the_queue(sign_in):
    client = sign_in()

    assert client.get("/", follow_redirects=True).request.path == "/queue/first_reply"


def test_a_wrong_password_keeps_the_address_and_says_no_more_than_needed(desk):
    client = desk.test_client()

    answer = post(client, "/sign-in", {"email": "chen@office.test", "password": "guessed it"})

    assert answer.status_code == 400
    assert 'value="chen@office.test"' in answer.text
    assert "guessed it" not in answer.text


def test_an_unknown_address_gets_the_same_answer(desk):
    client = desk.test_client()

    one = post(client, "/sign-in", {"email": "chen@office.test", "password": "x" * 9}).text
    other = post(client, "/sign-in", {"email": "nobody@office.test", "password": "x" * 9}).text

    assert one.replace("chen", "nobody") != ""
    assert ("不正确" in one) == ("不正确" in other)


def test_too_many_tries_are_stopped_even_with_the_right_password(desk):
    client = desk.test_client()
    for _ in range(accounts.SIGN_INS_PER_ADDRESS):
        post(client, "/sign-in", {"email": "chen@office.test", "password": "guessed it"})

    answer = post(client, "/sign-in", {"email": "chen@office.test", "password": PASSWORD})

    assert answer.status_code == 429


def test_signing_in_rightly_is_never_held_against_an_office(desk):
    """Many colleagues share one address on the way out."""
    for _ in range(accounts.SIGN_INS_PER_PLACE + 1):
        answer = post(
            desk.test_client(), "/sign-in", {"email": "chen@office.test", "password": PASSWORD}
        )
        assert answer.status_code == 302


def test_whoever_came_for_a_page_is_led_there(desk):
    client = desk.test_client()
    first = client.get("/queue/mine")

    answer = post(
        client,
        "/sign-in",
        {"email": "chen@office.test", "password": PASSWORD, "next": "/queue/mine"},
    )

    assert first.headers["Location"] == "/sign-in?next=/queue/mine?"
    assert answer.headers["Location"] == "/queue/mine"


def test_nobody_is_led_to_another_site(desk):
    for target in ("https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"):
        client = desk.test_client()

        answer = post(
            client,
            "/sign-in",
            {"email": "chen@office.test", "password": PASSWORD, "next": target},
        )

        assert answer.headers["Location"] == "/"


def test_signing_out_ends_the_session(sign_in):
    client = sign_in()

    post(client, "/sign-out", {})

    assert client.get("/queue/mine").status_code == 302


def test_a_form_without_its_token_is_refused(desk):
    answer = desk.test_client().post("/sign-in", data={"email": "a@b.c", "password": "x"})

    assert answer.status_code == 400


def test_a_page_carries_the_token_of_its_forms(desk):
    client = desk.test_client()
    page = client.get("/password/forgotten").text
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]

    assert f'name="csrf_token" value="{token}"' in page
    answer = client.post("/sign-in", data={"email": "a@b.c", "password": "x", "csrf_token": token})

    assert "The address or the password is wrong." in answer.text or "密码" in answer.text


def test_a_new_password_signs_other_browsers_out(desk, sign_in):
    client = sign_in()
    with desk.app_context():
        from helpdesk.extensions import transaction
        from helpdesk.models import Login

        with transaction() as session:
            login = session.query(Login).filter_by(email="chen@office.test").one()
            accounts.set_password(login, accounts.hashed("another horse"))

    assert client.get("/queue/mine").status_code == 302


def test_pages_forbid_everything_that_is_not_their_own(desk):
    headers = desk.test_client().get("/sign-in").headers

    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_page_carries_inline_styles_or_handlers(desk, sign_in, open_ticket):
    number = open_ticket()
    client = sign_in()

    for path in ("/sign-in", "/queue/first_reply", f"/tickets/{number}?view=mine"):
        page = client.get(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert " onclick=" not in page


class TestLanguage:
    def test_the_browsers_language_is_spoken_first(self, desk):
        page = desk.test_client().get("/sign-in", headers={"Accept-Language": "en-GB,en;q=0.9"})

        assert '<html lang="en"' in page.text
        assert "Sign in" in page.text

    def test_chinese_is_spoken_when_nothing_is_asked_for(self, desk):
        page = desk.test_client().get("/sign-in")

        assert '<html lang="zh-CN"' in page.text
        assert "登录" in page.text

    def test_a_choice_is_remembered_by_browser_and_account(self, desk, sign_in):
        client = sign_in()

        post(client, "/preferences", {"lang": "zh", "next": "/queue/mine"})

        assert "我的工单" in client.get("/queue/mine").text
        assert "我的工单" in sign_in(language="en").get("/queue/mine").text

    def test_the_look_is_in_the_page_before_any_script_runs(self, desk):
        client = desk.test_client()

        post(client, "/preferences", {"theme": "dark"})

        assert 'data-theme="dark"' in client.get("/sign-in").text


def test_nobody_waits_for_the_database_while_a_password_is_compared_or_hashed(desk, monkeypatch):
    """SQLite has one writer, and Argon2 is slow on purpose."""
    from helpdesk import extensions

    held = []
    hasher = accounts._hasher()

    class Watched:
        def __getattr__(self, name):
            held.append(extensions._writing.get())
            return getattr(hasher, name)

    monkeypatch.setattr(accounts, "_hasher", Watched)
    client = desk.test_client()
    post(client, "/sign-in", {"email": "chen@office.test", "password": PASSWORD})
    changed = {"current_password": PASSWORD, "password": "another horse", "again": "another horse"}
    answer = post(client, "/profile/password", changed)

    assert answer.status_code == 302
    assert len(held) >= 3
    assert not any(held)
