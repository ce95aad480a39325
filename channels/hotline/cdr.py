"""Call detail records: Asterisk's ``Master.csv`` and FreeSWITCH's ``cdr_csv``, one row a leg.

The columns are those of https://docs.asterisk.org/Configuration/Reporting/Call-Detail-Records-CDR/
and of FreeSWITCH's ``mod_cdr_csv``. A record does not tell who waited for whom: a call
that only the menu took up counts as missed, and where a ``queue_log`` exists it says more.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from channels.hotline.call import CallRecord, Direction, Outcome
from channels.hotline.log import LONGEST_CALL_ID, BadLine, Log, lines_of
from channels.hotline.numbers import caller_of

LONGEST_EXTENSION = 5
"""Numbers of so few digits are telephones of the house."""
LONGEST_LINE = 8192
_TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Row:
    """One leg of a call; times are UTC."""

    call_id: str
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


@dataclass(frozen=True, slots=True)
class CdrFormat:
    """Reads the records of one exchange, whose clock shows the time of ``zone``."""

    kind: str
    zone: ZoneInfo
    believed: ClassVar[bool] = False

    def read(self, lines: Iterable[str]) -> Log[Row]:
        """Sort the rows by call; one that cannot be read is named with its number."""
        log: Log[Row] = Log()
        for number, text in lines_of(lines):
            try:
                row = self.parse_line(text)
            except BadLine as error:
                log.rejected.append((number, str(error)))
                continue
            log.latest = max(log.latest or row.ended, row.ended)
            log.calls.setdefault(row.call_id, []).append(row)
        return log

    def parse_line(self, line: str) -> Row:
        """Return one leg; raise BadLine."""
        if len(line) > LONGEST_LINE:
            raise BadLine("the line is too long for a call record")
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], strict=True))]
        except (csv.Error, StopIteration):
            raise BadLine("the line is no CSV with commas and double quotes") from None
        leg = self._asterisk if self.kind == "asterisk-cdr" else self._freeswitch
        return leg(cells, line)

    def merged(self, known: Iterable[Row], new: Iterable[Row]) -> list[Row]:
        """Return the rows of both once, in the order of their times."""
        rows = {row.line: row for row in (*known, *new)}
        return sorted(rows.values(), key=lambda row: row.at)

    def fold(self, entries: Iterable[Row], *, latest: datetime | None = None) -> CallRecord | None:  # noqa: ARG002
        """Return the call that its legs tell; a record is written when the call is over."""
        rows = sorted(entries, key=lambda row: row.at)
        if not rows:
            return None
        first = rows[0]
        taken = min((row for row in rows if row.by_person), key=_answered_at, default=None)
        ended = max(row.ended for row in rows)
        answered = taken.answered if taken else None
        return CallRecord(
            external_id=first.call_id,
            direction=_direction(first.source, first.target),
            caller=caller_of(first.source),
            called=first.target,
            queue="",
            agent=taken.agent if taken else "",
            arrived=first.at,
            answered=answered,
            ended=ended,
            wait_seconds=((answered or ended) - first.at).total_seconds(),
            talk_seconds=taken.talk_seconds if taken else 0.0,
            outcome=_outcome(rows, taken),
        )

    def _asterisk(self, cells: list[str], line: str) -> Row:
        if not 16 <= len(cells) <= 21:
            raise BadLine(f"Master.csv has 16 to 21 columns, this line has {len(cells)}")
        source, target, destination = cells[1], cells[2], cells[6]
        start, answer, end = (self._time(cells[place]) for place in (9, 10, 11))
        unique = cells[16] if len(cells) > 16 else ""
        linked = cells[19] if len(cells) > 19 else ""
        by_person = cells[14].upper() == "ANSWERED" and bool(destination) and answer is not None
        return _row(
            linked or unique or _digest(line),
            source,
            target,
            (start, answer, end),
            cells[13],
            by_person=by_person,
            agent=destination.rpartition("-")[0] or destination,
            voicemail=cells[7].lower() == "voicemail",
            line=line,
        )

    def _freeswitch(self, cells: list[str], line: str) -> Row:
        if len(cells) < 12:
            raise BadLine(f"cdr_csv has at least 12 columns, this line has {len(cells)}")
        start, answer, end = (self._time(cells[place]) for place in (4, 5, 6))
        return _row(
            cells[10] or _digest(line),
            cells[1],
            cells[2],
            (start, answer, end),
            cells[8],
            by_person=answer is not None and bool(cells[11]),
            agent="",
            voicemail=cells[2].lower().startswith("voicemail"),
            line=line,
        )

    def _time(self, text: str) -> datetime | None:
        if not text:
            return None
        try:
            return datetime.strptime(text, _TIME).replace(tzinfo=self.zone).astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadLine(f"{text[:40]!r} is no time like 2026-11-23 10:00:00") from None


def _row(
    call_id: str,
    source: str,
    target: str,
    times: tuple[datetime | None, datetime | None, datetime | None],
    talked: str,
    *,
    by_person: bool,
    agent: str,
    voicemail: bool,
    line: str,
) -> Row:
    start, answer, end = times
    if len(call_id) > LONGEST_CALL_ID:
        raise BadLine("the call id is too long")
    if start is None:
        raise BadLine("the time of the call is missing")
    return Row(
        call_id,
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
    )


def _outcome(rows: list[Row], taken: Row | None) -> Outcome:
    if taken is not None:
        return "answered"
    return "voicemail" if any(row.voicemail for row in rows) else "abandoned"


def _direction(source: str, target: str) -> Direction:
    """Tell by the lengths of the numbers where a call came from and went to."""
    if not _is_extension(source):
        return "inbound"
    return "internal" if _is_extension(target) else "outbound"


def _is_extension(number: str) -> bool:
    digits = "".join(filter(str.isdigit, number))
    return 0 < len(digits) <= LONGEST_EXTENSION


def _answered_at(row: Row) -> datetime:
    return row.answered or row.at + timedelta(days=1)


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0.0


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:32]
