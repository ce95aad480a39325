"""Search finds tickets by what people remember of them (BEHAVIOURS 37)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.extensions import transaction
from helpdesk.models import Address, Center, CenterDomain, Ticket
from helpdesk.runtime import current_storage
from helpdesk.services.desk import replies, search, search_words, tickets
from helpdesk.services.desk.tickets import StoredFile
from tests.services.mails import arrive, mail
from tests.services.people import agent, contact

TEXT = (
    "请问移动互联网开发工程师认证考试的报名材料要寄到哪里？联系电话 15712969460，Android Studio 4.2"
)


@pytest.fixture
def number(session, now) -> int:
    """One ticket to be found, and one beside it that must not be."""
    with transaction():
        center = Center(
            code="CD017", name="成都信息工程学院认证中心", name_en="Chengdu College", created_at=now
        )
        center.domains = [CenterDomain(domain="cdxx.example.cn")]
        session.add(center)
    found = arrive(session, mail("报名材料", TEXT, date=now), now=now).ticket
    with transaction():
        person = session.get_one(Ticket, found).requester
        person.addresses.append(Address(kind="phone", value="13800138000"))
        tickets.search.index_ticket(session, session.get_one(Ticket, found))
    other = mail(
        "Hello",
        "When does the next course begin?",
        date=now,
        sender="Tom <tom@elsewhere.example>",
        message_id="<o@elsewhere.example>",
    )
    arrive(session, other, now=now)
    return found


@pytest.fixture
def find(session, now):
    chen = agent(session, now)
    return lambda query, **more: [
        ticket.id for ticket in search.search(session, chen, query, **more).tickets
    ]


FOUND_BY = (
    "报名",  # two characters of the subject
    "考试",  # two characters of the text
    "材料要寄",  # across a word boundary
    "移动互联网开发工程师",
    "寄",
    "李建国",
    "建国",
    "lijianguo@cdxx.example.cn",
    "lijianguo",
    "LIJIAN",
    "CD017",
    "cd017",
    "成都",
    "成都信息工程学院",
    "Chengdu",
    "15712969460",
    "9460",
    "8000",
    "Android",
    "android studio",
    "报名 成都",
    "李建国 考试 android",
    "认证考试的报名",
    "ＣＤ０１７",
)
NOT_FOUND_BY = (
    "试考",
    "android考试",
    "报料",  # both characters occur, not beside each other
    "名报",
    "工程师移动",
    "上海",
    "报名 上海",
    "lijiangu0",
    "1234",
    "？！",
    "",
    "   ",
    '"',
    "' OR 1=1 --",
    "NEAR(",
    "\\",
    "a" * 5000,
)


def test_a_ticket_is_found_by_what_people_remember(number, find):
    assert [query for query in FOUND_BY if find(query) != [number]] == []


def test_a_ticket_is_not_found_by_anything_else(number, find):
    assert [query for query in NOT_FOUND_BY if find(query)] == []


def test_signs_around_a_word_are_no_part_of_it(number, find):
    assert find("报名*:&|!") == [number]


def test_a_number_finds_its_ticket_first(number, find):
    for form in ("{}", "#{}", "＃{}", " {} "):
        assert find(form.format(number))[0] == number, form


def test_what_was_said_later_is_found_too(session, number, find, now):
    answer = mail(
        "Re: 报名材料",
        "补充：需要寒假班的课表。",
        date=now,
        message_id="<q2@cdxx.example.cn>",
        In_Reply_To="<q1@cdxx.example.cn>",
    )
    assert arrive(session, answer, now=now).ticket == number

    assert find("寒假") == [number]
    assert find("寒假 报名") == [number]


def test_files_and_colleagues_are_found_by_their_names(session, number, find, now):
    fang = contact(session, now, "fang@cdxx.example.cn", "CD017", name="王小芳")
    zhao = agent(session, now, "zhao@miec.example.cn", name="赵启明")
    with transaction():
        ticket = session.get_one(Ticket, number)
        key = current_storage().put(b"x")
        replies.reply(
            session,
            ticket,
            zhao,
            "见附件",
            files=[StoredFile("考务安排表.xlsx", "text/plain", 1, key)],
            now=now,
        )
    for query in ("考务安排表", "安排表.xlsx", "赵启明"):
        assert find(query) == [number]
        assert [t.id for t in search.search(session, fang, query).tickets] == [number]


def test_a_contact_finds_tickets_by_the_code_of_their_center(session, number, now):
    fang = contact(session, now, "fang@cdxx.example.cn", "CD017", name="王小芳")

    for query in ("CD017", "Chengdu"):
        assert [t.id for t in search.search(session, fang, query).tickets] == [number]


def test_characters_beyond_the_basic_plane_are_found(session, find, now):
    made = arrive(session, mail("𠮷野家来信", "你好", date=now), now=now).ticket

    assert find("𠮷野") == [made]


def test_pages_of_results_are_complete_and_without_repeats(session, find, now):
    chen = agent(session, now, "wu@miec.example.cn")
    made = {
        arrive(session, mail(f"会议 {n}", date=now, message_id=f"<{n}@c.example>"), now=now).ticket
        for n in range(23)
    }
    found, before = [], None
    while True:
        page = search.search(session, chen, "会议", before=before, limit=5)
        found += [ticket.id for ticket in page.tickets]
        if (before := page.before) is None:
            break

    assert found == sorted(made, reverse=True)


@given(st.text(max_size=60))
def test_every_piece_of_a_text_is_among_its_lexemes(text):
    """A run of CJK characters gives each of its pairs; whatever is typed raises nothing."""
    words = search_words.lexemes(text)

    assert all(word and not any(c.isspace() for c in word) for word in words)
    for term in search_words.normal(text).split():
        for piece, prefix in search_words.pieces(term):
            assert any(word.startswith(piece) if prefix else word == piece for word in words)
