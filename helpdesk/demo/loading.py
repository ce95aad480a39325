"""Loading the demo desk into an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, event, or_, select, text, update
from sqlalchemy.orm import Session

from helpdesk.demo import articles, automations, centers, macros, views, visits
from helpdesk.demo.cast import Account, Cast, engage
from helpdesk.demo.play import Player
from helpdesk.demo.script import Act, Director
from helpdesk.demo.service_time import ServiceTime
from helpdesk.demo.stories import read
from helpdesk.demo.telephone import Ring, Telephone
from helpdesk.errors import Conflict
from helpdesk.extensions import db, transaction
from helpdesk.i18n import lazy_gettext
from helpdesk.models import (
    SEARCH_TABLES,
    Agent,
    Base,
    Center,
    ChannelAccount,
    Inbound,
    Notification,
    Person,
)
from helpdesk.runtime import nobody_acting
from helpdesk.services.hours import calendars
from helpdesk.services.operations import setup

__all__ = ["Account", "is_empty", "load"]

LOADING = "demo_loading"
"""A setting of the demo's mailbox while its history is being played."""
NEWS = timedelta(days=1)


def is_empty(session: Session) -> bool:
    """Say whether nobody has used the desk yet; the rest of a load that was cut off is nobody's."""
    if _cut_off(session):
        return True
    return all(
        session.scalar(select(model.id).limit(1)) is None
        for model in (Agent, Person, Center, Inbound)
    )


@nobody_acting()
def load(now: datetime) -> list[Account]:
    """Play two months up to ``now`` and return who can sign in.

    Raises Conflict unless the desk is empty. A load that was cut off is cleared
    away and begun anew.
    """
    with transaction() as session:
        if not is_empty(session):
            raise Conflict(
                "desk_in_use",
                lazy_gettext("This desk is in use; the demo loads only into an empty one."),
            )
        if _cut_off(session):
            _clear(session, now)
        time = ServiceTime(calendars.default(session), now)
        cast = engage(session, now=time.month_before())
        _mark(session, cast, loading=True)
    with _less_waiting(db.engine):
        articles.play(begin=time.month_before(), now=now)
        macros.write("张伟", now=time.month_before())
        player, telephone = Player(cast), Telephone(time, cast)
        happened: list[Act | Ring] = [*Director(time, cast).acts(read()), *telephone.rings()]
        for act in sorted(happened, key=lambda act: act.at):
            player.pass_time(act.at)
            if isinstance(act, Ring):
                telephone.perform(act)
            else:
                player.perform(act)
        visits.play(cast, time)
        centers.play(cast, time)
        player.pass_time(now)
        player.close()
        automations.write()
        views.keep(now)
    with transaction() as session:
        _read_old_news(session, now)
        _mark(session, cast, loading=False)
    return cast.sign_ins


@contextmanager
def _less_waiting(engine: Engine) -> Iterator[None]:
    """Let SQLite commit without waiting for the disk; what a crash loses is begun anew."""
    if engine.dialect.name != "sqlite":
        yield
        return
    db.session.remove()
    event.listen(engine, "checkout", _commit_sooner)
    try:
        yield
    finally:
        event.remove(engine, "checkout", _commit_sooner)
        db.session.remove()
        engine.dispose()


def _commit_sooner(connection: Any, _record: object, _proxy: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL").close()


def _mark(session: Session, cast: Cast, *, loading: bool) -> None:
    mailbox = session.get_one(ChannelAccount, cast.mailbox_id)
    others = {key: value for key, value in mailbox.settings.items() if key != LOADING}
    mailbox.settings = {**others, LOADING: True} if loading else others


def _cut_off(session: Session) -> bool:
    mailboxes = session.scalars(select(ChannelAccount).where(ChannelAccount.channel == "email"))
    return any(mailbox.settings.get(LOADING) for mailbox in mailboxes)


def _clear(session: Session, now: datetime) -> None:
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(delete(table))
    for index in SEARCH_TABLES:
        session.execute(text(f"DELETE FROM {index}"))  # noqa: S608 - names of our own
    session.expire_all()
    setup.ensure_defaults(session, now=now)


def _read_old_news(session: Session, now: datetime) -> None:
    """Whoever works here has read what the bell said before yesterday."""
    old: ColumnElement[bool] = or_(
        Notification.created_at < now - NEWS, Notification.kind == "answer"
    )
    session.execute(update(Notification).where(old).values(read_at=Notification.created_at))
