"""How exports write times, durations, directions and what came of a call."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from channels.hotline.log import BadLine
from channels.hotline.numbers import direction_of

_MORNING = r"上午|凌晨|清晨|早上|早晨|a\.?m\.?"
_LATER = r"下午|中午|傍晚|晚上|p\.?m\.?"
_HALF = re.compile(rf"\s*(?:({_MORNING})|({_LATER}))\s*", re.IGNORECASE)
"""Which half of the day a clock of twelve hours means."""
_WEEKDAY = re.compile(r"\s*(?:星期|周)[一二三四五六日天]\s*")
_SAID_CLOCK = re.compile(r"(\d{1,2})\s*[时点]\s*(\d{1,2})\s*分?(?:\s*(\d{1,2})\s*秒)?")
_CLOCK_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?=[ 0-9])")
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})(?=[ ,]|$)")
_MONTHS = 12
_EPOCH = re.compile(r"(1[0-9]{9})(?:\.[0-9]+|[0-9]{3})?")
"""Seconds or milliseconds since 1970, from 2001 to 2033."""
_TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d%H%M%S",
)
_SERIAL = re.compile(r"((?:3[6-9]|[4-6][0-9])[0-9]{3})?(\.[0-9]+)?")
"""Days since 1899-12-30 from 1998 to 2091, as a spreadsheet counts them, and parts of one."""
_SERIAL_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - its reader knows the zone
_PART_OF_A_DAY = re.compile(r"0\.0[0-9]{8,}|[0-9](?:\.[0-9]+)?e-0[2-9]")
"""A duration as a spreadsheet counts it: nobody measures seconds to the billionth."""
_DAY = timedelta(days=1)
_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d+)?")
_CLOCK = re.compile(r"(?:(\d{1,3})[:：])?(\d{1,3})[:：](\d{1,2})(?:\.\d+)?")
_SPOKEN = re.compile(
    r"(?:(\d+)\s*(?:个?小?时|h))?\s*(?:(\d+)\s*(?:分钟?|m(?:in)?|['′’]))?"
    r"\s*(?:(\d+)(?:\.\d+)?\s*(?:秒钟?|s(?:ec)?|[\"″”]|''))?",
    re.IGNORECASE,
)
_UNITS = {
    **dict.fromkeys(("毫秒", "ms", "milliseconds"), 0.001),
    **dict.fromkeys(("分", "分钟", "min", "mins", "minutes"), 60.0),
    **dict.fromkeys(("时", "小时", "h", "hours"), 3600.0),
}
_IN_BRACKETS = re.compile(r"[（(\[](.*?)[)）\]]")
_OUTBOUND = re.compile(
    r"呼出|出呼|外呼|外拨|去电|去话|拨出|打出|回呼|回拨|回访|双向呼叫|点击呼叫"
    r"|^(?:主叫|拨打|outbound|outgoing|out|dial|callout|call out)"
)
_INTERNAL = ("内部", "内线", "内呼", "局内", "站内", "互拨", "internal")
_MISSED = (
    "放弃", "漏", "失败", "呼损", "超时", "溢出", "占线", "忙", "速挂", "错过", "黑名单",
    "no answer", "no_answer", "noanswer", "not answered", "notdeal", "missed", "abandon",
    "leak", "busy", "failed", "timeout", "unanswered",
)  # fmt: skip
_NOT_TAKEN = re.compile(r"[未无没不拒].{0,3}(?:接|通|应答|听|成功)")
"""未接通, 无人应答, 没有接听: what denies an answer names it."""
_MACHINE = re.compile(r"^(?:系统|ivr|机器人|语音导航)(?!.*(?:人工|[坐座]席|客服))")
"""Only the menu took the call up."""
_NO, _YES = {"否", "no", "n", "0", "false"}, {"是", "yes", "y", "1", "true"}
_VOICEMAIL = ("留言", "语音信箱", "voicemail")
_ANSWERED = ("已接", "接通", "应答", "接听", "通话", "成功", "answered", "dealing")


def is_clock(text: str) -> bool:
    """Say whether it is a time of a day without the day."""
    return bool(_CLOCK_TIME.fullmatch(_plain_clock(_HALF.sub("", text))))


def is_month_first(texts: Iterable[str]) -> bool:
    """Say whether dates that end with the year begin with the month, by all that a table has.

    Where none of them is a day that no month could be, an export is of days that lie close
    together; of a single day, AM and PM are American.
    """
    dates = [(found, text) for text in texts if (found := _YEAR_LAST.match(text))]
    first, second = ({int(date[place]) for date, _ in dates} for place in (1, 2))
    if max(first | second, default=0) > _MONTHS:
        return max(first) <= _MONTHS
    if len(first) != len(second):
        return len(first) < len(second)
    return any(text.lower().rstrip(". ").endswith("m") for _, text in dates)


def read_time(text: str, *, month_first: bool = False) -> datetime | None:
    """Return a time with its day, in the zone that it names if any; None for anything else."""
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        return datetime.fromtimestamp(int(epoch[1]), UTC)
    half = _HALF.search(text)
    plain = _HALF.sub(" ", text) if half else text
    plain = _WEEKDAY.sub(" ", _plain_clock(plain).replace("T", " "))
    plain = _YEAR_LAST.sub(r"\3-\1-\2" if month_first else r"\3-\2-\1", plain)
    plain = " ".join(_YEAR_FIRST.sub(r"\1-\2-\3 ", plain).replace(",", " ").split())
    at = _parsed(plain)
    if at is None or half is None or at.hour > 12:
        return at
    return at.replace(hour=at.hour % 12 + (12 if half[2] else 0))


def without_serial(text: str) -> str:
    """Return a time as it is shown where a cell without a date's format holds the bare number."""
    found = _SERIAL.fullmatch(text.removeprefix("0") if text.startswith("0.") else text)
    if found is None or not any(found.groups()):
        return text
    seconds = round(float(f"0{found[2] or ''}") * _DAY.total_seconds())
    at = _SERIAL_DAY + timedelta(days=int(found[1] or 0), seconds=seconds)
    if found[1] is None:
        return f"{at:%H:%M:%S}"
    return f"{at:%Y-%m-%d %H:%M:%S}" if found[2] else f"{at:%Y-%m-%d}"


