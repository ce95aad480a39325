"""Macros: kept by administrators, filled in for a ticket, put into what an agent writes.

A text names what differs by words in braces: ``{name}`` becomes the requester's name. A word
that means nothing is refused when the text is saved, not when somebody answers with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound, Refusal
from helpdesk.i18n import LANGUAGES, lazy_gettext, speaking
from helpdesk.models import Macro, Ticket
from helpdesk.presentation.dates import stamp
from helpdesk.runtime import current_config
from helpdesk.services.access import Viewer
from helpdesk.services.identity import people
from helpdesk.services.promises import clock_log
from sla.metrics import FIRST_REPLY

LONGEST_NAME = 100
LONGEST_TEXT = 10_000
GAP = "____"
"""Stands for a word that whoever answers has to write."""
WORDS = ("name", "number", "subject", "center", "agent", "office", "due")
_WORD = re.compile(r"\{\s*([^{}\s]{1,40})\s*\}")


def listing(session: Session, topic: str | None = None) -> Sequence[Macro]:
    """Return all of them by name, those of a topic first."""
    rows = session.scalars(select(Macro).order_by(Macro.name)).all()
    return sorted(rows, key=lambda row: topic is None or row.topic != topic)


def found(session: Session, number: int) -> Macro:
    """Return one; raise NotFound."""
    row = session.get(Macro, number)
    if row is None:
        raise NotFound("no_macro", lazy_gettext("There is no such macro."))
    return row


def save(
    session: Session,
    row: Macro | None,
    *,
    name: str,
    topic: str | None,
    texts: Mapping[str, str],
    by: str,
    now: datetime,
) -> Macro:
    """Add or change one; raise Refusal for a name that is taken, and for words of no meaning."""
    known = session.scalar(select(Macro).where(Macro.name == name))
    if known is not None and known is not row:
        raise Refusal("name_taken", lazy_gettext("Another one has this name."), field="name")
    written = {code: texts.get(code, "").strip() for code in LANGUAGES}
    if not any(written.values()):
        raise Refusal("empty", lazy_gettext("Write it in one language at least."), field="zh")
    for code, text in written.items():
        _check(text, code)
    row = row or Macro(name=name)
    row.name, row.topic, row.zh, row.en = name, topic, written["zh"], written["en"]
    row.updated_at, row.updated_by = now, by
    session.add(row)
    session.flush()
    return row


def delete(session: Session, row: Macro) -> None:
    """Take one away; what was answered with it stays."""
    session.delete(row)


def filled(session: Session, row: Macro, ticket: Ticket, viewer: Viewer, *, now: datetime) -> str:
    """Return the text for a ticket's requester, in their language where it is written in it."""
    spoken = ticket.requester.locale or people.guess_locale(ticket.subject)
    text = getattr(row, spoken) or row.zh or row.en
    values = _values(session, ticket, viewer, spoken, now)
    return _WORD.sub(lambda word: values.get(word[1], word[0]), text)


def _values(
    session: Session, ticket: Ticket, viewer: Viewer, spoken: str, now: datetime
) -> dict[str, str]:
    return {
        "name": ticket.requester.display_name,
        "number": f"#{ticket.id}",
        "subject": ticket.subject,
        "center": ticket.center.name if ticket.center else "",
        "agent": viewer.name,
        "office": current_config().office_name,
        "due": _due(session, ticket, spoken, now),
    }


def _due(session: Session, ticket: Ticket, spoken: str, now: datetime) -> str:
    """Tell by when the next thing that is owed falls due; nothing where nothing is owed.

    Where that time is over a gap is left to be filled: nobody is promised the past.
    """
    owed = [
        target
        for target in ticket.targets
        if target.due_at and target.met_at is None and target.state != "cancelled"
    ]
    if not owed:
        return ""
    first = min(owed, key=lambda target: (target.due_at or now, target.metric != FIRST_REPLY))
    if first.due_at is None or first.due_at <= now:
        return GAP
    zone = clock_log.calendar_of(session, first).zone
    with speaking(spoken):
        return stamp(first.due_at, now=now, zone=zone)


def _check(text: str, code: str) -> None:
    for word in _WORD.findall(text):
        if word not in WORDS:
            raise Refusal(
                "unknown_word",
                lazy_gettext(
                    "{%(word)s} means nothing here; write one of %(words)s.",
                    word=word,
                    words=" ".join(f"{{{known}}}" for known in WORDS),
                ),
                field=code,
            )
