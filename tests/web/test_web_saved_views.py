"""Keeping a view of the queue: from the filters of a list, in the navigation, on a phone."""

from __future__ import annotations

import re

from helpdesk.extensions import db
from helpdesk.models import SavedView
from tests.web.browsing import assert_usable, in_every_look
from tests.web.pages import post

MANAGER = "wu@office.test"
LIST = "/queue/open?channel=email"


def keep(client, name="By mail", path="/queue/open/saved?channel=email", **more):
    return post(client, path, {"name": name, **more})


def places(page: str, title: str = "Saved views") -> str:
    """Return a section of the navigation; empty where there is none."""
    return (
        page.split(f">{title}<")[1].split("</section>", maxsplit=1)[0]
        if f">{title}<" in page
        else ""
    )


def test_a_list_that_is_narrowed_can_be_kept_and_one_that_is_not_cannot(sign_in, open_ticket):
    open_ticket()
    client = sign_in()

    assert "Save view" in client.get(LIST).text
    assert "Save view" not in client.get("/queue/open").text
    assert places(client.get(LIST).text) == ""


def test_a_kept_view_stands_in_the_navigation_with_what_fits(sign_in, open_ticket):
    open_ticket()
    client = sign_in()

    answer = keep(client)

    assert answer.status_code == 302
    assert answer.location == LIST
    page = client.get("/queue/due").text
    assert "By mail" in places(page)
    assert f'href="{LIST}"' in places(page)
    assert re.search(r">1<", places(page))


def test_its_list_has_its_name_and_is_the_place_where_one_is(sign_in, open_ticket):
    number = open_ticket()
    client = sign_in()
    keep(client)

    page = client.get(LIST).text

    assert '<h1 id="list-title">By mail</h1>' in page
    assert "Change view" in page
    assert 'aria-current="page"' in places(page)
    assert 'aria-current="page"' not in places(page, "Work")
    beside = client.get(f"/tickets/{number}?view=open&channel=email").text
    assert 'aria-current="page"' in places(beside)


def test_what_is_wrong_is_said_beside_what_was_typed(sign_in, open_ticket):
    client = sign_in()
    keep(client)

    taken = keep(client, path="/queue/open/saved?channel=web")
    assert taken.status_code == 400
    assert "Another one has this name." in taken.text
    assert 'value="By mail"' in taken.text
    assert '<details class="menu keep-menu" open>' in taken.text

    nameless = keep(client, name="  ", path="/queue/open/saved?channel=web")
    assert nameless.status_code == 422
    assert "Please fill this in." in nameless.text


def test_it_is_renamed_and_removed(sign_in, desk):
    client = sign_in()
    keep(client)
    [row] = db.session.query(SavedView)

    post(client, f"/queue/open/saved/{row.id}?channel=email", {"name": "Letters"})
    assert "Letters" in places(client.get(LIST).text)

    gone = post(client, f"/queue/open/saved/{row.id}/removal?channel=email", {})
    assert gone.location == LIST
    assert places(client.get(LIST).text) == ""


def test_managers_share_views_and_agents_only_use_them(sign_in, desk):
    boss, agent = sign_in(MANAGER), sign_in()
    assert "Everybody at the desk sees it" in boss.get(LIST).text
    assert "Everybody at the desk sees it" not in agent.get(LIST).text

    keep(boss, shared="1")

    page = agent.get(LIST).text
    assert "By mail" in places(page)
    assert "Change view" not in page
    assert "Save view" not in page
    [row] = db.session.query(SavedView)
    assert post(agent, f"/queue/open/saved/{row.id}/removal", {}).status_code == 403
    assert keep(agent, "Mine", shared="1").status_code == 403


def test_a_shared_view_whose_box_is_cleared_is_its_makers_alone_again(sign_in, desk):
    boss = sign_in(MANAGER)
    keep(boss, shared="1")
    [row] = db.session.query(SavedView)

    post(boss, f"/queue/open/saved/{row.id}?channel=email", {"name": "By mail"})

    assert places(sign_in().get(LIST).text) == ""
    assert "By mail" in places(boss.get(LIST).text)


def test_centers_keep_no_views_of_the_queue(sign_in, desk):
    assert keep(sign_in("zhou@college.test")).status_code in (302, 403, 404)
    assert db.session.query(SavedView).count() == 0


@in_every_look
def test_the_pages_can_be_used_by_everybody(visit, sign_in, open_ticket, size, theme):
    open_ticket()
    keep(sign_in(MANAGER), "投诉与建议：所有通过邮件来的", shared="1")
    keep(sign_in(MANAGER), "Mine", path="/queue/open/saved?channel=web")
    page = visit("/queue/open?channel=email", size=size, theme=theme)
    page.locator(".keep-menu summary").click()
    assert_usable(page)

    page.goto("/queue/open?channel=email&assignee=none")
    page.locator(".keep-menu summary").click()
    page.get_by_label("Name").fill("Nobody's mail")
    page.locator(".keep-menu button.main").click()
    page.wait_for_load_state()
    assert page.locator("#list-title").inner_text() == "Nobody's mail"
    assert_usable(page)
