"""Reports: every figure opens exactly what it counts, for each who may see it; files say the same."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from html import unescape
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from helpdesk.extensions import db, transaction
from helpdesk.models import Center, Ticket
from helpdesk.services import reports
from helpdesk.services.access import Viewer
from helpdesk.services.desk import replies, tickets
from helpdesk.services.hotline import call_import, call_sources
from helpdesk.services.reports import BREAKDOWNS, folding
from tests.web.pages import at, share

CHEN = Viewer(1, "agent", "陈静", "chen@office.test", agent_id=1)
MANAGER = "wu@office.test"
T = 1795399200
"""Monday 2026-11-23 10:00 in Shanghai."""
COUNTED = ("came", "resolved", "backlog", "replied", "kept", "judged", "missed", "at_once")
OF_SETTLED = ("settled", "reopened", "one_touch")


@pytest.fixture
def month(open_ticket):
    """Nine tickets of a month: answered or not, in time or late, settled, reopened, spam."""
    numbers = [open_ticket(f"第{n}个问题", f"{day} 10:00") for n, day in enumerate(range(9, 18))]
    with transaction() as session:
        session.add_all(
            [
                Center(
                    id=n, code=f"C{n}", name=f"第{n}学院", region=region, created_at=at("2 9:00")
                )
                for n, region in ((1, "广东"), (2, "四川"))
            ]
        )
        session.flush()
        for place, number in enumerate(numbers):
            ticket = session.get_one(Ticket, number)
            ticket.center_id = (1, 2, None)[place % 3]
            ticket.topic = ("certification_exam", None)[place % 2]
            ticket.request_type = ("consultation", "complaint", None)[place % 3]
            ticket.priority = ("normal", "urgent")[place % 2]
            if place == 8:
                tickets.set_status(session, ticket, "spam", now=at("18 9:00"), by=CHEN.actor)
            elif place != 7:
                when = ticket.started_at + timedelta(hours=(0.1, 5, 60)[place % 3])
                status = "resolved" if place % 2 else None
                replies.reply(session, ticket, CHEN, "您好", status=status, now=when)
                if place == 5:
                    tickets.set_status(
                        session, ticket, "open", now=when + timedelta(days=1), by=CHEN.actor
                    )
    db.session.rollback()
    return numbers


def links(page, path="/reports/tickets"):
    """Return each figure's number and address on a page."""
    found = re.findall(rf'<a class="link" href="({path}\?[^"]+)">([^<]+)</a>', page)
    return [(unescape(href), text) for href, text in found]


def shown(client, href):
    """Return how many rows the list behind a figure has, on all its pages."""
    rows = 0
    while href:
        page = client.get(href).text
        rows += page.count('<li class="item')
        following = re.search(r'href="([^"]+)" rel="next"', page)
        href = unescape(following[1]) if following else None
    return rows


def test_every_figure_opens_as_many_tickets_as_it_says(sign_in, month):
    client = sign_in(MANAGER)
    addresses = [f"/reports/?period=month&by={breakdown}" for breakdown in BREAKDOWNS]
    unfolded = {address: links(client.get(address).text) for address in addresses}
    folding.fold_all()
    db.session.rollback()

    behind = {}  # pages share their totals, and lists do not ask whether sums are folded
    for address in addresses:
        found = links(client.get(address).text)
        assert len(found) > 20
        assert found == unfolded[address]
        for href, text in found:
            if text.isdecimal():
                rows = re.sub(r"&back=[^&]*", "", href)
                assert behind.setdefault(rows, (href, text))[1] == text, (address, href)
    for href, text in share(behind.values()):
        assert shown(client, href) == int(text), href


@pytest.mark.parametrize("email", [MANAGER, "admin@office.test"])
def test_rows_add_up_to_the_total_for_each_who_may_see_them(admin, sign_in, month, email):
    client = admin("en") if email.startswith("admin") else sign_in(email, "en")
    for breakdown in BREAKDOWNS:
        address = f"/reports/table.csv?by={breakdown}&period=month"
        _assert_rows_add_up(_rows(client.get(address)), breakdown)


def _assert_rows_add_up(rows, breakdown):
    heads, *lines, total = rows
    for place, head in enumerate(heads):
        if place == 0 or "share" in head or "minutes" in head:
            continue
        whole = sum(int(line[place]) for line in lines)
        if head == "Open at the end" and breakdown in ("day", "week", "month"):
            whole = int(lines[-1][place])  # what stood open at the end of the last step
        assert whole == int(total[place]), (breakdown, head)
    assert int(total[heads.index("Came in")]) == 8


