"""What agents do: they answer on every channel, set, hand on, ring back, visit and err."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from helpdesk.errors import Refusal
from helpdesk.models import Agent, Center, Group, Message, Ticket, Visit
from helpdesk.models.ticket import PRIORITIES, REQUEST_TYPES
from helpdesk.services import access
from helpdesk.services.arrivals import bounces
from helpdesk.services.desk import absences, bulk, entries, merging, properties, replies, tickets
from helpdesk.services.hotline import ringing_back
from helpdesk.services.hours import calendars
from helpdesk.services.identity import requesters
from helpdesk.services.microblog import microblog_replies
from helpdesk.services.onsite import visit_states, visits
from tests.life.world import Letter, Sent, World

STATUSES = ("open", "waiting", "resolved", "closed", "spam")
TOPICS = ("", "certification_exam", "instructor_training", "venue_decoration")
AWAY = (1, 45, 60 * 4, 60 * 24 * 5)
"""Minutes that somebody is away."""
EARLIER = (0, 1, 20, 90, 60 * 5, 60 * 24 * 3)
"""Minutes ago that a call or visit was which an agent types in now."""


def replies_to(world: World, chance: Random) -> None:
    """An agent answers, the way that the ticket came, and may set its status with it."""
    number, viewer = world.pick(chance), world.agent(chance)
    status = chance.choice((None, None, "open", "waiting", "waiting", "resolved", "closed"))
    with world.writing() as session:
        ticket = session.get_one(Ticket, number)
        way = microblog_replies.ways(session, ticket, now=world.now)
        if way is not None and way.public is not None:
            microblog_replies.reply(
                session, ticket, viewer, "好的。", via="public", status=status, now=world.now
            )
            return
        message = replies.reply(session, ticket, viewer, "好的。", status=status, now=world.now)
        if message.identity and message.recipients:
            world.sent.append(Sent(message.identity, message.recipients[0]))


def notes(world: World, chance: Random) -> None:
    """An agent writes something that only the office reads."""
    with world.writing() as session:
        ticket = session.get_one(Ticket, world.pick(chance))
        replies.note(session, ticket, world.agent(chance), "内部备注", now=world.now)


def sets_the_status(world: World, chance: Random) -> None:
    """An agent says where a ticket stands; now and then it is spam, or was none."""
    by = world.agent(chance).actor
    with world.writing() as session:
        ticket = session.get_one(Ticket, world.pick(chance))
        tickets.set_status(session, ticket, chance.choice(STATUSES), now=world.now, by=by)


def sets_many(world: World, chance: Random) -> None:
    """An agent sets several tickets at once."""
    numbers = [world.pick(chance) for _ in range(3)]
    status = chance.choice(("open", "waiting", "resolved"))
    with world.writing() as session:
        bulk.change(session, world.agent(chance), numbers, status=status, now=world.now)


def changes(world: World, chance: Random) -> None:
    """An agent changes what policies ask about, one thing or several in one save."""
    viewer, values = world.agent(chance), {}
    with world.writing() as session:
        ticket = session.get_one(Ticket, world.pick(chance))
        offered = {
            "priority": PRIORITIES,
            "topic": TOPICS,
            "request_type": ("", *REQUEST_TYPES),
            "center": ("", *session.scalars(select(Center.code).order_by(Center.id))),
            "group": [str(n) for n in session.scalars(select(Group.id).order_by(Group.id))],
            "assignee": ["", *(str(agent.agent_id) for agent in world.agents)],
            "status": ("", *STATUSES[:4]),
        }
        for name in chance.sample(sorted(offered), chance.choice((1, 1, 2, 3))):
            values[name] = chance.choice(list(offered[name]))
        properties.change(session, ticket, viewer, values, now=world.now)


def enters(world: World, chance: Random) -> None:
    """An agent types in a call, a visit or a letter that was some time ago."""
    viewer, channel = world.agent(chance), chance.choice(("hotline", "onsite", "email"))
    phone = f"138{chance.randrange(200):08}"
    answered = channel != "email" and chance.random() < 0.5
    happened = world.now - timedelta(minutes=chance.choice(EARLIER))
    with world.writing() as session:
        entry = entries.Entry(
            submission=f"entry{world.serial()}",
            channel=channel,
            asker=requesters.Asker(name=f"李{phone[-3:]}", phone=phone),
            happened_at=happened,
            subject="电话里问的",
            text="怎么报名？",
            priority=chance.choice(PRIORITIES),
            answered=answered,
            status=chance.choice(("open", "waiting", "resolved")) if answered else "open",
        )
        number = entries.enter(session, viewer, entry, now=world.now)
    world.remember(number, Letter(phone, number=phone))


def rings_back(world: World, chance: Random) -> None:
    """An agent rings somebody back whose call was missed."""
    if not world.callbacks:
        raise Refusal("no_callback", "Nobody waits to be rung back.")
    number = chance.choice(world.callbacks)
    outcome = chance.choice(ringing_back.OUTCOMES)
    with world.writing() as session:
        viewer = world.agent(chance)
        ringing_back.log_outcome(session, viewer, number, outcome, now=world.now)
    if outcome != "no_answer":
        world.callbacks.remove(number)


def visits_them(world: World, chance: Random) -> None:
    """The office or the center takes a step of a visit."""
    if not world.visits:
        raise Refusal("no_visit", "Nobody asked for a visit.")
    number = chance.choice(world.visits[-10:])
    with world.writing() as session:
        visit = session.scalars(
            select(Visit).where(Visit.ticket_id == number).order_by(Visit.id.desc()).limit(1)
        ).one()
        seen = {"seen": visit.version, "now": world.now}
        office = world.agent(chance)
        center = next(
            viewer for viewer in world.contacts if viewer.email == world.letters[number].sender
        )
        side = chance.choice((office, office, center))
        access.visit_for(session, side, number, visit.id)
        dates = [date.id for date in visit.open_dates] or [None]
        possible = visit_states.possible(visit.state, "office" if side is office else "center")
        match chance.choice(sorted(possible) or ["cancel"]):
            case "propose":
                visits.propose(session, office, visit, _dates(world, chance), **seen)
            case "suggest":
                visits.suggest(session, center, visit, _dates(world, chance), **seen)
            case "accept":
                visits.accept(session, side, visit, chance.choice(dates), **seen)
            case "assign":
                goes = session.get(Agent, office.agent_id)
                visits.assign(session, office, visit, goes, **seen)
            case "report":
                told = {"done": "看过了", "findings": "", "signed_by": "王芳"}
                visits.report(session, office, visit, **told, **seen)
            case "cancel":
                visits.cancel(session, side, visit, reason="台风", **seen)
            case "agree":
                visits.agree(session, side, visit, dates[0], note="电话", **seen)
            case "reschedule":
                dates = _dates(world, chance)
                visits.reschedule(session, side, visit, dates, reason="改期", **seen)


def goes_or_comes_back(world: World, chance: Random) -> None:
    """Somebody goes away, for good or for a while, or comes back; a manager may say so for them."""
    who = world.agent(chance)
    by = chance.choice((who, who, world.agents[-1]))
    until = chance.choice((None, world.now + timedelta(minutes=chance.choice(AWAY))))
    with world.writing() as session:
        agent = session.get_one(Agent, who.agent_id)
        if chance.random() < 0.5:
            absences.leave(session, by, agent, until=until, now=world.now)
        else:
            absences.come_back(session, by, agent, now=world.now)


def says_it_never_arrived(world: World, chance: Random) -> None:
    """Somebody learns elsewhere that a reply was lost; the desk marks it as failed."""
    with world.writing() as session:
        message = session.scalars(
            select(Message)
            .where(
                Message.ticket_id == world.pick(chance),
                Message.direction == "out",
                Message.automatic.is_(False),
                Message.delivery.in_(("queued", "sent")),
            )
            .order_by(Message.id.desc())
            .limit(1)
        ).first()
        if message is None:
            raise Refusal("no_reply", "There is no reply that may be lost.")
        bounces.mark_failed(session, message, "lost", now=world.now)


def merges(world: World, chance: Random) -> None:
    """An agent finds that tickets are about one matter; it may be the same person's or not."""
    into = world.pick(chance)
    numbers = {world.pick(chance) for _ in range(chance.choice((1, 1, 2)))}
    with world.writing() as session:
        mine = session.get_one(Ticket, into)
        others = merging.offered(session, world.agent(chance), mine)
        if others and chance.random() < 0.6:
            numbers = {chance.choice(others).id}
        merging.merge(session, world.agent(chance), numbers, into, now=world.now)


ACTS = (
    replies_to,
    notes,
    sets_the_status,
    sets_many,
    changes,
    enters,
    rings_back,
    visits_them,
    goes_or_comes_back,
    says_it_never_arrived,
    merges,
)


def _dates(world: World, chance: Random) -> list[tuple[datetime, datetime]]:
    """Return a date of the coming weeks within the usual hours; the desk may be closed then."""
    calendar = calendars.default(world.session)
    begin = calendar.next_opening(world.now + timedelta(days=chance.randrange(1, 20)))
    return [(begin, begin + timedelta(minutes=30))]
