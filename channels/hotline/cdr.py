"""Call detail records: Asterisk's ``Master.csv`` and FreeSWITCH's ``cdr_csv``, one row a leg.

The columns are those of https://docs.asterisk.org/Configuration/Reporting/Call-Detail-Records-CDR/
and of the templates that come with FreeSWITCH's ``mod_cdr_csv``. A record does not tell who
waited for whom: a call that only the menu took up counts as missed, and where a
``queue_log`` exists it says more.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import ClassVar
from zoneinfo import ZoneInfo

from channels.hotline.call import CallRecord, Outcome
from channels.hotline.log import (
    EARLIEST,
    LATEST,
    LONGEST_CALL_ID,
    BadLine,
    Log,
    is_unfinished,
    lines_of,
)
from channels.hotline.numbers import caller_of, direction_of

LONGEST_LINE = 8192
_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}")
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]+)?")
_UNIQUE_ID = re.compile(r"(?:.+-)?[0-9]+\.[0-9]+")
"""Seconds and a counter, after the exchange's name if it has one."""
_INSIDE = re.compile(r"internal|outbound|outgoing|outrt", re.IGNORECASE)
_TELEPHONE = re.compile(r"[A-Za-z0-9]+/[0-9]{1,5}(?:[-@]|$)")
"""How contexts are called that serve the telephones of the house, and how their channels are."""
_PAUSE = timedelta(seconds=3)
"""As long may it take from one leg of a call to the next."""
_SQL = re.compile(r"INSERT INTO \w+ VALUES ?\((.*)\);?", re.IGNORECASE)
"""How FreeSWITCH's template for a database begins and ends."""


@dataclass(frozen=True, slots=True)
class Row:
    """One leg of a call; times are UTC.

    ``leg_id`` is the leg's own id and ``other_id`` that of the leg it was put through to,
    as far as they are told. ``channel`` and ``towards`` are the channels of both where no id
    says which legs belong together.
    """

    call_id: str
    leg_id: str
    other_id: str
    source: str
    target: str
    at: datetime
    answered: datetime | None
    ended: datetime
    talk_seconds: float
    by_person: bool
    agent: str
    voicemail: bool
    line: str
    from_inside: bool = False
    channel: str = ""
    towards: str = ""


