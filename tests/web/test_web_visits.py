"""The pages of visits: the portal's form and card, a ticket's visit, the calendar, the feed."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from icalendar import Calendar as ICalendar
from sqlalchemy import select

from helpdesk.extensions import db, transaction
from helpdesk.models import Agent, Center, Notification, Person, Ticket, Visit
from helpdesk.presentation.ical import Entry, calendar
from helpdesk.services.identity import accounts
from tests.web.pages import PASSWORD, at, post, ticket_of

ZHOU = "zhou@college.test"
LI = "li@elsewhere.test"
NAVIGATION = ("/visits/", "/visits/?view=week", "/visits/?view=list")


def dates(*spans: str) -> dict[str, str]:
    """Return the fields of dates of November 2026, each written ``26 09:00-12:00``."""
    fields = {}
    for n, span in enumerate(spans, start=1):
        day, _, hours = span.partition(" ")
        first, _, last = hours.partition("-")
        fields |= {f"day{n}": f"2026-11-{day}", f"from{n}": first, f"to{n}": last}
    return fields


def request_form(*spans: str, **changes: object) -> dict[str, object]:
    usual = {
        "submission": "a" * 32,
        "subject": "考场验收",
        "topic": "venue_decoration",
        "place": "成都市武侯区 3 号楼",
        "purpose": "请来看看新的考场。",
        "contact": "周敏",
        "phone": "13800138000",
    }
    return {**usual, **dates(*spans), **changes}


def visit_of(number: int = 1) -> Visit:
    db.session.rollback()
    return db.session.scalars(
        select(Visit).where(Visit.ticket_id == number).order_by(Visit.id.desc())
    ).first()


@pytest.fixture
def centers(desk) -> None:
    with transaction() as session:
        for code in ("CD017", "HZ003"):
            session.add(Center(code=code, name=f"{code} 认证中心", created_at=at("2 9:00")))
        session.flush()
        accounts.add_login(
            session, email=LI, role="center", name="李建国", center_code="HZ003", password=PASSWORD,
            now=at("2 9:00"),
        )  # fmt: skip
        zhou = session.scalars(select(Person).where(Person.name == "周敏")).one()
        zhou.center = session.scalars(select(Center).where(Center.code == "CD017")).one()


@pytest.fixture
def act(sign_in, centers):
    """Return a way to take a step of the only visit, by the office or in the portal."""

    def take(name: str, who: str = "chen@office.test", **fields):
        visit = visit_of()
        prefix = "/portal" if who in (ZHOU, LI) else ""
        fields = {"version": visit.version, **fields}
        path = f"{prefix}/tickets/{visit.ticket_id}/visits/{visit.id}/{name}"
        return post(sign_in(who), path, fields, follow_redirects=True)

    return take


@pytest.fixture
def asked(sign_in, centers) -> int:
    assert post(sign_in(ZHOU), "/portal/visits/new", request_form()).status_code == 302
    return 1


@pytest.fixture
def agreed(asked, act) -> int:
    act("proposal", **dates("26 09:00-12:00"))
    act("acceptance", ZHOU, date=visit_of().open_dates[0].id)
    act("agent", agent="1", days_before="1", days_after="0")
    return asked


# --- the portal -------------------------------------------------------------------------


def test_a_request_says_by_when_the_office_replies(sign_in, centers):
    answer = post(
        sign_in(ZHOU), "/portal/visits/new", request_form("26 09:00-12:00"), follow_redirects=True
    )

    assert "We will reply by Tue 24 Nov 10:40" in answer.text
    assert ticket_of(1).channel == "onsite"
    assert visit_of().place == "成都市武侯区 3 号楼"


@pytest.mark.parametrize("missing", ["subject", "place", "purpose", "contact", "phone"])
def test_what_was_typed_comes_back_when_something_is_missing(sign_in, centers, missing):
    form = request_form("26 09:00-12:00", **{missing: ""})

    answer = post(sign_in(ZHOU), "/portal/visits/new", form)

    assert answer.status_code == 422
    assert "Please fill this in." in answer.text
    for name in {"subject", "place", "purpose", "contact"} - {missing}:
        assert str(form[name]) in answer.text
    assert 'value="2026-11-26"' in answer.text
    assert visit_of() is None


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        (("28 09:00-12:00",), "is no working day"),
        (("26 09:00-12:00", "26 20:00-21:00"), "09:00–12:00 · 13:30–18:00"),
        (("26 09:00-",), "Write the day, the beginning and the end"),
        (("22 09:00-12:00",), "This date has passed"),
    ],
)
def test_a_date_that_cannot_be_is_told_at_its_row(sign_in, centers, spans, said):
    answer = post(sign_in(ZHOU), "/portal/visits/new", request_form(*spans))

    assert answer.status_code in (400, 422)
    row = re.search(rf'id="e-day{len(spans)}".*?</p>', answer.text, re.DOTALL)
    assert said in row[0]
    assert visit_of() is None


def test_rows_may_be_left_empty_in_between(sign_in, centers):
    form = request_form()
    form |= {"day3": "2026-11-26", "from3": "09:00", "to3": "12:00"}

    post(sign_in(ZHOU), "/portal/visits/new", form)

    assert [d.starts_at for d in visit_of().open_dates] == [at("26 9:00")]


def test_a_number_that_is_none_is_refused(sign_in, centers):
    answer = post(sign_in(ZHOU), "/portal/visits/new", request_form(phone="abc"))

    assert answer.status_code == 400
    assert "Write a telephone number" in answer.text


def test_the_center_chooses_one_of_the_proposed_dates(sign_in, asked, act):
    act("proposal", **dates("26 09:00-12:00", "27 14:00-16:00"), words="两个时间都可以")
    page = sign_in(ZHOU).get("/portal/tickets/1").text
    assert "Thu 26 Nov 09:00–12:00" in page
    assert "两个时间都可以" in page

    answer = act("acceptance", ZHOU, date=visit_of().open_dates[1].id)

    assert "The visit is agreed." in answer.text
    assert visit_of().starts_at == at("27 14:00")


def test_the_center_names_other_dates_moves_and_calls_off(asked, act):
    act("proposal", **dates("26 09:00-12:00"))
    act("dates", ZHOU, **dates("27 14:00-16:00"), words="周四有考试")
    assert visit_of().turn == "office"
    act("acceptance", date=visit_of().open_dates[0].id)
    assert visit_of().state == "confirmed"
    act("move", ZHOU, reason="停电", **dates("30 09:00-12:00"))
    assert visit_of().state == "proposed"
    act("cancellation", ZHOU, reason="改为线上")
    assert visit_of().state == "cancelled"


def test_a_refused_step_shows_why_and_keeps_what_was_typed(asked, act):
    act("proposal", **dates("26 09:00-12:00"))

    answer = act("dates", ZHOU, **dates("28 09:00-12:00"), words="周六如何？")

    assert answer.status_code == 400
    assert "is no working day" in answer.text
    assert "周六如何？" in answer.text
    assert re.search(r'<details class="step" id="suggest" open>', answer.text)


def test_an_old_page_does_not_decide_over_a_newer_one(asked, act):
    act("proposal", **dates("26 09:00-12:00"))
    old, offered = visit_of().version, visit_of().open_dates[0].id
    act("proposal", **dates("27 09:00-12:00"))

    answer = act("acceptance", ZHOU, date=offered, version=old)

    assert answer.status_code == 409
    assert "Somebody changed this visit meanwhile" in answer.text


@pytest.mark.parametrize("name", ["acceptance", "dates", "move", "cancellation"])
def test_another_center_has_no_part_in_it(asked, act, sign_in, name):
    """BEHAVIOURS 35."""
    act("proposal", **dates("26 09:00-12:00"))

    answer = act(name, LI, reason="x", date="1", **dates("27 09:00-12:00"))

    assert answer.status_code == 404
    assert visit_of().state == "proposed"
    assert sign_in(LI).get("/portal/visits/new?ticket=1").status_code == 404
    form = request_form(ticket="1", submission="b")
    assert post(sign_in(LI), "/portal/visits/new", form).status_code == 404


def test_a_visit_is_asked_for_on_a_ticket_that_is_there_already(sign_in, centers, open_ticket):
    number = open_ticket()
    client = sign_in(ZHOU)
    assert "无法上传名单" in client.get(f"/portal/visits/new?ticket={number}").text

    post(client, "/portal/visits/new", request_form(ticket=number, subject=""))

    assert visit_of(number).state == "requested"
    assert "成都市武侯区" in ticket_of(number).messages[-1].text
    assert len(db.session.scalars(select(Ticket)).all()) == 1


def test_the_center_does_not_see_travel_and_colleagues_conflicts(sign_in, agreed):
    page = sign_in(ZHOU).get("/portal/tickets/1").text

    assert "陈静" in page
    assert "travel" not in page


# --- the office -------------------------------------------------------------------------


def test_the_ticket_shows_where_its_visit_stands(sign_in, agreed):
    page = sign_in().get("/tickets/1").text

    assert "Thu 26 Nov 09:00–12:00" in page
    assert "/tickets/1/visit" in page
    assert "Visit agreed: Thu 26 Nov 09:00–12:00" in page


def test_a_visit_is_planned_on_any_ticket(sign_in, open_ticket):
    number = open_ticket()
    client = sign_in()
    assert "Plan a visit" in client.get(f"/tickets/{number}").text

    answer = post(
        client,
        f"/tickets/{number}/visit",
        {"place": "杭州", "purpose": "看看", "contact": "何伟", "phone": "0571-88886666"},
        follow_redirects=True,
    )

    assert "propose dates next" in answer.text
    assert visit_of(number).phone == "057188886666"


def test_a_plan_without_a_place_comes_back(sign_in, open_ticket):
    number = open_ticket()

    answer = post(sign_in(), f"/tickets/{number}/visit", {"purpose": "看看新机房"})

    assert answer.status_code == 422
    assert "看看新机房" in answer.text


def test_the_report_is_sent_with_its_photographs(agreed, act, monkeypatch):
    from helpdesk.web import requests

    monkeypatch.setattr(requests, "_clock", lambda: at("26 12:10"))

    answer = act(
        "report",
        done="检查考场",
        findings="缺挂钟",
        signed_by="周敏",
        status="resolved",
        files=(BytesIO(b"\x89PNG"), "考场.png"),
    )

    assert "The report is on its way." in answer.text
    assert visit_of().state == "done"
    assert ticket_of(1).messages[-1].attachments[0].name == "考场.png"
    assert "检查考场" in answer.text


def test_a_report_before_the_visit_is_refused_and_kept(agreed, act):
    answer = act("report", done="提前写好的报告", signed_by="周敏", findings="")

    assert answer.status_code == 400
    assert "has not begun yet" in answer.text
    assert "提前写好的报告" in answer.text


def test_days_of_travel_that_are_no_number_are_refused(asked, act):
    answer = act("agent", agent="1", days_before="many")

    assert answer.status_code == 422
    assert visit_of().agent_id is None


def test_what_was_agreed_by_telephone_needs_a_note(asked, act):
    act("proposal", **dates("26 09:00-12:00"))

    answer = act("agreement", date=visit_of().open_dates[0].id, note="")

    assert answer.status_code == 400
    assert "Write who agreed" in answer.text


@pytest.mark.parametrize("path", ["/visits/", "/tickets/1/visit"])
def test_centers_and_strangers_do_not_see_the_offices_pages(sign_in, asked, desk, path):
    assert sign_in(ZHOU).get(path).status_code == 403
    assert desk.test_client().get(path).status_code == 302


@pytest.mark.parametrize("path", NAVIGATION)
def test_a_desk_without_visits_says_so(sign_in, desk, path):
    page = sign_in().get(path)

    assert page.status_code == 200
    assert "No visit" in page.text


def test_the_calendar_shows_who_is_where_and_who_travels(sign_in, agreed):
    page = sign_in().get("/visits/").text

    assert "November 2026" in page
    assert "CD017 认证中心" in page
    assert "travels" in page  # the day before
    assert page.count("09:00") >= 1


def test_proposed_dates_are_dashed_and_told_as_such(sign_in, asked, act):
    act("proposal", **dates("26 09:00-12:00", "27 14:00-16:00"))

    page = sign_in().get("/visits/?view=week&day=2026-11-26").text

    assert page.count('class="slot open"') == 2
    assert "their turn" in page


def test_the_calendar_is_narrowed_to_one_agent(sign_in, agreed):
    client = sign_in()

    assert "CD017" in client.get("/visits/?agent=1").text
    assert "CD017" not in client.get("/visits/?agent=2").text


@pytest.mark.parametrize("day", ["2026-02-30", "0001-01-01", "9999-12-31", "<script>", ""])
def test_a_day_that_makes_no_sense_shows_today(sign_in, desk, day):
    for view in ("month", "week"):
        page = sign_in().get(f"/visits/?view={view}&day={day}&agent=x")
        assert page.status_code == 200
        assert "Nov" in page.text


def test_the_list_says_whose_report_is_missing(sign_in, agreed, monkeypatch):
    from helpdesk.web import requests

    monkeypatch.setattr(requests, "_clock", lambda: at("26 18:00"))

    assert "report missing" in sign_in().get("/visits/?view=list").text


def test_a_notification_about_a_visit_leads_to_its_ticket(sign_in, asked, act):
    act("proposal", **dates("26 09:00-12:00"))
    act("acceptance", ZHOU, date=visit_of().open_dates[0].id)
    client = sign_in()

    assert "The center answered about a visit" in client.get("/notifications/").text
    db.session.rollback()
    number = db.session.scalar(select(Notification.id).where(Notification.agent_id == 1))
    assert client.get(f"/notifications/{number}").location == "/tickets/1"


# --- the feed ---------------------------------------------------------------------------


@pytest.fixture
def feed(sign_in, desk, agreed):
    """Return a way to read the agent's calendar as another program does."""
    post(sign_in(), "/profile/calendar", {})

    def read() -> ICalendar:
        answer = desk.test_client().get(address())
        assert answer.status_code == 200
        assert answer.mimetype == "text/calendar"
        return ICalendar.from_ical(answer.data)

    return read


