"""On-site visits: asked for, proposed, agreed, moved, called off, reported."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.message import Attachment
from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.models import Center, Event, Inbound, Message, Notification, Outbox, Ticket, Visit
from helpdesk.runtime import current_storage
from helpdesk.services import access
from helpdesk.services.arrivals import intake
from helpdesk.services.desk import tickets
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.onsite import visit_dates, visit_record, visit_states, visits
from helpdesk.services.promises import enforcement
from helpdesk.services.promises.verification import verify_targets
from tests.services.certification.center_life_help import center_in
from tests.services.onsite.visiting import (
    WANG,
    agreed,
    asked,
    date_ids,
    kinds,
    proposed,
    sent,
    span,
    step,
)
from tests.services.people import agent, contact, record_of
from tests.web.pages import at


@pytest.fixture
def chen(session, now):
    return agent(session, now)


@pytest.fixture
def wang(session, now):
    return contact(session, now, WANG, "CD017")


def messages(session, visit, direction="out", *, automatic=False) -> list[Message]:
    session.rollback()
    rows = select(Message).where(
        Message.ticket_id == visit.ticket_id,
        Message.direction == direction,
        Message.automatic.is_(automatic),
    )
    return list(session.scalars(rows.order_by(Message.id)))


def first_reply(session, visit):
    session.rollback()
    return session.get_one(Ticket, visit.ticket_id).targets[0]


# --- asking -----------------------------------------------------------------------------


def test_a_request_is_kept_raw_and_becomes_an_onsite_ticket_with_its_fields(session, wang, now):
    visit = asked(session, wang, now, "26 9:00-12:00", "27 14:00-16:00")

    assert (visit.state, visit.turn) == ("requested", "office")
    assert (visit.ticket.channel, visit.ticket.topic) == ("onsite", "venue_decoration")
    assert (visit.center.code, visit.place, visit.phone) == (
        "CD017",
        "成都市武侯区 3 号楼",
        "13800138000",
    )
    assert [(d.starts_at, d.ends_at) for d in visit.open_dates] == [
        span("26 9:00-12:00"),
        span("27 14:00-16:00"),
    ]
    raw = session.scalars(select(Inbound).where(Inbound.ticket_id == visit.ticket_id)).one()
    with intake.raw_of(raw) as file:
        assert "成都市武侯区".encode() in file.read()


def test_the_ticket_tells_all_of_the_request_in_words(session, wang, now):
    visit = asked(session, wang, now, "26 9:00-12:00")

    [message] = messages(session, visit, "in")
    for words in ("请来看看新的考场。", "成都市武侯区", "13800138000", "11月26日 周四 09:00–12:00"):
        assert words in message.text


def test_the_same_form_twice_is_one_visit(session, wang, now):
    asked(session, wang, now)
    asked(session, wang, now)

    assert len(session.scalars(select(Visit)).all()) == 1


def test_the_request_is_acknowledged_with_the_promised_time(session, wang, now):
    visit = asked(session, wang, now)

    [words] = messages(session, visit, automatic=True)
    assert "11月24日 周二 10:00" in words.text
    assert first_reply(session, visit).met_at is None


@pytest.mark.parametrize(
    ("date", "code"),
    [
        ("28 9:00-12:00", "closed_day"),  # a Saturday
        ("26 8:00-10:00", "outside_hours"),
        ("26 12:00-13:00", "outside_hours"),  # lunch
        ("26 16:00-18:30", "outside_hours"),
        ("26 12:00-9:00", "ends_first"),
        ("23 9:00-9:30", "in_the_past"),
    ],
)
def test_a_wished_date_must_lie_ahead_and_within_the_service_hours(session, wang, now, date, code):
    with pytest.raises(Refusal) as refused:
        asked(session, wang, now, "25 9:00-12:00", date)

    assert (refused.value.code, refused.value.field) == (code, "day2")
    assert session.scalar(select(Ticket)) is None


def test_lunch_may_lie_within_a_visit(session, wang, now):
    assert asked(session, wang, now, "26 9:00-18:00").open_dates


def test_the_sentence_about_hours_names_them(session, wang, now):
    with pytest.raises(Refusal) as refused:
        asked(session, wang, now, "26 8:00-10:00")

    assert "09:00–12:00 · 13:30–18:00" in refused.value.sentence


def test_a_second_visit_on_a_ticket_waits_until_the_first_is_over(session, wang, chen, now):
    visit = asked(session, wang, now)
    more = {
        "place": "二",
        "purpose": "二",
        "contact": "",
        "phone": "",
        "by": chen.actor,
        "now": now,
    }

    with pytest.raises(Conflict), transaction():
        visits.plan(session, session.get_one(Ticket, visit.ticket_id), **more)

    step(session, "cancel", chen, visit.id, reason="改为电话指导", now=now)
    with transaction():
        visits.plan(session, session.get_one(Ticket, visit.ticket_id), **more)
    assert len(session.scalars(select(Visit)).all()) == 2


# --- promises ---------------------------------------------------------------------------


def test_the_proposal_is_the_human_answer_that_meets_the_first_reply(session, wang, chen, now):
    """BEHAVIOURS 3."""
    visit = asked(session, wang, now)
    later = now + timedelta(hours=1)

    visit = proposed(session, chen, visit, "26 9:00-12:00", "27 14:00-16:00", now=later)

    assert (visit.state, visit.turn) == ("proposed", "center")
    assert first_reply(session, visit).met_at == later
    [reply] = messages(session, visit)
    assert "11月26日 周四 09:00–12:00" in reply.text
    assert "11月27日 周五 14:00–16:00" in reply.text
    mail = session.scalars(select(Outbox).where(Outbox.kind == "reply")).one()
    assert mail.recipients == [WANG]
    assert visit.ticket.status == "waiting"


def test_a_request_that_nobody_answers_is_breached_at_its_due_instant(session, wang, chen, now):
    """BEHAVIOURS 18."""
    visit = asked(session, wang, now)

    report = enforcement.enforce_due(at("24 10:30"))

    assert report.breached == 1
    assert first_reply(session, visit).breached_at == at("24 10:00")


def test_the_visit_itself_does_not_move_a_first_reply_that_was_given(session, wang, chen, now):
    visit = agreed(session, chen, wang, asked(session, wang, now), "26 9:00-12:00", now=now)

    step(
        session,
        "report",
        chen,
        visit.id,
        done="看过",
        findings="",
        signed_by="王芳",
        now=at("26 12:00"),
    )

    assert first_reply(session, visit).met_at == now
    assert list(verify_targets()) == []


def test_sending_an_agent_is_no_reply(session, wang, chen, now):
    visit = asked(session, wang, now)

    sent(session, chen, visit, chen, now=now)

    assert first_reply(session, visit).met_at is None
    assert messages(session, visit) == []


# --- agreeing ---------------------------------------------------------------------------


def test_a_date_that_the_center_accepts_is_confirmed_by_both(session, wang, chen, now):
    visit = proposed(session, chen, asked(session, wang, now), "26 9:00-12:00", now=now)
    later = now + timedelta(hours=2)

    visit = step(session, "accept", wang, visit.id, date_ids(session, visit.id)[0], now=later)

    assert (visit.state, visit.turn) == ("confirmed", None)
    assert (visit.starts_at, visit.ends_at) == span("26 9:00-12:00")
    assert (visit.confirmed_by_office_at, visit.confirmed_by_center_at) == (now, later)
    assert (visit.ticket.status, visit.ticket.awaiting_reply) == ("open", False)
    assert "这个时间合适" in messages(session, visit, "in")[-1].text


def test_a_date_that_the_center_wished_is_confirmed_when_the_office_accepts(
    session, wang, chen, now
):
    visit = asked(session, wang, now, "26 9:00-12:00")

    visit = step(session, "accept", chen, visit.id, date_ids(session, visit.id)[0], now=now)

    assert visit.state == "confirmed"
    assert first_reply(session, visit).met_at == now
    assert "11月26日 周四 09:00–12:00" in messages(session, visit)[-1].text


def test_nobody_accepts_their_own_date(session, wang, chen, now):
    wished = asked(session, wang, now, "26 9:00-12:00")
    own = date_ids(session, wished.id)[0]

    with pytest.raises(Refusal) as refused:
        step(session, "accept", wang, wished.id, own, now=now)
    assert refused.value.code == "not_now"

    proposed(session, chen, wished, "27 9:00-12:00", now=now)
    with pytest.raises(Refusal) as refused:
        step(session, "accept", chen, wished.id, date_ids(session, wished.id)[0], now=now)
    assert refused.value.code == "needs_date"


def test_what_was_agreed_by_telephone_is_written_down_with_who_said_so(session, wang, chen, now):
    visit = proposed(session, chen, asked(session, wang, now), "26 9:00-12:00", now=now)
    offered = date_ids(session, visit.id)[0]

    with pytest.raises(Refusal) as refused:
        step(session, "agree", chen, visit.id, offered, note=" ", now=now)
    assert (refused.value.code, refused.value.field) == ("needs_note", "note")

    visit = step(session, "agree", chen, visit.id, offered, note="电话，王芳本人", now=now)
    assert visit.state == "confirmed"
    event = session.scalars(select(Event).where(Event.kind == "visit.agree")).one()
    assert (event.data["note"], event.by) == ("电话，王芳本人", chen.name)


def test_other_dates_of_the_center_take_the_place_of_those_proposed(session, wang, chen, now):
    visit = proposed(session, chen, asked(session, wang, now), "26 9:00-12:00", now=now)

    visit = step(
        session, "suggest", wang, visit.id, [span("30 14:00-16:00")], words="周四有考试", now=now
    )

    assert (visit.state, visit.turn) == ("proposed", "office")
    assert [d.starts_at for d in visit.open_dates] == [at("30 14:00")]
    assert (visit.ticket.status, visit.ticket.awaiting_reply) == ("open", True)
    assert "周四有考试" in messages(session, visit, "in")[-1].text
    told = session.scalars(select(Notification).where(Notification.kind == "visit_answered")).all()
    assert [n.agent_id for n in told] == [chen.agent_id]


def test_of_two_who_decide_at_once_one_is_told_so(session, wang, chen, now):
    visit = asked(session, wang, now, "26 9:00-12:00")
    seen, wished = visit.version, date_ids(session, visit.id)[0]
    wu = agent(session, now, "wu@miec.example.cn", name="吴昊")

    step(session, "accept", chen, visit.id, wished, seen=seen, now=now)
    with pytest.raises(Conflict) as refused:
        step(session, "accept", wu, visit.id, wished, seen=seen, now=now)

    assert refused.value.code == "visit_changed"
    assert kinds(session, visit) == ["request", "accept"]


def test_of_two_agents_who_confirm_at_the_same_moment_one_wins(app, session, wang, chen, now):
    visit = asked(session, wang, now, "26 9:00-12:00")
    seen, wished = visit.version, date_ids(session, visit.id)[0]
    wu = agent(session, now, "wu@miec.example.cn", name="吴昊")
    session.rollback()

    def confirm(viewer):
        with app.app_context():
            try:
                with transaction() as work:
                    mine = access.visit_for(work, viewer, visit_ticket, visit_id)
                    visits.accept(work, viewer, mine, wished, seen=seen, now=now)
            except Conflict as refused:
                return refused.code
            finally:
                db.session.remove()
        return "agreed"

    visit_id, visit_ticket = visit.id, visit.ticket_id
    session.rollback()
    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(confirm, [chen, wu])) == ["agreed", "visit_changed"]
    session.rollback()
    assert len(messages(session, session.get_one(Visit, visit_id))) == 1


def test_a_claim_that_another_process_won_between_is_a_conflict(session, wang, chen, now):
    visit = asked(session, wang, now, "26 9:00-12:00")
    wished = date_ids(session, visit.id)[0]
    session.rollback()

    def accept_late():
        with transaction():
            mine = session.get_one(Visit, visit.id)
            session.connection().exec_driver_sql("UPDATE visit SET version = version + 1")
            visits.accept(session, chen, mine, wished, seen=mine.version, now=now)

    with pytest.raises(Conflict):
        accept_late()

    session.rollback()
    assert session.get_one(Visit, visit.id).state == "requested"
    assert messages(session, visit) == []


# --- who goes ---------------------------------------------------------------------------


def other_visit(session, chen, now, date, **more):
    he = contact(session, now, "he@elsewhere.test", "HZ003", name="何伟")
    visit = agreed(session, chen, he, asked(session, he, now), date, now=now)
    return sent(session, chen, visit, chen, now=now, **more) if more else visit


def test_nobody_is_at_two_centers_at_once(session, wang, chen, now):
    other_visit(session, chen, now, "26 10:00-12:00")
    visit = proposed(session, chen, asked(session, wang, now), "26 9:00-11:00", now=now)
    step(session, "accept", wang, visit.id, date_ids(session, visit.id)[0], now=now)

    with pytest.raises(Conflict) as refused:
        sent(session, chen, visit, chen, now=now)

    assert (refused.value.code, refused.value.field) == ("not_free", "agent")
    assert session.get_one(Visit, visit.id).agent_id is None


def test_a_date_on_which_the_agent_is_elsewhere_is_not_proposed(session, wang, chen, now):
    other_visit(session, chen, now, "26 10:00-12:00")
    visit = asked(session, wang, now)
    sent(session, chen, visit, chen, now=now)

    with pytest.raises(Conflict) as refused:
        proposed(session, chen, visit, "25 9:00-11:00", "26 9:00-11:00", now=now)

    assert refused.value.field == "day2"
    assert messages(session, visit) == []
    assert first_reply(session, visit).met_at is None


def test_visits_that_follow_each_other_do_not_overlap(session, wang, chen, now):
    other_visit(session, chen, now, "26 9:00-11:00")

    visit = agreed(session, chen, wang, asked(session, wang, now), "26 11:00-12:00", now=now)

    assert visit.agent_id == chen.agent_id


def test_days_of_travel_that_meet_are_shown_and_not_refused(session, wang, chen, now):
    other = other_visit(session, chen, now, "26 9:00-11:00", days_before=1, days_after=1)

    visit = agreed(session, chen, wang, asked(session, wang, now), "27 9:00-11:00", now=now)

    assert [row.id for row in visit_dates.warnings_of(session, visit)] == [other.id]
    assert (other.away_from, other.away_until) == (at("25 0:00"), at("28 0:00"))


def test_who_is_sent_by_somebody_else_is_told_and_so_when_it_is_moved(session, wang, chen, now):
    wu = agent(session, now, "wu@miec.example.cn", name="吴昊")
    visit = agreed(session, chen, wang, asked(session, wang, now), "26 9:00-12:00", now=now)
    sent(session, chen, visit, wu, now=now)

    step(session, "cancel", wang, visit.id, reason="停电", now=now)

    rows = select(Notification.kind).where(Notification.agent_id == wu.agent_id)
    assert [
        k for k in session.scalars(rows.order_by(Notification.id)) if k != "visit_answered"
    ] == [
        "visit_assigned",
        "visit_changed",
    ]


def test_somebody_who_left_is_not_sent(session, wang, chen, now):
    visit = asked(session, wang, now)
    wu = agent(session, now, "wu@miec.example.cn", name="吴昊")
    with transaction():
        record_of(session, wu).active = False

    with pytest.raises(Refusal) as refused:
        sent(session, chen, visit, wu, now=now)
    assert refused.value.code == "inactive_agent"


@pytest.mark.parametrize("days", [-1, 15])
def test_days_of_travel_have_a_measure(session, wang, chen, now, days):
    visit = asked(session, wang, now)

    with pytest.raises(Refusal) as refused:
        sent(session, chen, visit, chen, now=now, days_before=days)
    assert refused.value.field == "days_before"


# --- moving and calling off -------------------------------------------------------------


@pytest.mark.parametrize("side", ["office", "center"])
def test_an_agreed_date_is_moved_for_a_reason_and_owed_an_answer(session, wang, chen, now, side):
    visit = agreed(session, chen, wang, asked(session, wang, now), "26 9:00-12:00", now=now)
    who = chen if side == "office" else wang

    visit = step(
        session, "reschedule", who, visit.id, [span("30 9:00-12:00")], reason="大雪", now=now
    )

    assert (visit.state, visit.starts_at, visit.sequence) == ("proposed", None, 1)
    assert visit.turn == ("center" if side == "office" else "office")
    assert visit.agent_id == chen.agent_id
    said = messages(session, visit, "out" if side == "office" else "in")[-1].text
    assert "大雪" in said
    assert "11月26日 周四 09:00–12:00" in said
    assert "11月30日 周一 09:00–12:00" in said


@pytest.mark.parametrize(
    ("name", "args", "more", "field"),
    [
        ("reschedule", [[]], {"reason": "大雪"}, "day1"),
        ("reschedule", [[span("30 9:00-12:00")]], {"reason": " "}, "reason"),
        ("cancel", [], {"reason": ""}, "reason"),
    ],
)
def test_moving_and_calling_off_need_a_reason(session, wang, chen, *, now, name, args, more, field):
    visit = agreed(session, chen, wang, asked(session, wang, now), "26 9:00-12:00", now=now)

    for who in (chen, wang):
        with pytest.raises(Refusal) as refused:
            step(session, name, who, visit.id, *args, now=now, **more)
        assert refused.value.field == field
    assert session.get_one(Visit, visit.id).state == "confirmed"


@pytest.mark.parametrize("side", ["office", "center"])
def test_a_visit_that_is_called_off_tells_the_other_side_why(session, wang, chen, now, side):
    visit = asked(session, wang, now)
    who = chen if side == "office" else wang

    visit = step(session, "cancel", who, visit.id, reason="改为线上指导", now=now)

    assert (visit.state, visit.turn, visit.reason) == ("cancelled", None, "改为线上指导")
    assert "改为线上指导" in messages(session, visit, "out" if side == "office" else "in")[-1].text
    with pytest.raises(Refusal):
        step(session, "cancel", who, visit.id, reason="又一次", now=now)


# --- the report -------------------------------------------------------------------------


def test_the_report_is_a_reply_with_its_photographs_and_ends_the_visit(session, wang, chen, now):
    visit = agreed(session, chen, wang, asked(session, wang, now), "26 9:00-12:00", now=now)
    photo = Attachment("考场.png", "image/png", b"\x89PNG")
    current_storage().put(photo.data)

    visit = step(
        session,
        "report",
        chen,
        visit.id,
        done="检查了两个考场。",
        findings="考场二缺挂钟。",
        signed_by="王芳",
        files=[StoredFile.of(photo)],
        status="resolved",
        now=at("26 12:00"),
    )

    assert (visit.state, visit.signed_by, visit.reported_at) == ("done", "王芳", at("26 12:00"))
    reply = messages(session, visit)[-1]
    assert reply.id == visit.report_message_id
    assert [file.name for file in reply.attachments] == ["考场.png"]
    for words in ("检查了两个考场。", "考场二缺挂钟。", "王芳"):
        assert words in reply.text
    assert visit.ticket.status == "resolved"


@pytest.mark.parametrize(
    ("who", "when", "changes", "code"),
    [
        (True, "26 8:00", {}, "needs_begun"),
        (False, "26 12:00", {}, "needs_agent"),
        (True, "26 12:00", {"done": " "}, "needs_done"),
        (True, "26 12:00", {"signed_by": ""}, "needs_signed"),
    ],
)
def test_a_report_says_what_is_missing(session, wang, chen, *, now, who, when, changes, code):
    visit = agreed(session, chen, wang, asked(session, wang, now), "26 9:00-12:00", now=now)
    if not who:
        sent(session, chen, visit, None, now=now)

    words = {"done": "看过", "findings": "", "signed_by": "王芳", **changes}

    with pytest.raises(Refusal) as refused:
        step(session, "report", chen, visit.id, now=at(when), **words)

    assert refused.value.code == code


# --- who may ----------------------------------------------------------------------------


def test_another_center_sees_no_visit_of_this_one(session, wang, now):
    """BEHAVIOURS 35."""
    visit = asked(session, wang, now)
    li = contact(session, now, "li@elsewhere.test", "HZ003")

    with pytest.raises(NotFound):
        access.visit_for(session, li, visit.ticket_id, visit.id)
    with pytest.raises(NotFound):
        step(session, "cancel", li, visit.id, reason="x", now=now)


def test_a_visit_is_not_reached_through_another_ticket(session, wang, now):
    visit = asked(session, wang, now)
    other = asked(session, wang, now, submission="b" * 32)

    with pytest.raises(NotFound):
        access.visit_for(session, wang, other.ticket_id, visit.id)


@pytest.mark.parametrize("name", ["propose", "assign", "report", "agree"])
def test_a_center_takes_no_step_of_the_office(session, wang, now, name):
    visit = asked(session, wang, now)
    given = {
        "propose": ([[span("26 9:00-12:00")]], {}),
        "assign": ([None], {}),
        "agree": ([1], {"note": "x"}),
        "report": ([], {"done": "x", "findings": "", "signed_by": "x"}),
    }
    args, more = given[name]

    with pytest.raises(Refusal) as refused:
        step(session, name, wang, visit.id, *args, now=now, **more)
    assert refused.value.code == "not_now"


def test_the_log_tells_where_the_visit_stands(session, wang, chen, now):
    visit = agreed(session, chen, wang, asked(session, wang, now), "26 9:00-12:00", now=now)
    step(session, "reschedule", wang, visit.id, [span("30 9:00-12:00")], reason="停电", now=now)
    visit = step(session, "accept", chen, visit.id, date_ids(session, visit.id)[0], now=now)

    told = visit_states.replay(visit_record.log_of(db.session(), visit))

    assert told == visit_record.standing_of(visit)
    assert told == replace(told, state="confirmed", starts_at=at("30 9:00"), sequence=1)
    assert kinds(session, visit) == [
        "request", "propose", "accept", "assign", "reschedule", "accept",
    ]  # fmt: skip


def test_a_visit_is_to_the_center_that_its_ticket_is_about(session, wang, chen, now):
    visit = asked(session, wang, now)
    other = center_in(session, "site_visit", code="HZ003", now=now)

    with transaction():
        ticket = session.get_one(Ticket, visit.ticket_id)
        tickets.set_center(session, ticket, session.get_one(Center, other), now=now, by=chen.actor)

    session.rollback()
    assert session.get_one(Visit, visit.id).center_id == other


def test_a_merged_ticket_begins_no_visit(session, wang, chen, now):
    number = asked(session, wang, now).ticket_id
    with transaction():
        session.get_one(Ticket, number).status = "merged"
        step_over = session.scalars(select(Visit)).one()
        step_over.state, step_over.turn = "cancelled", None

    more = {"place": "x", "purpose": "x", "contact": "", "phone": "", "by": chen.actor, "now": now}
    session.rollback()

    with pytest.raises(Refusal) as refused, transaction():
        visits.plan(session, session.get_one(Ticket, number), **more)
    assert refused.value.code == "merged"
