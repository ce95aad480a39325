"""Notices that everybody may read: written, published on the website, told on the microblog."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import urlsplit

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center, ChannelAccount, PublicNotice
from helpdesk.runtime import current_config
from helpdesk.services.access import Actor, Viewer, require_center_editor
from helpdesk.services.certification import center_log
from helpdesk.services.certification.center_needs import cancellation
from helpdesk.services.database.paging import newest_first
from helpdesk.services.microblog import microblog_replies, notice_words

PAGE = 20
LONGEST_TITLE = 200
LONGEST_TEXT = 20_000
LONGEST_ADDRESS = 500


def draft_cancellation(
    session: Session, center: Center, *, by: Actor, today: date, now: datetime
) -> PublicNotice:
    """Write, in both languages, that a center's authorisation is cancelled; people change it."""
    words = {code: notice_words.cancellation(code, center, today) for code in ("zh", "en")}
    row = PublicNotice(
        kind="cancellation",
        center_id=center.id,
        title=words["zh"][0][:LONGEST_TITLE],
        text=words["zh"][1],
        title_en=words["en"][0][:LONGEST_TITLE],
        text_en=words["en"][1],
        by=by.name[:200],
        created_at=now,
    )
    session.add(row)
    session.flush()
    _record(session, row, center, "drafted", by=by, now=now)
    return row


def redraft_cancellation(
    session: Session, viewer: Viewer, center: Center, *, today: date, now: datetime
) -> PublicNotice:
    """Draft the cancellation of a center that leaves and has none that stands."""
    require_center_editor(viewer)
    if center.state != "exit_processing":
        raise Refusal("not_now", _("Only the exit of a center in progress asks for this notice."))
    if cancellation(session, center) is not None:
        raise Conflict("drafted", _("There is such a notice already."))
    return draft_cancellation(session, center, by=viewer.actor, today=today, now=now)


def draft(session: Session, viewer: Viewer, *, now: datetime) -> PublicNotice:
    """Begin a notice of any other kind."""
    require_center_editor(viewer)
    row = PublicNotice(kind="general", title="", text="", by=viewer.name[:200], created_at=now)
    session.add(row)
    session.flush()
    return row


def write(
    viewer: Viewer,
    notice: PublicNotice,
    *,
    title: str,
    text: str,
    title_en: str,
    text_en: str,
) -> None:
    """Change the words of a notice that is not withdrawn; what is published changes at once."""
    require_center_editor(viewer)
    _check_standing(notice)
    if not title.strip() or not text.strip():
        raise _empty("title" if not title.strip() else "text")
    notice.title, notice.text = title.strip()[:LONGEST_TITLE], text.strip()[:LONGEST_TEXT]
    notice.title_en = title_en.strip()[:LONGEST_TITLE]
    notice.text_en = text_en.strip()[:LONGEST_TEXT]


def publish(
    session: Session,
    viewer: Viewer,
    notice: PublicNotice,
    *,
    account: ChannelAccount | None,
    now: datetime,
) -> None:
    """Put a notice on the website and, with an account, on the microblog, in one transaction."""
    require_center_editor(viewer)
    _check_standing(notice)
    if not notice.title or not notice.text:
        raise _empty("title" if not notice.title else "text")
    if notice.published_at is None:
        notice.published_at = now
        _record(session, notice, notice.center, "published", by=viewer.actor, now=now)
    if account is not None:
        post(session, viewer, notice, account, now=now)


def post(
    session: Session,
    viewer: Viewer,
    notice: PublicNotice,
    account: ChannelAccount,
    *,
    now: datetime,
) -> None:
    """Tell of a published notice on the microblog, once; the post links to our own page."""
    require_center_editor(viewer)
    _check_standing(notice)
    _check_published(notice)
    if notice.post_id is not None:
        raise Conflict("posted", _("The post was queued already."))
    queued = microblog_replies.publish_notice(
        session,
        account,
        notice.title,
        link=address(notice),
        occasion=f"public_notice.{notice.id}",
        now=now,
    )
    if queued is None:
        raise Conflict("posted", _("The post was queued already."))
    notice.post_id = queued.id
    _record(session, notice, notice.center, "posted", by=viewer.actor, now=now)