@dataclass(frozen=True, slots=True)
class CdrFormat:
    """Reads the records of one exchange, whose clock shows the time of ``zone``."""

    kind: str
    zone: ZoneInfo
    believed: ClassVar[bool] = False

    @property
    def has_legs(self) -> bool:
        """FreeSWITCH gives each leg an id of its own."""
        return self.kind == "freeswitch"

    def named(self, line: Row) -> str:
        """Return the id of the leg that a row's own was put through to."""
        return line.other_id

    def read(self, lines: Iterable[str]) -> Log[Row]:
        """Sort the rows by call; one that cannot be read is named with its number."""
        log: Log[Row] = Log()
        lines = [*lines]
        cut, width = len(lines) if is_unfinished(lines) else None, 0
        for number, text in lines_of(lines):
            try:
                cells = _cells(text, least=width if number == cut else 0)
                row = self._row(cells, text)
            except BadLine as error:
                log.rejected.append((number, str(error)))
                continue
            width = len(cells)
            log.latest = max(log.latest or row.ended, row.ended)
            log.calls.setdefault(row.call_id, []).append(row)
        joined = _joined if self.has_legs else _joined_by_channel
        log.calls = joined(log.calls)
        log.legs = {
            leg_id: call_id
            for call_id, rows in log.calls.items()
            for row in rows
            for leg_id in (row.call_id, row.other_id)  # the other's line may come elsewhere
            if leg_id and leg_id not in log.calls
        }
        return log

    def parse_line(self, line: str) -> Row:
        """Return one leg; raise BadLine."""
        return self._row(_cells(line), line)

    def merged(self, known: Iterable[Row], new: Iterable[Row]) -> list[Row]:
        """Return the rows of both once, in the order of their times.

        A line that was read while it was being written gives way to the whole one.
        """
        rows = {row.line: row for row in (*known, *new)}
        written = sorted(rows)
        for line, following in pairwise(written):
            if following.startswith(line):
                del rows[line]
        return sorted(rows.values(), key=lambda row: row.at)

    def fold(self, entries: Iterable[Row], *, latest: datetime | None = None) -> CallRecord | None:  # noqa: ARG002
        """Return the call that its legs tell; a record is written when the call is over."""
        rows = sorted(entries, key=lambda row: row.at)
        if not rows:
            return None
        first = _callers_leg(rows)
        spoken = _spoken(rows, first, rows)
        taken = min(spoken, key=_answered_at, default=None)
        callers = [row for row in rows if row.source == first.source]  # not what agents dialled
        ended = max(row.ended for row in rows)
        answered = taken.answered if taken else None
        return CallRecord(
            external_id=first.call_id,
            direction=direction_of(first.source, first.target, from_inside=first.from_inside),
            caller=caller_of(first.source),
            called=first.target,
            queue="",
            agent=_agent(taken, rows) if taken else "",
            arrived=first.at,
            answered=answered,
            ended=ended,
            wait_seconds=((answered or ended) - first.at).total_seconds(),
            talk_seconds=_talked(_spoken(callers, first, rows) or spoken),
            outcome=_outcome(rows, taken),
        )

    def _row(self, cells: list[str], line: str) -> Row:
        leg = self._asterisk if self.kind == "asterisk-cdr" else self._freeswitch
        return leg(cells, line)

    def _asterisk(self, cells: list[str], line: str) -> Row:
        if not 16 <= len(cells) <= 21:
            raise BadLine(f"Master.csv has 16 to 21 columns, this line has {len(cells)}")
        source, target, destination = cells[1], cells[2], cells[6]
        start, answer, end = (self._time(cells[place]) for place in (9, 10, 11))
        by_person = cells[14].upper() == "ANSWERED" and bool(destination) and answer is not None
        unique, linked = _asterisk_ids(cells[16:])
        return _row(
            (linked or unique or _digest(line), unique, ""),
            source,
            target,
            (start, answer, end),
            cells[13],
            by_person=by_person,
            agent=destination.rpartition("-")[0] or destination,
            voicemail=cells[7].lower() == "voicemail",
            line=line,
            from_inside=bool(_INSIDE.search(cells[3]) and _TELEPHONE.match(cells[5])),
            channels=("", "") if linked else (cells[5], destination),
        )

    def _freeswitch(self, cells: list[str], line: str) -> Row:
        if len(cells) < 12:
            raise BadLine(f"cdr_csv has at least 12 columns, this line has {len(cells)}")
        # the template that imitates Asterisk has the time in another place
        as_asterisk = len(cells) > 16 and bool(_STAMP.fullmatch(cells[9]))
        first = 9 if as_asterisk else 4
        start, answer, end = (self._time(cells[place]) for place in range(first, first + 3))
        leg_id = cells[16 if as_asterisk else 10]
        other = cells[6 if as_asterisk else 11]
        return _row(
            (leg_id or _digest(line), leg_id, "" if as_asterisk else other),
            cells[1],
            cells[2],
            (start, answer, end),
            cells[first + 4],
            by_person=answer is not None and bool(other),
            agent=other if as_asterisk else "",
            voicemail=cells[2].lower().startswith("voicemail"),
            line=line,
        )

    def _time(self, text: str) -> datetime | None:
        if not text:
            return None
        try:
            if ":" in text:  # a day alone is no time
                at = datetime.fromisoformat(text)
                at = (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)
                if at < LATEST:
                    return at if at >= EARLIEST else None
        except (ValueError, OverflowError):
            pass
        raise BadLine(f"{text[:40]!r} is no time like 2026-11-23 10:00:00")


def _cells(line: str, *, least: int = 0) -> list[str]:
    """Return the columns of a line; raise BadLine for fewer than ``least``."""
    if len(line) > LONGEST_LINE:
        raise BadLine("the line is too long for a call record")
    statement = _SQL.fullmatch(line)
    # a name is put between quotes as it is, so it may hold some; a line that was cut has one open
    strict = line.count('"') % 2 == 1
    try:
        [cells] = csv.reader([statement[1] if statement else line], strict=strict)
    except (csv.Error, ValueError):
        raise BadLine("the line is no CSV with commas and double quotes") from None
    if len(cells) < least:
        raise BadLine("the line is cut short")
    return [cell.strip(' "') for cell in cells]


