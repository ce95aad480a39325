"""Who gets a copy: people besides the requester, and never the desk's own mailboxes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from channels.email.compose_headers import address_field
from channels.message import Handle
from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Participant, Person, Ticket
from helpdesk.services.identity import people
from helpdesk.services.sending import outgoing

MOST = 50
_BETWEEN = re.compile(r"[,;，；、\s]+")
_ADDRESS = re.compile(r"[^@]+@[^@]+\.[^@.]+")


def in_copy(session: Session, ticket: Ticket) -> Sequence[str]:
    """Return the mail addresses of who was in copy so far."""
    rows = session.scalars(
        select(Person)
        .join(Participant, Participant.person_id == Person.id)
        .where(Participant.ticket_id == ticket.id)
        .options(selectinload(Person.addresses))
        .order_by(Person.id)
    )
    ours = outgoing.own_addresses(session)
    addresses = [person.email for person in rows if person.email]
    return [address for address in addresses if address not in ours]


def written(texts: Iterable[str]) -> list[str]:
    """Return the addresses of a field in which people write several."""
    return [part for text in texts for part in _BETWEEN.split(text) if part]


def checked(session: Session, addresses: Iterable[str], *, to: str | None) -> list[str]:
    """Return each address once, without the recipient and the desk itself; raise Refusal."""
    wanted = dict.fromkeys(address.strip().lower() for address in addresses)
    wanted.pop((to or "").lower(), None)
    if len(wanted) > MOST:
        raise Refusal("too_many_copies", _("At most %(n)s copies at once.", n=MOST), field="cc")
    for address in wanted:
        if not _is_address(address):
            raise Refusal(
                "bad_copy", _("%(text)s is no mail address.", text=address[:100]), field="cc"
            )
    ours = outgoing.own_addresses(session)
    return [address for address in wanted if address not in ours]


def join(session: Session, ticket: Ticket, addresses: Iterable[str], *, now: datetime) -> None:
    """Let who got a copy belong to the ticket: they may answer on it."""
    for address in addresses:
        person = people.person_for(session, Handle("email", address), now=now)
        known = session.get(Participant, (ticket.id, person.id))
        if known is None and person.id != ticket.requester_id:
            session.add(Participant(ticket_id=ticket.id, person_id=person.id))
            session.flush()


def _is_address(text: str) -> bool:
    try:
        address_field("Cc", [("", text)])
    except ValueError:
        return False
    return _ADDRESS.fullmatch(text) is not None
