"""``helpdesk email import``, ``poll`` and ``quarantine``: mail that reaches the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from helpdesk.cli.desk import emit, with_app


@click.command("import")
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path)
)
@click.option("--mailbox", metavar="NAME", help="The mailbox they count as; a new name makes one.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a message.")
@with_app
def import_(paths: tuple[Path, ...], mailbox: str | None, *, as_json: bool) -> None:
    """Bring mails from files to their tickets; importing again changes nothing."""
    from helpdesk.extensions import transaction
    from helpdesk.services.arrivals import mail_import

    now = datetime.now(UTC)
    with transaction() as session:
        account_id = mail_import.mailbox_for_import(session, mailbox, now=now).id
    missing = [path for path in paths if not path.exists()]
    failures: list[tuple[str, str]] = []
    mails = _mails((path for path in paths if path.exists()), failures)
    for label, outcome in mail_import.import_mails(account_id, mails, now=now):
        if as_json:
            emit(
                {
                    "path": label,
                    "status": outcome.status,
                    "ticket": outcome.ticket,
                    "reason": outcome.reason,
                }
            )
        else:
            ticket = f"#{outcome.ticket}" if outcome.ticket else "-"
            click.echo(f"{outcome.status:<12} {ticket:<8} {label}  {outcome.reason or ''}".rstrip())
    for label, why in failures:
        if as_json:
            emit({"path": label, "status": "quarantined", "ticket": None, "reason": why})
        else:
            click.echo(f"unreadable            {label}  {why}")
    if missing:
        raise click.ClickException(f"There is no file or folder {', '.join(map(str, missing))}.")


@click.command()
@click.option("--mailbox", metavar="NAME", help="Only this mailbox.")
@with_app
def poll(mailbox: str | None) -> None:
    """Look into the mailboxes once, now."""
    from sqlalchemy import select

    from channels.errors import ChannelError
    from helpdesk.extensions import db
    from helpdesk.models import ChannelAccount
    from helpdesk.services.connections import mailboxes

    session = db.session()
    if mailbox is not None:
        accounts = [mailboxes.account_named(session, mailbox)]
    else:
        rows = session.scalars(
            select(ChannelAccount).where(
                ChannelAccount.channel == "email", ChannelAccount.state.in_(("active", "failing"))
            )
        )
        accounts = [row for row in rows if row.settings.get("imap")]
    if not accounts:
        raise click.ClickException("No mailbox is set up to be read; enter one in the settings.")
    failed = False
    for account in accounts:
        name = account.name
        try:
            click.echo(f"{name}: {_poll_once(account.id)}")
        except ChannelError as error:
            failed = True
            click.echo(f"{name}: {error.sentence}", err=True)
    if failed:
        raise SystemExit(1)


@click.group()
def quarantine() -> None:
    """Mails that could not be understood; their raw copies are kept."""


@quarantine.command("list")
@click.option("--json", "as_json", is_flag=True)
@with_app
def list_(*, as_json: bool) -> None:
    """List what lies in quarantine, with the reason."""
    from sqlalchemy import select
    from sqlalchemy.orm import joinedload

    from helpdesk.extensions import db
    from helpdesk.models import Inbound
    from helpdesk.services.desk.describe import iso

    rows = db.session.scalars(
        select(Inbound)
        .where(Inbound.state == "quarantined")
        .options(joinedload(Inbound.account))
        .order_by(Inbound.id)
    )
    for row in rows:
        if as_json:
            emit(
                {
                    "id": row.id,
                    "mailbox": row.account.name,
                    "received_at": iso(row.received_at),
                    "size": row.size,
                    "reason": row.reason,
                }
            )
        else:
            click.echo(f"{row.id}  {row.account.name}  {iso(row.received_at)}  {row.reason}")


@quarantine.command()
@click.argument("ids", nargs=-1, required=True, type=int, metavar="ID...")
@with_app
def retry(ids: tuple[int, ...]) -> None:
    """Try to understand quarantined mails again."""
    from helpdesk.extensions import transaction
    from helpdesk.services.arrivals import intake

    with transaction() as session:
        for inbound_id in ids:
            intake.retry(session, inbound_id)
    failed = 0
    for outcome in intake.process(ids, now=datetime.now(UTC)):
        failed += outcome.status == "quarantined"
        where = f" #{outcome.ticket}" if outcome.ticket else ""
        click.echo(f"{outcome.inbound_id}: {outcome.status}{where} {outcome.reason or ''}".rstrip())
    if failed:
        raise click.ClickException(f"{failed} of {len(ids)} still cannot be understood.")


def _mails(paths: Iterator[Path], failures: list[tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
    from channels.email.files import messages_in

    def on_error(label: str, error: OSError) -> None:
        failures.append((label, f"The file cannot be opened: {error.strerror}."))

    for path in paths:
        yield from messages_in(path, on_error)


def _poll_once(account_id: int) -> str:
    from channels.errors import ChannelError
    from helpdesk.extensions import reading, transaction
    from helpdesk.jobs import utc_now, worker_name
    from helpdesk.models import ChannelAccount
    from helpdesk.services.arrivals.intake import LeaseLost
    from helpdesk.services.connections import channel_accounts

    name = worker_name()
    with transaction() as session:
        if not channel_accounts.claim(session, account_id, name, now=utc_now()):
            return "a worker is reading it at this moment"
    source = None
    try:
        with reading() as session:
            source = channel_accounts.open_source(session.get_one(ChannelAccount, account_id))
        brought = channel_accounts.poll(account_id, source, worker=name, clock=utc_now)
    except ChannelError as error:
        channel_accounts.note_failure(account_id, error, now=utc_now())
        raise
    except LeaseLost:
        return "somebody changed it meanwhile, or a worker took it over; what was stored stays"
    finally:
        if source is not None:
            source.close()
        with transaction() as session:
            channel_accounts.release(session, name)
    return f"{brought.stored} new"
