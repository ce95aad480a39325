"""Asterisk's ``queue_log``: lines about queues, folded into one call for each call id.

``epoch|callid|queue|agent|EVENT|parameters…`` as
https://docs.asterisk.org/Configuration/Applications/Queue-Logs/ has it. However often a
call is rung, transferred or put back into a queue, it is one call.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter, lt
from typing import NamedTuple

from channels.hotline.call import CallRecord, Outcome
from channels.hotline.log import LONGEST_CALL_ID, BadLine, Log, lines_of
from channels.hotline.numbers import caller_of

LONGEST_CALL = timedelta(hours=4)
"""A call that nothing was heard of for so long, while the log went on, lost its end."""
LONGEST_LINE = 4096
believed = True
"""It alone tells who waited for whom."""
has_legs = False

_NO_CALL = {"", "NONE", "REALTIME", "MANAGER"}
_MISSED: dict[str, Outcome] = {
    "ABANDON": "abandoned",
    "EXITWITHTIMEOUT": "timed_out",
    "EXITEMPTY": "timed_out",
    "EXITWITHKEY": "voicemail",
    "WITHDRAW": "withdrawn",
    "SYSCOMPAT": "timed_out",  # no agent's telephone could be put through: it is hung up on
}
# where the parameters say how long the caller waited, and how long an agent spoke
_WAITED = {
    **dict.fromkeys(("ABANDON", "EXITWITHTIMEOUT", "EXITEMPTY", "WITHDRAW"), 2),
    "EXITWITHKEY": 3,
    "CONNECT": 0,
}
_HELD_AND_SPOKE = {
    "COMPLETEAGENT": (0, 1),
    "COMPLETECALLER": (0, 1),
    "BLINDTRANSFER": (2, 3),
    "TRANSFER": (2, 3),
}
_ATTENDED = "ATTENDEDTRANSFER"
_ENTER, _CONNECT, _SPOKEN, _EXIT, _DID = range(5)
_ROLES = (
    {"ENTERQUEUE": _ENTER, "CONNECT": _CONNECT, "DID": _DID, _ATTENDED: _SPOKEN}
    | dict.fromkeys(_HELD_AND_SPOKE, _SPOKEN)
    | dict.fromkeys(_MISSED, _EXIT)
)
"""What an event is to a call; all others are attempts or unknown."""
_EVENTS = {
    *_ROLES,
    *("ADDMEMBER", "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF", "AGENTDUMP", "AGENTLOGIN"),
    *("AGENTLOGOFF", "CONFIGRELOAD", "INFO", "PAUSE", "PAUSEALL", "PENALTY", "QUEUESTART"),
    *("REMOVEMEMBER", "RINGCANCELED", "RINGNOANSWER", "UNPAUSE", "UNPAUSEALL"),
}
_NO_EVENT = re.compile(r"[\W\d_]|.*\d{6}")
"""No word, or one that runs into the next line."""
_FIELDS = 5
_EARLIEST, _LATEST = 1e9, 4102444800.0  # 2001, before there were queue logs, to 2100


class Entry(NamedTuple):
    """One line; a log has very many, and tuples are made quickly.

    ``rest`` are its parameters as they stand there, None where there are none.
    """

    at: datetime
    call_id: str
    queue: str
    agent: str
    event: str
    rest: str | None
    line: str

    @property
    def key(self) -> str:
        """What makes a line the same event when it is read again, whole or cut short."""
        return self.line if self.rest is None else self.line[: -len(self.rest) - 1]

    @property
    def parameters(self) -> list[str]:
        """What the event says of itself."""
        return [] if self.rest is None else [*map(str.strip, self.rest.split("|"))]

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
    calls, latest = log.calls, None
    for number, text in lines_of(lines):
        try:
            entry = parse_line(text)
        except BadLine as error:
            log.rejected.append((number, str(error)))
            continue
        if latest is None or entry.at > latest:
            latest = entry.at
        known = calls.get(entry.call_id)
        if known is not None:
            known.append(entry)
        elif entry.call_id.upper() not in _NO_CALL:
            calls[entry.call_id] = [entry]
    log.latest = latest
    return log


def named(line: Entry) -> str:  # noqa: ARG001 - of the contract
    """Return nothing: every line has the id of its call."""
    return ""


def parse_line(line: str) -> Entry:
    """Return one line; raise BadLine."""
    if len(line) > LONGEST_LINE:
        raise BadLine("the line is too long for a queue log")
    parts = line.split("|", _FIELDS)
    if len(parts) < _FIELDS:
        raise BadLine("a queue log's line is epoch|callid|queue|agent|EVENT|…")
    rest = parts.pop() if len(parts) > _FIELDS else None
    if " " in line or not line.isprintable():  # there may be blanks of some kind
        parts = [part.strip() for part in parts]
    epoch, call_id, queue, agent, event = parts
    try:
        seconds = float(epoch)
    except ValueError:
        raise BadLine(f"{epoch[:40]!r} is no time in seconds") from None
    if not _EARLIEST <= seconds <= _LATEST:
        raise BadLine(f"{epoch[:40]!r} is no time of a call")
    event = event.upper()
    if event not in _EVENTS:
        _check_unknown(event)
    if len(call_id) > LONGEST_CALL_ID:
        raise BadLine("the call id is too long")
    at = datetime.fromtimestamp(seconds, UTC)
    return _entry((at, call_id, queue, agent, event, rest, line))


def _check_unknown(event: str) -> None:
    """Raise BadLine for what is left of a line; a dial plan may write events of its own."""
    if not event:
        raise BadLine("the event is missing")
    if _NO_EVENT.match(event) or any(known.startswith(event) for known in _EVENTS):
        raise BadLine(f"{event[:40]!r} is no event; the line is cut short")


def merged(known: Iterable[Entry], new: Iterable[Entry]) -> list[Entry]:
    """Return the lines of both once, in the order of their times."""
    lines = [*known, *new]
    times = [entry.at for entry in lines]
    if all(map(lt, times, times[1:])):  # what is told twice has the same time
        return lines
    by_key: dict[str, Entry] = {}
    for entry in lines:
        other = by_key.setdefault(entry.key, entry)
        if other is not entry and len(entry.line) > len(other.line):
            by_key[entry.key] = entry
    return sorted(by_key.values(), key=_AT)


def fold(entries: Iterable[Entry], *, latest: datetime | None = None) -> CallRecord | None:
    """Return the call that its lines tell; None when they tell of none.

    ``latest`` is how far the log goes: a call that it is long silent about has lost
    its end.
    """
    lines = sorted(entries, key=_AT)
    roles: tuple[list[Entry], ...] = ([], [], [], [], [])
    for entry in lines:
        role = _ROLES.get(entry.event)
        if role is not None:
            roles[role].append(entry)
    enters, connects, spoken, exits, dids = roles
    if not (enters or connects or spoken or exits):
        return None
    answered = _answered(connects, spoken)
    arrived = _arrived(enters, connects, spoken, exits, answered)
    ended, outcome = _end(enters, connects, spoken, exits)
    if ended is None and latest is not None and latest - lines[-1].at >= LONGEST_CALL:
        ended, outcome = lines[-1].at, outcome or "lost"
    taken = (connects or spoken or exits or enters)[0]
    stop = answered or ended or lines[-1].at
    return CallRecord(
        external_id=lines[0].call_id,
        direction="inbound",
        caller=caller_of(_first(enters, 1)),
        called=_first(dids, 0),
        queue=taken.queue if answered else (enters or exits or [taken])[0].queue,
        agent=taken.agent if answered and taken.agent != "NONE" else "",
        arrived=arrived,
        answered=answered,
        ended=ended,
        wait_seconds=max((stop - arrived).total_seconds(), 0.0),
        talk_seconds=sum([_talk(entry) for entry in spoken], 0.0),
        outcome=outcome,
    )


def _first(entries: list[Entry], place: int) -> str:
    """Return a parameter of the first line that has so many."""
    for entry in entries:
        if entry.rest is not None and len(found := entry.parameters) > place:
            return found[place]
    return ""


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
    enters: list[Entry],
    connects: list[Entry],
    spoken: list[Entry],
    exits: list[Entry],
) -> tuple[datetime | None, Outcome | None]:
    """Return when it ended and how; nothing while it goes on.

    What was followed by a queue again, or by an agent, was no end.
    """
    last = max(_last(spoken), _last(exits))
    entered = _last(enters)
    is_back = entered == last and _is_back(enters, spoken, exits)
    goes_on = is_back or max(entered, _last(connects)) > last
    ended = None if last is _NEVER or goes_on else last
    if connects or spoken:
        return ended, "answered"
    return (ended, _MISSED[exits[-1].event]) if ended else (None, None)


def _is_back(enters: list[Entry], spoken: list[Entry], exits: list[Entry]) -> bool:
    """Say whether it entered a queue in the second in which it left one, and is there yet.

    Times are whole seconds, so they do not tell which came first; but who is in a queue
    entered it once more than left it.
    """
    now_in = {entry.queue for entry in enters if entry.at == enters[-1].at}
    left = [entry.queue for entry in (*spoken, *exits)]
    return any(
        sum(entry.queue == queue for entry in enters) > left.count(queue) for queue in now_in
    )


def _last(entries: list[Entry]) -> datetime:
    return entries[-1].at if entries else _NEVER


_AT = attrgetter("at")
_NEVER = datetime.min.replace(tzinfo=UTC)
_entry: Callable[[tuple[object, ...]], Entry] = partial(tuple.__new__, Entry)
"""Half the time of ``Entry(…)``, which looks at each field."""
