"""``helpdesk tickets``: list and show."""

from __future__ import annotations

import click

from helpdesk.cli.desk import emit, with_app


@click.group()
def tickets() -> None:
    """List and show tickets."""


@tickets.command("list")
@click.option("--view", default="open", show_default=True, help="A view of the queue.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON line a ticket.")
@with_app
def list_(view: str, limit: int, *, as_json: bool) -> None:
    """List tickets of a view, what breaks first on top.

    Views: due, first_reply, unassigned, open, waiting, resolved, all.
    """
    from helpdesk.extensions import db
    from helpdesk.services.access import Viewer
    from helpdesk.services.desk import describe, queue

    operator = Viewer(0, "admin", "operator", "", agent_id=0)
    after, left = None, limit
    while left > 0:
        listing = queue.page(
            db.session(),
            operator,
            view,
            after=after,
            limit=min(left, 500),
        )
        for ticket in listing.tickets:
            if as_json:
                emit(describe.summary(ticket))
            else:
                due = min((t.due_at for t in ticket.targets if t.due_at), default=None)
                until = describe.iso(due) or "-"
                click.echo(f"#{ticket.id}  {ticket.status:<9} {until:<21} {ticket.subject}")
        left -= len(listing.tickets)
        after = listing.after
        if after is None:
            return


@tickets.command()
@click.argument("number", type=int)
@click.option("--json", "as_json", is_flag=True, help="The whole ticket as JSON.")
@with_app
def show(number: int, *, as_json: bool) -> None:
    """Show a ticket with its messages and promises."""
    from helpdesk.extensions import db
    from helpdesk.services.access import Viewer, ticket_for
    from helpdesk.services.desk import describe

    operator = Viewer(0, "admin", "operator", "", agent_id=0)
    ticket = ticket_for(db.session(), operator, number)
    value = describe.whole(db.session(), ticket)
    if as_json:
        emit(value)
        return
    click.echo(f"#{number} {ticket.subject} [{ticket.status}]")
    for target in value["targets"]:
        click.echo(f"  {target['metric']}: {target['state']}, due {target['due_at'] or '-'}")
    for message in value["messages"]:
        click.echo(
            f"\n{message['at']} {message['direction']} {message['author']}\n{message['text']}"
        )