def note_post(
    session: Session, viewer: Viewer, notice: PublicNotice, url: str, *, now: datetime
) -> None:
    """Keep the address of a post that somebody made by hand."""
    require_center_editor(viewer)
    _check_standing(notice)
    _check_published(notice)
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable():
        raise Refusal(
            "bad_address", _("Write the post's address, such as https://weibo.com/…"), field="url"
        )
    notice.posted_url = url.strip()[:LONGEST_ADDRESS]
    _record(session, notice, notice.center, "noted", by=viewer.actor, now=now)


def withdraw(session: Session, viewer: Viewer, notice: PublicNotice, *, now: datetime) -> None:
    """Take a notice back: its page says so, and a draft disappears from the list."""
    require_center_editor(viewer)
    _check_standing(notice)
    notice.withdrawn_at = now
    _record(session, notice, notice.center, "withdrawn", by=viewer.actor, now=now)


def published(
    session: Session, *, before: int | None = None, limit: int = PAGE
) -> tuple[Sequence[PublicNotice], int | None]:
    """Return a page of what everybody may read, the latest first, and where to go on."""
    statement = select(PublicNotice).where(
        PublicNotice.published_at.is_not(None), PublicNotice.withdrawn_at.is_(None)
    )
    last = session.get(PublicNotice, before) if before else None
    if last is not None and last.published_at is not None:
        statement = statement.where(
            or_(
                PublicNotice.published_at < last.published_at,
                (PublicNotice.published_at == last.published_at) & (PublicNotice.id < last.id),
            )
        )
    order = (PublicNotice.published_at.desc(), PublicNotice.id.desc())
    rows = session.scalars(statement.order_by(*order).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def public(session: Session, number: int) -> PublicNotice:
    """Return a notice that is or was published; a draft does not exist for the public."""
    found = session.get(PublicNotice, number)
    if found is None or found.published_at is None:
        raise NotFound("no_notice", _("There is no such notice."))
    return found


def find(session: Session, viewer: Viewer, number: int) -> PublicNotice:
    """Return a notice for the office, drafts included."""
    require_center_editor(viewer)
    found = session.get(PublicNotice, number)
    if found is None:
        raise NotFound("no_notice", _("There is no such notice."))
    return found


def listing(
    session: Session, viewer: Viewer, *, before: int | None = None, limit: int = PAGE
) -> tuple[Sequence[PublicNotice], int | None]:
    """Return a page of all notices for the office, the latest written first."""
    require_center_editor(viewer)
    statement = select(PublicNotice).options(
        joinedload(PublicNotice.center), joinedload(PublicNotice.post)
    )
    return newest_first(session, statement, PublicNotice.id, before=before, limit=limit)


def accounts(session: Session) -> list[ChannelAccount]:
    """Return the microblog accounts through which something can be posted."""
    rows = session.scalars(
        select(ChannelAccount)
        .where(ChannelAccount.channel == "microblog")
        .order_by(ChannelAccount.id)
    )
    return [row for row in rows if microblog_replies.can_send(row)]


def address(notice: PublicNotice) -> str:
    """Return where everybody reads a notice."""
    return f"{current_config().base_url}/notices/{notice.id}"


def _check_standing(notice: PublicNotice) -> None:
    if notice.withdrawn_at is not None:
        raise Conflict("withdrawn", _("This notice was withdrawn; write a new one."))


def _check_published(notice: PublicNotice) -> None:
    if notice.published_at is None:
        raise Refusal("not_published", _("Publish it on the website first: the post links to it."))


def _empty(field: str) -> Refusal:
    return Refusal("empty", _("A notice needs a title and a text in Chinese."), field=field)


def _record(
    session: Session,
    notice: PublicNotice,
    center: Center | None,
    what: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    if center is not None:
        data = {"notice": notice.id, "title": notice.title}
        center_log.record(session, center, f"notice.{what}", now=now, by=by, data=data)