def test_agents_and_centers_see_no_report_and_no_list_behind_one(sign_in, month):
    paths = (
        "/reports/",
        "/reports/calls",
        "/reports/table.csv",
        "/reports/table.xlsx?about=calls",
        "/reports/tickets?figure=came&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z",
        "/reports/calls/behind?figure=offered&first=2026-11-01&last=2026-11-30",
        "/reports/schedules/",
        "/reports/schedules/new",
    )
    for email in ("chen@office.test", "zhou@college.test"):
        client = sign_in(email)
        assert {client.get(path).status_code for path in paths} == {403}
        assert "/reports/" not in client.get("/").text


@pytest.mark.parametrize(
    "path",
    [
        "/reports/?by=<script>",
        "/reports/?period=<script>",
        "/reports/?period=days&first=2026-11-30&last=2026-11-01",
        "/reports/?period=days&first=x&last=y",
        "/reports/?center=1%20OR%201=1",
        "/reports/?period=days&first=2017-01-01&last=2026-11-30&by=day",
        "/reports/tickets?figure=came",
        "/reports/tickets?figure=came&from=x&to=y",
        "/reports/tickets?figure=open&group=x",
        "/reports/calls?by=channel",
        "/reports/calls/behind?figure=secret&first=2026-11-01&last=2026-11-30",
        "/reports/table.exe",
    ],
)
def test_addresses_that_nobody_linked_to_are_refused(sign_in, path):
    answer = sign_in(MANAGER).get(path)

    assert answer.status_code == 400
    assert "<script>" not in answer.text


def test_going_back_never_leaves_the_reports(sign_in):
    client, behind = sign_in(MANAGER), "/reports/tickets?figure=open&back="
    for elsewhere in ("https://evil.test/", "//evil.test", "/reports\\..", "javascript:alert(1)"):
        page = client.get(behind + elsewhere).text
        assert 'href="/reports/" aria-label="Back to the report"' in page


def test_a_filter_narrows_every_figure_and_can_be_taken_away(sign_in, month):
    client = sign_in(MANAGER)
    page = client.get("/reports/?period=month&by=topic&center=1").text

    assert "Center: 第1学院" in page
    assert "Without: Center: 第1学院" in page
    for href, text in links(page):
        assert "center=1" in href
        if text.isdecimal():
            assert shown(client, href) == int(text)


def test_a_period_is_compared_with_the_one_before_in_words(sign_in, month):
    page = sign_in(MANAGER).get("/reports/?period=week&by=channel").text

    assert "compared with 2026-11-16 – 2026-11-22" in page
    assert "1 fewer than before" in page
    assert "<canvas" not in page


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/reports/", "/reports/calls", "/reports/schedules/"])
def test_an_empty_desk_says_so(sign_in, path, language):
    page = sign_in(MANAGER, language).get(path).text

    assert 'class="empty"' in page
    assert "100%" not in page


def test_many_rows_are_folded_without_losing_the_total(sign_in, month, open_ticket):
    for n in range(40):
        number = open_ticket(f"{n}", "18 10:00")
        with transaction() as session:
            session.add(Center(id=100 + n, code=f"D{n}", name=f"中心{n}", created_at=at("2 9:00")))
            session.flush()
            session.get_one(Ticket, number).center_id = 100 + n
    client = sign_in(MANAGER)

    page = client.get("/reports/?by=center").text
    whole = client.get("/reports/?by=center&rows=all").text

    assert page.count('<th scope="row">') == 30 + 1 + 1
    assert "13 others" in page
    assert whole.count('<th scope="row">') == 43 + 1
    total = re.search(r"<tfoot>.*?</tfoot>", page, re.DOTALL)[0]
    assert total == re.search(r"<tfoot>.*?</tfoot>", whole, re.DOTALL)[0].replace(
        "%26rows%3Dall", ""
    )
    assert ">48</a>" in total


def test_files_hold_the_figures_of_the_page(sign_in, month):
    client = sign_in(MANAGER)
    page = client.get("/reports/?period=month&by=center").text
    rows = _rows(client.get("/reports/table.csv?period=month&by=center"))
    book = load_workbook(BytesIO(client.get("/reports/table.xlsx?period=month&by=center").data))
    [sheet] = book.worksheets
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]

    assert [cell or "" for cell in cells[0]] == rows[0]
    on_time = rows[0].index("On time (share)")
    for line, written in zip(cells[1:], rows[1:], strict=True):
        assert written[0] in page
        for place, (value, text) in enumerate(zip(line[1:], written[1:], strict=True), start=1):
            if "share" not in rows[0][place]:
                assert ("" if value is None else str(value)) == text
        if written[on_time]:
            assert f"<b>{written[on_time]}</b>" in page
            assert line[on_time] == pytest.approx(float(written[on_time].strip("%—") or 0) / 100)


