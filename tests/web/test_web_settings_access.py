"""The settings are the administrators' alone, every page of them."""

from __future__ import annotations

import pytest

from tests.web.pages import PASSWORD, post

PAGES = (
    "mailboxes",
    "mailboxes/new",
    "quarantine",
    "outbox",
    "people",
    "people/new",
    "personal",
    "groups",
    "groups/new",
    "macros",
    "macros/new",
    "contacts",
    "contacts/new",
    "hours",
    "hours/new",
    "hours/1",
    "holidays",
    "promises",
    "promises/new",
    "promises/1",
)
WHO_MAY_NOT = ("chen@office.test", "wu@office.test", "zhou@college.test")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_administrator_opens_every_page(admin, language):
    client = admin(language)

    for page in PAGES:
        answer = client.get(f"/settings/{page}")
        assert answer.status_code == 200, page
        assert "<h1" in answer.text, page


@pytest.mark.parametrize("email", WHO_MAY_NOT)
def test_nobody_else_opens_any(sign_in, email):
    client = sign_in(email)

    assert {client.get(f"/settings/{page}").status_code for page in PAGES} == {403}


@pytest.mark.parametrize("email", WHO_MAY_NOT)
def test_nobody_else_changes_anything(desk, sign_in, email):
    client = sign_in(email)
    changing = [
        rule.rule.replace("<int:number>", "1")
        .replace("<int:year>", "2026")
        .replace("<day>", "2026-10-01")
        for rule in desk.url_map.iter_rules()
        if rule.endpoint.startswith("settings.") and "POST" in (rule.methods or ())
    ]

    assert changing
    assert {post(client, path, {}).status_code for path in changing} == {403}


def test_strangers_are_asked_to_sign_in(desk):
    client = desk.test_client()

    assert {client.get(f"/settings/{page}").status_code for page in PAGES} == {302}


def test_a_form_without_its_token_changes_nothing(admin):
    answer = admin().post("/settings/groups/new", data={"name": "夜班", "password": PASSWORD})

    assert answer.status_code == 400
