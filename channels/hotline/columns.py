"""Which column of an exported table says what of a call.

Usual headings are recognised by themselves; what an administrator corrected is kept
as a mapping and used for the next export of the same system.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from channels.hotline.log import BadLine, Log
from channels.hotline.numbers import direction_of
from channels.hotline.told import Told, ToldFormat, collected, line_of
from channels.spreadsheet import Table

FIELDS = (
    "arrived",
    "date",
    "customer",
    "caller",
    "called",
    "answered",
    "ended",
    "wait",
    "talk",
    "agent",
    "queue",
    "direction",
    "outcome",
    "id",
    "recording",
)
"""``customer`` is the outside number, whichever side dialled; ``date`` the day of times
that tell none themselves."""

# the headings of call centres' exports, the likeliest first
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "呼叫id", "通话id", "话单id", "会话id", "记录id", "流水号", "通话流水号", "话单号",
        "通话标识", "唯一标识", "callid", "call id", "uniqueid", "unique id", "uuid", "id",
    ),
    "direction": (
        "类型", "呼叫类型", "通话类型", "话单类型", "呼叫方向", "通话方向", "来去电", "方向",
        "direction", "call type", "type",
    ),
    "customer": (
        "客户号码", "客户电话", "对方号码", "对方电话", "对端号码", "customer", "customer number",
    ),
    "caller": (
        "主叫号码", "主叫电话", "主叫", "来电号码", "来电电话", "来电", "呼入号码", "caller",
        "from", "src", "caller id", "caller number",
    ),
    "called": (
        "被叫号码", "被叫电话", "被叫", "中继号码", "接入号码", "热线号码", "called", "to", "dst",
        "did", "called number",
    ),
    "arrived": (
        "呼叫时间", "来电时间", "呼入时间", "开始时间", "呼叫开始时间", "通话开始时间", "起始时间",
        "进线时间", "拨打时间", "日期时间", "时间", "start", "start time", "arrived", "call time",
        "time", "date", "日期",
    ),
    "date": ("日期", "通话日期", "呼叫日期", "来电日期", "date", "call date"),
    "answered": (
        "接通时间", "应答时间", "接听时间", "接起时间", "answer", "answered", "answer time",
    ),
    "ended": (
        "挂机时间", "结束时间", "呼叫结束时间", "通话结束时间", "挂断时间", "end", "ended",
        "end time", "hangup time",
    ),
    "wait": (
        "振铃时长", "振铃时间", "振铃秒数", "等待时长", "等待秒数", "排队时长", "等待时间",
        "排队时间", "ring", "wait", "ring time", "wait time",
    ),
    "talk": (
        "通话时长", "通话时间", "通话秒数", "接听时长", "计费时长", "billsec", "talk", "talk time",
        "duration",
    ),
    "agent": (
        "坐席名称", "座席名称", "坐席", "座席", "坐席姓名", "座席姓名", "接听人", "客服",
        "客服姓名", "接线员", "话务员", "坐席号码", "座席号码", "坐席工号", "座席工号", "工号",
        "接听分机", "分机号码", "分机号", "分机", "agent", "extension",
    ),
    "queue": ("队列名称", "队列", "技能组", "技能组名称", "queue", "skill", "skill group"),
    "outcome": (
        "接通状态", "是否接通", "是否接听", "是否应答", "通话状态", "通话结果", "呼叫状态",
        "呼叫结果", "接听结果", "应答状态", "状态", "接听状态", "outcome", "status", "result",
        "disposition",
    ),
    "recording": ("录音", "录音地址", "录音文件", "recording"),
}  # fmt: skip
_UNIT = re.compile(r"[（(\[].*?[)）\]]")
_NOTHING = frozenset(("n/a", "null", "none", "nil", "无", "空", "暂无"))
"""What systems write into a cell that has nothing to say, besides dashes."""
_DASHES = frozenset("-–—―/")
_CLOCK_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?=[ 0-9])")
_TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%d/%m/%Y %H:%M:%S",
)
_EARLIEST = 1980
"""A time before it stands for none: many systems count from 1970."""
_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d+)?")
_CLOCK = re.compile(r"(?:(\d{1,3})[:：])?(\d{1,3})[:：](\d{1,2})(?:\.\d+)?")
_SPOKEN = re.compile(
    r"(?:(\d+)\s*(?:小?时|h))?\s*(?:(\d+)\s*(?:分钟?|m(?:in)?))?\s*(?:(\d+)\s*(?:秒钟?|s(?:ec)?))?",
    re.IGNORECASE,
)
_OUTBOUND = re.compile(r"呼出|外呼|去电|去话|拨出|打出|^(?:outbound|outgoing|out|dial)")
_INTERNAL = ("内部", "内线", "internal")
_MISSED = (
    "放弃", "漏接", "失败", "no answer", "no_answer", "noanswer", "not answered", "missed",
    "abandon", "busy", "failed", "unanswered",
)  # fmt: skip
_NOT_TAKEN = re.compile(r"[未无没不拒].{0,3}(?:接|通|应答|听|成功)")
"""未接通, 无人应答, 没有接听: what denies an answer names it."""
_NO, _YES = {"否", "no", "n", "0", "false"}, {"是", "yes", "y", "1", "true"}
_VOICEMAIL = ("留言", "语音信箱", "voicemail")
_ANSWERED = ("已接", "接通", "应答", "接听", "成功", "answered")


@dataclass(frozen=True, slots=True)
class Mapped:
    """Reads the rows of a table; ``columns`` are headings by field, ``zone`` its clock's."""

    columns: Mapping[str, str]
    zone: ZoneInfo

    def lines(self, table: Table) -> Iterator[tuple[int, str | BadLine]]:
        """Return each row's number and what it tells, or why it cannot be read."""
        places = {
            field: table.header.index(heading)
            for field, heading in self.columns.items()
            if heading in table.header
        }
        cut = table.numbers[-1] if table.is_cut else None
        for number, row in zip(table.numbers, table.rows, strict=True):
            try:
                if number == cut:
                    yield number, BadLine("the row is cut short")
                else:
                    yield number, self._line(places, row)
            except BadLine as error:
                yield number, error

    def log(self, table: Table) -> Log[Told]:
        """Sort the rows of a table by the call that they tell of."""
        good: list[tuple[int, str]] = []
        bad: list[tuple[int, str]] = []
        for number, line in self.lines(table):
            if isinstance(line, BadLine):
                bad.append((number, str(line)))
            else:
                good.append((number, line))
        log = collected(good, ToldFormat())
        log.rejected = sorted(log.rejected + bad)
        return log

    def _line(self, places: Mapping[str, int], row: Sequence[str]) -> str:
        said = {
            field: row[place]
            for field, place in places.items()
            if place < len(row) and not _is_nothing(row[place])
        }
        day = said.get("date", "").partition(" ")[0]
        arrived = self._time(said.get("arrived", ""), day)
        if arrived is None:
            raise BadLine("the time of the call is missing")
        caller, called = said.get("caller", ""), said.get("called", "")
        customer = said.get("customer", "")
        direction = _direction(said.get("direction", ""), customer or caller, called)
        if customer:
            caller, called = (called, customer) if direction == "outbound" else (customer, called)
        answered = self._time(said.get("answered", ""), day, after=arrived)
        talk, wait = _seconds(said.get("talk", "")), _seconds(said.get("wait", ""))
        outcome = _outcome(said.get("outcome", ""), answered is not None or bool(talk))
        ended = self._time(said.get("ended", ""), day, after=arrived)
        if outcome == "answered" and answered is None:
            answered = _taken_at(arrived, wait, talk, ended)
        fields: dict[str, Any] = {
            "direction": direction,
            "caller": caller,
            "called": called,
            "queue": said.get("queue", ""),
            "agent": said.get("agent", ""),
            "arrived": arrived,
            "answered": answered if outcome == "answered" else None,
            "ended": ended,
            "wait": wait,
            "talk": talk if outcome == "answered" else None,
            "outcome": outcome,
            "recording": said.get("recording", ""),
        }
        return line_of(fields | {"id": said.get("id") or _digest(fields)})

    def _time(self, text: str, day: str, *, after: datetime | None = None) -> datetime | None:
        """Read a time, on the row's day where it names none: by the clock, after another one."""
        if day and _CLOCK_TIME.fullmatch(text):
            at = self._time(f"{day} {text}", "")
            is_next_day = at is not None and after is not None and at < after
            return at + timedelta(days=1) if at is not None and is_next_day else at
        plain = " ".join(_DATE.sub(r"\1-\2-\3 ", text.replace("T", " ")).split())
        if not plain or set(plain) <= set("-—0:/ "):
            return None
        at = _read_time(plain)
        if at is None:
            raise BadLine(f"{text[:40]!r} is no time such as 2026-11-23 10:00:00")
        if at.year < _EARLIEST:
            return None
        return at if at.tzinfo else at.replace(tzinfo=self.zone)


