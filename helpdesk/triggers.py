"""Triggers that note which tickets may count differently in reports (``ticket_change``).

They stand in the database so that no way of writing can forget them, bulk updates
included. SQLite loses them whenever a migration copies their table, so they are put
back after every upgrade.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

_TICKET = (
    "status, priority, channel, topic, request_type, center_id, assignee_id, group_id, "
    "created_at, resolved_at, settled_at, reply_count, immediate"
)
_TARGET = "ticket_id, metric, state, due_at, met_at, service_minutes"
_NOTE = "INSERT INTO ticket_change (ticket_id) VALUES ({ticket})"
_EVENTS = ("INSERT", "UPDATE", "DELETE")


def install(connection: Connection) -> int:
    """Create the triggers that are missing; return how many."""
    missing = 0
    names = set(connection.scalars(text(_NAMES[connection.dialect.name])))
    for name, table, event in _wanted():
        if name in names:
            continue
        missing += 1
        for statement in _STATEMENTS[connection.dialect.name](name, table, event):
            connection.execute(text(statement))
    return missing


def _wanted() -> Iterator[tuple[str, str, str]]:
    for table in ("ticket", "target"):
        for event in _EVENTS:
            yield f"count_{table}_{event.lower()}", table, event


def _parts(table: str, event: str) -> tuple[str, str]:
    """Return the event in SQL and the ticket that it is about."""
    row = "OLD" if event == "DELETE" else "NEW"
    columns = _TICKET if table == "ticket" else _TARGET
    what = f"UPDATE OF {columns}" if event == "UPDATE" else event
    ticket = f"{row}.id" if table == "ticket" else f"{row}.ticket_id"
    return what, ticket


def _sqlite(name: str, table: str, event: str) -> Iterator[str]:
    what, ticket = _parts(table, event)
    yield (
        f"CREATE TRIGGER {name} AFTER {what} ON {table} BEGIN {_NOTE.format(ticket=ticket)}; END"
    )


def _postgres(name: str, table: str, event: str) -> Iterator[str]:
    what, ticket = _parts(table, event)
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {_NOTE.format(ticket=ticket)}; RETURN NULL; END $$"
    )
    yield (f"CREATE TRIGGER {name} AFTER {what} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


_STATEMENTS = {"sqlite": _sqlite, "postgresql": _postgres}
_NAMES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}
