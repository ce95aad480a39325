"""The rows of calls: looked up and written a whole chunk of a log at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from channels.hotline.call import CallRecord
from channels.hotline.channel import line_number
from channels.message import Handle
from helpdesk.models import Call, ChannelAccount
from helpdesk.services.database import bulk_rows
from helpdesk.services.database.among import among
from helpdesk.services.identity import people
from sla.calendar import Calendar

COLUMNS = (
    "account_id",
    "external_id",
    "direction",
    "caller",
    "number",
    "called",
    "queue",
    "agent",
    "arrived_at",
    "answered_at",
    "ended_at",
    "wait_seconds",
    "talk_seconds",
    "outcome",
    "in_hours",
    "recording",
    "lines",
)
_NUMBER = COLUMNS.index("number")
Values = tuple[Any, ...]
"""What a call's row holds, in the order of ``COLUMNS``."""


def hold(session: Session, account_id: int) -> None:
    """Wait for whoever else brings calls of this account, until the transaction ends.

    A system pushes what happens to a call as it happens: of two who bring a call that
    neither finds yet only one could add it.
    """
    account = select(ChannelAccount.id).where(ChannelAccount.id == account_id)
    session.execute(account.with_for_update(key_share=True))


def told(session: Session, account_id: int, call_ids: Collection[str]) -> dict[str, Any]:
    """Return the id, outcome and lines of the calls that are known of these, by call id."""
    rows = session.execute(
        select(Call.id, Call.external_id, Call.outcome, Call.lines).where(
            Call.account_id == account_id, among(session, Call.external_id, call_ids)
        )
    )
    return {row.external_id: row for row in rows}


def lines_between(
    session: Session, account_id: int, begin: datetime, end: datetime
) -> Sequence[tuple[str, list[str]]]:
    """Return the ids and lines of the calls that came between two instants."""
    rows = session.execute(
        select(Call.external_id, Call.lines).where(
            Call.account_id == account_id, Call.arrived_at.between(begin, end)
        )
    )
    return [(row.external_id, row.lines) for row in rows]


def locked(session: Session, ids: Collection[int]) -> dict[str, Any]:
    """Return calls that are about to change, as they are now, by call id."""
    if not ids:
        return {}
    rows = session.execute(
        select(
            Call.id,
            Call.external_id,
            Call.outcome,
            Call.lines,
            Call.direction,
            Call.caller,
            Call.arrived_at,
            Call.answered_at,
            Call.wait_seconds,
            Call.talk_seconds,
            Call.queue,
            Call.agent,
        )
        .where(among(session, Call.id, ids))
        .order_by(Call.id)
        .with_for_update()
    )
    return {row.external_id: row for row in rows}


def values(account_id: int, record: CallRecord, lines: list[str], calendar: Calendar) -> Values:
    """Return what a call's row holds."""
    theirs = record.called if record.direction == "outbound" else record.caller
    return (
        account_id,
        record.external_id,
        record.direction,
        record.caller[:80],
        line_number(theirs),
        record.called[:80],
        record.queue[:80],
        record.agent[:80],
        record.arrived,
        record.answered,
        record.ended,
        record.wait_seconds,
        record.talk_seconds,
        record.outcome,
        calendar.is_open(record.arrived),
        record.recording[:500],
        lines,
    )


def write(session: Session, new: Sequence[Values], changed: Mapping[int, Values]) -> None:
    """Add calls, of whoever is known by their numbers, and change those with an id."""
    numbers = {row[_NUMBER] for row in new} - {""}
    handles = [Handle("phone", number) for number in numbers]
    known = people.ids_of(session, handles) if handles else {}
    rows = [(*row, known.get(("phone", row[_NUMBER]))) for row in new]
    bulk_rows.add(session, _CALL, (*COLUMNS, "person_id"), rows)
    if changed:
        session.execute(
            update(Call),
            [{"id": id_, **dict(zip(COLUMNS, row, strict=True))} for id_, row in changed.items()],
        )


_CALL: Table = Call.__table__  # type: ignore[assignment]
