"""The demo desk is lifelike, and its history holds water."""

from collections import Counter
from datetime import date, timedelta

from sqlalchemy import func, select

from channels import registry
from helpdesk.models import (
    NO_PROMISE,
    AttachmentRecord,
    Callback,
    Center,
    ChannelAccount,
    Inbound,
    Login,
    Message,
    Outbox,
    Person,
    PublicNotice,
    Remittance,
    Target,
    Ticket,
)
from helpdesk.services import access
from helpdesk.services.certification import center_log, remittances
from helpdesk.services.desk import saved_views
from helpdesk.services.hotline import call_sums
from helpdesk.services.identity import accounts
from helpdesk.services.promises.verification import verify_targets
from sla.rates import NOTHING
from tests.desk import NOW

MANAGER = "manager@miec.example.cn"


def test_every_role_can_sign_in(demo):
    assert [account.role for account in demo.accounts] == ["admin", "manager", "agent", "center"]
    for account in demo.accounts:
        assert accounts.proved(account.email, account.password)
    demo.session.rollback()


def test_about_eighty_tickets_came_over_all_five_channels(demo):
    channels = Counter(demo.session.scalars(select(Ticket.channel)))

    assert 70 <= channels.total() <= 90
    assert set(channels) == set(registry.CHANNELS)


def test_every_topic_and_request_type_was_asked_about(demo):
    assert demo.session.scalar(select(func.count(Ticket.topic.distinct()))) == 7
    assert demo.session.scalar(select(func.count(Ticket.request_type.distinct()))) == 3


def test_centers_of_several_provinces_wrote(demo):
    regions = set(demo.session.scalars(select(Center.region)))

    assert len(regions) >= 8
    assert demo.session.scalar(select(func.count(Person.id))) >= 30


def test_recomputing_every_promise_from_its_log_finds_nothing(demo):
    assert list(verify_targets()) == []


def test_most_promises_were_kept_some_broken_and_some_are_about_to_fall_due(demo):
    states = Counter(demo.session.scalars(select(Target.state)))
    overdue = select(func.count(Ticket.id)).where(Ticket.queue_at < NOW)
    at_risk = select(func.count(Target.id)).where(
        Target.state == "running", Target.warned_at.is_not(None)
    )

    assert states["met"] > 3 * states["breached"] > 0
    assert states["running"] >= 10
    assert 2 <= demo.session.scalar(overdue) <= 3
    assert demo.session.scalar(at_risk) >= 3


def test_calls_and_visits_were_answered_while_they_lasted(demo):
    answers = select(Message.channel).where(
        Message.direction == "out", Message.channel.in_(("hotline", "onsite"))
    )

    assert set(demo.session.scalars(answers)) == {"hotline", "onsite"}


def test_nothing_is_dated_after_now(demo):
    latest = demo.session.scalar(select(func.max(Message.at)))

    assert latest <= NOW
    assert demo.session.scalar(select(func.max(Ticket.created_at))) <= NOW


def test_nothing_of_the_past_is_left_to_be_sent(demo):
    assert set(demo.session.scalars(select(Outbox.state))) == {"sent"}
    sent = demo.session.scalar(select(func.count(Outbox.id)))
    left = [*(demo.data / "outgoing").glob("*.eml"), *(demo.data / "posts").glob("*.json")]
    assert len(left) == sent


def test_the_answers_of_centers_landed_on_their_tickets(demo):
    people = select(func.count(Message.id)).where(
        Message.direction == "in", Message.automatic.is_(False)
    )
    tickets = demo.session.scalar(select(func.count(Ticket.id)))

    assert demo.session.scalar(people) > tickets + 15
    assert demo.session.scalar(
        select(func.count(Message.id)).where(
            Message.direction == "in", Message.full_text.like("%发件人%")
        )
    )


def test_it_shows_what_else_a_mailbox_brings(demo):
    inbound = Counter(demo.session.scalars(select(Inbound.state)))
    failed = select(Message).where(Message.delivery == "failed")

    assert inbound["quarantined"] == inbound["suppressed"] == 1
    assert "550" in demo.session.scalars(failed).one().delivery_error
    assert demo.session.scalar(select(func.count(Ticket.id)).where(Ticket.status == "spam")) == 1
    assert demo.session.scalar(select(Message.id).where(Message.html.like("%<table%")))
    assert demo.session.scalar(select(Message.id).where(Message.text.like("%in English%")))


def test_pictures_documents_and_texts_are_attached(demo):
    kinds = set(demo.session.scalars(select(AttachmentRecord.content_type)))

    assert {"image/png", "application/pdf", "text/plain"} <= kinds


def test_the_retired_microblog_stays_in_the_list(demo):
    account = select(ChannelAccount).where(ChannelAccount.name == "腾讯微博")
    retired = demo.session.scalars(account).one()

    assert (retired.state, retired.settings["retired_on"]) == ("retired", "2020-09-28")


def test_a_ticket_nobody_has_touched_waits_unassigned(demo):
    untouched = select(func.count(Ticket.id)).where(
        Ticket.assignee_id.is_(None), Ticket.queue_at.between(NOW, NO_PROMISE - timedelta(days=1))
    )

    assert demo.session.scalar(untouched) >= 3


def test_the_hotline_has_a_log_a_rate_and_callers_who_wait_to_be_rung_back(demo):
    first, last = date(2026, 10, 1), date(2026, 11, 30)
    total = sum(call_sums.sums(demo.session, first, last, by="day").values(), NOTHING)

    assert total.offered > 100
    assert 0.85 <= total.rate < 1
    assert demo.session.scalar(select(func.count()).where(Callback.open)) == 2


def test_centers_stand_in_every_stage_and_one_is_on_its_way_out(demo):
    states = set(demo.session.scalars(select(Center.state)))
    late = select(func.count(Remittance.id)).where(remittances.overdue(NOW.date()))
    notice = demo.session.scalars(select(PublicNotice)).one()

    assert states >= {"submitted", "site_visit", "joint_review", "approved", "trained"}
    assert states >= {"contracted", "authorized", "exit_requested", "exit_processing"}
    assert demo.session.scalar(late) == 1
    assert notice.published_at is not None
    assert notice.post.state == "sent"
    for center in demo.session.scalars(select(Center)):
        standing = center_log.standing(demo.session, center)
        assert (center.state, center.exit_by) == (standing.state, standing.exit_by)


def test_its_people_keep_views_that_hold_something(demo):
    session = demo.session
    manager = access.viewer_of(session.scalars(select(Login).where(Login.email == MANAGER)).one())
    rows = saved_views.listing(session, manager)

    assert [row.name for row in rows] == ["全部投诉", "邮件里的急件"]
    assert all(fits for fits, _more in saved_views.counts(session, manager, rows).values())
