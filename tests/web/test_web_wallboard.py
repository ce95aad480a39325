"""The wallboard: figures alone, for managers and at a secret address that can be renewed."""

from __future__ import annotations

import re

import pytest

from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, WallboardAddress
from tests.web.hotline_calls import offered, take_over, taken
from tests.web.pages import at, post

MANAGER = "wu@office.test"


@pytest.fixture
def busy(open_ticket):
    """A ticket that is owed an answer, one that is late, and a missed call."""
    open_ticket("无法上传名单", "23 10:00")
    open_ticket("保密的主题", "18 10:00")
    take_over(taken(at("23 9:30")) + offered(at("23 9:40")), now=at("23 10:00"))


def secret(client) -> str:
    """Make an address and return its path."""
    page = post(client, "/wallboard/address", {}, follow_redirects=True).text
    return re.search(r"http://helpdesk\.test(/wallboard/screen/[\w-]{40,})", page)[1]


def tiles(page: str) -> list[int]:
    return [
        int(n) for n in re.findall(r'class="wall-tile[^"]*"><span>.*?</span><b>(\d+)</b>', page)
    ]


def test_it_shows_how_things_stand(sign_in, busy):
    page = sign_in(MANAGER).get("/wallboard/").text

    assert tiles(page) == [1, 0, 1, 3, 3, 0]  # overdue, at risk, callbacks, nobody's, open, waiting
    assert "50%" in page
    assert "1 / 2" in page
    assert "Refreshed 10:40:00" in page
    assert "Next due" in page


def test_a_television_needs_no_sign_in_at_the_secret_address(desk, sign_in, busy):
    path = secret(sign_in(MANAGER))

    page = desk.test_client().get(path).text

    assert tiles(page)[0] == 1
    assert "Address for a television" not in page
    assert "/dashboard/" not in page


def test_it_tells_nobodys_name_and_no_subject(desk, sign_in, busy):
    path = secret(sign_in(MANAGER))

    for page in (desk.test_client().get(path).text, sign_in(MANAGER).get("/wallboard/").text):
        for secret_word in ("周敏", "陈静", "吴昊", "保密的主题", "无法上传", "zhou@", "139"):
            assert secret_word not in page


def test_a_new_address_ends_the_old_one(desk, sign_in):
    client = sign_in(MANAGER)
    old, new = secret(client), secret(client)

    assert old != new
    assert desk.test_client().get(old).status_code == 404
    assert desk.test_client().get(new).status_code == 200
    assert db.session.query(WallboardAddress).count() == 1


def test_it_can_be_switched_off(desk, sign_in):
    client = sign_in(MANAGER)
    path = secret(client)

    post(client, "/wallboard/address", {"remove": "1"})

    assert desk.test_client().get(path).status_code == 404
    assert "Make an address" in client.get("/wallboard/address").text


def test_the_address_stays_when_who_made_it_leaves(desk, sign_in):
    path = secret(sign_in(MANAGER))
    with transaction() as session:
        session.query(Agent).filter_by(email=MANAGER).one().active = False

    assert desk.test_client().get(path).status_code == 200


@pytest.mark.parametrize("token", ["x", "0" * 43, "%00", "..%2f"])
def test_guessed_addresses_show_nothing(desk, sign_in, token):
    secret(sign_in(MANAGER))

    assert desk.test_client().get(f"/wallboard/screen/{token}").status_code == 404


@pytest.mark.parametrize("path", ["/wallboard/", "/wallboard/address", "/dashboard/ahead/"])
def test_only_managers_see_it_signed_in(desk, sign_in, path):
    assert sign_in().get(path).status_code == 403
    assert sign_in("zhou@college.test").get(path).status_code == 403
    assert desk.test_client().get(path).status_code == 302


def test_only_managers_make_an_address(sign_in):
    assert post(sign_in(), "/wallboard/address", {}).status_code == 403
    assert db.session.query(WallboardAddress).count() == 0


def test_a_refresh_brings_the_figures_alone(desk, sign_in, busy):
    path = secret(sign_in(MANAGER))

    part = desk.test_client().get(f"{path}?lang=en", headers={"HX-Request": "true"}).text

    assert "<html" not in part
    assert tiles(part)[0] == 1
    assert "Refreshed" in part


def test_look_and_language_are_part_of_the_address_and_stay(desk, sign_in):
    path = secret(sign_in(MANAGER))

    page = desk.test_client().get(f"{path}?look=light&lang=zh").text

    assert 'data-theme="light"' in page
    assert "本月还可漏接" in page
    assert f'hx-get="{path}?look=light&amp;lang=zh"' in page
    assert 'data-theme="dark"' in desk.test_client().get(f"{path}?look=purple&lang=xx").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_desk_has_a_wallboard_too(sign_in, language):
    page = sign_in(MANAGER, language).get("/wallboard/").text

    assert tiles(page) == [0] * 6
    assert "—" in page
    assert "100%" not in page


def test_the_secret_is_not_logged(desk, sign_in, capsys):
    path = secret(sign_in(MANAGER))
    capsys.readouterr()

    desk.test_client().get(path)

    said = capsys.readouterr()
    assert path.rsplit("/", 1)[1] not in said.err + said.out
