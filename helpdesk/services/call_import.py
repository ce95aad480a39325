"""Call logs on their way in: each call kept once, counted, and rung back where it was missed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Generic
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from channels.hotline import queue_log
from channels.hotline.call import CallRecord
from channels.hotline.cdr import CdrFormat
from channels.hotline.channel import MISSED, line_number, missed_item
from channels.hotline.log import AnyLine, Format, Log
from channels.hotline.told import ToldFormat
from channels.message import Handle, RawItem
from helpdesk.extensions import reading, transaction
from helpdesk.i18n import gettext, speaking
from helpdesk.models import Call, Inbound
from helpdesk.runtime import current_config, current_storage
from helpdesk.services import calendars, call_sums, intake, people, tallies
from helpdesk.services.call_sums import Counted, Slot
from sla import rates
from sla.calendar import Calendar
from sla.rates import NOTHING, Tally

KINDS = ("queue_log", "asterisk-cdr", "freeswitch", "told")
CHUNK = 2000
MISSED_CHUNK = 500
NEWS = timedelta(days=1)
"""A call that came earlier is history: counters of what happens now leave it out."""
Progress = Callable[[int], None]
_CALLS: Any = Call.__table__


@dataclass(slots=True)
class Imported:
    """What an import brought; ``rejected`` are line numbers and reasons.

    ``tally`` counts the calls that are new and over, ``duplicates`` those that were
    known, ``tickets_opened`` the callbacks that nobody had to make before.
    """

    tally: Tally = NOTHING
    duplicates: int = 0
    tickets_opened: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


def import_log(
    account_id: int,
    kind: str,
    lines: Iterable[str],
    *,
    now: datetime,
    zone: ZoneInfo | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Take a log over; what is known already changes nothing.

    Each missed call of a number that can be rung back goes the way of every message
    and opens or joins a callback ticket. The times of call records are those of
    ``zone``, by default the default calendar's.
    """
    with reading() as session:
        _, calendar = calendars.default_version(session)
    if kind == "queue_log":
        entries = queue_log.read(lines)
        return _Import(account_id, queue_log, entries, calendar, now=now, progress=progress).run()
    if kind == "told":
        return import_told(account_id, ToldFormat().read(lines), now=now, progress=progress)
    records = CdrFormat(kind, zone or calendar.zone)
    log = records.read(lines)
    return _Import(account_id, records, log, calendar, now=now, progress=progress).run()


def import_told(
    account_id: int, log: Log[Any], *, now: datetime, progress: Progress | None = None
) -> Imported:
    """Take over calls that were told as JSON, or mapped to it from a table."""
    with reading() as session:
        _, calendar = calendars.default_version(session)
    return _Import(account_id, ToldFormat(), log, calendar, now=now, progress=progress).run()


def give_up(*, now: datetime) -> int:
    """Let calls end of which nothing was heard for hours; return how many."""
    silent = now - queue_log.LONGEST_CALL
    with reading() as session:
        _, calendar = calendars.default_version(session)
        rows = session.execute(
            select(Call.account_id, Call.lines)
            .where(Call.outcome.is_(None), Call.arrived_at < silent)
            .order_by(Call.arrived_at)
            .limit(CHUNK)
        ).all()
    given_up = 0
    for account_id, lines in rows:
        if not lines or lines[0].startswith("{"):
            continue  # what is told as JSON says itself when it is over
        log = queue_log.read(lines)
        log.latest = now
        done = _Import(account_id, queue_log, log, calendar, now=now).run()
        given_up += done.tally.calls
    return given_up


