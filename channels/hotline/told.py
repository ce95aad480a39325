"""Calls as somebody tells them, one JSON object each: a telephone system that pushes, a person.

A system may tell of the same call several times (it rings, somebody answers, it is
over); what is told later adds to it, in whatever order it arrives. Times are ISO 8601
with an offset.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_args

from channels.hotline.call import CallRecord, Direction, Outcome
from channels.hotline.log import EARLIEST, LATEST, LONGEST_CALL_ID, BadLine, Log, lines_of
from channels.hotline.numbers import caller_of

LONGEST_LINE = 4096
LONGEST_TEXT = 80
DIRECTIONS: tuple[str, ...] = get_args(Direction)
OUTCOMES: tuple[str, ...] = get_args(Outcome)
TEXTS = ("caller", "called", "queue", "agent", "recording")
TIMES = ("arrived", "answered", "ended")
SECONDS = ("wait", "talk")
FIELDS = ("id", "direction", *TEXTS, *TIMES, *SECONDS, "outcome")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""JSON can write what no database takes: NUL, and half a character."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one line says of a call; what it does not say is None."""

    call_id: str
    at: datetime
    fields: Mapping[str, Any]
    line: str


def line_of(fields: Mapping[str, Any]) -> str:
    """Write down what is known of a call; times as ISO 8601, nothing for what is not known."""
    known = {name: _plain(fields[name]) for name in FIELDS if fields.get(name) not in (None, "")}
    return json.dumps(known, ensure_ascii=False, sort_keys=True)


class ToldFormat:
    """Reads calls that are told as JSON objects, one a line."""

    believed = False
    has_legs = False

    def named(self, line: Told) -> str:  # noqa: ARG002 - of the contract
        """Return nothing: what is told has the id of its call."""
        return ""

    def read(self, lines: Iterable[str]) -> Log[Told]:
        """Sort what is told by call; a line that cannot be read is named with its number."""
        return collected(lines_of(lines), self)

    def parse_line(self, line: str) -> Told:
        """Return what a line tells; raise BadLine."""
        if len(line) > LONGEST_LINE:
            raise BadLine("the line is too long for a call")
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            raise BadLine('the line is no JSON object such as {"id": …}') from None
        if not isinstance(told, dict):
            raise BadLine('the line is no JSON object such as {"id": …}')
        unknown = sorted(set(told) - set(FIELDS))
        if unknown:
            raise BadLine(f"{unknown[0][:40]!r} is unknown; known are: {', '.join(FIELDS)}")
        call_id = _text(told.get("id") or "")
        if not call_id:
            raise BadLine("the id of the call is missing")
        if len(call_id) > LONGEST_CALL_ID:
            raise BadLine("the id of the call is too long")
        fields = dict(_read(told))
        times = [fields[name] for name in TIMES if name in fields]
        if not times:
            raise BadLine('the time of the call is missing: give "arrived"')
        return Told(call_id, min(times), fields, line)

    def merged(self, known: Iterable[Told], new: Iterable[Told]) -> list[Told]:
        """Return the lines of both once, in the order of their times."""
        lines = {told.line: told for told in (*known, *new)}
        return sorted(lines.values(), key=lambda told: (told.at, told.line))

    def fold(self, entries: Iterable[Told], *, latest: datetime | None = None) -> CallRecord | None:  # noqa: ARG002
        """Return the call that is told; it goes on until its end or its outcome is."""
        rows = sorted(entries, key=lambda told: (told.at, told.line))
        if not rows:
            return None
        arrived = _arrived(rows)
        answered = min(_all(rows, "answered"), default=None)
        talked = _told_talk(rows)
        ended = max(_all(rows, "ended"), default=None)
        outcome = max(_all(rows, "outcome"), key=_certainty, default=None)
        if answered is None and (talked or outcome == "answered"):
            answered = arrived + timedelta(seconds=max(_all(rows, "wait"), default=0.0))
        if answered is not None:
            answered = max(answered, arrived)
        if ended is None and outcome is not None:
            ended = (answered or arrived) + timedelta(seconds=talked or 0.0)
        if ended is not None:
            ended = max(ended, answered or arrived)
        return CallRecord(
            external_id=rows[0].call_id,
            direction=next(iter(_all(rows, "direction")), "inbound"),
            caller=caller_of(_last(rows, "caller")),
            called=_last(rows, "called"),
            queue=_last(rows, "queue"),
            agent=_agent(rows) if answered else "",
            arrived=arrived,
            answered=answered,
            ended=ended,
            wait_seconds=_waited(rows, arrived, answered, ended),
            talk_seconds=_talked(talked, answered, ended),
            outcome=_outcome(outcome, answered, ended),
            recording=_last(rows, "recording"),
        )


