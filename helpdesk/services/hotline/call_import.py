"""Call logs on their way in: each call kept once, counted, and rung back where it was missed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Generic
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from channels.hotline import queue_log
from channels.hotline.call import CallRecord
from channels.hotline.cdr import CdrFormat
from channels.hotline.log import AnyLine, BadLine, Format, Line, Log
from channels.hotline.told import ToldFormat
from helpdesk.extensions import reading, transaction
from helpdesk.models import Call
from helpdesk.runtime import uncollected
from helpdesk.services.hotline import call_rows, call_sums, missed_calls
from helpdesk.services.hotline.call_rows import Values
from helpdesk.services.hotline.call_slots import Counted, Slot, counted_of
from helpdesk.services.hours import calendars
from helpdesk.services.operations import tallies
from sla import rates
from sla.calendar import Calendar
from sla.rates import NOTHING, Tally

KINDS = ("queue_log", "asterisk-cdr", "freeswitch", "told")
CHUNK = 5000
NEWS = timedelta(days=1)
"""A call that came earlier is history: counters of what happens now leave it out."""
Progress = Callable[[int], None]


@dataclass(slots=True)
class Imported:
    """What an import brought; ``rejected`` are line numbers and reasons.

    ``tally`` counts the calls that are new and over, ``duplicates`` those that were
    known, ``tickets_opened`` the callbacks that nobody had to make before. Of what
    ``is_foreign`` no line was understood: another format would fit.
    """

    tally: Tally = NOTHING
    duplicates: int = 0
    tickets_opened: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)
    is_foreign: bool = False


def import_log(
    account_id: int,
    kind: str,
    lines: Iterable[str],
    *,
    now: datetime,
    zone: ZoneInfo | None = None,
    gives_up: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Take a log over; what is known already changes nothing.

    Each missed call of a number that can be rung back goes the way of every message
    and opens or joins a callback ticket. The times of call records are those of
    ``zone``, by default the default calendar's. ``gives_up`` ends calls that an earlier
    piece of a queue log left open and this one is silent about for hours: where no
    worker runs, nobody else does.
    """
    with reading() as session:
        calendar = calendars.default(session)
    if kind == "queue_log":
        with uncollected():
            entries = queue_log.read(lines)
        brought = _Import(account_id, queue_log, entries, calendar, now=now, progress=progress)
        done = brought.run()
        if gives_up and entries.latest is not None:
            for ended in _given_up(entries.latest, Call.account_id == account_id, now=now):
                done.tally += ended.tally
                done.tickets_opened += ended.tickets_opened
        return done
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
        calendar = calendars.default(session)
    return _Import(account_id, ToldFormat(), log, calendar, now=now, progress=progress).run()


def give_up(*, now: datetime) -> int:
    """Let calls end of which nothing was heard for hours; return how many."""
    return sum(done.tally.calls for done in _given_up(now, now=now))


