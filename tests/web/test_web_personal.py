"""An ID number is shown once to who may see it and says why; nothing else ever shows it."""

from __future__ import annotations

import logging
import re
from io import StringIO

import pytest
from sqlalchemy import select, update

from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, Application, Center, PersonalAccess
from helpdesk.personal_keys import new
from helpdesk.services.personal import sealed
from tests.services.personal.sealing import use_keys
from tests.web.pages import at, post

NUMBER = "11010519491231002X"
MASKED = "110105********002X"
REASON = {"reason": "核对申请单位负责人"}


@pytest.fixture
def record(desk) -> str:
    """Return the page of a center whose responsible person's number is kept."""
    with transaction() as session:
        row = sealed.seal(session, NUMBER, now=at("20 9:00"))
        values = {"person_name": "张伟", "person_id": {"sealed": row.id}}
        center = Center(
            code="A2026-1",
            name="成都信息工程学院",
            state="submitted",
            state_since=at("20 9:00"),
            created_at=at("20 9:00"),
            profile=values,
        )
        session.add(center)
        session.add(
            Application(
                center=center,
                token_hash="x",
                email="zhang@college.test",
                data={"values": values, "typed": {}},
                submitted_at=at("20 9:00"),
                created_at=at("20 9:00"),
                updated_at=at("20 9:00"),
            )
        )
    return "/centers/A2026-1/facts"


def address_on(client, record: str) -> str:
    """Return where the record offers to show the number."""
    return re.search(r'href="(/personal/[^"]+)"', client.get(record).text)[1]


def log() -> list[PersonalAccess]:
    db.session.rollback()
    return list(db.session.scalars(select(PersonalAccess).order_by(PersonalAccess.id)))


def test_the_record_shows_the_mask_and_the_way_to_the_number(sign_in, record):
    page = sign_in("wu@office.test").get(record).text

    assert MASKED in page
    assert NUMBER not in page


def test_a_reason_shows_it_once_and_stands_in_the_log(sign_in, record):
    client = sign_in("wu@office.test")
    address = address_on(client, record)
    asked = client.get(address)
    assert (asked.status_code, NUMBER in asked.text, MASKED in asked.text) == (200, False, True)

    shown = post(client, address, REASON)

    assert shown.status_code == 200
    assert NUMBER in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    (line,) = log()
    assert (line.by, line.reason, line.subject) == ("吴昊", "核对申请单位负责人", "person_id")
    assert line.center.code == "A2026-1"
    assert line.at == at("23 10:40")
    assert NUMBER not in client.get(address).text
    assert record in shown.text  # the way back


@pytest.mark.parametrize("reason", ["", "  ", "abc"])
def test_without_a_reason_it_is_not_shown(sign_in, record, reason):
    client = sign_in("wu@office.test")

    answer = post(client, address_on(client, record), {"reason": reason})

    assert answer.status_code == 400
    assert "Say in a few words" in answer.text
    assert NUMBER not in answer.text
    assert log() == []


def test_an_agent_sees_the_mask_alone_until_made_a_channel_manager(sign_in, record):
    address = address_on(sign_in("wu@office.test"), record)
    chen = sign_in()
    assert MASKED in chen.get(record).text
    assert "/personal/" not in chen.get(record).text
    assert chen.get(address).status_code == post(chen, address, REASON).status_code == 403
    assert log() == []

    with transaction() as session:
        session.execute(update(Agent).values(channel_manager=True))

    assert NUMBER in post(chen, address_on(chen, record), REASON).text


def test_contacts_and_visitors_get_nowhere(desk, sign_in, record):
    address = address_on(sign_in("wu@office.test"), record)
    zhou = sign_in("zhou@college.test")

    assert zhou.get(address).status_code == post(zhou, address, REASON).status_code == 403
    assert desk.test_client().get(address).status_code == 302
    assert log() == []


def test_an_address_that_was_changed_shows_nothing(sign_in, record):
    client = sign_in("wu@office.test")
    address = address_on(client, record)

    for wrong in (address[:-2], "/personal/1", "/personal/WzEsbnVsbCwiIiwiLyJd.x"):
        assert post(client, wrong, REASON).status_code == 404
    assert log() == []