def recognised(header: Sequence[str]) -> dict[str, str]:
    """Return the headings that are known, by field; each column says one thing."""
    plain = {_plain(heading): heading for heading in reversed(header) if heading}
    found: dict[str, str] = {}
    for field, names in HEADINGS.items():
        for name in names:
            heading = plain.get(name)
            if heading is not None and heading not in found.values():
                found[field] = heading
                break
    if "customer" in found:
        found.pop("caller", None)
    return found


def missing(columns: Mapping[str, str]) -> list[str]:
    """Return the fields that a mapping cannot do without and lacks."""
    lacking = [] if "arrived" in columns else ["arrived"]
    if not {"customer", "caller"} & set(columns):
        lacking.append("customer")
    return lacking


def _plain(heading: str) -> str:
    return " ".join(_UNIT.sub("", heading).replace("_", " ").lower().split())


def _is_nothing(cell: str) -> bool:
    return set(cell) <= _DASHES or cell.lower() in _NOTHING


def _read_time(plain: str) -> datetime | None:
    """Return a time with its day, in the zone that it names; None for anything else."""
    for pattern in _TIMES:
        try:
            return datetime.strptime(plain, pattern)  # noqa: DTZ007 - its reader knows the zone
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(plain) if ":" in plain else None
    except ValueError:
        return None


