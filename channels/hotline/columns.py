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
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from channels.hotline import cells
from channels.hotline.log import EARLIEST, LATEST, BadLine, Log
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

TIMES = ("arrived", "date", "answered", "ended")

# the headings of call centres' exports, the likeliest first
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "呼叫id", "通话id", "话单id", "会话id", "记录id", "流水号", "通话流水号", "话单号",
        "通话标识", "通话唯一标识", "唯一标识", "call id", "unique id", "uuid", "session id", "id",
    ),
    "direction": (
        "通信方式", "呼叫方式", "主被叫", "主叫/被叫", "类型", "呼叫类型", "通话类型", "话单类型",
        "呼叫方向", "通话方向", "来去电", "方向", "direction", "call type", "communication type",
        "type",
    ),
    "customer": (
        "客户号码", "客户电话", "对方号码", "对方电话", "对端号码", "客户来电", "客户手机",
        "客户手机号", "用户号码", "用户电话", "customer", "customer number", "customer phone",
    ),
    "caller": (
        "主叫号码", "主叫电话", "主叫", "主叫号", "呼叫源", "来电号码", "来电电话", "来电",
        "呼入号码", "caller", "from", "call from", "src", "caller id", "caller number", "ani",
        "calling number", "电话号码", "联系电话", "手机号码", "手机号", "电话", "号码",
        "phone number", "phone",
    ),
    "called": (
        "被叫号码", "被叫电话", "被叫", "被叫号", "呼叫目的", "中继号码", "接入号码", "热线号码",
        "called", "to", "call to", "dst", "did", "dnis", "called number",
    ),
    "arrived": (
        "呼叫时间", "来电时间", "呼入时间", "呼入时刻", "开始时间", "呼叫开始时间",
        "通话开始时间", "通话开始", "起始时间", "呼叫起始时间", "进线时间", "接入时间",
        "进入时间", "拨打时间", "日期时间", "时间", "start", "start time", "call start time",
        "arrived", "call time", "time", "call date", "date", "日期",
    ),
    "date": ("日期", "通话日期", "呼叫日期", "来电日期", "date", "call date"),
    "answered": (
        "接通时间", "呼叫接通时间", "应答时间", "呼叫应答时间", "接听时间", "接起时间",
        "坐席接听时间", "座席接听时间", "人工接听时间", "answer", "answered", "answer time",
    ),
    "ended": (
        "挂机时间", "结束时间", "呼叫结束时间", "通话结束时间", "通话结束", "挂断时间",
        "呼叫挂断时间", "释放时间", "end", "ended", "end time", "call end time", "hangup time",
    ),
    "wait": (
        "振铃时长", "振铃时间", "振铃秒数", "等待时长", "等待秒数", "排队时长", "等待时间",
        "排队时间", "ring", "wait", "ring time", "ring duration", "wait time", "wait duration",
    ),
    "talk": (
        "通话时长", "通话时间", "通话秒数", "接听时长", "计费时长", "通信时长", "billsec", "talk",
        "talk time", "talk duration", "时长", "call duration", "duration",
    ),
    "agent": (
        "坐席名称", "座席名称", "坐席", "座席", "坐席姓名", "座席姓名", "接听人", "接听人员",
        "接听坐席", "接听座席", "应答坐席", "应答座席", "客服", "客服姓名", "客服名称", "接线员",
        "接线人", "话务员", "受理人", "坐席号码", "座席号码", "坐席工号", "座席工号", "工号",
        "接听分机", "分机号码", "分机号", "分机", "agent", "agent name", "answered by",
        "extension",
    ),
    "queue": (
        "队列名称", "队列", "技能组", "技能组名称", "坐席组", "座席组", "queue", "queue name",
        "skill", "skill group",
    ),
    "outcome": (
        "接通状态", "是否接通", "是否接听", "是否应答", "是否接起", "通话状态", "通话结果",
        "呼叫状态", "呼叫结果", "接听结果", "接听情况", "接通情况", "应答情况", "应答状态", "状态",
        "接听状态", "outcome", "status", "call status", "result", "call result", "disposition",
    ),
    "recording": ("录音", "录音地址", "录音文件", "recording"),
}  # fmt: skip
_UNIT = re.compile(r"[（(\[].*?[)）\]]")
_NOTHING = frozenset(("n/a", "null", "none", "nil", "无", "空", "暂无"))
"""What systems write into a cell that has nothing to say, besides dashes."""
_DASHES = frozenset("-–—―/")
_NO_TIME = frozenset("-—0:/ ")


