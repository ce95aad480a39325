"""Public notices: drafted by an exit, published once, posted once, taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk.errors import Conflict, Forbidden, NotFound, Refusal
from helpdesk.extensions import transaction
from helpdesk.models import Center, ChannelAccount, Outbox, PublicNotice
from helpdesk.services.certification import center_needs, center_states
from helpdesk.services.microblog import public_notices
from tests.services.certification.center_life_help import center_in, take
from tests.services.people import agent


@pytest.fixture
def manager(session, now):
    return agent(session, now, "li@miec.example.cn", role="manager", name="李晓红")


@pytest.fixture
def weibo(session, now, manager) -> int:
    with transaction():
        account = ChannelAccount(
            channel="microblog",
            name="官方微博",
            address="@miec",
            settings={"network": "weibo", "drop_folder": "posts", "safe_domain": "helpdesk.test"},
            created_at=now,
        )
        session.add(account)
    return account.id


@pytest.fixture
def leaving(session, manager, now) -> int:
    """Return a center whose agreement was broken."""
    number = center_in(session, "authorized", now=now)
    take(session, manager, number, "breach", needs=["evidence", "reason"], now=now)
    return number


def notice_of(session) -> PublicNotice:
    session.rollback()
    return session.scalars(select(PublicNotice).order_by(PublicNotice.id.desc()).limit(1)).one()


def act(session, verb: str, *args, **named):
    """Do something to the newest notice, in a transaction of its own."""
    session.rollback()
    with transaction():
        rows = select(PublicNotice).order_by(PublicNotice.id.desc()).limit(1)
        getattr(public_notices, verb)(
            session, args[0], session.scalars(rows).one(), *args[1:], **named
        )


def publish(session, viewer, account_id: int | None, *, now) -> None:
    session.rollback()
    account = session.get(ChannelAccount, account_id) if account_id else None
    act(session, "publish", viewer, account=account, now=now)


def test_an_exit_drafts_the_cancellation_in_both_languages(session, leaving):
    notice = notice_of(session)

    assert (notice.kind, notice.published_at) == ("cancellation", None)
    assert "成都认证中心" in notice.title
    assert "2026年11月23日" in notice.text
    assert "November 23, 2026" in notice.text_en


def test_who_left_of_its_own_is_not_said_to_have_been_cancelled(session, manager, now):
    number = center_in(session, "exit_requested", now=now, exit_by="request_exit")

    take(session, manager, number, "approve_exit", now=now)

    assert "经该单位申请" in notice_of(session).text


def test_it_is_published_and_posted_once_in_one_transaction(session, manager, leaving, weibo, now):
    publish(session, manager, weibo, now=now)
    notice = notice_of(session)

    [post] = session.scalars(select(Outbox).where(Outbox.account_id == weibo)).all()
    assert (notice.published_at, notice.post_id) == (now, post.id)
    assert post.mail["post"]["parts"] == [
        f"{notice.title} http://helpdesk.test/notices/{notice.id}"
    ]
    with pytest.raises(Conflict):
        publish(session, manager, weibo, now=now)
    assert len(session.scalars(select(Outbox).where(Outbox.account_id == weibo)).all()) == 1


def test_a_post_that_the_network_would_refuse_publishes_nothing(
    session, manager, leaving, weibo, now
):
    session.get_one(ChannelAccount, weibo).settings = {"network": "weibo", "drop_folder": "posts"}
    session.commit()

    with pytest.raises(Refusal, match="域名"):
        publish(session, manager, weibo, now=now)

    assert notice_of(session).published_at is None


def test_the_exit_waits_until_the_network_has_taken_the_post(session, manager, leaving, weibo, now):
    publish(session, manager, weibo, now=now)
    center = session.get_one(Center, leaving)
    rule = center_states.rule_for("exit_processing", "complete_exit")

    def lacking() -> set[str]:
        session.rollback()
        told = center_needs.Told()
        given = center_needs.given(session, center, rule, told, today=now.date())
        return {need for need in rule.needs if not given[need]}

    assert "microblog_notice" in lacking()
    session.query(Outbox).filter_by(account_id=weibo).one().state = "sent"
    session.commit()
    assert lacking() == {"plaque_returned", "documents_returned"}


def test_without_an_account_the_address_of_a_post_made_by_hand_is_kept(
    session, manager, leaving, now
):
    with pytest.raises(Refusal):  # the post links to our page, which has to be there
        act(session, "note_post", manager, "https://weibo.com/1/a", now=now)
    publish(session, manager, None, now=now)
    for nonsense in ("weibo", "javascript:alert(1)", "https://"):
        with pytest.raises(Refusal):
            act(session, "note_post", manager, nonsense, now=now)

    act(session, "note_post", manager, "https://weibo.com/1/a", now=now)

    assert notice_of(session).posted_url == "https://weibo.com/1/a"


def test_what_is_withdrawn_is_read_no_more_and_asks_for_another(session, manager, leaving, now):
    publish(session, manager, None, now=now)
    first = notice_of(session).id
    act(session, "withdraw", manager, now=now)

    assert public_notices.published(session) == ([], None)
    assert public_notices.public(session, first).withdrawn_at == now
    with pytest.raises(Conflict):
        publish(session, manager, None, now=now)
    again = {"today": now.date(), "now": now}

    def redraft() -> None:
        with transaction():
            center = session.get_one(Center, leaving)
            public_notices.redraft_cancellation(session, manager, center, **again)

    redraft()
    assert notice_of(session).id != first
    with pytest.raises(Conflict):
        redraft()


def test_drafts_and_the_desk_of_notices_are_the_managers(session, manager, leaving, now):
    chen = agent(session, now)
    number = notice_of(session).id

    with pytest.raises(NotFound):
        public_notices.public(session, number)
    for verb in (
        lambda: public_notices.find(session, chen, number),
        lambda: public_notices.listing(session, chen),
        lambda: act(session, "withdraw", chen, now=now),
        lambda: publish(session, chen, None, now=now),
    ):
        with pytest.raises(Forbidden):
            verb()


def test_a_notice_says_something_in_chinese(session, manager, now):
    with transaction():
        public_notices.draft(session, manager, now=now)
    with pytest.raises(Refusal):
        publish(session, manager, None, now=now)

    act_words = {"title": "放假安排", "text": "春节放假。", "title_en": "", "text_en": ""}
    with transaction():
        public_notices.write(manager, notice_of(session), **act_words)
    publish(session, manager, None, now=now)

    assert [row.title for row in public_notices.published(session)[0]] == ["放假安排"]