def _given_up(latest: datetime, *among: ColumnElement[bool], now: datetime) -> Iterator[Imported]:
    """Let calls end of which nothing was heard for hours before ``latest``."""
    silent = latest - queue_log.LONGEST_CALL
    with reading() as session:
        calendar = calendars.default(session)
        rows = session.execute(
            select(Call.account_id, Call.lines)
            .where(Call.outcome.is_(None), Call.arrived_at < silent, *among)
            .order_by(Call.arrived_at)
            .limit(CHUNK)
        ).all()
    for account_id, lines in rows:
        if not lines or lines[0].startswith("{"):
            continue  # what is told as JSON says itself when it is over
        log = queue_log.read(lines)
        log.latest = latest
        yield _Import(account_id, queue_log, log, calendar, now=now).run()


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
        # a single line may just be cut short
        is_foreign = log.latest is None and len(log.rejected) > 1
        self.done = Imported(rejected=log.rejected, is_foreign=is_foreign)
        self.missed: list[missed_calls.Waiting] = []

    def run(self) -> Imported:
        """Take the calls over, the earliest first, so many in each transaction."""
        rest = iter(sorted(self.log.calls.items(), key=lambda call: call[1][0].at))
        while chunk := dict(islice(rest, CHUNK)):
            with uncollected():
                self._keep(chunk)
            if self.progress is not None:
                self.progress(len(chunk))
        # after a crash the worker does it
        self.done.tickets_opened = missed_calls.bring_in(self.missed, now=self.now)
        return self.done

    def _keep(self, chunk: Mapping[str, Sequence[AnyLine]]) -> None:
        """Keep the calls, with what missed ones ask for in the same transaction."""
        with transaction() as session:
            call_rows.hold(session, self.account_id)
            if self.format.has_legs:
                chunk = self._with_their_calls(session, chunk)
            legs = {leg: call_id for leg, call_id in self.log.legs.items() if call_id in chunk}
            told = _by_call(call_rows.told(session, self.account_id, [*chunk, *legs]), legs)
            rest = {
                call_id: lines
                for call_id, lines in chunk.items()
                if not (call_id in told and _is_no_news(told[call_id], lines))
            }
            self.done.duplicates += len(chunk) - len(rest)
            if not rest:
                return
            ids = [told[call_id].id for call_id in rest if call_id in told]
            known = _by_call(call_rows.locked(session, ids), legs)
            piece = self._understood(rest, known)
            call_rows.write(session, piece.new, piece.changed)
            over = self._by_slot(piece.over)
            call_sums.add(session, self._changes(over, piece), self.calendar)
            stored = missed_calls.store(session, self.account_id, piece.missed, now=self.now)
            tallies.calls_over(session, self._news(piece.over))
        self.done.tally = sum(over.values(), self.done.tally)
        self.missed += stored

    def _with_their_calls(
        self, session: Session, chunk: Mapping[str, Sequence[AnyLine]]
    ) -> Mapping[str, Sequence[AnyLine]]:
        """Put legs that were not heard of yet to the calls that named them in an earlier piece."""
        known = call_rows.told(session, self.account_id, list(chunk))
        times = [line.at for key, lines in chunk.items() if key not in known for line in lines]
        if not times:
            return chunk
        earlier = call_rows.lines_between(
            session, self.account_id, min(times) - queue_log.LONGEST_CALL, max(times)
        )
        named = {
            self.format.named(line): call_id
            for call_id, lines in earlier
            for line in self._parsed(lines)
        }
        together: dict[str, Sequence[AnyLine]] = {}
        for call_id, lines in chunk.items():
            whole = call_id if call_id in known else named.get(call_id, call_id)
            together[whole] = [*together.get(whole, ()), *lines]
        return together

    def _understood(
        self, chunk: Mapping[str, Sequence[AnyLine]], known: Mapping[str, Any]
    ) -> _Piece:
        """Fold the calls and sort them by what has to be done about them."""
        piece = _Piece()
        for call_id, lines in chunk.items():
            before = known.get(call_id)
            entries, record = self._folded(lines, before)
            if record is None:
                self.done.duplicates += before is not None
                continue
            written = [entry.line for entry in entries]
            was_over = False
            if before is not None and before.outcome is not None:
                was_over = True
                self.done.duplicates += 1
                if before.lines == written:
                    continue
                piece.gone.append(counted_of(before))
            values = call_rows.values(self.account_id, record, written, self.calendar)
            if before is None:
                piece.new.append(values)
            else:
                piece.changed[before.id] = values
            if record.outcome is None:
                continue
            (piece.anew if was_over else piece.over).append(_counted(record))
            # a piece that begins within the call does not tell who called
            is_news = before is None or not was_over or not before.caller
            if is_news and record.missed and record.direction == "inbound":
                piece.missed.append(record)
        return piece

    def _folded(
        self, lines: Sequence[AnyLine], before: Any | None
    ) -> tuple[Sequence[AnyLine], CallRecord | None]:
        """Fold a call from all lines that are known of it.

        Where another kind of log told of it, a queue log is believed instead of that one,
        and any other adds nothing: it gives no call.
        """
        earlier = [*self._parsed(before.lines)] if before else []
        if before and before.lines and not earlier and not self.format.believed:
            return (), None
        together = self.format.merged(earlier, lines)
        return together, self.format.fold(together, latest=self.log.latest)

    def _parsed(self, lines: Iterable[str]) -> Iterator[AnyLine]:
        """Return the lines that are of this log's kind."""
        for line in lines:
            with suppress(BadLine):
                yield self.format.parse_line(line)

    def _by_slot(self, calls: Iterable[Counted]) -> dict[Slot, Tally]:
        return call_sums.by_slot(calls, self.calendar, self.terms)

    def _changes(self, over: Mapping[Slot, Tally], piece: _Piece) -> dict[Slot, Tally]:
        """Return by how much the sums of each slot change."""
        changes = dict(over)
        for slot, tally in self._by_slot(piece.anew).items():
            changes[slot] = changes.get(slot, NOTHING) + tally
        for slot, tally in self._by_slot(piece.gone).items():
            changes[slot] = changes.get(slot, NOTHING) - tally
        return changes

    def _news(self, over: Iterable[Counted]) -> dict[str, int]:
        """Count the calls that just came, by what became of them."""
        since = self.now - NEWS
        counted = rates.total(
            (call for call in over if call.arrived > since), self.calendar, self.terms
        )
        return {
            "answered": counted.answered,
            "missed": counted.abandoned,
            "outside_hours": counted.outside_hours,
        }


@dataclass(slots=True)
class _Piece:
    """What a chunk of a log tells, sorted by what is to be done.

    ``over`` ended in this piece, and of these ``missed`` ask to be rung back; ``gone``
    are calls as they were counted before, and ``anew`` the same as they count now.
    """

    new: list[Values] = field(default_factory=list)
    changed: dict[int, Values] = field(default_factory=dict)
    over: list[Counted] = field(default_factory=list)
    gone: list[Counted] = field(default_factory=list)
    anew: list[Counted] = field(default_factory=list)
    missed: list[CallRecord] = field(default_factory=list)


def _by_call(rows: Mapping[str, Any], legs: Mapping[str, str]) -> dict[str, Any]:
    """Return rows by the ids of their calls, where one is known by another leg's as well."""
    found = {legs.get(external_id, external_id): row for external_id, row in rows.items()}
    return found | {call_id: rows[call_id] for call_id in found if call_id in rows}


def _is_no_news(before: Any, lines: Sequence[Line]) -> bool:
    """Say whether a call that is over was told all this before, word for word."""
    return before.outcome is not None and {entry.line for entry in lines}.issubset(before.lines)


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
