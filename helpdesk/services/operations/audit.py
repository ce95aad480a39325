"""The audit log: whatever somebody changes in the settings is written down as it is done.

No page and no command has to remember it. Flushes tell what changed of the watched rows,
and before the commit that makes it true one entry for each of them is written, from what
it was before to what it is now. Where nobody acts (a worker, a load of the demo) nothing
is written: what happens by itself is in other logs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session, SessionTransaction, scoped_session
from sqlalchemy.orm.attributes import instance_state

from helpdesk.models import (
    Agent,
    Automation,
    CalendarVersion,
    CallMapping,
    ChannelAccount,
    Group,
    Login,
    Macro,
    PolicyRecord,
    ReportSchedule,
    ServiceCalendar,
    SettingChange,
    WallboardAddress,
)
from helpdesk.runtime import somebody_may_act, who_acts
from sla.spec import WEEKDAYS

MOST_CHARACTERS = 300
"""Of a long text its beginning is kept: which one it was, not what it said."""
_NOTED = "audit"
Change = tuple[Any, Any]


@dataclass(frozen=True)
class _Watched:
    """What is told of a table: ``secrets`` only that they changed."""

    kind: str
    fields: tuple[str, ...]
    name: str = "name"
    secrets: tuple[str, ...] = ()


_WATCHED: Mapping[type, _Watched] = {
    Agent: _Watched("agent", ("name", "email", "role", "active", "channel_manager")),
    Login: _Watched("login", ("email", "active"), name="email", secrets=("password_hash",)),
    Group: _Watched("group", ("name", "is_default", "calendar_id", "auto_assign", "most_open")),
    ChannelAccount: _Watched(
        "channel", ("name", "address", "state", "is_default", "group_id", "settings")
    ),
    ServiceCalendar: _Watched(
        "calendar", ("name", "tz", "makeup_days_open", "is_default", "regions", "retired")
    ),
    PolicyRecord: _Watched(
        "policy", ("name", "position", "conditions", "promises", "calendar_id", "retired")
    ),
    Macro: _Watched("macro", ("name", "topic", "zh", "en")),
    Automation: _Watched(
        "automation",
        (
            "name",
            "position",
            "active",
            "occasion",
            "workdays",
            "conditions",
            "group_id",
            "assignee_id",
            "priority",
            "topic",
            "request_type",
            "status",
            "tell",
        ),
    ),
    CallMapping: _Watched("mapping", ("name", "columns", "zone")),
    ReportSchedule: _Watched(
        "report", ("name", "breakdown", "filters", "recipients", "every", "on_day")
    ),
    WallboardAddress: _Watched("wallboard", (), name="", secrets=("token",)),
}
KINDS = tuple(watched.kind for watched in _WATCHED.values())
_NAMED: Mapping[str, type[Agent | Group | ServiceCalendar]] = {
    "calendar_id": ServiceCalendar,
    "group_id": Group,
    "assignee_id": Agent,
    "tell": Agent,
    "recipients": Agent,
    "members": Agent,
}
"""Fields that hold ids, and whose: the log shows names, as they were then."""


@dataclass
class _Entry:
    """What became of one row in this transaction."""

    kind: str
    name: str
    act: str
    changes: dict[str, Change] = field(default_factory=dict)

    def add(self, changes: Mapping[str, Change]) -> None:
        """Take later changes in: what it was at first is before, what it is at last is after."""
        for name, (before, after) in changes.items():
            first = self.changes[name][0] if name in self.changes else before
            self.changes[name] = (None if self.act == "added" else first, after)


@dataclass
class _Noted:
    entries: dict[tuple[type, Any], _Entry] = field(default_factory=dict)
    # by group and agent: came (True) or left
    members: dict[tuple[int, int], bool] = field(default_factory=dict)


def listen(session: scoped_session[Any]) -> None:
    """Watch what is changed through a session from now on."""
    for name, heard in (
        ("after_flush", _note),
        ("before_commit", _write),
        ("after_soft_rollback", _forget),
    ):
        if not event.contains(session, name, heard):
            event.listen(session, name, heard)


def _note(session: Session, _context: object) -> None:
    """Note what a flush wrote; the session still knows what it was before."""
    if not somebody_may_act():
        return
    for row in session.new:
        _note_row(session, row, "added")
    for row in session.dirty:
        _note_row(session, row, "changed")
    for row in session.deleted:
        _note_row(session, row, "removed")


def _note_row(session: Session, row: object, act: str) -> None:
    if isinstance(row, CalendarVersion):
        _note_version(session, row)
    watched = _WATCHED.get(type(row))
    if watched is None:
        return
    _note_members(session, row)
    changes = {} if act == "removed" else dict(_changes(row, watched))
    if act == "changed" and not changes:
        return
    name = str(getattr(row, watched.name)) if watched.name else ""
    _entry(session, row, watched.kind, name, act).add(changes)


def _entry(session: Session, row: object, kind: str, name: str, act: str) -> _Entry:
    noted = _noted(session)
    key = type(row), tuple(instance_state(row).mapper.primary_key_from_instance(row))
    entry = noted.entries.setdefault(key, _Entry(kind, name, act))
    entry.name = name or entry.name
    if act == "removed":
        entry.act = act
    return entry


def _changes(row: object, watched: _Watched) -> Iterator[tuple[str, Change]]:
    """Yield what a flush changed of a row."""
    attributes = instance_state(row).attrs
    for name in (*watched.fields, *watched.secrets):
        history = attributes[name].history
        if not history.added:
            continue
        before = history.deleted[0] if history.deleted else None
        after = history.added[0]
        if before == after:
            continue
        yield name, (None, None) if name in watched.secrets else (before, after)


def _note_members(session: Session, row: object) -> None:
    """Note who joined and left a group; either side may have been changed."""
    if not isinstance(row, Agent | Group):
        return
    side = "groups" if isinstance(row, Agent) else "agents"
    if side not in row.__dict__:
        return
    history = instance_state(row).attrs[side].history
    for others, came in ((history.added, True), (history.deleted, False)):
        for other in others or ():
            pair = (other.id, row.id) if isinstance(row, Agent) else (row.id, other.id)
            _noted(session).members[pair] = came


def _note_version(session: Session, version: CalendarVersion) -> None:
    """Tell what a new version of a calendar changed in hours and days."""
    before = session.scalar(
        select(CalendarVersion.spec)
        .where(CalendarVersion.calendar_id == version.calendar_id, CalendarVersion.id < version.id)
        .order_by(CalendarVersion.id.desc())
        .limit(1)
    )
    calendar = session.get_one(ServiceCalendar, version.calendar_id)
    entry = _entry(session, calendar, "calendar", calendar.name, "changed")
    if before is not None:
        entry.add(_between(_flat_spec(before), _flat_spec(version.spec)))


def _flat_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a calendar's days as fields: each weekday's hours, and lists of dates."""
    hours = spec.get("hours") or {}
    weekly = {f"hours.{day}": _times(hours[day]) for day in WEEKDAYS if hours.get(day)}
    opened = [f"{day} {_times(rows)}".strip() for day, rows in (spec.get("open") or {}).items()]
    return {
        **weekly,
        "closed": list(spec.get("closed") or ()),
        "open": opened,
        "official_years": list(spec.get("official_years") or ()),
    }


