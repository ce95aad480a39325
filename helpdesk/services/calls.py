"""Calls of the hotline: taken over from logs once each, and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Generic, Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from channels.hotline import queue_log
from channels.hotline.call import CallRecord
from channels.hotline.cdr import CdrFormat
from channels.hotline.channel import MISSED, caller_number, missed_item
from channels.hotline.log import AnyLine, Format
from channels.message import Handle, RawItem
from helpdesk.extensions import reading, transaction
from helpdesk.i18n import gettext, speaking
from helpdesk.models import Call, ChannelAccount, Inbound, Person
from helpdesk.runtime import current_config, current_storage
from helpdesk.services import calendars, intake, people
from helpdesk.services.access import Viewer, require_staff
from sla import rates
from sla.calendar import Calendar
from sla.rates import Tally, Terms

DEFAULT_SOURCE = "hotline"
CHUNK = 200
PAGE = 50
By = Literal["day", "hour", "agent"]
Which = Literal["all", "missed", "answered"]


@dataclass(slots=True)
class Imported:
    """What an import brought; ``rejected`` are line numbers and reasons.

    ``tally`` counts the calls that are new and over, ``duplicates`` those that were
    known, ``tickets_opened`` the callbacks that nobody had to make before.
    """

    tally: Tally = rates.NOTHING
    duplicates: int = 0
    tickets_opened: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Counted:
    """What the rates know of a call."""

    asked: bool
    arrived: datetime
    answered: datetime | None
    wait_seconds: float
    talk_seconds: float
    agent: str = ""


def source_named(session: Session, name: str | None, *, now: datetime) -> ChannelAccount:
    """Return the exchange that the calls belong to; a new name makes one."""
    wanted = name or DEFAULT_SOURCE
    known = session.scalar(
        select(ChannelAccount).where(
            ChannelAccount.channel == "hotline", ChannelAccount.name == wanted
        )
    )
    if known is not None:
        return known
    account = ChannelAccount(
        channel="hotline", name=wanted, address="", state="active", settings={}, created_at=now
    )
    session.add(account)
    session.flush()
    return account


def import_log(account_id: int, kind: str, lines: Iterable[str], *, now: datetime) -> Imported:
    """Take a log over; what is known already changes nothing.

    Each missed call of a number that can be rung back goes the way of every message
    and opens or joins a callback ticket. The times of call records are those of the
    default calendar's zone.
    """
    with reading() as session:
        _, calendar = calendars.default_version(session)
    if kind == "queue_log":
        return _Import(account_id, queue_log, calendar, now).run(lines)
    return _Import(account_id, CdrFormat(kind, calendar.zone), calendar, now).run(lines)


def listing(
    session: Session,
    viewer: Viewer,
    *,
    which: Which = "all",
    before: int | None = None,
    limit: int = PAGE,
) -> tuple[Sequence[Call], int | None]:
    """Return a page of calls, the latest first, and the call to go on before, if there are more."""
    require_staff(viewer)
    statement = (
        select(Call)
        .options(joinedload(Call.person).joinedload(Person.center), joinedload(Call.account))
        .order_by(Call.arrived_at.desc(), Call.id.desc())
        .limit(limit + 1)
    )
    if which == "missed":
        statement = statement.where(Call.outcome.is_not(None), Call.answered_at.is_(None))
    elif which == "answered":
        statement = statement.where(Call.answered_at.is_not(None))
    last = session.get(Call, before) if before is not None else None
    if last is not None:
        behind = and_(Call.arrived_at == last.arrived_at, Call.id < last.id)
        statement = statement.where(or_(Call.arrived_at < last.arrived_at, behind))
    rows = session.scalars(statement).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def rates_of(
    session: Session, first: date, last: date, *, by: By, terms: Terms | None = None
) -> dict[str, Tally]:
    """Return the sums of each day, hour or agent of local days, both ends included."""
    _, calendar = calendars.default_version(session)
    begin = datetime.combine(first, time(), calendar.zone)
    end = datetime.combine(last + timedelta(days=1), time(), calendar.zone)
    rows = session.execute(
        select(
            Call.direction,
            Call.arrived_at,
            Call.answered_at,
            Call.wait_seconds,
            Call.talk_seconds,
            Call.agent,
        )
        .where(Call.arrived_at >= begin, Call.arrived_at < end, Call.outcome.is_not(None))
        .order_by(Call.arrived_at)
    )
    calls = (Counted(row[0] == "inbound", row[1], row[2], row[3], row[4], row[5]) for row in rows)
    return rates.by(calls, _key(by, calendar), calendar, terms or Terms())


def _key(by: By, calendar: Calendar) -> Callable[[Counted], str]:
    if by == "agent":
        return lambda call: call.agent
    pattern = "%Y-%m-%d" if by == "day" else "%Y-%m-%d %H:00"
    return lambda call: call.arrived.astimezone(calendar.zone).strftime(pattern)


class _Import(Generic[AnyLine]):
    """One log on its way in."""

    def __init__(
        self, account_id: int, kind: Format[AnyLine], calendar: Calendar, now: datetime
    ) -> None:
        self.account_id = account_id
        self.format = kind
        self.calendar = calendar
        self.now = now
        self.done = Imported()

    def run(self, lines: Iterable[str]) -> Imported:
        """Take the calls over, the earliest first, so many in each transaction."""
        log = self.format.read(lines)
        self.done.rejected = log.rejected
        rest = iter(sorted(log.calls.items(), key=lambda call: call[1][0].at))
        while chunk := dict(islice(rest, CHUNK)):
            self._ask_for_callbacks(self._keep(chunk, log.latest))
        return self.done

    def _keep(
        self, chunk: Mapping[str, Sequence[AnyLine]], latest: datetime | None
    ) -> list[CallRecord]:
        """Keep the calls, with what missed ones ask for in the same transaction; return these."""
        missed: list[CallRecord] = []
        with transaction() as session:
            rows = session.scalars(
                select(Call).where(Call.account_id == self.account_id, Call.external_id.in_(chunk))
            )
            known = {row.external_id: row for row in rows}
            for call_id, lines in chunk.items():
                row = known.get(call_id)
                over_before = row is not None and row.outcome is not None
                record = self._take_over(session, row, lines, latest)
                if record is None or record.outcome is None:
                    continue
                if over_before:
                    self.done.duplicates += 1
                    continue
                self.done.tally += rates.tally(_counted(record), self.calendar, Terms())
                if record.missed and record.direction == "inbound":
                    missed.append(record)
            self._store(session, missed)
        return missed

    def _take_over(
        self,
        session: Session,
        row: Call | None,
        lines: Sequence[AnyLine],
        latest: datetime | None,
    ) -> CallRecord | None:
        """Fold a call from all lines that are known of it and keep it."""
        before = [self.format.parse_line(line) for line in row.lines] if row else []
        together = self.format.merged(before, lines)
        record = self.format.fold(together, latest=latest)
        if record is None:
            return None
        if row is None:
            row = Call(account_id=self.account_id, external_id=record.external_id)
            session.add(row)
        row.lines = [entry.line for entry in together]
        _fill(session, row, record)
        return record

    def _store(self, session: Session, missed: Iterable[CallRecord]) -> None:
        items = list(_callbacks(missed, self.now))
        storage = current_storage()
        with storage.together():
            stored = [(item, storage.put(item.raw)) for item in items]
        intake.store(session, self.account_id, stored, now=self.now)

    def _ask_for_callbacks(self, missed: Sequence[CallRecord]) -> None:
        """Bring the missed calls to their tickets; after a crash the worker does it."""
        wanted = [f"{MISSED}{record.external_id}" for record in missed]
        with reading() as session:
            ids = session.scalars(
                select(Inbound.id)
                .where(Inbound.account_id == self.account_id, Inbound.external_id.in_(wanted))
                .order_by(Inbound.id)
            ).all()
        for start in range(0, len(ids), intake.BATCH):
            outcomes = intake.process(ids[start : start + intake.BATCH], now=self.now)
            self.done.tickets_opened += sum(outcome.status == "created" for outcome in outcomes)


def _fill(session: Session, row: Call, record: CallRecord) -> None:
    row.direction, row.outcome = record.direction, record.outcome
    row.caller, row.called = record.caller[:80], record.called[:80]
    row.number = caller_number(record.caller)
    row.queue, row.agent = record.queue[:80], record.agent[:80]
    row.arrived_at, row.answered_at, row.ended_at = record.arrived, record.answered, record.ended
    row.wait_seconds, row.talk_seconds = record.wait_seconds, record.talk_seconds
    if row.number and row.person_id is None:
        person = people.find_person(session, Handle("phone", row.number))
        row.person_id = person.id if person else None


def _counted(record: CallRecord) -> Counted:
    return Counted(
        record.direction == "inbound",
        record.arrived,
        record.answered,
        record.wait_seconds,
        record.talk_seconds,
    )


def _callbacks(missed: Iterable[CallRecord], now: datetime) -> Iterator[RawItem]:
    with speaking(current_config().locale):
        for call in missed:
            number = caller_number(call.caller)
            if not number:  # nobody can ring back a withheld number
                continue
            yield missed_item(
                call,
                number=number,
                subject=gettext("Missed call from %(number)s", number=number),
                text=_words(call, number),
                now=now,
            )


def _words(call: CallRecord, number: str) -> str:
    reasons = {
        "abandoned": gettext("The caller hung up."),
        "timed_out": gettext("Nobody could take it in time."),
        "voicemail": gettext("The caller left the queue for the voicemail."),
        "withdrawn": gettext("It was taken out of the queue."),
        "lost": gettext("The log ends without an end."),
    }
    return "\n".join(
        [
            gettext(
                "%(number)s waited %(wait)s in the queue %(queue)s.",
                number=number,
                wait=gettext("%(n)s s", n=round(call.wait_seconds)),
                queue=call.queue or "—",
            ),
            reasons.get(call.outcome or "", ""),
        ]
    ).strip()