def _taken_at(
    arrived: datetime, wait: float | None, talk: float | None, ended: datetime | None
) -> datetime:
    """Return when a call was taken whose export tells it only by its other times."""
    if wait is None and talk is not None and ended is not None:
        return max(ended - timedelta(seconds=talk), arrived)
    return arrived + timedelta(seconds=wait or 0.0)


def _direction(text: str, caller: str, called: str) -> str:
    plain = text.strip().lower()
    if not plain:
        return direction_of(caller, called)
    if any(word in plain for word in _INTERNAL):
        return "internal"
    return "outbound" if _OUTBOUND.search(plain) else "inbound"


def _outcome(text: str, spoke: bool) -> str:
    plain = text.strip().lower()
    if any(word in plain for word in _VOICEMAIL):
        return "voicemail"
    if plain in _NO or _NOT_TAKEN.search(plain) or any(word in plain for word in _MISSED):
        return "abandoned"
    if plain in _YES or any(word in plain for word in _ANSWERED):
        return "answered"
    return "answered" if spoke else "abandoned"


def _seconds(text: str) -> float | None:
    """Read ``65``, ``1:05``, ``00:01:05`` and ``1分5秒`` as seconds."""
    plain = text.strip().lower().replace(",", "")
    if not plain:
        return None
    clock = _CLOCK.fullmatch(plain)
    if clock:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    if _NUMBER.fullmatch(plain):
        seconds_told = float(plain)
        return seconds_told if seconds_told >= 0 else None
    spoken = _SPOKEN.fullmatch(plain)
    if spoken and any(spoken.groups()):
        hours, minutes, seconds = (int(part or 0) for part in spoken.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    raise BadLine(f"{text[:40]!r} is no duration in seconds or as 0:01:05")


def _digest(fields: Mapping[str, Any]) -> str:
    """Return an id for a call whose export gives it none."""
    return hashlib.sha256(line_of(fields).encode()).hexdigest()[:32]