def address() -> str:
    db.session.rollback()
    token = db.session.scalar(select(Agent.calendar_token).where(Agent.id == 1))
    return f"/calendar/{token}.ics"


def test_a_calendar_program_reads_the_agents_visits(feed):
    [event] = feed().walk("VEVENT")

    assert event.decoded("dtstart") == at("26 9:00")
    assert event.decoded("dtend") == at("26 12:00")
    assert "CD017 认证中心" in str(event["summary"])
    assert str(event["location"]) == "成都市武侯区 3 号楼"
    assert (str(event["status"]), event["sequence"]) == ("CONFIRMED", 0)
    assert "http://helpdesk.test/tickets/1/visit" in str(event["description"])


def test_the_feed_holds_no_phone_number(feed):
    assert b"13800138000" not in feed().to_ical()


def test_a_moved_visit_keeps_its_identity_and_counts_up(feed, act):
    [before] = feed().walk("VEVENT")
    act("move", reason="大雪", **dates("30 09:00-12:00"))
    assert feed().walk("VEVENT") == []

    act("acceptance", ZHOU, date=visit_of().open_dates[0].id)

    [after] = feed().walk("VEVENT")
    assert after["uid"] == before["uid"]
    assert after["sequence"] == 1
    assert after.decoded("dtstart") == at("30 9:00")


