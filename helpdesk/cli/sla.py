"""``helpdesk sla``: service time for people and, line by line, for programs.

``deadline`` and ``elapsed`` are pure arithmetic and open the database only for a
calendar that has a name other than ``default``.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from io import BufferedReader
from typing import Any

import click

from helpdesk.cli.desk import emit, with_app
from sla.calendar import Calendar, CalendarSpec
from sla.policy import END_OF_NEXT_WORKDAY, MODES, SERVICE_MINUTES
from sla.spec import shown

DEFAULT_CALENDAR = "default"
_MOST_CALENDARS = 256  # inline calendars kept at a time; a batch repeats a few

_TOO_DEEP = "The calendar has too many brackets inside one another."
_PIECE = 1 << 16  # bytes looked at together
_END_OF_DAY = re.compile(r"(?<=[T ])24:00(?::00(?:\.0+)?)?(?=$|[Z+-])")

Line = dict[str, Any]


@click.group()
def sla() -> None:
    """Deadlines, elapsed time, enforcement and its proof."""


@sla.command()
@click.argument("start", required=False, metavar="[START | FILE]")
@click.option("--minutes", type=float, help="Service minutes from the start.")
@click.option("--workdays", type=float, help="Working days from the start.")
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default=SERVICE_MINUTES,
    show_default=True,
    help="How working days count: as service time, or as whole days after the first.",
)
@click.option("--calendar", metavar="NAME|JSON", help="A calendar's name, or one as JSON.")
@click.option("--jsonl", is_flag=True, help="Read requests from FILE or standard input.")
def deadline(
    start: str | None,
    minutes: float | None,
    workdays: float | None,
    mode: str,
    calendar: str | None,
    *,
    jsonl: bool,
) -> None:
    """Say when a promise that starts at START falls due.

    A START without a UTC offset is local time of the calendar. With --jsonl each line
    is {"id","start","minutes"|"workdays","mode","calendar"} and gives {"id","due"}, the
    time in UTC, or {"id","error"}.
    """
    if jsonl:
        _answer_lines(start, _deadline_line)
        return
    if start is None:
        raise click.UsageError("Give a START such as '2026-11-23 10:00', or --jsonl.")
    with _refusals():
        hours = _calendar(_inline(calendar))
        begin = _instant("start", start, hours)
        due = _due(hours, begin, minutes, workdays, mode)
        local = due.astimezone(hours.zone)
        note = " (provisional)" if hours.is_provisional(begin, due) else ""
        click.echo(f"{local:%a} {local.isoformat(sep=' ')}{note}")


@sla.command()
@click.argument("start", required=False, metavar="[START | FILE]")
@click.argument("end", required=False)
@click.option("--calendar", metavar="NAME|JSON", help="A calendar's name, or one as JSON.")
@click.option("--jsonl", is_flag=True, help="Read requests from FILE or standard input.")
def elapsed(start: str | None, end: str | None, calendar: str | None, *, jsonl: bool) -> None:
    """Count the service minutes from START to END.

    With --jsonl each line is {"id","start","end","calendar"} and gives {"id","minutes"}
    or {"id","error"}.
    """
    if jsonl:
        _answer_lines(start, _elapsed_line)
        return
    if start is None or end is None:
        raise click.UsageError("Give a START and an END such as '2026-11-23 10:00', or --jsonl.")
    with _refusals():
        hours = _calendar(_inline(calendar))
        begin, finish = _instant("start", start, hours), _instant("end", end, hours)
        click.echo(_minutes(hours.elapsed(begin, finish)))


class BadLine(ValueError):
    """A request that cannot be answered; the message says what to write."""


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _answer_lines(file: str | None, answer: Callable[[Line], Line]) -> None:
    """Answer each line in turn; a bad one reports itself and the next one goes on."""
    with _source(file) as stream:
        for lines in _as_they_come(stream):
            for line in lines:
                if line.strip():
                    sys.stdout.write(_as_json(_answer(line, answer)) + "\n")
            sys.stdout.flush()


def _source(file: str | None) -> BufferedReader:
    if file is None and sys.stdin is None:
        raise click.ClickException("Standard input is closed; give a FILE.")
    try:
        stream = click.open_file(file or "-", "rb")
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}.") from error
    return stream  # type: ignore[return-value]  # click types every stream alike


def _as_they_come(stream: BufferedReader) -> Iterator[list[bytes]]:
    """Return the lines that are there: who writes one and waits is answered at once."""
    begun: list[bytes] = []
    while piece := stream.read1(_PIECE):
        whole, line_end, rest = piece.rpartition(b"\n")
        if line_end:
            yield b"".join([*begun, whole]).split(b"\n")
            begun = []
        begun.append(rest)
    yield [b"".join(begun)]


def _answer(line: bytes, answer: Callable[[Line], Line]) -> Line:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, or brackets without end
        return {"id": None, "error": "The line is not valid JSON in UTF-8."}
    if not isinstance(request, dict):
        return {"id": None, "error": "The line is not a JSON object."}
    try:
        return {"id": request.get("id"), **answer(request)}
    except ValueError as error:
        return {"id": request.get("id"), "error": str(error)}


def _as_json(answer: Line) -> str:
    """Write an answer; an id that was no JSON (NaN, which Python reads) is not repeated."""
    try:
        return json.dumps(answer, allow_nan=False)
    except ValueError:
        return json.dumps({**answer, "id": None})


def _deadline_line(request: Line) -> Line:
    calendar = _calendar(request.get("calendar"))
    start = _instant("start", request.get("start"), calendar)
    mode = request.get("mode")
    due = _due(
        calendar,
        start,
        request.get("minutes"),
        request.get("workdays"),
        SERVICE_MINUTES if mode is None else mode,
    )
    return {"due": due.replace(tzinfo=None).isoformat() + "Z"}


def _elapsed_line(request: Line) -> Line:
    calendar = _calendar(request.get("calendar"))
    start = _instant("start", request.get("start"), calendar)
    end = _instant("end", request.get("end"), calendar)
    return {"minutes": _minutes(calendar.elapsed(start, end))}


def _due(calendar: Calendar, start: datetime, minutes: Any, workdays: Any, mode: Any) -> datetime:
    if mode not in MODES:
        raise BadLine(f"{shown(mode)} is no mode; write {' or '.join(MODES)}.")
    if (minutes is None) == (workdays is None):
        raise BadLine('Give either "minutes" or "workdays".')
    if mode == END_OF_NEXT_WORKDAY:
        days = _amount("workdays", workdays)
        if days != int(days):
            raise BadLine(f'"workdays" {shown(days)} must be a whole number in the mode {mode}.')
        return calendar.end_of_workday(start, int(days))
    if workdays is not None:
        days = _amount("workdays", workdays)
        return calendar.add_minutes(start, days * calendar.workday_minutes())
    return calendar.add_minutes(start, _amount("minutes", minutes))


def _amount(name: str, value: Any) -> float:
    """Return a number that may be counted with; a truth value is none."""
    if type(value) not in (int, float):
        raise BadLine(f'"{name}" must be a number; this mode counts {name}.')
    if not 0 <= value < float("inf"):
        raise BadLine(f'"{name}" {shown(value)} must be 0 or more, and finite.')
    return value  # type: ignore[no-any-return]  # checked above


def _minutes(minutes: float) -> float:
    """Return whole minutes as an int, others to a microsecond or so."""
    return int(minutes) if minutes.is_integer() else round(minutes, 6)


def _instant(name: str, text: Any, calendar: Calendar) -> datetime:
    if text is None:
        raise BadLine(f'"{name}" is missing; write an ISO 8601 time.')
    try:
        at = _read_time(text.strip().upper())
    except (ValueError, AttributeError, OverflowError):
        raise BadLine(
            f'"{name}" {shown(text)} is not a time; '
            "write ISO 8601 such as 2026-11-23T10:00:00+08:00."
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=calendar.zone)


def _read_time(text: str) -> datetime:
    """Read ISO 8601, in which a day's 24:00 is the midnight at its end."""
    midnight = _END_OF_DAY.sub("00:00", text)
    if midnight == text:
        return datetime.fromisoformat(text)
    return datetime.fromisoformat(midnight) + timedelta(days=1)


