"""The queue's pages: order, views, filters, bulk work, and who may see them."""

from html import unescape

from tests.web.pages import at, post, ticket_of


def test_what_breaks_first_comes_first(sign_in, open_ticket):
    later = open_ticket("Later", "23 10:30")
    sooner = open_ticket("Sooner", "20 11:18")

    page = sign_in().get("/queue/first_reply").text

    assert page.index(f'value="{sooner}"') < page.index(f'value="{later}"')
    assert "38 min left" in page


def test_a_row_tells_the_promise_in_few_words_and_in_full_on_hover(sign_in, open_ticket):
    open_ticket("Later", "23 10:30")

    row = sign_in().get("/queue/first_reply").text.split("promise brief")[1]

    assert "<span data-detail>by 10:30 tomorrow</span>" in row
    assert 'title="by 10:30 tomorrow · due 2026-11-24 10:30:00 +08:00"' in row


def test_an_empty_view_says_that_promises_are_kept(sign_in, desk):
    assert "All promises are kept" in sign_in().get("/queue/due").text


def test_a_view_that_does_not_exist_is_not_found(sign_in, desk):
    assert sign_in().get("/queue/nonsense").status_code == 404


def test_filters_narrow_a_view_and_can_be_taken_off(sign_in, open_ticket):
    number = open_ticket()
    client = sign_in()

    assert f'value="{number}"' in client.get("/queue/open?channel=email").text
    assert "No ticket fits" in client.get("/queue/open?channel=web").text


def test_what_narrows_a_view_is_named_and_taken_off_one_by_one(sign_in, open_ticket):
    open_ticket()

    page = sign_in().get("/queue/open?channel=email&assignee=none").text

    chips = page.split('class="chips"')[1].split("</div>")[0]
    assert "Channel · Mail" in chips
    assert "Assignee · nobody yet" in chips
    assert 'href="/queue/open?assignee=none" aria-label="Without: Channel · Mail"' in chips


def test_a_ticket_stays_beside_the_list_as_it_was_narrowed(sign_in, open_ticket):
    number, other = open_ticket("One"), open_ticket("Other")
    client = sign_in()
    post(client, "/queue/open/changes", {"ticket": [other], "assignee": "1"})
    href = f"/tickets/{number}?view=open&assignee=none"

    assert href in unescape(client.get("/queue/open?assignee=none").text)
    beside = client.get(href).text.split("data-rows")[1].split("</ul>")[0]
    after = post(client, f"{href.replace('?', '/resolution?')}", {})

    assert "One" in beside
    assert "Other" not in beside
    assert after.location == href


def test_picked_tickets_are_assigned_and_resolved_together(sign_in, open_ticket):
    one, two = open_ticket("One"), open_ticket("Two")
    client = sign_in()

    answer = post(
        client, "/queue/open/changes", {"ticket": [one, two], "assignee": 1, "status": "resolved"}
    )

    assert answer.status_code == 302
    assert [ticket_of(n).status for n in (one, two)] == ["resolved", "resolved"]
    assert ticket_of(one).assignee.name == "陈静"


def test_bulk_work_on_nothing_changes_nothing(sign_in, desk):
    answer = post(sign_in(), "/queue/open/changes", {"status": "resolved"}, follow_redirects=True)

    assert "0 tickets changed" in answer.text


def test_picked_tickets_without_a_change_say_what_is_lacking(sign_in, open_ticket):
    answer = post(
        sign_in(), "/queue/open/changes", {"ticket": open_ticket()}, follow_redirects=True
    )

    assert "Choose whom to assign them to, or a status." in answer.text
    assert "tickets changed" not in answer.text


def test_a_status_that_does_not_exist_is_refused(sign_in, open_ticket):
    number = open_ticket()

    answer = post(sign_in(), "/queue/open/changes", {"ticket": number, "status": "eaten"})

    assert answer.status_code == 400
    assert ticket_of(number).status == "open"


def test_a_center_contact_sees_no_queue(sign_in, open_ticket):
    number = open_ticket()
    client = sign_in("zhou@college.test")

    assert client.get("/queue/open").status_code == 403
    assert client.get(f"/tickets/{number}").status_code == 403
    assert client.get("/search?q=x").status_code == 403


def test_search_finds_two_characters_and_opens_a_number(sign_in, open_ticket):
    number = open_ticket("考试报名系统无法上传学员名单")
    client = sign_in()

    assert f"#{number}" in client.get("/search?q=名单").text
    assert client.get(f"/search?q=%23{number}").headers["Location"] == f"/tickets/{number}"


def test_what_is_settled_says_so_where_all_tickets_stand(sign_in, open_ticket):
    number = open_ticket("一张", "20 11:18")
    client = sign_in(language="zh")
    post(client, "/queue/open/changes", {"ticket": [number], "status": "resolved"})

    for path in ("/queue/all", "/search?q=一张"):
        row = client.get(path).text.split("data-rows")[1]
        assert "<span>已解决</span>" in row
        assert 'class="wide at"><time datetime="2026-11-20' in row


def test_a_search_marks_its_words_in_the_subjects(sign_in, open_ticket):
    open_ticket("考试报名系统无法上传", "20 11:18")

    assert "考试<mark>报名</mark>系统" in sign_in().get("/search?q=报名").text


def test_a_script_gets_the_list_alone(sign_in, open_ticket):
    open_ticket()

    fragment = sign_in().get("/queue/open", headers={"HX-Request": "true"}).text

    assert fragment.lstrip().startswith("<section")
    assert "<html" not in fragment


def test_a_phone_number_is_masked_in_the_list(sign_in, open_ticket):
    from channels.message import Handle
    from helpdesk.extensions import transaction
    from helpdesk.services.access import SYSTEM
    from helpdesk.services.desk import tickets
    from helpdesk.services.identity import people

    when = at("23 10:00")
    client = sign_in()
    with transaction() as session:
        caller = people.person_for(session, Handle("phone", "15712969460"), now=when)
        tickets.open_ticket(
            session,
            subject="Missed call",
            channel="hotline",
            requester=caller,
            started_at=when,
            now=when,
            by=SYSTEM,
        )

    page = client.get("/queue/open").text

    assert "157****9460" in page
    assert "15712969460" not in page
