"""Word about promises: who is told that one falls due or is broken, in the desk and by mail.

A sweep collects whom it has to tell, then tells everybody once about each: many mails to
one person at the same moment become one mail that lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from helpdesk.i18n import gettext, ngettext, speaking
from helpdesk.labels import label
from helpdesk.models import Agent, Notification
from helpdesk.presentation.dates import stamp
from helpdesk.presentation.quantities import span
from helpdesk.runtime import current_config
from helpdesk.services.database import bulk_rows
from helpdesk.services.database.among import among
from helpdesk.services.database.rows import AnyTarget, AnyTicket
from helpdesk.services.desk import notices
from helpdesk.services.promises import clock_log
from helpdesk.services.sending import outgoing
from sla.escalation import BREACH, Action
from sla.metrics import FIRST_REPLY

STALE = timedelta(days=2)
"""A worker that was away for a week records what it missed, but mails nobody about it."""
MOST_MAILS = 5
"""So many mails at one moment are read one by one; more become a list."""
MOST_LISTED = 50


_KEY = re.compile(r"(?:warning|breach)\.(\d+)\.")
_NOTIFICATION: Table = Notification.__table__  # type: ignore[assignment]
_COLUMNS = ("agent_id", "kind", "occasion", "ticket_id", "text", "created_at")


@dataclass(frozen=True, slots=True)
class _Word:
    agent: Agent
    kind: str
    key: str
    target: AnyTarget


@dataclass(slots=True)
class Telling:
    """Whom a sweep has to tell of what; the same person once of the same occasion."""

    words: dict[tuple[int, str], _Word] = field(default_factory=dict)

    def add(self, target: AnyTarget, kind: str, agents: Iterable[Agent], *, now: datetime) -> None:
        """Tell these agents of a warning or a breach."""
        # a warning is one occasion, however many actions tell of it; the next one is another
        at = target.warned_at if kind == "warning" else target.due_at
        key = f"{kind}.{target.id}.{(at or now).timestamp():.0f}"
        for agent in agents:
            self.words.setdefault((agent.id, key), _Word(agent, kind, key, target))


def due_soon(session: Session, telling: Telling, target: AnyTarget, *, now: datetime) -> None:
    """Warn who holds the ticket that its promise falls due."""
    telling.add(target, "warning", notices.watchers(session, target.ticket, now=now), now=now)


def breached(session: Session, telling: Telling, target: AnyTarget, *, now: datetime) -> None:
    """Tell who holds the ticket, and the managers, that its promise is broken."""
    people = [*notices.watchers(session, target.ticket, now=now), *notices.managers(session)]
    telling.add(target, "breach", people, now=now)


def point_reached(
    session: Session, telling: Telling, target: AnyTarget, action: Action, *, now: datetime
) -> None:
    """Tell those whom a promise's action names that its point is reached."""
    kind = "breach" if action.when == BREACH else "warning"
    telling.add(target, kind, _named(session, target.ticket, action.to, now), now=now)


def tell(session: Session, telling: Telling, *, now: datetime) -> int:
    """Write the notices and queue the mails; return how many agents were told of something."""
    new = _not_told_before(session, telling)
    if not new:
        return 0
    rows = [
        (
            word.agent.id,
            word.kind,
            word.key,
            word.target.ticket_id,
            word.target.ticket.subject[:500],
            now,
        )
        for word in new
    ]
    bulk_rows.write(session.connection(), _NOTIFICATION, _COLUMNS, rows)
    mails: dict[Agent, list[_Word]] = {}
    for word in new:
        if word.agent.notify_by_mail and now - (word.target.due_at or now) < STALE:
            mails.setdefault(word.agent, []).append(word)
    outgoing.queued_before(
        session,
        [
            outgoing.notice_identity(session, word.key, agent.email)
            for agent, words in mails.items()
            if len(words) <= MOST_MAILS
            for word in words
        ],
    )
    for agent, words in mails.items():
        _mail(session, agent, words, now=now)
    return len(new)


def target_of(row: Notification) -> int | None:
    """Return the promise that a warning or the word of a breach is about, by its occasion."""
    named = _KEY.match(row.occasion)
    return int(named[1]) if named else None


def _left(session: Session, target: AnyTarget, at: datetime) -> str:
    left = clock_log.calendar_of(session, target).elapsed(at, target.due_at or at)
    return gettext("%(span)s left", span=span(left))


