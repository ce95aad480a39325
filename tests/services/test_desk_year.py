"""A year of a small desk, drawn from a seed; the benchmark plays one of 100,000 tickets."""

from random import Random

from sqlalchemy import func, select

from helpdesk.models import Ticket
from helpdesk.services.promises import settlements
from tests.life import truths, year
from tests.life.world import World

COUNT = 80


def test_a_year_drawn_at_random_ends_with_a_silent_proof(app, session):
    """BEHAVIOURS 14, 18."""
    world = World(year.BEGINS)

    year.play(world, Random(4), count=COUNT)

    truths.the_proof_is_silent()
    truths.all_hold(session)
    truths.everybody_is_told_once(session)
    truths.nothing_is_due(session, world.now)
    truths.nobody_away_is_handed_anything(session)
    assert list(settlements.differences(session)) == []
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Ticket)) > COUNT * 0.8
    assert len(world.done) > len(year.WORKING) + len(year.ASKING)
