"""What managers and administrators do: they change promises, hours, holidays and years."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from helpdesk.errors import Refusal
from helpdesk.models import Agent, Group, PolicyRecord, ServiceCalendar
from helpdesk.services.automations import automations
from helpdesk.services.automations.automations import Draft
from helpdesk.services.hours import calendar_changes
from helpdesk.services.hours.holiday_files import Year
from helpdesk.services.promises import policies
from sla.escalation import Action
from sla.policy import Promise
from tests.life.world import World

FIRST = (
    Promise("first_reply", workdays=1, warn_percent=(50, 80)),
    Promise("first_reply", workdays=1, mode="end_of_next_workday", warn_minutes=(60,)),
    Promise(
        "first_reply",
        minutes=100,
        warn_percent=(50, 80),
        actions=(
            Action("50%", "priority", "high"),
            Action("80%", "group", "二线"),
            Action("80%", "notify", "managers"),
            Action("breach", "assign", "wu@miec.example.cn"),
        ),
    ),
    Promise("first_reply", minutes=30, pauses=True),
)
NEXT = (
    Promise("next_reply", minutes=120, warn_minutes=(30,)),
    Promise("next_reply", workdays=1, warn_percent=(80,), pauses=True),
)
RESOLUTION = (
    Promise("resolution", minutes=450, pauses=True, warn_percent=(50, 80)),
    Promise("resolution", workdays=3, pauses=True, warn_minutes=(60, 120)),
    Promise("resolution", minutes=600, actions=(Action("breach", "priority", "urgent"),)),
    Promise("resolution", workdays=2, mode="end_of_next_workday", pauses=True),
)
CALLBACK = (Promise("callback", minutes=60, warn_minutes=(20,)),)
REPORT = (
    Promise("visit_report", workdays=2, warn_percent=(50,)),
    Promise("visit_report", minutes=90, pauses=True),
)
CONDITIONS = (
    {"priority": ("urgent",)},
    {"priority": ("high", "urgent")},
    {"channel": ("hotline", "microblog")},
    {"topic": ("certification_exam",)},
    {"center": ("CD01",)},
    {"region": ("四川", "北京")},
    {"group": ("二线",)},
    {"request_type": ("complaint",), "channel": ("email",)},
)
WEEKDAYS, MORNING, AFTERNOON = range(5), (540, 720), (810, 1080)
HOURS = (
    dict.fromkeys(WEEKDAYS, (MORNING, AFTERNOON)),
    dict.fromkeys(WEEKDAYS, ((480, 1020),)),
    dict.fromkeys(range(6), (MORNING, (840, 1140))),
    dict.fromkeys(range(7), ((0, 1440),)),
    {0: ((600, 630), (630, 660)), 3: ((1380, 1440),)},
)
KINDS = ("holiday", "holiday", "makeup", "opening")
NEW_YEAR, SPRING_FESTIVAL, WORKED = date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 20)


def promises(chance: Random) -> tuple[Promise, ...]:
    """Draw what a policy promises: nothing at all is possible."""
    metrics = (FIRST, NEXT, RESOLUTION, CALLBACK, REPORT)
    return tuple(chance.choice(metric) for metric in metrics if chance.random() < 0.8)


def edits_the_default_policy(world: World, chance: Random) -> None:
    """The promises that hold for the rest are others from now on."""
    with world.writing() as session:
        record = policies.default(session)
        calendar = chance.choice((None, None, *world.calendars))
        draft = policies.Draft("default", {}, promises(chance), calendar)
        policies.save(session, record, draft, by="life", now=world.now)


def adds_a_policy(world: World, chance: Random) -> None:
    """Some tickets are promised something of their own."""
    with world.writing() as session:
        draft = policies.Draft(
            f"policy {world.serial()}",
            chance.choice(CONDITIONS),
            promises(chance),
            chance.choice((None, *world.calendars)),
        )
        policies.save(session, None, draft, by="life", now=world.now)


def changes_a_policy(world: World, chance: Random) -> None:
    """A policy is edited, moved before another, or holds no longer."""
    with world.writing() as session:
        record = chance.choice(policies.listing(session))
        what = chance.choice(("edit", "up", "down", "retire"))
        if what == "edit":
            conditions = {} if record.is_default else chance.choice(CONDITIONS)
            draft = policies.Draft(record.name, conditions, promises(chance), record.calendar_id)
            policies.save(session, record, draft, by="life", now=world.now)
        elif what == "retire":
            policies.retire(session, record)
        else:
            policies.move(session, record, up=what == "up")


def edits_the_hours(world: World, chance: Random) -> None:
    """The desk is open at other hours."""
    hours = chance.choice(HOURS)
    _edit(world, chance, calendar_changes.hours(hours, makeup_days_open=chance.random() < 0.5))


def edits_days(world: World, chance: Random) -> None:
    """A holiday, a worked Saturday, hours of a day's own, or an ordinary day again."""
    first = world.now.date() + timedelta(days=chance.randrange(-5, 15))
    last = first + timedelta(days=chance.choice((0, 0, 2, 8)))
    kind = chance.choice(KINDS)
    if chance.random() < 0.3:
        _edit(world, chance, calendar_changes.removal(first, last))
        return
    intervals = chance.choice((((540, 600),), ((0, 1440),))) if kind == "opening" else ()
    _edit(world, chance, calendar_changes.days(first, last, kind=kind, intervals=intervals))