def seconds_of(text: str, *, unit: float = 1.0) -> float | None:
    """Read ``65``, ``1:05``, ``00:01:05``, ``1'05"`` and ``1分5秒`` as seconds.

    ``unit`` is how many seconds a bare number counts; raises BadLine.
    """
    plain = text.strip().lower().replace(",", "")
    if not plain:
        return None
    clock = _CLOCK.fullmatch(plain)
    if clock:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    if _PART_OF_A_DAY.fullmatch(plain):
        return float(round(float(plain) * _DAY.total_seconds()))
    if _NUMBER.fullmatch(plain):
        told = float(plain) * unit
        return told if told >= 0 else None
    spoken = _SPOKEN.fullmatch(plain)
    if spoken and any(spoken.groups()):
        hours, minutes, seconds = (int(part or 0) for part in spoken.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    raise BadLine(f"{text[:40]!r} is no duration in seconds or as 0:01:05")


def unit_of(heading: str) -> float:
    """Return how many seconds the unit in a heading's brackets has; 1 without any."""
    units = (unit.strip().lower() for unit in _IN_BRACKETS.findall(heading))
    return next((_UNITS[unit] for unit in units if unit in _UNITS), 1.0)


def direction_said(text: str, caller: str, called: str) -> str:
    """Return the direction that a word tells, or else the numbers."""
    plain = text.strip().lower()
    if not plain:
        return direction_of(caller, called)
    if any(word in plain for word in _INTERNAL):
        return "internal"
    return "outbound" if _OUTBOUND.search(plain) else "inbound"


def outcome_said(text: str, *, spoke: bool) -> str:
    """Return what came of a call by its word, or else by whether somebody ``spoke``."""
    plain = text.strip().lower()
    if any(word in plain for word in _VOICEMAIL):
        return "voicemail"
    if is_no(plain) or _NOT_TAKEN.search(plain) or _MACHINE.search(plain):
        return "abandoned"
    if any(word in plain for word in _MISSED):
        return "abandoned"
    if is_yes(plain) or any(word in plain for word in _ANSWERED):
        return "answered"
    return "answered" if spoke else "abandoned"


def is_yes(text: str) -> bool:
    """Say whether a cell affirms its heading."""
    return text.strip().lower() in _YES


def is_no(text: str) -> bool:
    """Say whether a cell denies its heading."""
    return text.strip().lower() in _NO


def _plain_clock(text: str) -> str:
    """Return ``10时05分00秒`` and full-width digits as ``10:05:00``."""
    told = _SAID_CLOCK.sub(
        lambda clock: f"{clock[1]}:{clock[2].zfill(2)}:{(clock[3] or '0').zfill(2)}",
        unicodedata.normalize("NFKC", text),
    )
    return told.strip()


def _parsed(plain: str) -> datetime | None:
    for pattern in _TIMES:
        try:
            return datetime.strptime(plain, pattern)  # noqa: DTZ007 - its reader knows the zone
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(plain) if ":" in plain else None
    except ValueError:
        return None
