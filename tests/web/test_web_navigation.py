"""The navigation says where one is: one place, also on the pages below it."""

import re

import pytest

from tests.web.hotline_calls import offered, take_over
from tests.web.pages import at

CURRENT = re.compile(r'<a href="([^"]+)" title="[^"]*" aria-current="page"')

STAFF = {
    "/queue/mine": "/queue/mine",
    "/calls/rates": "/calls/",
    "/callbacks/": "/callbacks/",
    "/centers/board": "/centers/board",
    "/centers/notices": "/centers",
    "/articles/new": "/articles",
    "/dashboard/ahead/": "/dashboard/",
    "/reports/promises/": "/reports/",
    "/reports/schedules/new": "/reports/",
    "/settings/holidays": "/settings/",
}
PORTAL = {
    "/portal/": "/portal/",
    "/portal/new": "/portal/new",
    "/portal/visits/new": "/portal/visits/new",
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestWhereOneIs:
    def test_each_page_of_the_office_lights_the_place_above_it(self, admin):
        client = admin()

        assert {path: CURRENT.findall(client.get(path).text) for path in STAFF} == {
            path: [place] for path, place in STAFF.items()
        }

    def test_each_page_of_the_portal_lights_its_own_place(self, sign_in):
        client = sign_in("zhou@college.test")

        assert {path: CURRENT.findall(client.get(path).text) for path in PORTAL} == {
            path: [place] for path, place in PORTAL.items()
        }

    def test_a_desk_below_a_path_of_its_site_lights_them_too(self, sign_in):
        client = sign_in()

        page = client.get("/calls/rates", base_url="http://localhost/desk")

        assert CURRENT.findall(page.text) == ["/desk/calls/"]

    def test_missed_callers_who_wait_are_counted(self, sign_in):
        take_over(offered(at("23 10:00")), now=at("23 10:01"))

        page = sign_in().get("/queue/mine").text

        assert re.search(r'href="/callbacks/"[^>]*>.*?<b>1</b></a>', page)
