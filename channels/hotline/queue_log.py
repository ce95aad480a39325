"""Asterisk's ``queue_log``: lines about queues, folded into one call for each call id.

``epoch|callid|queue|agent|EVENT|parameters…`` as
https://docs.asterisk.org/Configuration/Applications/Queue-Logs/ has it. However often a
call is rung, transferred or put back into a queue, it is one call.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from channels.hotline.call import CallRecord, Outcome
from channels.hotline.log import LONGEST_CALL_ID, BadLine, Log, lines_of

LONGEST_CALL = timedelta(hours=4)
"""A call that nothing was heard of for so long, while the log went on, lost its end."""
LONGEST_LINE = 4096

_NO_CALL = {"", "NONE", "REALTIME", "MANAGER"}
_MISSED: dict[str, Outcome] = {
    "ABANDON": "abandoned",
    "EXITWITHTIMEOUT": "timed_out",
    "EXITEMPTY": "timed_out",
    "EXITWITHKEY": "voicemail",
    "WITHDRAW": "withdrawn",
}
# where the parameters say how long the caller waited, and how long an agent spoke
_WAITED = {"ABANDON": 2, "EXITWITHTIMEOUT": 2, "EXITEMPTY": 2, "EXITWITHKEY": 3, "CONNECT": 0}
_HELD_AND_SPOKE = {
    "COMPLETEAGENT": (0, 1),
    "COMPLETECALLER": (0, 1),
    "BLINDTRANSFER": (2, 3),
    "TRANSFER": (2, 3),
}
_FIELDS = 5
_EARLIEST, _LATEST = 315532800.0, 4102444800.0  # 1980 to 2100


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    at: datetime
    call_id: str
    queue: str
    agent: str
    event: str
    parameters: tuple[str, ...]
    line: str

    @property
    def key(self) -> str:
        """What makes a line the same event when it is read again, whole or cut short."""
        return "|".join(self.line.split("|", _FIELDS)[:_FIELDS])

    def seconds(self, place: int) -> float:
        """Return a parameter that counts seconds; 0 for what is none."""
        try:
            value = float(self.parameters[place])
        except (IndexError, ValueError):
            return 0.0
        return value if math.isfinite(value) and value > 0 else 0.0


def read(lines: Iterable[str]) -> Log[Entry]:
    """Sort the lines by call; a line that cannot be read is named with its number."""
    log: Log[Entry] = Log()
    for number, text in lines_of(lines):
        try:
            entry = parse_line(text)
        except BadLine as error:
            log.rejected.append((number, str(error)))
            continue
        log.latest = max(log.latest or entry.at, entry.at)
        if entry.call_id.upper() not in _NO_CALL:
            log.calls.setdefault(entry.call_id, []).append(entry)
    return log


def parse_line(line: str) -> Entry:
    """Return one line; raise BadLine."""
    if len(line) > LONGEST_LINE:
        raise BadLine("the line is too long for a queue log")
    parts = line.split("|")
    if len(parts) < _FIELDS:
        raise BadLine("a queue log's line is epoch|callid|queue|agent|EVENT|…")
    parts = [part.strip() for part in parts]
    epoch, call_id, queue, agent, event = parts[:_FIELDS]
    try:
        seconds = float(epoch)
    except ValueError:
        raise BadLine(f"{epoch[:40]!r} is no time in seconds") from None
    if not _EARLIEST <= seconds <= _LATEST:
        raise BadLine(f"{epoch[:40]!r} is no time of a call")
    if not event:
        raise BadLine("the event is missing")
    if len(call_id) > LONGEST_CALL_ID:
        raise BadLine("the call id is too long")
    at = datetime.fromtimestamp(seconds, UTC)
    return Entry(at, call_id, queue, agent, event.upper(), tuple(parts[_FIELDS:]), line)


def merged(known: Iterable[Entry], new: Iterable[Entry]) -> list[Entry]:
    """Return the lines of both once, in the order of their times."""
    by_key: dict[str, Entry] = {}
    for entry in (*known, *new):
        key = entry.key
        other = by_key.get(key)
        if other is None or len(entry.line) > len(other.line):
            by_key[key] = entry
    return sorted(by_key.values(), key=lambda entry: entry.at)


def fold(entries: Iterable[Entry], *, latest: datetime | None = None) -> CallRecord | None:
    """Return the call that its lines tell; None when they tell of none.

    ``latest`` is how far the log goes: a call that it is long silent about has lost
    its end.
    """
    lines = sorted(entries, key=lambda entry: entry.at)
    enters = [entry for entry in lines if entry.event == "ENTERQUEUE"]
    spoken = [entry for entry in lines if entry.event in _HELD_AND_SPOKE or _attended(entry)]
    connects = [entry for entry in lines if entry.event == "CONNECT"]
    exits = [entry for entry in lines if entry.event in _MISSED]
    if not (enters or connects or spoken or exits):
        return None
    answered = _answered(connects, spoken)
    arrived = _arrived(enters, connects, spoken, exits, answered)
    ended, outcome = _end(lines, enters, connects, spoken, exits)
    if ended is None and latest is not None and latest - lines[-1].at >= LONGEST_CALL:
        ended, outcome = lines[-1].at, outcome or "lost"
    taken = (connects or spoken or exits or enters)[0]
    stop = answered or ended or lines[-1].at
    return CallRecord(
        external_id=lines[0].call_id,
        direction="inbound",
        caller=next((e.parameters[1] for e in enters if len(e.parameters) > 1), ""),
        called=next((e.parameters[0] for e in lines if e.event == "DID" and e.parameters), ""),
        queue=taken.queue if answered else (enters or exits or [taken])[0].queue,
        agent=taken.agent if answered and taken.agent != "NONE" else "",
        arrived=arrived,
        answered=answered,
        ended=ended,
        wait_seconds=max((stop - arrived).total_seconds(), 0.0),
        talk_seconds=sum(_talk(entry) for entry in spoken),
        outcome=outcome,
    )


def _attended(entry: Entry) -> bool:
    return entry.event == "ATTENDEDTRANSFER"


def _talk(entry: Entry) -> float:
    if entry.event in _HELD_AND_SPOKE:
        return entry.seconds(_HELD_AND_SPOKE[entry.event][1])
    # …|method|…|hold|talk|position: what stands before differs by method
    return entry.seconds(len(entry.parameters) - 2)


def _hold(entry: Entry) -> float:
    if entry.event in _HELD_AND_SPOKE:
        return entry.seconds(_HELD_AND_SPOKE[entry.event][0])
    return entry.seconds(len(entry.parameters) - 3)


def _answered(connects: list[Entry], spoken: list[Entry]) -> datetime | None:
    if connects:
        return connects[0].at
    if spoken:  # the log begins in the middle of it
        return spoken[0].at - timedelta(seconds=_talk(spoken[0]))
    return None


def _arrived(
    enters: list[Entry],
    connects: list[Entry],
    spoken: list[Entry],
    exits: list[Entry],
    answered: datetime | None,
) -> datetime:
    """Return when the caller came, from what waited where the log begins later."""
    if enters:
        return min(enters[0].at, answered or enters[0].at)
    if answered is not None:
        held = connects[0].seconds(_WAITED["CONNECT"]) if connects else _hold(spoken[0])
        return answered - timedelta(seconds=held)
    return exits[0].at - timedelta(seconds=exits[0].seconds(_WAITED.get(exits[0].event, 9)))


def _end(
    lines: list[Entry],
    enters: list[Entry],
    connects: list[Entry],
    spoken: list[Entry],
    exits: list[Entry],
) -> tuple[datetime | None, Outcome | None]:
    """Return when it ended and how; nothing while it goes on."""
    where = {id(entry): place for place, entry in enumerate(lines)}
    last_in = max((where[id(entry)] for entry in enters + connects), default=-1)
    over = [entry for entry in spoken + exits if _is_over(entry, last_in, where, lines)]
    ended = max((entry.at for entry in over), default=None)
    if connects or spoken:
        return ended, "answered"
    return (ended, _MISSED[max(exits, key=lambda e: e.at).event]) if ended else (None, None)


def _is_over(entry: Entry, last_in: int, where: dict[int, int], lines: list[Entry]) -> bool:
    """Say whether the call was not put back into a queue after this."""
    return last_in < 0 or where[id(entry)] > last_in or entry.at == lines[last_in].at