def test_without_its_key_the_page_says_so_and_the_desk_goes_on(desk, sign_in, record):
    client = sign_in("wu@office.test")
    address = address_on(client, record)
    use_keys(desk, new())

    answer = post(client, address, REASON)

    assert answer.status_code == 503
    assert "cannot be shown now" in answer.text
    assert log() == []
    assert MASKED in client.get(record).text


def test_an_erased_number_cannot_be_asked_for(sign_in, record):
    client = sign_in("wu@office.test")
    address = address_on(client, record)
    with transaction() as session:
        number = session.scalars(select(Application)).one().data["values"]["person_id"]["sealed"]
        sealed.erase(session, [number], now=at("23 10:00"), reason="refused")

    assert post(client, address, REASON).status_code == 404
    assert "/personal/" not in client.get(record).text


def test_administrators_read_the_log_and_the_rules(admin, sign_in, record):
    manager = sign_in("wu@office.test")
    post(manager, address_on(manager, record), REASON)

    page = admin().get("/settings/personal").text

    assert "吴昊" in page
    assert "核对申请单位负责人" in page
    assert "成都信息工程学院" in page
    assert "erased 180 days after the refusal" in page
    assert "erased 30 days after the last change" in page
    assert NUMBER not in page


def test_the_log_is_chosen_by_person_and_center_and_paged(admin, sign_in, record):
    manager = sign_in("wu@office.test")
    address = address_on(manager, record)
    for turn in range(52):
        post(manager, address, {"reason": f"reason {turn:02}"})
    client, number = admin(), log()[0].agent_id

    first = client.get(f"/settings/personal?agent={number}&center=A2026-1").text
    assert ("reason 51" in first, "reason 02" in first, "reason 01" in first) == (True, True, False)
    older = re.search(r'href="([^"]+before=[^"]+)"', first)[1].replace("&amp;", "&")
    assert "agent=" in older
    second = client.get(older).text
    assert ("reason 01" in second, "reason 02" in second) == (True, False)
    assert "Nobody looked" in client.get("/settings/personal?agent=99999").text
    assert "Nobody looked" in client.get("/settings/personal?center=NONE").text


def test_missing_keys_are_told_to_administrators(desk, admin, record):
    use_keys(desk, new())

    assert "helpdesk personal check" in admin().get("/settings/personal").text


def test_no_log_line_quotes_it_whatever_happens(desk, sign_in, record, monkeypatch):
    lines = StringIO()
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:  # the desk's own, not those of pytest
            monkeypatch.setattr(handler, "stream", lines)
    client = sign_in("wu@office.test")
    address = address_on(client, record)
    post(client, address, {"reason": f"check {NUMBER}"})
    client.get(f"/search?q={NUMBER}")
    client.get(f"/nowhere/{NUMBER}")
    client.get(f"/tickets/{NUMBER}")
    logging.getLogger("anything").error("quoted %s and 110105 19491231 002x", NUMBER)
    try:
        int(NUMBER)
    except ValueError:  # its sentence quotes what was read
        logging.getLogger("anything").exception("failed")

    said = lines.getvalue()

    assert MASKED in said
    for secret in (NUMBER, "110105 19491231 002x", address.rpartition("/")[2]):
        assert secret not in said
    assert all(NUMBER not in f"{line.reason}{line.subject}{line.by}" for line in log())


def test_no_page_of_the_desk_shows_it(admin, record):
    """Every page without an argument, and every part of the record, is searched for it."""
    client = admin()
    rules = client.application.url_map.iter_rules()
    paths = {rule.rule for rule in rules if "GET" in rule.methods and not rule.arguments}
    paths |= {
        rule.rule.replace("<code>", "A2026-1")
        for rule in client.application.url_map.iter_rules()
        if "GET" in rule.methods and rule.arguments == {"code"}
    }
    seen = 0

    for path in sorted(paths - {"/sign-out"}):
        answer = client.get(path)
        assert NUMBER not in answer.text, path
        assert NUMBER[6:14] not in answer.text, path
        seen += answer.status_code == 200

    assert seen > 30
    assert client.get(f"/search?q={NUMBER}").status_code == 200