def _named(session: Session, ticket: AnyTicket, name: str, now: datetime) -> Sequence[Agent]:
    if name == "holder":
        return notices.watchers(session, ticket, now=now)
    if name == "group":
        return notices.members(session, ticket, now=now)
    if name == "managers":
        return notices.managers(session)
    return session.scalars(select(Agent).where(Agent.active, Agent.email == name)).all()


def _not_told_before(session: Session, telling: Telling) -> list[_Word]:
    """Leave out what somebody was told before, such as of a breach that was undone since."""
    if not telling.words:
        return []
    rows = session.execute(
        select(Notification.agent_id, Notification.occasion).where(
            among(session, Notification.agent_id, {agent for agent, _ in telling.words}),
            among(session, Notification.occasion, {key for _, key in telling.words}),
        )
    )
    known = {(agent, key) for agent, key in rows}
    return [word for which, word in telling.words.items() if which not in known]


def _mail(session: Session, agent: Agent, words: Sequence[_Word], *, now: datetime) -> None:
    leaves_at = notices.leaves_at(session, agent, now)
    with speaking(notices.language_of(session, agent)):
        if len(words) > MOST_MAILS:
            _mail_list(session, agent, words, leaves_at, now=now)
            return
        for word in words:
            due = _due(session, word.target, now)
            left = _left(session, word.target, max(now, leaves_at))
            subject, first = _words(word.kind, word.target.metric, word.target.ticket, due, left)
            outgoing.queue_notice(
                session,
                agent.email,
                subject=subject,
                text=notices.with_address(first, word.target.ticket),
                kind="notice",
                now=now,
                ticket=word.target.ticket,
                target=word.target,
                identity=outgoing.notice_identity(session, word.key, agent.email),
                not_before=leaves_at,
            )


def _mail_list(
    session: Session, agent: Agent, words: Sequence[_Word], leaves_at: datetime, *, now: datetime
) -> None:
    listed = words[:MOST_LISTED]
    names = {metric: label(metric, "metric") for metric in {word.target.metric for word in listed}}
    lines = [
        f"#{word.target.ticket_id} {word.target.ticket.subject} · "
        f"{names[word.target.metric]} · {_due(session, word.target, now)}"
        for word in listed
    ]
    if len(words) > MOST_LISTED:
        lines.append(gettext("and %(n)s more", n=len(words) - MOST_LISTED))
    broken = sum(word.kind == "breach" for word in words)
    first = ngettext(
        "%(num)s promise is overdue or falls due soon:",
        "%(num)s promises are overdue or fall due soon:",
        len(words),
    )
    address = f"{current_config().base_url}/queue/due"
    outgoing.queue_notice(
        session,
        agent.email,
        subject=gettext(
            "Overdue: %(broken)s, due soon: %(soon)s", broken=broken, soon=len(words) - broken
        ),
        text="\n".join([first, "", *lines, "", address, ""]),
        kind="notice",
        now=now,
        identity=outgoing.notice_identity(session, f"list.{words[0].key}", agent.email),
        not_before=leaves_at,
    )


def _due(session: Session, target: AnyTarget, now: datetime) -> str:
    zone = clock_log.calendar_of(session, target).zone
    return stamp(target.due_at or now, now=now, zone=zone)


def _words(kind: str, metric: str, ticket: AnyTicket, due: str, left: str) -> tuple[str, str]:
    """Return the subject and the first sentence of a mail about one promise.

    ``left`` says how much service time is left of it when the mail leaves.
    """
    values = {"number": ticket.id, "subject": ticket.subject}
    promised = label(metric, "metric")
    if kind == "breach":
        subject = gettext("Overdue: #%(number)s %(subject)s", **values)
        if metric == FIRST_REPLY:
            return subject, gettext(
                "The first reply was due by %(when)s and has not been given.", when=due
            )
        return subject, gettext(
            "%(promise)s: due by %(when)s and still owed.", promise=promised, when=due
        )
    subject = gettext(
        "Due soon: #%(number)s %(subject)s (%(promise)s, %(left)s)",
        promise=promised,
        left=left,
        **values,
    )
    if metric == FIRST_REPLY:
        return subject, gettext("The first reply falls due by %(when)s.", when=due)
    return subject, gettext("%(promise)s: due by %(when)s.", promise=promised, when=due)
