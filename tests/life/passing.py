"""What time does: it passes, the worker sweeps in time or late, mails leave or come back."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from channels.errors import ChannelError
from channels.message import OutgoingMessage, Receipt
from helpdesk.extensions import reading
from helpdesk.models import ChannelAccount
from helpdesk.services.automations import quiet
from helpdesk.services.desk import absences, auto_assignment
from helpdesk.services.promises import enforcement
from helpdesk.services.sending import delivery
from tests.life.world import World

WORKER = "life"
GAPS = (
    timedelta(microseconds=1),
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(minutes=47),
    timedelta(hours=3, minutes=30),  # over lunch
    timedelta(hours=15),  # over the night
    timedelta(days=3),  # over a weekend
    timedelta(days=10),  # over Spring Festival
)
SHORT = GAPS[:5]


class Way:
    """A way out that loses what chance says; the far end takes everything else."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def __call__(self, _account: ChannelAccount) -> Way:
        return self

    def send(self, message: OutgoingMessage) -> Receipt:
        drawn = self.chance.random()
        if drawn < 0.1:
            raise ChannelError("refused", "550 no such box", permanent=True)
        if drawn < 0.2:
            raise ChannelError("failed", "451 come again")
        return Receipt(message.identity)

    def close(self) -> None:
        """Nothing is open."""


def passes_with_the_worker(world: World, chance: Random) -> None:
    """The worker is at each promise at its instant."""
    pass_until(world, world.now + chance.choice(SHORT))


def passes_unnoticed(world: World, chance: Random) -> None:
    """The worker is away, over lunch or over a festival."""
    world.now += chance.choice(GAPS)


def comes_to_the_point(world: World, chance: Random) -> None:
    """It is the very instant at which a promise falls due, or just before it."""
    with reading() as session:
        due = enforcement.next_due(session)
    if due is not None and due > world.now:
        world.now = due - chance.choice((timedelta(0), timedelta(microseconds=1)))


def sweeps(world: World, chance: Random) -> None:
    """The worker looks, and looks again."""
    enforcement.enforce_due(world.now)
    again = enforcement.enforce_due(world.now)
    assert again.as_json() == {"warned": 0, "breached": 0, "told": 0}, again


def auto_assigns(world: World, chance: Random) -> None:
    """The worker notes who is back and assigns what waits; then nothing is left to do."""
    absences.note_returns(world.now)
    auto_assignment.assign_due(world.now)
    assert absences.note_returns(world.now) == 0
    assert auto_assignment.assign_due(world.now) == 0


def ends_what_is_quiet(world: World, chance: Random) -> None:
    """The worker ends what nobody has touched for long; what is done is not done again."""
    quiet.run_due(now=world.now)
    assert quiet.run_due(now=world.now) == 0


def delivers(world: World, chance: Random) -> None:
    """The outbox is emptied; some mails are refused, some tried again later."""
    for _ in range(3):
        if not delivery.deliver_due(Way(chance), worker=WORKER, now=world.now):
            return


def tries_again(world: World, chance: Random) -> None:
    """Somebody sends a dead letter once more."""
    with reading() as session:
        dead = [row.id for row in delivery.dead_letters(session)]
    if dead:
        with world.writing() as session:
            delivery.try_again(session, chance.choice(dead), now=world.now)


def pass_until(world: World, until: datetime) -> None:
    """Let time pass, with a sweep at each instant that has one."""
    while True:
        with reading() as session:
            due = enforcement.next_due(session)
        if due is None or due > until:
            break
        world.now = max(world.now, due)
        enforcement.enforce_due(world.now)
    world.now = max(world.now, until)


ACTS = (
    passes_with_the_worker,
    passes_unnoticed,
    comes_to_the_point,
    sweeps,
    auto_assigns,
    ends_what_is_quiet,
    delivers,
    tries_again,
)