def collected(lines: Iterable[tuple[int, str]], kind: ToldFormat) -> Log[Told]:
    """Sort numbered lines by the call that they tell of."""
    log: Log[Told] = Log()
    for number, text in lines:
        try:
            told = kind.parse_line(text)
        except BadLine as error:
            log.rejected.append((number, str(error)))
            continue
        log.latest = max(log.latest or told.at, told.at)
        log.calls.setdefault(told.call_id, []).append(told)
    return log


def _read(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return the fields that are told, each in its own type; raise BadLine."""
    for name in TEXTS:
        if told.get(name):
            yield name, _text(told[name])[: 500 if name == "recording" else LONGEST_TEXT]
    for name in TIMES:
        if told.get(name):
            yield name, _time(name, told[name])
    for name in SECONDS:
        if told.get(name) is not None:
            yield name, _seconds(name, told[name])
    for name, allowed in (("direction", DIRECTIONS), ("outcome", OUTCOMES)):
        if told.get(name):
            if told[name] not in allowed:
                raise BadLine(f"{name} is one of: {', '.join(allowed)}")
            yield name, told[name]


def _text(value: object) -> str:
    return _UNSTORABLE.sub("\ufffd", str(value)).strip()


def _time(name: str, value: object) -> datetime:
    try:
        read = datetime.fromisoformat(str(value))
        if read.tzinfo is not None and EARLIEST <= read < LATEST:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadLine(f"{name} is a time with its offset, such as 2026-11-23T10:00:00+08:00")


def _seconds(name: str, value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = float(value)
        if math.isfinite(seconds) and 0 <= seconds < 864_000:
            return seconds
    raise BadLine(f"{name} is a number of seconds")


def _all(rows: Iterable[Told], name: str) -> list[Any]:
    return [row.fields[name] for row in rows if name in row.fields]


def _last(rows: Iterable[Told], name: str) -> str:
    return cast("str", (_all(rows, name) or [""])[-1])


def _told_talk(rows: list[Told]) -> float | None:
    """Return how long was spoken: what each agent did after an answer adds up."""
    legs: dict[datetime | None, float] = {}
    for row in rows:
        if "talk" in row.fields:
            answered = row.fields.get("answered")
            legs[answered] = max(row.fields["talk"], legs.get(answered, 0.0))
    if not legs:
        return None
    altogether = legs.pop(None, 0.0)
    return max(altogether, sum(legs.values()))


def _agent(rows: list[Told]) -> str:
    """Return who took the call: others whom it rang for may be told of as well."""
    taken = [row for row in rows if "answered" in row.fields or row.fields.get("talk")]
    return next(filter(None, (row.fields.get("agent") for row in taken)), _last(rows, "agent"))


def _arrived(rows: list[Told]) -> datetime:
    arrived = min(_all(rows, "arrived"), default=None)
    if arrived is not None:
        return cast("datetime", arrived)
    first = min(row.at for row in rows)
    return first - timedelta(seconds=max(_all(rows, "wait"), default=0.0))


def _certainty(outcome: str) -> int:
    """A call that was answered once is answered, whatever came of it afterwards."""
    return 1 if outcome == "answered" else 0


def _outcome(
    told: Outcome | None, answered: datetime | None, ended: datetime | None
) -> Outcome | None:
    if answered is not None:
        return "answered"
    if told is not None:
        return told
    return "abandoned" if ended is not None else None


def _waited(
    rows: list[Told], arrived: datetime, answered: datetime | None, ended: datetime | None
) -> float:
    told = max(_all(rows, "wait"), default=None)
    until = answered or ended
    if until is not None and until > arrived:
        return (until - arrived).total_seconds()
    return told or 0.0


def _talked(told: float | None, answered: datetime | None, ended: datetime | None) -> float:
    if answered is None:
        return 0.0
    if told is not None:
        return told
    return (ended - answered).total_seconds() if ended else 0.0


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
