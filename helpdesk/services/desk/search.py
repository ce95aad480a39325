"""Finding tickets by number, person, center, or any two Chinese characters.

``search_words`` turns text into lexemes. A ticket has one row with the set of them, in
FTS5 on SQLite and in a tsvector on PostgreSQL; a query asks for all lexemes of what was
typed. What the index cannot tell (a phrase longer than a pair) is read again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Integer, bindparam, column, select, table, text
from sqlalchemy.orm import Session

from helpdesk.models import Address, AttachmentRecord, Center, Message, Person, Ticket
from helpdesk.services.access import Viewer, visible_messages, visible_tickets
from helpdesk.services.database import memory
from helpdesk.services.desk.search_words import (
    INDEXED_CHARACTERS,
    holds,
    lexemes,
    lite_query,
    normal,
    pg_query,
    pieces,
    terms,
)

MOST_LOOKS = 20
"""A search reads so many pages of candidates at most; the reader may ask for more."""


@dataclass(frozen=True, slots=True)
class Page:
    """Tickets newest first, and the number to continue below, if there are more."""

    tickets: Sequence[Ticket]
    before: int | None


def index(session: Session, ticket_id: int, texts: Iterable[str]) -> None:
    """Add the lexemes of ``texts`` to the ticket's row."""
    pieces = {piece[:INDEXED_CHARACTERS]: None for piece in texts if piece}
    batch = memory.current(session)
    if batch is None:
        write(session, {ticket_id: pieces})
    else:
        batch.texts.setdefault(ticket_id, {}).update(pieces)


def write(session: Session, texts: Mapping[int, Iterable[str]]) -> None:
    """Add the lexemes of texts to the rows of tickets."""
    session.flush()  # a row of lexemes belongs to a ticket that exists
    # no lexeme reaches beyond its line, so all texts of a ticket are one
    found = ((number, lexemes("\n".join(pieces))) for number, pieces in texts.items())
    words = {number: new for number, new in found if new}
    if not words:
        return
    if session.get_bind().dialect.name == "postgresql":
        # one text: the driver would look at every word of a list by itself
        told = {str(number): " ".join(new) for number, new in words.items()}
        session.execute(_PG_ADD, {"added": json.dumps(told, ensure_ascii=False)})
        return
    rows = session.execute(_LITE_GET, {"ids": list(words)})
    known = {number: set(told.split()) for number, told in rows}
    added = {number: new for number, new in words.items() if number not in known}
    grown = {number: old | words[number] for number, old in known.items() if words[number] - old}
    for statement, changed in ((_LITE_INSERT, added), (_LITE_UPDATE, grown)):
        if changed:
            values = [{"id": n, "words": " ".join(all_)} for n, all_ in changed.items()]
            session.execute(statement, values)


def index_ticket(session: Session, ticket: Ticket) -> None:
    """Add what identifies the ticket: number, subject, requester, center."""
    person, center = ticket.requester, ticket.center
    texts = [str(ticket.id), ticket.subject, person.name]
    texts += [address.value for address in person.addresses]
    if center is not None:
        texts += [center.code, center.name, center.name_en]
    index(session, ticket.id, texts)


def search(
    session: Session, viewer: Viewer, query: str, *, before: int | None = None, limit: int = 50
) -> Page:
    """Return the newest visible tickets that hold everything in ``query``.

    A number finds that ticket first. Raises nothing: a query of punctuation
    finds nothing.
    """
    wanted = terms(query)
    if not wanted:
        return Page([], None)
    exact = _by_number(session, viewer, query) if before is None else []
    found, before = _found(session, viewer, wanted, before, limit)
    known = {ticket.id for ticket in exact}
    return Page([*exact, *(ticket for ticket in found if ticket.id not in known)], before)


def _found(
    session: Session, viewer: Viewer, terms: Sequence[str], before: int | None, limit: int
) -> tuple[list[Ticket], int | None]:
    """Return the next tickets, and the number below which there may be more."""
    found: list[Ticket] = []
    for _look in range(MOST_LOOKS):
        ids = _candidates(session, viewer, terms, before, limit + 1)
        found += _holding(session, viewer, _load(session, ids), terms)
        if len(found) > limit:
            return found[:limit], found[limit - 1].id
        if len(ids) <= limit:
            return found, None
        before = ids[-1]
    return found, before


