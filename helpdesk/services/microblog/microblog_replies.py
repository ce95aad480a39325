"""What the office answers on a microblog: public or in private, chosen with open eyes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from channels.microblog import length
from channels.microblog.posts import NETWORKS, PRIVATE
from channels.microblog.public import private_numbers
from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import ChannelAccount, Message, Outbox, Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import replies, tickets
from helpdesk.services.sending import outgoing_posts

PRIVATE_FOR = timedelta(hours=48)
"""Weibo lets an account answer a private message for so long."""
VIAS = ("public", "private")


@dataclass(frozen=True, slots=True)
class Ways:
    """How a ticket's requester can be answered on their network.

    ``public`` and ``private`` are what would be answered; None where that way is closed.
    ``private_until`` tells when the private way closes.
    """

    account: ChannelAccount
    network: str
    public: Message | None
    private: Message | None
    private_until: datetime | None = None
    private_closed: bool = False

    def target(self, via: str) -> Message | None:
        """Return what an answer on this way answers."""
        return self.public if via == "public" else self.private if via == "private" else None


def ways(session: Session, ticket: Ticket, *, now: datetime) -> Ways | None:
    """Return the ways of a ticket that came over a microblog account; None for all others."""
    if ticket.channel != "microblog" or ticket.account_id is None:
        return None
    account = session.get(ChannelAccount, ticket.account_id)
    if account is None or not can_send(account):
        return None
    written_in_private = Message.identity.startswith(PRIVATE, autoescape=True)
    public = _latest(session, ticket, ~written_in_private)
    private = _latest(session, ticket, written_in_private)
    until = private.at + PRIVATE_FOR if private is not None else None
    closed = until is not None and until <= now
    return Ways(
        account,
        str(account.settings["network"]),
        public,
        None if closed else private,
        until,
        closed,
    )


def _latest(session: Session, ticket: Ticket, which: ColumnElement[bool]) -> Message | None:
    return session.scalar(
        select(Message)
        .where(
            Message.ticket_id == ticket.id,
            Message.direction == "in",
            Message.channel == "microblog",
            Message.identity.is_not(None),
            which,
        )
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(1)
    )


def can_send(account: ChannelAccount) -> bool:
    """Say whether anything can be posted through an account at all."""
    settings = account.settings
    reachable = bool(settings.get("token") or settings.get("drop_folder"))
    return (
        account.state in ("active", "failing") and settings.get("network") in NETWORKS and reachable
    )


def limit_of(network: str, via: str) -> tuple[int, length.Count]:
    """Return how long one post may be, and how its network counts."""
    if network == "x":
        return length.X_POST, length.x_length
    if via == "private":
        return length.WEIBO_MESSAGE, length.weibo_length
    return length.WEIBO_POST, length.weibo_length


def parts_of(way: Ways, via: str, text: str) -> list[str]:
    """Return the posts that a text makes; raise Refusal for what must not or cannot be sent."""
    if via not in VIAS:
        raise Refusal("choose_way", _("Choose whether everybody may read this."), field="via")
    if way.target(via) is None:
        raise _closed(way, via)
    if not text.strip():
        raise Refusal("empty_message", _("Write something first."), field="text")
    if via == "public":
        check_public(text, way.account.settings)
    limit, count = limit_of(way.network, via)
    if via == "private" and count(text.strip()) > limit:
        raise Refusal(
            "too_long",
            _(
                "That counts as %(count)s; a private message may have %(limit)s.",
                count=count(text.strip()),
                limit=limit,
            ),
            field="text",
        )
    parts = length.split(text, limit, count)
    if len(parts) > length.MOST_PARTS:
        raise Refusal(
            "too_long",
            _(
                "That would be %(count)s posts; up to %(limit)s can be read. Shorten it, "
                "or link to a page.",
                count=len(parts),
                limit=length.MOST_PARTS,
            ),
            field="text",
        )
    return parts


def reply(
    session: Session,
    ticket: Ticket,
    viewer: Viewer,
    text: str,
    *,
    via: str,
    seen: int | None = None,
    status: str | None = None,
    now: datetime,
) -> Message:
    """Answer on the network; a long text becomes several posts of one message."""
    replies.check(ticket, text, ())
    replies.check_seen(session, ticket, viewer, seen)
    way = ways(session, ticket, now=now)
    if way is None:
        raise Refusal(
            "no_account", _("The account that this came through cannot post now."), field="via"
        )
    parts = parts_of(way, via, text)
    target = way.target(via)
    assert target is not None
    message = replies.written_by(
        viewer,
        channel="microblog",
        text=text,
        at=now,
        recipients=[f"@{target.author_name}"[:320]],
        in_reply_to=target.identity,
    )
    tickets.add_message(session, ticket, message, (), now)
    outgoing_posts.queue_reply(session, ticket, message, way.account, parts, now=now)
    replies.given(session, ticket, viewer, message, status=status, now=now)
    return message


def publish_notice(
    session: Session,
    account: ChannelAccount,
    text: str,
    *,
    link: str,
    occasion: str,
    now: datetime,
) -> Outbox | None:
    """Post a notice that links to a page of our own; once for each occasion.

    Raises Refusal for what the network or the desk does not let stand in public.
    """
    if not can_send(account):
        raise Refusal("no_account", _("The account cannot post now."))
    said = f"{text.strip()} {link}"
    check_public(said, account.settings)
    network = str(account.settings["network"])
    if network == "weibo":
        _check_shared(account, text, link)
    limit, count = limit_of(network, "public")
    if count(said) > limit:
        raise Refusal(
            "too_long",
            _(
                "With its link the notice counts as %(count)s; %(limit)s are possible.",
                count=count(said),
                limit=limit,
            ),
        )
    return outgoing_posts.queue_once(session, account, said, occasion=occasion, now=now)


def check_public(text: str, settings: dict[str, Any]) -> None:
    """Refuse identity-card and telephone numbers where everybody reads them."""
    allowed = str(settings.get("public_numbers") or "").replace("，", ",").split(",")
    found = private_numbers(text, allowed=allowed)
    if found:
        kind, number = found[0]
        sentence = (
            _(
                "%(number)s looks like an identity-card number: it must not be public.",
                number=number,
            )
            if kind == "identity"
            else _(
                "%(number)s looks like a telephone number: it must not be public.", number=number
            )
        )
        raise Refusal("private_number", sentence, field="text")


def _closed(way: Ways, via: str) -> Refusal:
    if via == "public":
        return Refusal(
            "no_public_way",
            _("They wrote in private alone; there is no post to answer."),
            field="via",
        )
    if way.private_closed:
        return Refusal(
            "private_closed",
            _("Their private message is more than 48 hours old; Weibo takes no answer any more."),
            field="via",
        )
    return Refusal(
        "no_private_way",
        _("They did not write in private, so no private message can reach them."),
        field="via",
    )


def _check_shared(account: ChannelAccount, text: str, link: str) -> None:
    """Weibo shares only what links to the app's own domain, without a topic."""
    domain = str(account.settings.get("safe_domain") or "").lower()
    host = (urlsplit(link).hostname or "").lower()
    if not domain or not (host == domain or host.endswith(f".{domain}")):
        raise Refusal(
            "unsafe_link",
            _("Weibo wants a link to the app's registered domain; enter it in the settings."),
        )
    if text.count("#") > 1:
        raise Refusal("topic", _("Weibo takes no #topic# in a shared notice."))


def counted(parts: Sequence[str], network: str, via: str) -> list[tuple[str, int]]:
    """Return each post with what it counts as."""
    _limit, count = limit_of(network, via)
    return [(part, count(part)) for part in parts]
