"""Merging on the screen: choosing, seeing what will happen, doing it, and finding it again."""

import re

from helpdesk.extensions import transaction
from helpdesk.models import Ticket
from helpdesk.services.desk import merging
from tests.web.pages import at, post, ticket_of
from tests.web.test_web_ticket import LIN


def merged(sources, into):
    with transaction() as session:
        merging.merge(session, LIN, sources, into, now=at("23 10:30"))


def test_a_ticket_offers_where_it_may_go_by_number_and_subject(sign_in, open_ticket):
    one, two = open_ticket("名单"), open_ticket("名单又来了")
    client = sign_in()

    assert f"/mergers/new?ticket={two}" in client.get(f"/tickets/{two}").text
    page = client.get(f"/mergers/new?ticket={two}").text

    assert f'name="into" value="{one}"' in page
    assert f"#{one} 名单" in page


def test_what_will_happen_is_shown_before_it_does(sign_in, open_ticket):
    """BEHAVIOURS 32"""
    one, two = open_ticket("名单", "23 9:30"), open_ticket("名单又来了")
    client = sign_in()

    told = post(client, "/mergers/", {"ticket": two, "into": one})

    assert f"#{two} 名单又来了 goes into #{one} 名单" in told.text
    assert "1 message is read there besides" in told.text
    assert "the deadline stays" in told.text
    assert ticket_of(two).status == "open"
    done = post(client, "/mergers/", {"ticket": two, "into": one, "seen": "1"})
    assert done.location.endswith(f"/tickets/{one}")
    assert ticket_of(two).merged_into_id == one


def test_only_what_comes_in_addition_is_counted(sign_in, open_ticket):
    one, two, three = open_ticket("一"), open_ticket("二"), open_ticket("三")
    merged([two], one)

    told = post(sign_in(), "/mergers/", {"ticket": three, "into": one}).text

    assert "1 message is read there besides" in told


def test_a_number_that_is_typed_counts(sign_in, open_ticket):
    one, two, three = open_ticket("一"), open_ticket("二"), open_ticket("三")
    typed = {"ticket": one, "into": two, "number": f"#{three}"}

    assert f"goes into #{three} 三" in post(sign_in(), "/mergers/", typed).text


def test_what_is_refused_is_said_at_the_form(sign_in, open_ticket):
    one, two, three = open_ticket("一"), open_ticket("二"), open_ticket("三")
    merged([one], two)
    client = sign_in()

    itself = post(client, "/mergers/", {"ticket": two, "into": two})
    before = post(client, "/mergers/", {"ticket": three, "number": one})
    nowhere = post(client, "/mergers/", {"ticket": three})

    assert (itself.status_code, before.status_code, nowhere.status_code) == (400, 400, 422)
    assert "A ticket cannot be merged into itself." in itself.text
    assert f"#{one} was merged into #{two}; choose that one." in before.text
    assert "Choose the ticket that they are to go into." in nowhere.text
    choice = nowhere.text.split('<fieldset class="field">')[1].split("</fieldset>")[0]
    assert 'id="e-into"' in choice  # beside what is to be chosen


def test_the_target_says_what_went_into_it_and_marks_where_each_message_is_from(
    sign_in, open_ticket
):
    one, two = open_ticket("一"), open_ticket("二")
    merged([two], one)

    page = sign_in().get(f"/tickets/{one}").text

    assert f"林晓 merged #{two} into it: 二" in page
    assert f"from #{two}</a>" in page
    assert f"with #{two}" in page


def test_the_source_says_where_it_went_and_takes_no_replies(sign_in, open_ticket):
    one, two = open_ticket("一"), open_ticket("二")
    merged([two], one)
    client = sign_in()

    page = client.get(f"/tickets/{two}").text

    assert "This ticket was merged and takes no more replies." in page
    assert f'href="/tickets/{one}">#{one} 一</a>' in page
    assert 'id="compose"' not in page
    assert "Merge into …" not in page
    assert 'id="visit"' not in page
    answer = post(client, f"/tickets/{two}/messages", {"kind": "reply", "text": "您好"})
    assert answer.status_code == 400
    assert f"in #{one}" in client.get("/queue/all").text


def test_several_that_are_ticked_become_one_of_them(sign_in, open_ticket):
    """BEHAVIOURS 32"""
    numbers = [open_ticket(text) for text in "一二三"]
    client = sign_in()

    led = post(client, "/queue/open/changes", {}, follow_redirects=False)
    assert led.status_code == 302
    choosing = post(client, "/mergers/new", {"ticket": numbers}, follow_redirects=True).text
    assert re.findall(r'name="into" value="(\d+)"', choosing) == [str(n) for n in numbers]
    told = post(client, "/mergers/", {"ticket": numbers, "into": numbers[1]}).text
    assert "3 messages" not in told
    assert "2 messages are read there besides" in told
    post(client, "/mergers/", {"ticket": numbers, "into": numbers[1], "seen": "1"})

    assert [ticket_of(n).merged_into_id for n in numbers] == [numbers[1], None, numbers[1]]


def test_a_center_finds_its_merged_ticket_with_a_pointer(sign_in, open_ticket):
    one, two = open_ticket("一"), open_ticket("二")
    merged([two], one)
    client = sign_in("zhou@college.test")

    source, target = (client.get(f"/portal/tickets/{n}").text for n in (two, one))

    assert f"This matter goes on in ticket #{one}." in source
    assert f'href="/portal/tickets/{one}"' in source
    assert f'href="/portal/tickets/{two}">from #{two}' in target
    assert "merged #" not in target


def test_who_may_not_see_the_target_is_told_so_much(sign_in, open_ticket, desk):
    """BEHAVIOURS 35"""
    one, two = open_ticket("一"), open_ticket("二")
    with transaction() as session:
        other = session.get_one(Ticket, one)
        stranger = type(other.requester)(name="陌生人", created_at=at("23 9:00"))
        session.add(stranger)
        session.flush()
        other.requester_id = stranger.id
    merged([two], one)
    client = sign_in("zhou@college.test")

    page = client.get(f"/portal/tickets/{two}").text

    assert "together with somebody else" in page
    assert f"/portal/tickets/{one}" not in page


def test_what_was_typed_into_a_merged_ticket_in_the_portal_arrives(sign_in, open_ticket):
    """BEHAVIOURS 32"""
    one, two = open_ticket("一"), open_ticket("二")
    merged([two], one)

    sent = post(sign_in("zhou@college.test"), f"/portal/tickets/{two}/messages", {"text": "还有"})

    assert sent.location.endswith(f"/portal/tickets/{one}")
    assert ticket_of(one).messages[-1].text == "还有"


def test_a_contact_merges_nothing(sign_in, open_ticket):
    """BEHAVIOURS 35"""
    one, two = open_ticket("一"), open_ticket("二")
    client = sign_in("zhou@college.test")

    answer = post(client, "/mergers/", {"ticket": two, "into": one, "seen": "1"})

    assert answer.status_code in (302, 403, 404)
    assert ticket_of(two).status == "open"