def _times(intervals: Iterable[Iterable[str]]) -> str:
    return ", ".join("–".join(pair) for pair in intervals)


def _between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Change]:
    names = dict.fromkeys((*before, *after))
    return {
        name: (before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    }


def _write(session: Session) -> None:
    """Write the entries before the transaction commits."""
    if not somebody_may_act():
        return
    session.flush()
    noted: _Noted | None = session.info.pop(_NOTED, None)
    who = who_acts() if noted is not None else None
    if noted is None or who is None:
        return
    _tell_members(session, noted)
    rows = [
        {
            "at": who.now,
            "by": (who.name or entry.name)[:200],
            "agent_id": who.agent_id,
            "kind": entry.kind,
            "name": entry.name[:320],
            "act": entry.act,
            "changes": _kept(session, entry),
        }
        for entry in noted.entries.values()
        if entry.changes or entry.act != "changed"
    ]
    if rows:
        session.execute(insert(SettingChange), rows)


def _tell_members(session: Session, noted: _Noted) -> None:
    for (group_id, agent_id), came in noted.members.items():
        group = session.get(Group, group_id)
        if group is None:
            continue
        entry = noted.entries.setdefault(
            (Group, (group_id,)), _Entry("group", group.name, "changed")
        )
        left, joined = entry.changes.setdefault("members", ([], []))
        (joined if came else left).append(agent_id)


def _kept(session: Session, entry: _Entry) -> dict[str, list[Any]]:
    """Return an entry's changes; of what is new, what it has, not all that it has not."""
    changes = dict(_told(session, entry.changes))
    if entry.act != "added":
        return changes
    return {
        name: pair
        for name, pair in changes.items()
        if pair[1] not in (None, "", False, [], entry.name)
    }


def _told(session: Session, changes: Mapping[str, Change]) -> Iterator[tuple[str, list[Any]]]:
    """Yield the changes as they are kept: names for ids, a field for each part of a mapping."""
    for name, (before, after) in changes.items():
        if isinstance(before, dict) or isinstance(after, dict):
            parts = _between(_parts(before or {}, name), _parts(after or {}, name))
            for part, pair in parts.items():
                yield part, [*map(_plain, pair)]
            continue
        named = _names(session, name)
        if isinstance(before, list) or isinstance(after, list):
            yield name, _apart(before or [], after or [], named)
            continue
        yield name, [_plain(named(before)), _plain(named(after))]


def _parts(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a mapping's innermost values by their paths."""
    found: dict[str, Any] = {}
    for key, part in value.items():
        path = f"{name}.{key}"
        found.update(_parts(part, path) if isinstance(part, dict) else {path: part})
    return found


def _apart(before: list[Any], after: list[Any], named: Callable[[Any], Any]) -> list[Any]:
    """Return what left a list and what came into it; nothing of what is no list of words."""
    if any(isinstance(value, dict | list) for value in (*before, *after)):
        return [None, None]
    left = [_plain(named(value)) for value in before if value not in after]
    return [left, [_plain(named(value)) for value in after if value not in before]]


def _names(session: Session, field_name: str) -> Callable[[Any], Any]:
    """Return what puts the name of a row in the place of its id, in fields that hold ids."""
    model = _NAMED.get(field_name)

    def named(value: Any) -> Any:
        row: Any = session.get(model, value) if model is not None and value is not None else None
        return value if row is None else row.name

    return named


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, a long text cut."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ", ".join(str(_plain(part)) for part in value)
    if isinstance(value, str) and len(value) > MOST_CHARACTERS:
        return f"{value[:MOST_CHARACTERS]}…"
    return value


def _noted(session: Session) -> _Noted:
    noted: _Noted = session.info.setdefault(_NOTED, _Noted())
    return noted


def _forget(session: Session, ended: SessionTransaction) -> None:
    """Nothing of what was rolled back was true; a savepoint undoes a person's row, no setting."""
    if not ended.nested:
        session.info.pop(_NOTED, None)