@pytest.mark.parametrize("about", ["", "promises/"])
def test_days_are_read_with_their_weekday_and_kept_as_dates(sign_in, month, about):
    client = sign_in(MANAGER)
    asked = "period=days&first=2026-11-09&last=2026-11-10&by=day"

    page = client.get(f"/reports/{about}?{asked}").text
    file = client.get(f"/reports/table.csv?{asked}").text

    assert "Mon 9 Nov" in page
    assert "2026-11-09" in file


def test_cells_that_a_spreadsheet_would_run_are_defused(sign_in, month):
    names = ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\tx", "＝1"]
    with transaction() as session:
        for place, name in enumerate(names):
            center = Center(id=50 + place, code=f"E{place}", name=name, created_at=at("2 9:00"))
            session.add(center)
            session.flush()
            session.get_one(Ticket, month[place]).center_id = center.id
    client = sign_in(MANAGER)

    data = client.get("/reports/table.csv?by=center").data
    names_written = {row[0] for row in _rows(client.get("/reports/table.csv?by=center"))}
    book = load_workbook(BytesIO(client.get("/reports/table.xlsx?by=center").data))

    assert data.startswith(b"\xef\xbb\xbf")
    assert {f"'{name}" for name in names} <= names_written
    for row in book.worksheets[0].iter_rows(min_row=4):
        assert row[0].data_type == "s"
        assert not row[0].value.startswith(("=", "+", "-", "@", "\t"))


def _line(after, call, event, *parameters, queue="600", agent="NONE"):
    return "|".join([str(T + after), f"{T}.{call}", queue, agent, event, *map(str, parameters)])


@pytest.fixture
def called(desk):
    """Take over calls of two days: answered, missed, and one at night."""
    lines = []
    for call, (after, queue, agent) in enumerate(
        [
            (0, "600", "王芳"),
            (60, "600", "李明"),
            (600, "700", None),
            (-3 * 86400, "700", "王芳"),
            (-3 * 86400 + 90, "600", None),
            (-13 * 3600, "600", None),
        ]
    ):
        lines.append(
            (after, _line(after, call, "ENTERQUEUE", "", f"1380013800{call}", 1, queue=queue))
        )
        if agent:
            lines.append(
                (after + 9, _line(after + 9, call, "CONNECT", 9, "x", 2, queue=queue, agent=agent))
            )
            done = _line(after + 40, call, "COMPLETECALLER", 9, 31, 1, queue=queue, agent=agent)
            lines.append((after + 40, done))
        else:
            lines.append((after + 30, _line(after + 30, call, "ABANDON", 1, 1, 30, queue=queue)))
    with transaction() as session:
        source = call_sources.source_named(session, None, now=at("23 10:30")).id
    call_import.import_log(
        source, "queue_log", [line for _, line in sorted(lines)], now=at("23 10:30")
    )


def test_days_of_calls_are_read_with_their_weekday(sign_in, called):
    page = sign_in(MANAGER).get("/reports/calls?period=month&by=day").text

    assert "Fri 20 Nov" in page


@pytest.mark.parametrize("breakdown", reports.CALL_BREAKDOWNS)
def test_every_figure_of_calls_opens_its_calls(sign_in, called, breakdown):
    client = sign_in(MANAGER)
    page = client.get(f"/reports/calls?period=month&by={breakdown}").text
    found = links(page, "/reports/calls/behind")

    assert len(found) > 6
    for href, text in share(found):
        behind = client.get(href).text
        assert len(re.findall(r"<tr>\s*<td", behind)) == int(text), href
    heads, *lines, total = _rows(client.get(f"/reports/table.csv?about=calls&by={breakdown}"))
    for name in ("Offered", "Calls taken", "Not answered", "Outside hours"):
        place = heads.index(name)
        assert sum(int(line[place]) for line in lines) == int(total[place])
    assert total[heads.index("Offered")] == "5"
    assert total[heads.index("Answer rate (share)")] == "60%"


def _rows(answer):
    assert answer.status_code == 200
    return list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))
