"""Is everything in order? One finding for each thing that an operator can mend."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from channels.email.settings import mail_account, smtp_account
from channels.errors import ChannelError
from helpdesk.errors import Refusal
from helpdesk.extensions import reading
from helpdesk.models import ChannelAccount, Event, Inbound, Outbox, ServiceCalendar
from helpdesk.runtime import current_config
from helpdesk.services.connections import channel_accounts
from helpdesk.services.hours import calendar_list, calendars, years
from helpdesk.services.operations import heartbeats
from helpdesk.services.personal import key_states, retention

Level = Literal["ok", "note", "wrong"]

LEAST_FREE = 200 * 1024 * 1024
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock that is right shows a time before this code was written."""
DRIFT = timedelta(seconds=5)
STUCK = timedelta(minutes=15)
UNERASED = timedelta(days=1)
"""The worker erases once an hour; what waits longer fails, or no worker runs."""
RECENT = timedelta(days=7)
"""What failed is wrong for a week, and noted from then on."""
NEXT_YEAR_NEEDED_FROM = 12


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and what to do; a note asks for nothing at once."""

    what: str
    level: Level
    sentence: str = ""

    @property
    def line(self) -> str:
        """The finding as an operator reads it."""
        return f"{self.what:<14} {': '.join(part for part in (self.level, self.sentence) if part)}"


def run(*, now: datetime, revisions: tuple[str | None, str | None]) -> Iterator[Finding]:
    """Yield the findings; ``revisions`` are the database's and the code's.

    Without a usable database only what needs none is looked at. Raises nothing.
    """
    yield _data_folder()
    is_at, needs = revisions
    if is_at != needs:
        yield wrong(
            "database",
            f"it is at {is_at or 'nothing'}, this version needs {needs}; run: helpdesk db upgrade",
        )
        return
    yield ok("database", f"at {is_at}")
    for look in _LOOKS:
        try:
            with reading() as session:
                yield from look(session, now)
        except DBAPIError as error:
            yield wrong("database", f"it failed while being looked at: {error.orig}")
            return


def ok(what: str, sentence: str = "") -> Finding:
    """Return that something is in order."""
    return Finding(what, "ok", sentence)


def wrong(what: str, sentence: str) -> Finding:
    """Return that something has to be mended."""
    return Finding(what, "wrong", sentence)


def _data_folder() -> Finding:
    folder = current_config().data
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return wrong(
            "data folder",
            f"cannot write to {folder} ({error.strerror}); correct HELPDESK_DATA or its rights",
        )
    megabytes = free // 1024 // 1024
    if free < LEAST_FREE:
        return wrong("data folder", f"only {megabytes} MB are free in {folder}; make room")
    return ok("data folder", str(folder))


def _mailboxes(session: Session, now: datetime) -> Iterator[Finding]:
    accounts = session.scalars(
        select(ChannelAccount)
        .where(ChannelAccount.channel == "email", ChannelAccount.state != "retired")
        .order_by(ChannelAccount.id)
    ).all()
    for account in accounts:
        yield _mailbox(account, now)
    if not accounts:
        yield Finding(
            "mailbox", "note", "none is set up: mail can neither come nor go; add one in Settings"
        )


def _other_channels(session: Session, now: datetime) -> Iterator[Finding]:
    for account in channel_accounts.polled(session):
        if account.channel != "email":
            what = f"{account.channel} {account.name}"
            yield _reading(what, account, now) or ok(what)


def _mailbox(account: ChannelAccount, now: datetime) -> Finding:
    what = f"mailbox {account.name}"
    if account.state == "paused":
        return Finding(what, "note", "paused; nothing is read until it is switched on in Settings")
    settings = account.settings
    try:
        if settings.get("imap"):
            mail_account(channel_accounts.of(account))
        if settings.get("smtp"):
            smtp_account(channel_accounts.of(account))
    except ChannelError as error:
        return wrong(what, error.sentence)
    return _reading(what, account, now) or _sending(what, account) or ok(what)


def _reading(what: str, account: ChannelAccount, now: datetime) -> Finding | None:
    if account.state == "failing":
        return wrong(what, account.last_error or "it cannot be read; see the log")
    if not channel_accounts.is_polled(account):
        return None
    if account.last_success_at is None:
        return Finding(what, "note", "it has not been read yet; a worker does that")
    if now - max(account.last_success_at, account.next_try_at or account.last_success_at) > STUCK:
        return wrong(what, f"last read {_ago(account.last_success_at, now)}; is a worker running?")
    return None


def _sending(what: str, account: ChannelAccount) -> Finding | None:
    if account.send_error is not None:
        return wrong(what, f"nothing can be sent: {account.send_error}")
    if account.settings.get("drop_folder"):
        return Finding(what, "note", "mail is written to a folder and leaves nowhere (for trying)")
    if not account.settings.get("smtp"):
        return wrong(what, "replies cannot leave: enter its SMTP server in Settings")
    return None


def _calendar(session: Session, now: datetime) -> Iterator[Finding]:
    try:
        calendars.default_version(session)
    except Refusal as refusal:
        yield wrong("calendar", refusal.sentence)
        return
    for row in calendar_list.listing(session):
        yield from _years_of(row, now)


def _years_of(row: ServiceCalendar, now: datetime) -> Iterator[Finding]:
    """Look at the years of one calendar, which all but the default one are named by."""
    what, option = "calendar", ""
    if not row.is_default:
        what, option = f"calendar {row.name}", f" --calendar {shlex.quote(row.name)}"
    today = calendars.today(row, now=now)
    official = {known.year for known in row.years if known.mark == "official"}
    levels: dict[int, Level] = {today.year: "wrong"}
    if today.month >= years.ASKED_FROM_MONTH:
        levels[today.year + 1] = "wrong" if today.month >= NEXT_YEAR_NEEDED_FROM else "note"
    for year, level in levels.items():
        if year in official:
            yield ok(what, f"the days off of {year} are official")
            continue
        yield Finding(
            what,
            level,
            f"the days off of {year} are not entered, so deadlines in it are provisional; run: "
            f"helpdesk holidays seed {year}{option} (or: helpdesk holidays import FILE{option})",
        )


def _clock(session: Session, now: datetime) -> Iterator[Finding]:
    if now < WRITTEN:
        yield wrong("clock", f"this machine believes that it is {now:%Y-%m-%d}; set its clock")
        return
    newest = session.scalar(select(Event.recorded_at).order_by(Event.id.desc()).limit(1))
    if newest is not None and newest - now > DRIFT:
        late = newest - now
        yield wrong("clock", f"it is {_span(late)} behind what was recorded last; set it")
        return
    if session.get_bind().dialect.name == "postgresql":
        apart = abs(session.scalars(select(func.clock_timestamp())).one() - datetime.now(UTC))
        if apart > DRIFT:
            yield wrong("clock", f"the database's clock is {_span(apart)} off ours; set both")
            return
    yield ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _worker(session: Session, now: datetime) -> Iterator[Finding]:
    alive = heartbeats.alive(session, now=now)
    if alive:
        yield ok("worker", f"{len(alive)} running")
        return
    last = heartbeats.last(session)
    seen = f"last heard of {_ago(last, now)}" if last else "none was heard of lately"
    yield wrong("worker", f"{seen}; start one: helpdesk worker")


def _inbound(session: Session, now: datetime) -> Iterator[Finding]:
    oldest = session.scalar(
        select(Inbound.stored_at).where(Inbound.state == "pending").order_by(Inbound.id).limit(1)
    )
    if oldest is not None and now - oldest > STUCK:
        yield wrong("inbound", f"something stored {_ago(oldest, now)} is not processed; see worker")
    else:
        yield ok("inbound")
    number, newest = session.execute(
        select(func.count(), func.max(Inbound.stored_at)).where(Inbound.state == "quarantined")
    ).one()
    advice = "could not be read; look: helpdesk email quarantine list"
    yield _leftovers("quarantine", number, newest, now, advice)


def _outbox(session: Session, now: datetime) -> Iterator[Finding]:
    oldest = session.scalar(
        select(func.min(Outbox.created_at)).where(Outbox.state.in_(("queued", "sending")))
    )
    if oldest is not None and now - oldest > STUCK:
        why = session.scalar(
            select(Outbox.last_error).where(
                Outbox.state.in_(("queued", "sending")), Outbox.last_error.is_not(None)
            )
        )
        yield wrong("outbox", f"a mail has waited since {_ago(oldest, now)}: {why or 'see worker'}")
    else:
        yield ok("outbox")
    number, newest = session.execute(
        select(func.count(), func.max(Outbox.created_at)).where(Outbox.state == "dead")
    ).one()
    advice = "could not be sent; see to them in Settings, Outbox"
    yield _leftovers("dead letters", number, newest, now, advice)


def _personal(session: Session, _now: datetime) -> Iterator[Finding]:
    found = list(key_states.troubles(session))
    for trouble in found:
        yield Finding("personal data", "wrong" if trouble.wrong else "note", trouble.sentence)
    if not found:
        yield ok("personal data", "every sealed number has its key")


def _erasure(session: Session, now: datetime) -> Iterator[Finding]:
    due = retention.due_for_erasure(session, now=now, limit=1)
    if due and now - due[0].since > UNERASED:
        yield wrong(
            "retention",
            f"application {due[0].application_id} should have been erased {_ago(due[0].since, now)}"
            "; run: helpdesk personal erase, and see the log where that fails",
        )
    else:
        yield ok("retention")


def _leftovers(
    what: str, number: int, newest: datetime | None, now: datetime, advice: str
) -> Finding:
    """Find what failed for good: wrong while it is recent, noted afterwards."""
    if newest is None:
        return ok(what)
    level: Level = "wrong" if now - newest < RECENT else "note"
    return Finding(what, level, f"{number} {advice}")


def _ago(at: datetime | None, now: datetime) -> str:
    return f"{_span(now - at)} ago" if at is not None else "long ago"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return f"{int(span.total_seconds())} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


_LOOKS: Iterable[Callable[[Session, datetime], Iterator[Finding]]] = (
    _mailboxes,
    _other_channels,
    _calendar,
    _clock,
    _worker,
    _inbound,
    _outbox,
    _personal,
    _erasure,
)