class _Import(Generic[AnyLine]):
    """One log on its way in."""

    def __init__(
        self,
        account_id: int,
        kind: Format[AnyLine],
        log: Log[AnyLine],
        calendar: Calendar,
        *,
        now: datetime,
        progress: Progress | None = None,
    ) -> None:
        self.account_id = account_id
        self.format = kind
        self.log = log
        self.calendar = calendar
        self.now = now
        self.progress = progress
        self.terms = call_sums.terms()
        self.done = Imported(rejected=log.rejected)

    def run(self) -> Imported:
        """Take the calls over, the earliest first, so many in each transaction."""
        rest = iter(sorted(self.log.calls.items(), key=lambda call: call[1][0].at))
        while chunk := dict(islice(rest, CHUNK)):
            self._ask_for_callbacks(self._keep(chunk))
            if self.progress is not None:
                self.progress(len(chunk))
        return self.done

    def _keep(self, chunk: Mapping[str, Sequence[AnyLine]]) -> list[CallRecord]:
        """Keep the calls, with what missed ones ask for in the same transaction; return these."""
        missed: list[CallRecord] = []
        changes: dict[Slot, Tally] = {}
        news = NOTHING
        new: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        with transaction() as session:
            known = self._known(session, chunk)
            for call_id, lines in chunk.items():
                before = known.get(call_id)
                entries, record = self._folded(lines, before)
                if record is None:
                    continue
                written = [entry.line for entry in entries]
                if before is not None and before.lines == written and before.outcome is not None:
                    self.done.duplicates += 1
                    continue
                values = self._values(record) | {"lines": written}
                if before is None:
                    new.append(values)
                else:
                    changed.append(values | {"id": before.id})
                if before is not None and before.outcome is not None:
                    self._change(changes, call_sums.counted_of(before), -1)
                    self.done.duplicates += 1
                if record.outcome is None:
                    continue
                counted = self._change(changes, _counted(record), 1)
                if before is None or before.outcome is None:
                    self.done.tally += counted
                    news += counted if self.now - record.arrived < NEWS else NOTHING
                    if record.missed and record.direction == "inbound":
                        missed.append(record)
            self._write(session, new, changed)
            call_sums.add(session, changes, self.calendar)
            self._store(session, missed)
            tallies.calls_over(session, _results(news))
        return missed

    def _known(self, session: Session, chunk: Mapping[str, Sequence[AnyLine]]) -> dict[str, Any]:
        rows = session.execute(
            select(
                Call.id,
                Call.external_id,
                Call.outcome,
                Call.lines,
                Call.direction,
                Call.arrived_at,
                Call.answered_at,
                Call.wait_seconds,
                Call.talk_seconds,
                Call.queue,
                Call.agent,
            )
            .where(Call.account_id == self.account_id, Call.external_id.in_(chunk))
            .with_for_update()
        )
        return {row.external_id: row for row in rows}

    def _folded(
        self, lines: Sequence[AnyLine], before: Any | None
    ) -> tuple[Sequence[AnyLine], CallRecord | None]:
        """Fold a call from all lines that are known of it."""
        earlier = [self.format.parse_line(line) for line in before.lines] if before else []
        together = self.format.merged(earlier, lines)
        return together, self.format.fold(together, latest=self.log.latest)

    def _values(self, record: CallRecord) -> dict[str, Any]:
        return {
            "account_id": self.account_id,
            "external_id": record.external_id,
            "direction": record.direction,
            "caller": record.caller[:80],
            "number": line_number(
                record.called if record.direction == "outbound" else record.caller
            ),
            "called": record.called[:80],
            "queue": record.queue[:80],
            "agent": record.agent[:80],
            "arrived_at": record.arrived,
            "answered_at": record.answered,
            "ended_at": record.ended,
            "wait_seconds": record.wait_seconds,
            "talk_seconds": record.talk_seconds,
            "outcome": record.outcome,
            "in_hours": self.calendar.is_open(record.arrived),
            "recording": record.recording[:500],
        }

    def _write(
        self, session: Session, new: list[dict[str, Any]], changed: list[dict[str, Any]]
    ) -> None:
        handles = {Handle("phone", row["number"]) for row in new if row["number"]}
        known = people.ids_of(session, handles) if handles else {}
        for row in new:
            row["person_id"] = known.get(("phone", row["number"]))
        if new:
            # past the session, which would keep track of each row for nobody
            session.connection().execute(insert(_CALLS), new)
        if changed:
            session.execute(update(Call), changed)

    def _change(self, changes: dict[Slot, Tally], call: Counted, sign: int) -> Tally:
        """Count a call in, or out again as it was known before."""
        slot = call.slot(self.calendar)
        tally = rates.tally(call, self.calendar, self.terms)
        sums = changes.get(slot, NOTHING)
        changes[slot] = sums + tally if sign > 0 else sums - tally
        return tally

    def _store(self, session: Session, missed: Iterable[CallRecord]) -> None:
        items = list(_callbacks(missed, self.now))
        if not items:
            return
        stored = intake.safe(current_storage(), items)
        intake.store(session, self.account_id, stored, now=self.now)

    def _ask_for_callbacks(self, missed: Sequence[CallRecord]) -> None:
        """Bring the missed calls to their tickets; after a crash the worker does it."""
        if not missed:
            return
        wanted = [f"{MISSED}{record.external_id}" for record in missed]
        with reading() as session:
            ids = session.scalars(
                select(Inbound.id)
                .where(Inbound.account_id == self.account_id, Inbound.external_id.in_(wanted))
                .order_by(Inbound.id)
            ).all()
        for start in range(0, len(ids), MISSED_CHUNK):
            outcomes = intake.process(ids[start : start + MISSED_CHUNK], now=self.now)
            self.done.tickets_opened += sum(outcome.status == "created" for outcome in outcomes)


def _results(tally: Tally) -> dict[str, int]:
    return {
        "answered": tally.answered,
        "missed": tally.abandoned,
        "outside_hours": tally.outside_hours,
    }


def _counted(record: CallRecord) -> Counted:
    return Counted(
        record.direction == "inbound",
        record.arrived,
        record.answered,
        record.wait_seconds,
        record.talk_seconds,
        record.queue[:80],
        record.agent[:80],
    )


def _callbacks(missed: Iterable[CallRecord], now: datetime) -> Iterator[RawItem]:
    with speaking(current_config().locale):
        for call in missed:
            number = line_number(call.caller)
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