def _inline(text: str | None) -> Any:
    """Read a calendar given as an option: JSON if it looks like it, else a name."""
    if text is None or not text.lstrip().startswith("{"):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadLine(f"The calendar is not valid JSON: {error}.") from error
    except RecursionError:
        raise BadLine(_TOO_DEEP) from None


def _calendar(value: Any) -> Calendar:
    if value is None:
        return _named(DEFAULT_CALENDAR)
    if isinstance(value, str):
        return _named(value)
    try:
        return _written_out(json.dumps(value))
    except RecursionError:
        raise BadLine(_TOO_DEEP) from None


@lru_cache(_MOST_CALENDARS)
def _written_out(text: str) -> Calendar:
    return Calendar(CalendarSpec.from_json(json.loads(text)))


@lru_cache(_MOST_CALENDARS)
def _named(name: str) -> Calendar:
    if name == DEFAULT_CALENDAR:
        from sla.china import default_spec

        return Calendar(default_spec())
    spec = _spec_in_database(name)
    if spec is None:
        raise BadLine(
            f"There is no calendar {shown(name)}; write {DEFAULT_CALENDAR!r} or one as JSON."
        )
    return Calendar(spec)


@cache
def _spec_in_database(name: str) -> CalendarSpec | None:
    """Look a calendar up; without a usable database there are no named ones."""
    from sqlalchemy.exc import SQLAlchemyError

    from helpdesk import create_app
    from helpdesk.config_source import ConfigError
    from helpdesk.services.hours.calendars import spec_named

    try:
        with create_app(pages=False).app_context():
            return spec_named(name)
    except (ConfigError, OSError, SQLAlchemyError, UnicodeEncodeError):  # half a character
        return None


@sla.command()
@click.option("--now", "at", metavar="ISO", help="Pretend that it is this moment.")
@click.option("--json", "as_json", is_flag=True)
@with_app
def enforce(at: str | None, *, as_json: bool) -> None:
    """Make one sweep: warn and breach what is due."""
    from helpdesk.runtime import current_config
    from helpdesk.services.promises import enforcement

    now = datetime.now(UTC) if at is None else _moment(at, current_config().zone)
    report = enforcement.enforce_due(now)
    if as_json:
        emit(report.as_json())
    else:
        click.echo(f"{report.warned} warned, {report.breached} breached, {report.told} notices")


def _moment(text: str, zone: tzinfo) -> datetime:
    """Read the instant to sweep at, in UTC; without an offset it is the desk's local time."""
    try:
        at = _read_time(text.strip().upper())
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise click.UsageError(
            f"{shown(text)} is no time; write it like 2026-11-23T10:00+08:00."
        ) from error


@sla.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON line a difference.")
@with_app
def verify(*, as_json: bool) -> None:
    """Recompute every target from the event log; exit 1 and list what differs."""
    from helpdesk.services.promises.verification import verify_targets

    found = 0
    for difference in verify_targets():
        found += 1
        if as_json:
            emit(asdict(difference))
        else:
            click.echo(f"#{difference.ticket} {difference.metric}: {difference.what}")
    if found:
        raise click.ClickException(f"{found} differences between targets and the event log.")
    if not as_json:
        click.echo("ok, every target follows from the event log")
