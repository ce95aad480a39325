"""Whose service hours count for whom: the calendars of groups and of centers' regions.

A choice moves the open deadlines that count in another calendar by it, and no others. It is a
value that can be tried before it is made, as a change of a calendar itself is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.extensions import reading, transaction
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center, PolicyVersion, Target, Ticket
from helpdesk.services.access import SYSTEM, Actor
from helpdesk.services.certification import centers
from helpdesk.services.hours import calendar_list, calendars
from helpdesk.services.promises import clock_log, clocks, previews, recalculation, rules
from helpdesk.services.promises.previews import Move, Preview
from helpdesk.services.promises.rules import Places
from sla import clock as actions
from sla.policy import Promise

Choice = Callable[[Session], None]
"""Chooses calendars in a transaction that writes; raises Refusal for what makes no sense."""

MOST = 10_000
"""So many promises are looked at; beyond them the count says "at least"."""
PAGE = 1000
REGION_LENGTH = 100


def regions(chosen: Mapping[str, int | None]) -> Choice:
    """Choose the calendar of each region that is named; None leaves it to the group."""
    for region in chosen:
        if len(region) > REGION_LENGTH:
            raise Refusal("long_region", _("Write the region as the centers do."), field="region")

    def choose(session: Session) -> None:
        found = {row.id: row for row in calendar_list.listing(session)}
        for region, number in chosen.items():
            if number is not None and number not in found:
                raise calendar_list.unknown(field="regions")
            for row in found.values():
                kept = [name for name in row.regions or [] if name != region]
                row.regions = sorted([*kept, region]) if row.id == number else kept
        session.flush()

    return choose


def known_regions(session: Session) -> dict[str, int | None]:
    """Return every region that a center or a choice names, and the calendar chosen for it."""
    chosen = {name: row.id for row in calendar_list.listing(session) for name in row.regions or []}
    return {name: chosen.get(name) for name in sorted({*centers.regions(session), *chosen})}


def preview(choice: Choice, *, now: datetime) -> Preview:
    """Say what a choice would move; raise Refusal where it cannot be made. Nothing is kept."""
    with transaction() as session:
        before = rules.load(session).places
        choice(session)
        session.flush()
        after = rules.load(session).places
        session.rollback()
    with reading() as session:
        counted = _counted_otherwise(session, before, after)
        found: list[Move] = []
        for _page in range(MOST // PAGE):
            found += _moves(session, dict(islice(counted, PAGE)), now)
        complete = next(counted, None) is None
        return previews.gathered(session, found, complete=complete)


def make(session: Session, choice: Choice, *, now: datetime, by: Actor = SYSTEM) -> int:
    """Choose for good; return how many open deadlines were recomputed."""
    calendars.hold(session)
    before = rules.load(session).places
    choice(session)
    session.flush()
    versions = dict(_counted_otherwise(session, before, rules.load(session).places))
    return recalculation.follow(session, versions, now=now, by=by)


def _counted_otherwise(
    session: Session, before: Places, after: Places
) -> Iterator[tuple[int, int]]:
    """Yield each open target whose calendar changes, and the version that it is to follow."""
    for page in _pages(session):
        for number, own, region, group in page:
            chosen = after.calendar(own, region or None, group)
            if chosen != before.calendar(own, region or None, group):
                yield number, after.version(chosen)


def _pages(session: Session) -> Iterator[Sequence[Any]]:
    """Yield the open targets with all that decides about their calendar.

    A target keeps the policy that it is judged by, so that policy's own calendar as well.
    """
    last = 0
    while True:
        page = session.execute(
            select(Target.id, PolicyVersion.calendar_id, Center.region, Ticket.group_id)
            .join(Ticket, Ticket.id == Target.ticket_id)
            .outerjoin(Center, Center.id == Ticket.center_id)
            .outerjoin(PolicyVersion, PolicyVersion.id == Target.policy_version_id)
            .where(Target.id > last, Target.state.in_(clocks.UNFINISHED))
            .order_by(Target.id)
            .limit(PAGE * 10)
        ).all()
        if not page:
            return
        yield page
        last = page[-1][0]


def _moves(session: Session, versions: Mapping[int, int], now: datetime) -> Iterator[Move]:
    """Yield how deadlines would move by other calendar versions, by target."""
    if not versions:
        return
    rows = session.execute(
        select(Target.id, Target.ticket_id, Target.metric, Target.promise).where(
            Target.id.in_(versions)
        )
    ).all()
    logs = clock_log.logs_of(session, list(versions))
    for row in rows:
        calendar = calendars.calendar_at(session, versions[row.id])
        clock = actions.replay(logs[row.id])
        after, _ = actions.reschedule(clock, Promise.from_json(row.promise), calendar, now)
        if move := previews.moved(row.ticket_id, row.metric, clock, after, now=now):
            yield move
