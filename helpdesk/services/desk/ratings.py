"""How requesters rate what they were answered: asked by a link in the mail, or in the portal.

The link opens a page; only what is sent from there is recorded, since programs that look
through mails for harm follow every link (BEHAVIOURS 34).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import gettext, lazy_gettext, speaking
from helpdesk.models import Agent, Message, Rating, Ticket
from helpdesk.models.rating import SCORES
from helpdesk.runtime import current_config
from helpdesk.services.access import Actor, Viewer, visible_tickets
from helpdesk.services.database import row_numbers
from helpdesk.services.database.events import record
from helpdesk.services.database.throttling import throttle
from helpdesk.services.desk import merged, notices
from helpdesk.services.identity import people
from helpdesk.services.reports.periods import Span

LONGEST_COMMENT = 2000
ASKED_FOR = timedelta(days=60)
"""So long after a matter was settled an opinion on it can be given or changed."""
TRIES_PER_PLACE = 30
WINDOW = timedelta(hours=1)
PAGE = 50


def link(ticket: Ticket) -> str:
    """Return the address of the page on which this ticket is rated; it cannot be guessed."""
    return f"{current_config().base_url}/rate/{_serializer().dumps(ticket.id)}"


def question(ticket: Ticket, answer: str) -> str:
    """Return what a mail that settles a ticket asks for, in its reader's language; or nothing."""
    if current_config().ratings == "off":
        return ""
    with speaking(ticket.requester.locale or people.guess_locale(answer)):
        return gettext("Did this help you? Tell us: %(link)s", link=link(ticket))


def ticket_of(session: Session, token: str) -> Ticket:
    """Return the ticket that a link speaks of; raise NotFound for what is none of ours."""
    try:
        number = _serializer().loads(token)
    except BadSignature:
        number = None
    ticket = session.get(Ticket, number) if isinstance(number, int) else None
    if ticket is None or current_config().ratings == "off":
        raise NotFound("no_rating", lazy_gettext("This link is not complete; copy all of it."))
    return merged.current(session, ticket)


def is_open(ticket: Ticket, *, now: datetime) -> bool:
    """Say whether an opinion on the ticket is asked for now."""
    settled = ticket.resolved_at or ticket.settled_at
    if current_config().ratings == "off" or settled is None or not ticket.reply_count:
        return False
    return ticket.status != "spam" and now - settled <= ASKED_FOR


def count_try(session: Session, place: str, *, now: datetime) -> None:
    """Count an opinion by where it comes from; raise TooMany beyond the limit."""
    key = f"rating from {place}"
    throttle(session, key, limit=TRIES_PER_PLACE, window=WINDOW, now=now)


def rate(session: Session, ticket: Ticket, score: str, comment: str, *, now: datetime) -> Rating:
    """Record an opinion; another one replaces it. Who answered is told when it is a poor one."""
    if score not in SCORES:
        raise Refusal("no_score", lazy_gettext("Choose one of the three."), field="score")
    if not is_open(ticket, now=now):
        raise Refusal("not_asked", lazy_gettext("This matter can no longer be rated."))
    session.execute(select(Ticket.id).where(Ticket.id == ticket.id).with_for_update())
    comment = comment.strip()[:LONGEST_COMMENT]
    known = session.get(Rating, ticket.id, populate_existing=True)
    if known is not None and (known.score, known.comment) == (score, comment):
        return known
    rating = known or Rating(ticket_id=ticket.id)
    rating.score, rating.comment, rating.at = score, comment, now
    rating.agent_id = _who_answered(session, ticket)
    session.add(rating)
    by = Actor(ticket.requester.display_name, person_id=ticket.requester_id)
    data = {"score": score, "before": known.score if known else None}
    record(session, "rating.given", at=now, now=now, by=by, ticket=ticket, data=data)
    if score == "poor":
        _tell(session, ticket, rating, now)
    return rating


def of(session: Session, ticket: Ticket) -> Rating | None:
    """Return what the requester thought of the answers."""
    return session.get(Rating, ticket.id)


@dataclass(frozen=True, slots=True)
class Shares:
    """How many ratings of each score an agent's answers got; ``name`` is None for nobody's."""

    agent_id: int | None
    name: str | None
    good: int
    fair: int
    poor: int

    @property
    def number(self) -> int:
        """All of them."""
        return self.good + self.fair + self.poor


def shares(session: Session, viewer: Viewer, span: Span) -> list[Shares]:
    """Return the ratings of a span by who answered, by name."""
    counts = [func.sum(case((Rating.score == score, 1), else_=0)) for score in SCORES]
    rows = session.execute(
        select(Rating.agent_id, Agent.name, *counts)
        .join(Ticket, Ticket.id == Rating.ticket_id)
        .outerjoin(Agent, Agent.id == Rating.agent_id)
        .where(_within(span), visible_tickets(viewer))
        .group_by(Rating.agent_id, Agent.name)
        .order_by(Agent.name.is_(None), Agent.name, Rating.agent_id)
    )
    return [Shares(*row) for row in rows]


def together(rows: Sequence[Shares]) -> Shares:
    """Return the sums of all rows."""
    return Shares(
        None,
        None,
        sum(row.good for row in rows),
        sum(row.fair for row in rows),
        sum(row.poor for row in rows),
    )


@dataclass(frozen=True, slots=True)
class Page:
    """Ratings, the latest first; ``after`` leads to the next page."""

    ratings: Sequence[Rating]
    after: str | None


def listing(
    session: Session,
    viewer: Viewer,
    span: Span,
    *,
    score: str | None = None,
    agent_id: int | None = None,
    after: str | None = None,
) -> Page:
    """Return a span's ratings, those of one score or of one agent's answers where asked."""
    statement = (
        select(Rating)
        .join(Ticket, Ticket.id == Rating.ticket_id)
        .where(_within(span), visible_tickets(viewer))
        .options(joinedload(Rating.ticket).joinedload(Ticket.requester), joinedload(Rating.agent))
        .order_by(Rating.at.desc(), Rating.ticket_id.desc())
        .limit(PAGE + 1)
    )
    if score is not None:
        statement = statement.where(Rating.score == score)
    if agent_id is not None:
        statement = statement.where(Rating.agent_id == agent_id)
    if after is not None:
        statement = statement.where(_older(session, after))
    rows = session.scalars(statement).all()
    more = str(rows[PAGE - 1].ticket_id) if len(rows) > PAGE else None
    return Page(rows[:PAGE], more)


def _older(session: Session, after: str) -> ColumnElement[bool]:
    number = row_numbers.written(after)
    edge = session.get(Rating, number) if number is not None else None
    if edge is None:
        raise Refusal("bad_page", lazy_gettext("This page is no longer there; begin anew."))
    same = and_(Rating.at == edge.at, Rating.ticket_id < edge.ticket_id)
    return or_(Rating.at < edge.at, same)


def _within(span: Span) -> ColumnElement[bool]:
    return and_(Rating.at >= span.start, Rating.at < span.end)


def _who_answered(session: Session, ticket: Ticket) -> int | None:
    return session.scalar(
        select(Message.agent_id)
        .where(
            Message.ticket_id == ticket.id,
            Message.direction == "out",
            Message.automatic.is_(False),
            Message.delivery != "failed",
        )
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(1)
    )


def _tell(session: Session, ticket: Ticket, rating: Rating, now: datetime) -> None:
    text = rating.comment or ticket.subject
    occasion = notices.Occasion("rating", f"rating.{ticket.id}", ticket, text)
    for agent in notices.watchers(session, ticket, now=now):
        notices.tell(session, agent, occasion, now=now)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_config().secret_key, salt="rating")