class _Places(NamedTuple):
    """Where a table has which field, the units of its durations, and how it writes dates."""

    of: Mapping[str, int]
    units: Mapping[str, float]
    month_first: bool


@dataclass(frozen=True, slots=True)
class Mapped:
    """Reads the rows of a table; ``columns`` are headings by field, ``zone`` its clock's."""

    columns: Mapping[str, str]
    zone: ZoneInfo

    def lines(self, table: Table) -> Iterator[tuple[int, str | BadLine]]:
        """Return each row's number and what it tells, or why it cannot be read."""
        places = self._places(table)
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

    def _places(self, table: Table) -> _Places:
        of = {
            field: table.header.index(heading)
            for field, heading in self.columns.items()
            if heading in table.header
        }
        units = {field: cells.unit_of(table.header[place]) for field, place in of.items()}
        times = [of[field] for field in TIMES if field in of]
        dates = (row[place] for row in table.rows for place in times if place < len(row))
        return _Places(of, units, cells.is_month_first(dates))

    def _line(self, places: _Places, row: Sequence[str]) -> str:
        said = {
            field: row[place]
            for field, place in places.of.items()
            if place < len(row) and not _is_nothing(row[place])
        }
        for field in TIMES:
            if field in said:
                said[field] = cells.without_serial(said[field])
        if cells.is_yes(said.get("answered", "")) or cells.is_no(said.get("answered", "")):
            said.setdefault("outcome", said.pop("answered"))  # it says whether, not when
        times = _Times(said.get("date", "").partition(" ")[0], places.month_first, self.zone)
        arrived = times.read(said.get("arrived", ""))
        if arrived is None:
            raise BadLine("the time of the call is missing")
        caller, called = said.get("caller", ""), said.get("called", "")
        customer = said.get("customer", "")
        direction = cells.direction_said(said.get("direction", ""), customer or caller, called)
        if customer:
            caller, called = (called, customer) if direction == "outbound" else (customer, called)
        answered = times.read(said.get("answered", ""), after=arrived)
        talk, wait = (
            cells.seconds_of(said.get(field, ""), unit=places.units.get(field, 1.0))
            for field in ("talk", "wait")
        )
        spoke = answered is not None or bool(talk)
        outcome = cells.outcome_said(said.get("outcome", ""), spoke=spoke)
        ended = times.read(said.get("ended", ""), after=arrived)
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


class _Times(NamedTuple):
    """Reads the times of a row: ``day`` is that of times which tell none themselves.

    Without it those after the first have its day.
    """

    day: str
    month_first: bool
    zone: ZoneInfo

    def read(self, text: str, *, after: datetime | None = None) -> datetime | None:
        """Return a time: by the clock alone, the first one after another time."""
        day = self.day or (f"{after.astimezone(self.zone):%Y-%m-%d}" if after else "")
        if day and cells.is_clock(text):
            at = self._whole(f"{day} {text}")
            is_next_day = at is not None and after is not None and at < after
            return at + timedelta(days=1) if at is not None and is_next_day else at
        return self._whole(text)

    def _whole(self, text: str) -> datetime | None:
        if set(text) <= _NO_TIME:
            return None
        at = cells.read_time(text, month_first=self.month_first)
        if at is None or at.year >= LATEST.year:
            raise BadLine(f"{text[:40]!r} is no time such as 2026-11-23 10:00:00")
        if at.year < EARLIEST.year:
            return None
        return at if at.tzinfo else at.replace(tzinfo=self.zone)


def recognised(header: Sequence[str]) -> dict[str, str]:
    """Return the headings that are known, by field; each column says one thing."""
    plain = {_plain(heading): heading for heading in reversed(header) if heading}
    found: dict[str, str] = {}
    for field, names in HEADINGS.items():
        for name in names:
            heading = plain.get(_plain(name))
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
    return "".join(_UNIT.sub("", heading).replace("_", " ").lower().split())


def _is_nothing(cell: str) -> bool:
    return set(cell) <= _DASHES or cell.lower() in _NOTHING


def _digest(fields: Mapping[str, Any]) -> str:
    """Return an id for a call whose export gives it none."""
    return hashlib.sha256(line_of(fields).encode()).hexdigest()[:32]


def _taken_at(
    arrived: datetime, wait: float | None, talk: float | None, ended: datetime | None
) -> datetime:
    """Return when a call was taken whose export tells it only by its other times."""
    if wait is None and talk is not None and ended is not None:
        return max(ended - timedelta(seconds=talk), arrived)
    return arrived + timedelta(seconds=wait or 0.0)
