"""The arithmetic against slow or foreign ways to the same answer."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import workclock
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla.calendar import Calendar, CalendarSpec, NeverOpens

MINUTE = timedelta(minutes=1)
BASE = datetime(2026, 3, 20, tzinfo=UTC)  # the clocks of Berlin change nine days later
ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"]


@st.composite
def intervals(draw: st.DrawFn, most: int = 3) -> tuple[tuple[int, int], ...]:
    """Intervals of one day on whole minutes, in order, none touching."""
    count = draw(st.integers(0, most))
    edges = draw(
        st.lists(st.integers(0, 1440), min_size=2 * count, max_size=2 * count, unique=True)
    )
    edges.sort()
    return tuple(zip(edges[::2], edges[1::2], strict=True))


DATES = st.dates(date(2026, 3, 18), date(2026, 4, 5))


@st.composite
def specs(draw: st.DrawFn) -> CalendarSpec:
    hours = draw(st.dictionaries(st.integers(0, 6), intervals()))
    opened = draw(st.dictionaries(DATES, intervals(), max_size=4))
    assume(any(hours.values()) or any(opened.values()))
    return CalendarSpec(
        tz=draw(st.sampled_from(ZONES)),
        hours=hours,
        closed=draw(st.frozensets(DATES, max_size=6)),
        open=opened,
    )


STARTS = st.integers(0, 12 * 24 * 60).map(lambda minutes: BASE + minutes * MINUTE)


def open_minutes(spec: CalendarSpec, start: datetime, end: datetime) -> Iterator[datetime]:
    """Walk through time minute by minute and yield those in which the door is open."""
    zone = ZoneInfo(spec.tz)
    at = start
    while at < end:
        wall = at.astimezone(zone)
        day, minute = wall.date(), wall.hour * 60 + wall.minute
        if day in spec.open:
            today = spec.open[day]
        elif day in spec.closed:
            today = ()
        else:
            today = spec.hours.get(day.weekday(), ())
        if any(begin <= minute < end_ for begin, end_ in today):
            yield at
        at += MINUTE


@given(specs(), STARTS, st.integers(0, 4 * 24 * 60))
@settings(max_examples=150, deadline=None)
def test_elapsed_counts_the_open_minutes(spec, start, length):
    end = start + length * MINUTE
    assert Calendar(spec).elapsed(start, end) == sum(1 for _ in open_minutes(spec, start, end))


@given(specs(), STARTS, st.integers(1, 900))
@settings(max_examples=150, deadline=None)
def test_the_deadline_is_the_end_of_the_last_open_minute(spec, start, minutes):
    for count, minute in enumerate(open_minutes(spec, start, start + timedelta(days=9)), start=1):
        if count == minutes:
            assert Calendar(spec).add_minutes(start, minutes) == minute + MINUTE
            break


@given(specs(), STARTS)
@settings(max_examples=100, deadline=None)
def test_the_next_change_is_where_the_door_moves(spec, start):
    calendar = Calendar(spec)
    now_open = next(open_minutes(spec, start, start + MINUTE), None) is not None
    assert calendar.is_open(start) == now_open
    change = calendar.next_change(start)
    end = min(change or start + timedelta(days=2), start + timedelta(days=2))
    between = sum(1 for _ in open_minutes(spec, start, end))
    assert between == ((end - start) // MINUTE if now_open else 0)
    if change is not None:
        assert calendar.is_open(change) != now_open


def as_workclock(spec: CalendarSpec) -> workclock.Schedule:
    """Its working days default to Monday to Friday, so each rule names its own."""
    rules: list[workclock.Rule] = [workclock.Holidays(sorted(spec.closed))]
    for weekday, rows in spec.hours.items():
        rules += [
            workclock.WorkDay(_time(begin), _time(end), days=[weekday]) for begin, end in rows
        ]
    return workclock.Schedule(rules, time_zone=spec.tz)


def _time(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


# The two differ by design where the clocks skip or repeat an hour, so keep clear of it.
DAYTIME = intervals().map(lambda rows: tuple((a, b) for a, b in rows if a >= 4 * 60))


@given(
    st.sampled_from(ZONES),
    st.dictionaries(st.integers(0, 6), DAYTIME),
    st.frozensets(DATES, max_size=8),
    STARTS,
    st.integers(1, 5000),
)
@settings(max_examples=200, deadline=None)
def test_another_engine_agrees(tz, hours, closed, start, minutes):
    assume(any(hours.values()))
    spec = CalendarSpec(tz=tz, hours=hours, closed=closed)
    due = Calendar(spec).add_minutes(start, minutes)
    other = as_workclock(spec)
    assert other.add(start, minutes=minutes) == due
    assert other.between(start, due) == timedelta(minutes=minutes)


def test_another_engine_agrees_on_lunch_as_a_break():
    every_day = range(7)
    other = workclock.Schedule(
        [
            workclock.WorkDay(time(9), time(18), days=every_day),
            workclock.Break(time(12), time(13, 30), days=every_day),
        ],
        time_zone="Asia/Shanghai",
    )
    ours = Calendar(
        CalendarSpec("Asia/Shanghai", dict.fromkeys(every_day, ((540, 720), (810, 1080))))
    )
    for step in range(200):
        start = BASE + step * 37 * MINUTE
        assert other.add(start, minutes=450) == ours.add_minutes(start, 450)


AMOUNTS = st.one_of(st.integers(1, 3000), st.floats(0.001, 3000))


@given(specs(), STARTS, AMOUNTS)
def test_the_deadline_is_the_earliest_instant_with_that_much_service_time(spec, start, minutes):
    calendar = Calendar(spec)
    try:
        due = calendar.add_minutes(start, minutes)
    except NeverOpens:
        return
    micro = 1 / 60e6
    assert abs(calendar.elapsed(start, due) - minutes) <= micro
    assert calendar.elapsed(start, due - timedelta(microseconds=1)) < calendar.elapsed(start, due)


@given(specs(), STARTS, STARTS, AMOUNTS)
def test_who_asks_later_is_due_no_earlier(spec, one, other, minutes):
    calendar = Calendar(spec)
    first, second = sorted((one, other))
    try:
        assert calendar.add_minutes(first, minutes) <= calendar.add_minutes(second, minutes)
    except NeverOpens:
        return


@given(specs(), st.lists(STARTS, min_size=3, max_size=3))
def test_elapsed_time_adds_up(spec, instants):
    calendar = Calendar(spec)
    a, b, c = sorted(instants)
    assert calendar.elapsed(a, b) + calendar.elapsed(b, c) == calendar.elapsed(a, c)


@given(specs())
def test_a_calendar_survives_its_json(spec):
    assert CalendarSpec.from_json(spec.to_json()) == spec
