"""Where calls come from: telephone systems, their exports, and people who write them down."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.hotline import columns
from channels.hotline.channel import line_number
from channels.hotline.columns import Mapped
from channels.hotline.told import ToldFormat, line_of
from channels.spreadsheet import Table
from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import CallMapping, ChannelAccount
from helpdesk.services.access import Viewer, require_staff
from helpdesk.services.hotline.call_import import Imported, import_told
from helpdesk.services.hours import calendars

DEFAULT_SOURCE = "hotline"
STATES = ("active", "paused", "retired")
LOGS = ("queue_log", "asterisk-cdr", "freeswitch")
BY_HAND = "by hand"
CLOCKS_MAY_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an administrator sets of a source.

    ``path`` is that of a log of the kind ``log`` which the worker follows, ``secret`` a
    reference (``env:NAME``, ``file:/path``) to what pushes are signed with; either may be empty.
    """

    name: str
    address: str
    path: str
    log: str
    secret: str
    state: str


@dataclass(frozen=True, slots=True)
class WrittenDown:
    """A call that somebody writes down; ``submission`` makes sending it twice once."""

    submission: str
    number: str
    arrived: datetime
    answered: bool
    talk_minutes: int = 0
    agent: str = ""


def source(session: Session, number: int) -> ChannelAccount:
    """Return a source of calls; raise NotFound."""
    found = session.get(ChannelAccount, number)
    if found is None or found.channel != "hotline":
        raise NotFound("no_source", _("There is no such source of calls."))
    return found


def save_source(
    session: Session, number: int | None, wanted: Wanted, *, now: datetime
) -> ChannelAccount:
    """Add a source of calls, or change one; another log is read from its beginning."""
    taken = select(ChannelAccount.id).where(
        ChannelAccount.channel == "hotline",
        ChannelAccount.name == wanted.name,
        ChannelAccount.id != (number or -1),
    )
    if session.scalar(taken) is not None:
        raise Refusal("name_taken", _("Another source has this name."), field="name")
    if number is None:
        row = ChannelAccount(channel="hotline", created_at=now, settings={})
        session.add(row)
    else:
        row = source(session, number)
    if row.settings.get("path", "") != wanted.path:
        row.cursor = None
    settings = {"path": wanted.path, "format": wanted.log, "push_secret": wanted.secret}
    row.name, row.state, row.address = wanted.name, wanted.state, wanted.address
    row.settings = {key: value for key, value in settings.items() if value}
    row.next_try_at, row.failures, row.last_error, row.last_error_code = None, 0, None, None
    session.flush()
    return row


def source_named(session: Session, name: str | None, *, now: datetime) -> ChannelAccount:
    """Return the exchange that the calls belong to; a new name makes one."""
    wanted = name or DEFAULT_SOURCE
    known = session.scalar(
        select(ChannelAccount).where(
            ChannelAccount.channel == "hotline", ChannelAccount.name == wanted
        )
    )
    if known is not None:
        return known
    account = ChannelAccount(
        channel="hotline", name=wanted, address="", state="active", settings={}, created_at=now
    )
    session.add(account)
    session.flush()
    return account


def write_down(account_id: int, viewer: Viewer, call: WrittenDown, *, now: datetime) -> Imported:
    """Keep a call that an agent took, or missed, on a telephone without a log."""
    require_staff(viewer)
    number = line_number(call.number)
    if not number:
        raise Refusal(
            "no_number",
            _("Write the caller's number, such as 138 0013 8000 or 010-6200 1234."),
            field="number",
        )
    if call.arrived > now + timedelta(minutes=1):
        raise Refusal(
            "in_the_future", _("This is still to come; write when it happened."), field="arrived"
        )
    arrived = min(call.arrived, now)
    line = line_of(
        {
            "id": f"hand:{call.submission[:64] or token_hex(8)}",
            "direction": "inbound",
            "caller": number,
            "arrived": arrived.astimezone(UTC),
            "answered": arrived.astimezone(UTC) if call.answered else None,
            "talk": call.talk_minutes * 60 if call.answered else None,
            "agent": (call.agent or viewer.name) if call.answered else None,
            "outcome": "answered" if call.answered else "abandoned",
        }
    )
    return import_told(account_id, ToldFormat().read([line]), now=now)


def check_signature(
    secret: str, *, timestamp: str, signature: str, body: bytes, now: datetime
) -> None:
    """Raise Refusal unless who sends this knows the secret and sent it just now.

    The signature is the hex HMAC-SHA256 of ``timestamp``, a full stop and the body;
    the timestamp counts seconds since 1970.
    """
    expected = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    given = signature.removeprefix("sha256=")
    if not hmac.compare_digest(expected.hexdigest().encode(), given.encode()):
        raise Refusal(
            "bad_signature",
            _("The signature is not right; sign the timestamp, a full stop and the body."),
        )
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise Refusal("bad_timestamp", _("The timestamp is no number of seconds since 1970."))
    if abs(now.timestamp() - int(timestamp)) > CLOCKS_MAY_DIFFER.total_seconds():
        raise Refusal(
            "old_timestamp",
            _("The timestamp is more than five minutes from now; set the exchange's clock."),
        )


def mapping_named(session: Session, name: str) -> CallMapping:
    """Return a saved mapping; raise NotFound with what there is."""
    found = session.get(CallMapping, name)
    if found is not None:
        return found
    names = ", ".join(session.scalars(select(CallMapping.name).order_by(CallMapping.name)))
    raise NotFound(
        "no_mapping",
        _("There is no mapping %(name)s; there are: %(names)s", name=name, names=names or "-"),
    )


def save_mapping(session: Session, name: str, chosen: Mapping[str, str], zone: str) -> CallMapping:
    """Keep a mapping by its name; raise Refusal naming what is missing."""
    if not name.strip():
        raise Refusal("no_name", _("Give the mapping a name."), field="name")
    checked(chosen)
    zone_named(zone)
    row = session.get(CallMapping, name.strip()) or CallMapping(name=name.strip()[:100])
    row.columns, row.zone = dict(chosen), zone
    session.add(row)
    return row


def checked(chosen: Mapping[str, str]) -> None:
    """Raise Refusal where a mapping lacks what no call can do without."""
    lacking = columns.missing(chosen)
    if lacking:
        raise Refusal(
            "incomplete_mapping",
            _(
                "No column tells %(fields)s of a call; choose one for each.",
                fields=", ".join(lacking),
            ),
            field=lacking[0],
        )


def zone_named(name: str | None, default: ZoneInfo | None = None) -> ZoneInfo:
    """Return a time zone by its name; raise Refusal for none."""
    if not name and default is not None:
        return default
    try:
        return ZoneInfo(name or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal(
            "unknown_zone",
            _("%(name)s is no time zone; write one such as Asia/Shanghai.", name=name),
            field="zone",
        ) from None


def mapped(
    session: Session, table: Table, *, mapping: str | None = None, zone: str | None = None
) -> Mapped:
    """Return how to read a table: as a saved mapping says, or by its usual headings."""
    calendar = calendars.default(session)
    if mapping:
        saved = mapping_named(session, mapping)
        absent = [heading for heading in saved.columns.values() if heading not in table.header]
        if absent:
            raise Refusal(
                "other_table",
                _(
                    "The file has no column %(heading)s; it has: %(header)s",
                    heading=absent[0],
                    header=", ".join(filter(None, table.header)),
                ),
            )
        return Mapped(saved.columns, zone_named(zone or saved.zone))
    known: dict[str, Any] = columns.recognised(table.header)
    checked(known)
    return Mapped(known, zone_named(zone, calendar.zone))