def test_a_visit_that_was_called_off_is_told_as_cancelled(feed, act):
    act("cancellation", reason="停电")

    [event] = feed().walk("VEVENT")
    assert (str(event["status"]), event["sequence"]) == ("CANCELLED", 1)


def test_a_reset_address_ends_the_old_one_at_once(sign_in, desk, feed):
    old = address()
    client = sign_in()
    assert old in client.get("/profile/").text

    post(client, "/profile/calendar", {})
    assert desk.test_client().get(old).status_code == 404
    assert desk.test_client().get(address()).status_code == 200

    post(client, "/profile/calendar", {"remove": "1"})
    assert desk.test_client().get("/calendar/None.ics").status_code == 404


def test_who_left_the_office_has_no_calendar_any_more(desk, feed):
    with transaction() as session:
        session.get_one(Agent, 1).active = False

    assert desk.test_client().get(address()).status_code == 404


def test_a_center_has_no_calendar_of_the_office(sign_in, asked):
    assert post(sign_in(ZHOU), "/profile/calendar", {}).status_code == 403
    assert "calendar" not in sign_in(ZHOU).get("/profile/").text.lower().replace("calendar.css", "")


def test_the_secret_address_is_not_written_to_the_log(desk, feed, capfd):
    path = address()
    desk.test_client().get(path)

    said = capfd.readouterr()
    assert path.removeprefix("/calendar/").removesuffix(".ics") not in said.out + said.err


def test_every_line_of_a_feed_is_short_and_every_text_comes_back():
    """RFC 5545, 3.1 and 3.3.11."""
    hostile = "考" * 60 + '; a, b \\ c:"\nBEGIN:VEVENT\r\nX' + "🎓" * 30
    entry = Entry(
        uid="visit-1@helpdesk.test",
        sequence=3,
        changed_at=at("23 9:00"),
        starts_at=at("26 9:00"),
        ends_at=at("26 9:00") + timedelta(hours=3),
        summary=hostile,
        description=hostile,
        location=hostile,
        url="http://helpdesk.test/tickets/1/visit",
    )

    raw = calendar("服务台 · 陈静", [entry])

    assert raw.endswith(b"END:VCALENDAR\r\n")
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is cut
    assert b"\n" not in raw.replace(b"\r\n", b"")
    [event] = ICalendar.from_ical(raw).walk("VEVENT")
    plain = hostile.replace("\r\n", "\n")
    for name in ("summary", "description", "location"):
        assert str(event[name]) == plain
    assert event.decoded("dtstamp") == at("23 9:00")