def _joined(calls: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Put legs together that name each other: FreeSWITCH gives each an id of its own."""
    together = dict(calls)
    for rows in calls.values():
        for row in rows:
            other = together.get(row.other_id)
            if other is not None:
                _put_together(together, row, other[0])
    return {_callers_leg(rows).call_id: rows for rows in together.values()}


def _joined_by_channel(calls: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Put legs together that no id does, because the exchange leaves those columns out.

    The name of a channel is of one call alone, and a ``Local`` channel has two halves. Where
    different callers have the same one, names tell nothing.
    """
    rows = [row for legs in calls.values() for row in legs if row.channel]
    if not rows:
        return calls
    rows.sort(key=lambda row: row.at)
    callers: dict[str, set[str]] = {}
    for row in rows:
        callers.setdefault(row.channel, set()).add(row.source)
    together = dict(calls)
    going_on: dict[str, Row] = {}
    for row in rows:
        if row.leg_id or len(callers[row.channel]) > 1:
            continue
        before = going_on.get(row.channel)
        if before is not None and _goes_on(before, row):
            _put_together(together, before, row)
        if before is None or row.ended > before.ended:
            going_on[row.channel] = row
    halves = {_half(row.towards): row for row in rows if _half(row.towards)}
    for row in rows:
        towards = halves.get(_half(row.channel))
        if towards is not None:
            _put_together(together, towards, row)
    return {_callers_leg(legs).call_id: legs for legs in together.values()}


def _goes_on(before: Row, row: Row) -> bool:
    """Say whether a leg may belong to a call: nobody speaks with two persons at a time."""
    if before.by_person and row.by_person and _answered_at(row) < before.ended - _PAUSE:
        return False
    return row.at <= before.ended + _PAUSE


def _half(channel: str) -> str:
    """Return what both halves of a ``Local`` channel are called; nothing for another one."""
    return channel.rpartition(";")[0] if channel.startswith("Local/") else ""


def _put_together(together: dict[str, list[Row]], one: Row, other: Row) -> None:
    legs, more = together[one.call_id], together[other.call_id]
    if more is not legs:
        legs += more
        together |= dict.fromkeys((leg.call_id for leg in more), legs)


def _callers_leg(rows: Iterable[Row]) -> Row:
    """Return the leg that the call began with: nobody was put through to it."""
    rows = [*rows]
    reached = {row.other_id for row in rows} - {""}
    began = [row for row in rows if row.leg_id not in reached] or rows
    return min(began, key=lambda row: (row.at, row.leg_id != row.call_id, row.at - row.ended))


def _spoken(legs: Iterable[Row], first: Row, rows: Iterable[Row]) -> list[Row]:
    """Return who was spoken to on some legs: of two that were put together the person's own."""
    by_id = {row.leg_id: row for row in rows if row.leg_id and row.answered}
    return [
        by_id.get(leg.other_id, leg)
        for leg in legs
        if leg.by_person and (not leg.other_id or leg.other_id != first.leg_id)
    ]


def _agent(taken: Row, rows: list[Row]) -> str:
    """Return who took the call: the bridged channel, or who was dialled on the other leg."""
    is_reached = taken.leg_id in {row.other_id for row in rows} - {""}
    return taken.agent or (taken.target if is_reached else "")


def _asterisk_ids(optional: list[str]) -> tuple[str, str]:
    """Return uniqueid and linkedid from the columns that an exchange may leave out.

    They are uniqueid, userfield, and peeraccount, linkedid, sequence together; one alone
    may be either of the first two.
    """
    own, shared = optional[:-3], optional[-3:]
    if len(optional) < 3:
        own, shared = optional, []
    is_unique = len(own) == 2 or (own and _UNIQUE_ID.fullmatch(own[0]))
    return own[0] if is_unique else "", shared[1] if shared else ""


def _row(
    ids: tuple[str, str, str],
    source: str,
    target: str,
    times: tuple[datetime | None, datetime | None, datetime | None],
    talked: str,
    *,
    by_person: bool,
    agent: str,
    voicemail: bool,
    line: str,
    from_inside: bool = False,
    channels: tuple[str, str] = ("", ""),
) -> Row:
    start, answer, end = times
    call_id, leg_id, other_id = ids
    if len(call_id) > LONGEST_CALL_ID:
        raise BadLine("the call id is too long")
    if start is None:
        raise BadLine("the time of the call is missing")
    return Row(
        call_id,
        leg_id,
        other_id,
        source,
        target,
        start,
        answer,
        max(end or start, start),
        _seconds(talked),
        by_person,
        agent if by_person else "",
        voicemail,
        line,
        from_inside,
        *channels,
    )


def _talked(spoken: Iterable[Row]) -> float:
    """Return how long persons spoke with the caller; what two legs tell of counts once."""
    talked = 0.0
    heard_until: datetime | None = None
    for leg in sorted(spoken, key=_answered_at):
        begin = _answered_at(leg)
        end = begin + timedelta(seconds=leg.talk_seconds)
        begin = max(begin, heard_until or begin)
        talked += max((end - begin).total_seconds(), 0.0)
        heard_until = max(end, heard_until or end)
    return talked


def _outcome(rows: list[Row], taken: Row | None) -> Outcome:
    if taken is not None:
        return "answered"
    return "voicemail" if any(row.voicemail for row in rows) else "abandoned"


def _answered_at(row: Row) -> datetime:
    return row.answered or row.at + timedelta(days=1)


def _seconds(text: str) -> float:
    return float(text) if _SECONDS.fullmatch(text) else 0.0


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:32]
