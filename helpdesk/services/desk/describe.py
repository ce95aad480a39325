"""Tickets as plain values: the JSON of the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import Event, Message, Target, Ticket


def summary(ticket: Ticket) -> dict[str, Any]:
    """Return what a list shows of a ticket."""
    return {
        "number": ticket.id,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "topic": ticket.topic,
        "request_type": ticket.request_type,
        "center": ticket.center.code if ticket.center else None,
        "requester": {
            "name": ticket.requester.name,
            "address": ticket.requester.addresses[0].value if ticket.requester.addresses else None,
        },
        "assignee": ticket.assignee.name if ticket.assignee else None,
        "group": ticket.group.name if ticket.group else None,
        "created_at": iso(ticket.created_at),
        "targets": [_target(target) for target in ticket.targets],
    }


def whole(session: Session, ticket: Ticket) -> dict[str, Any]:
    """Return a ticket with its messages and events."""
    events = session.scalars(select(Event).where(Event.ticket_id == ticket.id).order_by(Event.id))
    return {
        **summary(ticket),
        "messages": [_message(message) for message in ticket.messages],
        "events": [{"at": iso(row.at), "kind": row.kind, "by": row.by} for row in events],
    }


def iso(at: datetime | None) -> str | None:
    """Return an instant as UTC ISO 8601."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _target(target: Target) -> dict[str, Any]:
    return {
        "metric": target.metric,
        "started_at": iso(target.started_at),
        "due_at": iso(target.due_at),
        "state": target.state,
        "met_at": iso(target.met_at),
        "breached_at": iso(target.breached_at),
        "paused_minutes": _number(target.paused_minutes),
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "direction": message.direction,
        "channel": message.channel,
        "author": message.author_name,
        "at": iso(message.at),
        "text": message.text,
        "attachments": [
            {"name": row.name, "content_type": row.content_type, "size": row.size}
            for row in message.attachments
        ],
    }


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else round(value, 6)
