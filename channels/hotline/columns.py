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
from channels.hotline.told import Told, ToldFormat, collected, line_of
from channels.spreadsheet import Table

FIELDS = (
    "arrived",
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
"""``customer`` is the outside number, whichever side dialled."""

# the headings of call centres' exports, the likeliest first
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": ("呼叫id", "通话id", "话单id", "流水号", "callid", "call id", "uniqueid", "uuid", "id"),
    "direction": ("类型", "呼叫类型", "通话类型", "呼叫方向", "方向", "direction", "type"),
    "customer": ("客户号码", "客户电话", "对方号码", "对端号码", "customer", "customer number"),
    "caller": ("主叫号码", "主叫", "来电号码", "来电", "caller", "from", "src", "caller id"),
    "called": ("被叫号码", "被叫", "中继号码", "接入号码", "called", "to", "dst", "did"),
    "arrived": (
        "呼叫时间", "来电时间", "呼入时间", "开始时间", "进线时间", "拨打时间", "时间",
        "start", "start time", "arrived", "date", "time",
    ),
    "answered": ("接通时间", "应答时间", "接听时间", "answer", "answered", "answer time"),
    "ended": ("挂机时间", "结束时间", "挂断时间", "end", "ended", "end time", "hangup time"),
    "wait": (
        "振铃时长", "振铃时间", "等待时长", "排队时长", "等待时间", "ring", "wait", "ring time",
        "wait time",
    ),
    "talk": ("通话时长", "通话时间", "接听时长", "billsec", "talk", "talk time", "duration"),
    "agent": ("坐席名称", "座席名称", "坐席", "座席", "坐席姓名", "坐席号码", "接听人", "agent"),
    "queue": ("队列名称", "队列", "技能组", "queue", "skill", "skill group"),
    "outcome": (
        "接通状态", "是否接通", "通话状态", "呼叫结果", "状态", "接听状态", "outcome", "status",
        "result", "disposition",
    ),
    "recording": ("录音", "录音地址", "录音文件", "recording"),
}  # fmt: skip
_UNIT = re.compile(r"[（(\[].*?[)）\]]")
_TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y.%m.%d %H:%M:%S",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%d/%m/%Y %H:%M:%S",
)
_NUMBER = re.compile(r"\d{1,6}(?:\.\d+)?")
_CLOCK = re.compile(r"(?:(\d{1,3})[:：])?(\d{1,3})[:：](\d{1,2})(?:\.\d+)?")
_SPOKEN = re.compile(
    r"(?:(\d+)\s*(?:小?时|h))?\s*(?:(\d+)\s*(?:分钟?|m(?:in)?))?\s*(?:(\d+)\s*(?:秒钟?|s(?:ec)?))?",
    re.IGNORECASE,
)
_OUTBOUND = ("呼出", "外呼", "去电", "outbound", "outgoing", "out", "dial")
_INTERNAL = ("内部", "内线", "internal")
_MISSED = (
    "未接", "未通", "未应答", "放弃", "漏接", "失败", "无应答", "无人接听", "no answer",
    "no_answer", "noanswer", "missed", "abandon", "busy", "failed", "unanswered",
)  # fmt: skip
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
        for number, row in enumerate(table.rows, table.first_row):
            try:
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
            field: row[place] for field, place in places.items() if place < len(row) and row[place]
        }
        arrived = self._time(said.get("arrived", ""))
        if arrived is None:
            raise BadLine("the time of the call is missing")
        direction = _direction(said.get("direction", ""))
        caller, called = said.get("caller", ""), said.get("called", "")
        customer = said.get("customer", "")
        if customer:
            caller, called = (called, customer) if direction == "outbound" else (customer, called)
        answered = self._time(said.get("answered", ""))
        talk, wait = _seconds(said.get("talk", "")), _seconds(said.get("wait", ""))
        outcome = _outcome(said.get("outcome", ""), answered is not None or bool(talk))
        if outcome == "answered" and answered is None:
            answered = arrived + timedelta(seconds=wait or 0.0)
        ended = self._time(said.get("ended", ""))
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

    def _time(self, text: str) -> datetime | None:
        plain = " ".join(text.replace("T", " ").split())
        if not plain or set(plain) <= set("-—0:/ "):
            return None
        for pattern in _TIMES:
            try:
                return datetime.strptime(plain, pattern).replace(tzinfo=self.zone)
            except ValueError:
                continue
        try:
            read = datetime.fromisoformat(plain)
        except ValueError:
            raise BadLine(f"{text[:40]!r} is no time such as 2026-11-23 10:00:00") from None
        return read if read.tzinfo else read.replace(tzinfo=self.zone)


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


def _direction(text: str) -> str:
    plain = text.strip().lower()
    if any(word in plain for word in _INTERNAL):
        return "internal"
    return "outbound" if any(plain.startswith(word) for word in _OUTBOUND) else "inbound"


def _outcome(text: str, spoke: bool) -> str:
    plain = text.strip().lower()
    if any(word in plain for word in _VOICEMAIL):
        return "voicemail"
    if plain in _NO or any(word in plain for word in _MISSED):
        return "abandoned"
    if plain in _YES or any(word in plain for word in _ANSWERED):
        return "answered"
    return "answered" if spoke else "abandoned"


def _seconds(text: str) -> float | None:
    """Read ``65``, ``1:05``, ``00:01:05`` and ``1分5秒`` as seconds."""
    plain = text.strip().lower()
    if not plain:
        return None
    clock = _CLOCK.fullmatch(plain)
    if clock:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    if _NUMBER.fullmatch(plain):
        return float(plain)
    spoken = _SPOKEN.fullmatch(plain)
    if spoken and any(spoken.groups()):
        hours, minutes, seconds = (int(part or 0) for part in spoken.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    raise BadLine(f"{text[:40]!r} is no duration in seconds or as 0:01:05")


def _digest(fields: Mapping[str, Any]) -> str:
    """Return an id for a call whose export gives it none."""
    return hashlib.sha256(line_of(fields).encode()).hexdigest()[:32]
