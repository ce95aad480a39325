"""Centers from a file, and into one: first tried, each wrong cell named, then all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from channels.identity import hide
from channels.spreadsheet import BadTable, Table, read_table
from helpdesk.errors import Refusal
from helpdesk.i18n import gettext
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center
from helpdesk.services.access import Actor
from helpdesk.services.certification import (
    center_life,
    center_log,
    center_regions,
    center_reminders,
    centers,
)
from helpdesk.services.certification.center_columns import COLUMNS, Column, by_heading, written

MOST_ROWS = 20_000
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that cannot be taken: where it is and what to write instead."""

    row: int
    column: str
    value: str
    why: str


@dataclass(slots=True)
class Plan:
    """What a file would do. ``new`` and ``changed`` are codes, ``same`` how many stay."""

    new: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)
    same: int = 0
    wrong: list[Wrong] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)


def read(session: Session, data: bytes, *, today: date) -> Plan:
    """Say what a file would do, without doing it; raise Refusal for one that is no table."""
    try:
        table = read_table(data)
    except BadTable as error:
        raise Refusal("bad_table", str(error), field="file") from None
    places = by_heading(table.header)
    missing = [
        str(column.label) for column in COLUMNS if column.required and column not in places.values()
    ]
    if missing:
        raise Refusal(
            "no_heading",
            _("The file has no column headed %(names)s.", names=", ".join(missing)),
            field="file",
        )
    if len(table.rows) > MOST_ROWS:
        raise Refusal(
            "too_many_rows", _("At most %(n)s rows in one file.", n=MOST_ROWS), field="file"
        )
    plan = Plan(ignored=[name for n, name in enumerate(table.header) if n not in places and name])
    _read_rows(plan, table, places, today)
    _compare(session, plan)
    return plan


def take_over(session: Session, plan: Plan, *, by: Actor, now: datetime) -> None:
    """Do what a plan says, in the caller's transaction; raise Refusal while a cell is wrong."""
    if plan.wrong:
        raise Refusal("wrong_cells", _("Correct the cells that are wrong; nothing was taken over."))
    known = _known(session, [values["code"] for _row, values in plan.rows])
    for _row, values in plan.rows:
        center = known.get(values["code"])
        if center is None:
            _enter(session, values, by=by, now=now)
        else:
            _change(session, center, values, by=by, now=now)
    session.flush()


def export(session: Session) -> Iterator[list[str]]:
    """Return the file's rows, its headings first; read a chunk at a time."""
    yield [str(column.label) for column in COLUMNS]
    last = ""
    while True:
        rows = session.scalars(
            select(Center)
            .options(selectinload(Center.domains))
            .where(Center.code > last, Center.merged_into_id.is_(None))
            .order_by(Center.code)
            .limit(CHUNK)
        ).all()
        for center in rows:
            values = written(center)
            yield [values[column.name] for column in COLUMNS]
        if len(rows) < CHUNK:
            return
        last = rows[-1].code
        session.expunge_all()


def _read_rows(plan: Plan, table: Table, places: dict[int, Column], today: date) -> None:
    seen: dict[str, int] = {}
    for number, row in zip(table.numbers, table.rows, strict=True):
        values: dict[str, Any] = {}
        before = len(plan.wrong)
        for place, column in places.items():
            text = row[place] if place < len(row) else ""
            if not text and not column.required:
                continue  # an empty cell leaves what is there
            try:
                if not text:
                    raise Refusal("empty", _("Please fill this in."))  # noqa: TRY301
                values[column.name] = column.read(text, today)
            except Refusal as refusal:
                plan.wrong.append(Wrong(number, str(column.label), text[:100], refusal.sentence))
        if len(plan.wrong) > before:
            continue
        code = values["code"]
        if code in seen:
            why = gettext("Row %(n)s has the same code.", n=seen[code])
            plan.wrong.append(Wrong(number, str(COLUMNS[0].label), code, why))
            continue
        seen[code] = number
        plan.rows.append((number, values))


def _compare(session: Session, plan: Plan) -> None:
    """Hold the rows against the centers that are there."""
    known = _known(session, [values["code"] for _row, values in plan.rows])
    taken: dict[str, str] = {}
    for number, values in plan.rows:
        center = known.get(values["code"])
        trouble = _domain_trouble(session, values, center, taken)
        if trouble:
            cell = " ".join(values["domains"])
            plan.wrong.append(Wrong(number, str(COLUMNS[-1].label), cell, trouble))
        if center is None:
            plan.new.append(values["code"])
            continue
        changes = _changes(center, values)
        for column in COLUMNS:
            if column.name in changes and not column.kept:
                why = gettext("This changes by the steps of the center's record, not by a file.")
                cell = str(values[column.name])
                plan.wrong.append(Wrong(number, str(column.label), cell, why))
        if changes:
            plan.changed[center.code] = list(changes)
        else:
            plan.same += 1


def _domain_trouble(
    session: Session, values: dict[str, Any], center: Center | None, taken: dict[str, str]
) -> str:
    """Say what is wrong with a row's domains, by the desk and by the file's other rows."""
    wanted = values.get("domains") or ()
    try:
        centers.check_domains(session, wanted, center.id if center else 0)
    except Refusal as refusal:
        return refusal.sentence
    for domain in wanted:
        other = taken.setdefault(domain, values["code"])
        if other != values["code"]:
            return gettext("%(domain)s belongs to %(center)s.", domain=domain, center=other)
    return ""


def _changes(center: Center, values: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    found = {}
    for name, value in values.items():
        before: Any = getattr(center, name)
        if name == "domains":
            before, value = sorted(row.domain for row in before), sorted(value)  # noqa: PLW2901
        if before != value and not (isinstance(before, str) and value in _exported(before)):
            found[name] = (before, value)
    return found


def _exported(text: str) -> tuple[str, str]:
    """Return how a text stands in a file that the desk wrote: numbers masked, formulas defused."""
    masked = hide(text)
    return masked, f"'{masked}"


def _enter(session: Session, values: dict[str, Any], *, by: Actor, now: datetime) -> None:
    plain = {name: value for name, value in values.items() if name != "domains"}
    center = Center(created_at=now, **{"state": "authorized", **plain})
    session.add(center)
    session.flush()
    centers.set_domains(session, center, values.get("domains") or ())
    center_life.enter_as_it_stands(session, center, by=by, now=now, why=gettext("from a file"))


def _change(
    session: Session, center: Center, values: dict[str, Any], *, by: Actor, now: datetime
) -> None:
    changes = _changes(center, values)
    if not changes:
        return
    for name, (_before, after) in changes.items():
        if name == "domains":
            centers.set_domains(session, center, after)
        else:
            setattr(center, name, after)
    data = {
        "to": {name: [_plain(before), _plain(after)] for name, (before, after) in changes.items()},
        "how": "file",
    }
    center_log.record(session, center, "center.changed", now=now, by=by, data=data)
    if "region" in changes:
        center_regions.follow(session, center, by=by, now=now)
    center_reminders.plan(session, center, now=now)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _known(session: Session, codes: list[str]) -> dict[str, Center]:
    found: dict[str, Center] = {}
    for start in range(0, len(codes), CHUNK):
        rows = session.scalars(
            select(Center)
            .options(selectinload(Center.domains))
            .where(Center.code.in_(codes[start : start + CHUNK]))
        )
        found.update((center.code, center) for center in rows)
    return found