def enters_a_year(world: World, chance: Random) -> None:
    """A year's days off are published, guessed at, or complete."""
    year = world.now.year + chance.choice((0, 1))
    what = chance.choice(("published", "file", "official", "provisional"))
    if what == "published":
        _edit(world, chance, calendar_changes.published(year))
    elif what == "file":
        off = {NEW_YEAR.replace(year=year): "元旦"}
        off |= {SPRING_FESTIVAL.replace(year=year) + timedelta(days=n): "春节" for n in range(8)}
        days = Year(off=off, work={WORKED.replace(year=year): "春节调休"})
        _edit(world, chance, calendar_changes.whole_years({year: days}, source="通知"))
    else:
        marked = calendar_changes.mark(year, official=what == "official", source="办公室")
        _edit(world, chance, marked)


def gives_a_group_its_calendar(world: World, chance: Random) -> None:
    """A group's promises count in a calendar of its own from now on."""
    with world.writing() as session:
        group = chance.choice(session.query(Group).order_by(Group.id).all())
        group.calendar_id = chance.choice((None, *world.calendars))


def lets_a_group_assign(world: World, chance: Random) -> None:
    """A group gives its tickets to its members by itself, or no longer does."""
    with world.writing() as session:
        group = chance.choice(session.query(Group).order_by(Group.id).all())
        group.auto_assign = chance.choice(("turns", "turns", "load", "load", "off"))
        group.most_open = chance.choice((None, None, 3, 20))


def adds_an_automation(world: World, chance: Random) -> None:
    """What arrives is sorted by itself, or what nobody touches is ended."""
    with world.writing() as session:
        group = chance.choice(session.query(Group).order_by(Group.id).all())
        holder = chance.choice(session.query(Agent).order_by(Agent.id).all())
        name, conditions = f"automation {world.serial()}", chance.choice((*CONDITIONS, {}))
        draft = chance.choice(
            (
                Draft(name, "arrival", conditions, group_id=group.id, priority="high"),
                Draft(name, "arrival", conditions, assignee_id=holder.id, tell=(holder.id,)),
                Draft(name, "arrival", {"words": ("投诉", "考试")}, topic="certification_exam"),
                Draft(
                    name, "waiting", conditions, workdays=chance.randint(1, 5), status="resolved"
                ),
                Draft(name, "resolved", conditions, workdays=chance.randint(1, 5), status="closed"),
            )
        )
        automations.save(session, None, draft)


def changes_an_automation(world: World, chance: Random) -> None:
    """One is asked earlier, switched off, or taken away."""
    with world.writing() as session:
        rows = automations.listing(session)
        if not rows:
            raise Refusal("no_automation", "There is none yet.")
        row = chance.choice(rows)
        what = chance.choice(("up", "off", "away"))
        if what == "up":
            automations.move(session, row, up=True)
        elif what == "off":
            row.active = not row.active
        else:
            automations.delete(session, row)


GROUPS = (lets_a_group_assign, adds_an_automation, changes_an_automation)
POLICIES = (edits_the_default_policy, adds_a_policy, changes_a_policy, gives_a_group_its_calendar)
CALENDARS = (edits_the_hours, edits_days, enters_a_year)
ACTS = (*POLICIES, *CALENDARS, *GROUPS)


def only_the_default(world: World) -> None:
    """Promise all five things to everybody."""
    with world.writing() as session:
        record = session.query(PolicyRecord).filter_by(is_default=True).one()
        chosen = (FIRST[0], NEXT[0], RESOLUTION[0], CALLBACK[0], REPORT[0])
        draft = policies.Draft("default", {}, chosen)
        policies.save(session, record, draft, by="life", now=world.now)


def _edit(world: World, chance: Random, change: calendar_changes.Change) -> None:
    number = chance.choice((world.default_calendar, *world.calendars))
    with world.writing() as session:
        calendar = session.get_one(ServiceCalendar, number)
        calendar_changes.make(session, calendar, change, now=world.now)
