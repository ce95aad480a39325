"""A year of a desk, drawn from a seed: the same acts as the state machine's, many more of them.

Customers and agents act on the latest tickets; a ticket that nobody has touched for long is
closed, as desks do. The worker sweeps a little late, sometimes hours late; promises, hours
and days off change some dozens of times.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from helpdesk.models import Ticket
from helpdesk.services.access import SYSTEM
from helpdesk.services.desk import tickets
from helpdesk.services.hours import calendars
from helpdesk.services.promises import enforcement
from helpdesk.services.sending import delivery
from tests.life import agents, customers, managers, passing
from tests.life.world import Act, World

BEGINS = datetime(2026, 1, 4, 16, tzinfo=UTC)
LASTS = timedelta(days=365)
A_ROUND, FEWEST, MOST = 24, 25, 2000
"""So many tickets are asked between two looks at the clock, and so many looks there are."""
EDITS = 40
"""How often managers change promises, and as often hours and days off, in the year."""

ASKING: dict[Act, float] = {
    customers.mails_in: 0.6,
    customers.fills_the_form: 0.25,
    customers.posts: 0.12,
    agents.enters: 0.1,
    customers.misses_us: 0.08,
    customers.wishes_a_visit: 0.02,
}
"""How often something happens for each ticket of the year; some of it joins an old one."""
GOING_ON: dict[Act, float] = {
    customers.mails_again: 0.4,
    customers.is_away: 0.02,
    customers.sends_back: 0.03,
}
WORKING: dict[Act, float] = {
    agents.replies_to: 1.0,
    agents.sets_the_status: 0.35,
    agents.changes: 0.2,
    agents.notes: 0.05,
    agents.rings_back: 0.08,
    agents.visits_them: 0.08,
    agents.sets_many: 0.04,
    agents.says_it_never_arrived: 0.02,
    agents.goes_or_comes_back: 0.02,
}
ALONE = (customers.misses_us, customers.wishes_a_visit)
"""Acts that write by themselves and take part in no batch."""


def play(
    world: World, chance: Random, *, count: int, told: Callable[[str], None] = lambda _: None
) -> None:
    """Let a year pass in which about ``count`` tickets are opened."""
    managers.only_the_default(world)
    rounds = max(FEWEST, min(count // A_ROUND, MOST))
    ends = world.now + LASTS
    for number in range(rounds):
        _time(world, chance, ends - LASTS * ((rounds - number - chance.random()) / rounds))
        many = count / rounds
        with world.arriving_together():
            _draw(world, chance, {**ASKING, **GOING_ON}, many, but=(*ALONE, agents.enters))
        for act in ALONE:
            _draw(world, chance, {act: ASKING[act]}, many)
        with world.writing_together():
            _draw(world, chance, {agents.enters: ASKING[agents.enters], **WORKING}, many)
            _close(world)
        delivery.deliver_due(passing.Way(chance), worker=passing.WORKER, now=world.now)
        for acts in (managers.POLICIES, managers.CALENDARS, managers.GROUPS):
            if chance.random() < min(EDITS / rounds, 0.5):
                world.do(chance.choice(acts), chance)
        if number % 100 == 99:
            told(f"{number + 1} of {rounds} rounds, {world.now:%Y-%m-%d}")
    world.now = max(world.now, ends)
    enforcement.enforce_due(world.now)


def _time(world: World, chance: Random, at: datetime) -> None:
    """Let it be about then, mostly in service hours; one sweep in ten is left to the next."""
    if chance.random() < 0.8:
        calendar = calendars.default(world.session)
        at = max(at, calendar.next_opening(at) + timedelta(minutes=chance.randrange(90)))
        world.session.rollback()
    world.now = max(world.now, at)
    if chance.random() < 0.9:
        enforcement.enforce_due(world.now)
        passing.auto_assigns(world, chance)
        passing.ends_what_is_quiet(world, chance)


def _draw(
    world: World, chance: Random, acts: dict[Act, float], many: float, but: tuple[Act, ...] = ()
) -> None:
    """Do each act as often as it happens for so many tickets, in any order."""
    wanted: list[Act] = []
    for act, share in acts.items():
        times = many * share
        if act not in but:
            wanted += [act] * (int(times) + (chance.random() < times % 1))
    chance.shuffle(wanted)
    for act in wanted:
        world.do(act, chance)


def _close(world: World) -> None:
    """Close what nobody has touched for long."""
    for number in world.left_alone:
        with world.writing() as session:
            ticket = session.get_one(Ticket, number)
            if ticket.status in ("open", "waiting", "resolved"):
                tickets.set_status(session, ticket, "closed", now=world.now, by=SYSTEM)
    world.left_alone.clear()