def _by_number(session: Session, viewer: Viewer, query: str) -> list[Ticket]:
    digits = re.fullmatch(r"\s*[#＃]?(\d{1,9})\s*", query)
    if not digits:
        return []
    found = session.scalar(
        select(Ticket).where(Ticket.id == int(digits[1]), visible_tickets(viewer))
    )
    return [found] if found else []


def _candidates(
    session: Session, viewer: Viewer, terms: Sequence[str], before: int | None, count: int
) -> Sequence[int]:
    """Return the newest tickets whose lexemes match, from the index alone where it can tell."""
    postgres = session.get_bind().dialect.name == "postgresql"
    number = _PG_NUMBER if postgres else _LITE_NUMBER
    statement = select(number).where(_PG_MATCH if postgres else _LITE_MATCH)
    if before is not None:
        statement = statement.where(number < before)
    if not viewer.is_staff:
        statement = statement.where(number.in_(select(Ticket.id).where(visible_tickets(viewer))))
    words = pg_query(terms) if postgres else lite_query(terms)
    return session.scalars(statement.order_by(number.desc()).limit(count), {"query": words}).all()


def _load(session: Session, ids: Sequence[int]) -> Sequence[Ticket]:
    if not ids:
        return []
    return session.scalars(
        select(Ticket).where(Ticket.id.in_(ids)).order_by(Ticket.id.desc())
    ).all()


def _holding(
    session: Session, viewer: Viewer, tickets: Sequence[Ticket], terms: Sequence[str]
) -> Sequence[Ticket]:
    """Read again what the set of lexemes cannot tell: order within longer terms."""
    # The index covers notes too, which others than staff must not find anything by.
    doubtful = [term for term in terms if len(pieces(term)) > 1 or not viewer.is_staff]
    if not doubtful or not tickets:
        return tickets
    texts = _texts(session, viewer, tickets)
    return [ticket for ticket in tickets if holds(normal("\n".join(texts[ticket.id])), doubtful)]


def _texts(
    session: Session, viewer: Viewer, tickets: Sequence[Ticket]
) -> Mapping[int, Sequence[str]]:
    """Return all that the viewer may find each ticket by: what was indexed, less the notes."""
    texts = {ticket.id: [str(ticket.id), ticket.subject] for ticket in tickets}
    said = (Message.ticket_id.in_(texts), visible_messages(viewer))
    of_requester = (Ticket.id.in_(texts), Ticket.requester_id == Person.id)
    for statement in (
        select(
            Message.ticket_id,
            Message.subject,
            Message.text,
            Message.author_name,
            Message.author_address,
        ).where(*said),
        select(Message.ticket_id, AttachmentRecord.name).join(Message.attachments).where(*said),
        select(Ticket.id, Person.name).where(*of_requester),
        select(Ticket.id, Address.value).where(*of_requester, Address.person_id == Person.id),
        select(Ticket.id, Center.code, Center.name, Center.name_en)
        .join(Ticket.center)
        .where(Ticket.id.in_(texts)),
    ):
        for number, *found in session.execute(statement):
            texts[number] += found
    return texts


_LITE_GET = text("SELECT rowid, lexemes FROM ticket_search WHERE rowid IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
_LITE_INSERT = text("INSERT INTO ticket_search (rowid, lexemes) VALUES (:id, :words)")
_LITE_UPDATE = text("UPDATE ticket_search SET lexemes = :words WHERE rowid = :id")
_LITE_MATCH = text("ticket_search MATCH :query")
_LITE_NUMBER = table("ticket_search", column("rowid", Integer)).c.rowid
_PG_ADD = text(
    "INSERT INTO ticket_search (ticket_id, lexemes) "
    "SELECT CAST(key AS integer), array_to_tsvector(string_to_array(value, ' ')) "
    "FROM json_each_text(CAST(:added AS json)) "
    "ON CONFLICT (ticket_id) DO UPDATE SET lexemes = ticket_search.lexemes || EXCLUDED.lexemes"
)
_PG_MATCH = text("lexemes @@ CAST(:query AS tsquery)")
_PG_NUMBER = table("ticket_search", column("ticket_id", Integer)).c.ticket_id
