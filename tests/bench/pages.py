"""Pages, search and the sweep on a desk with very many tickets."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.models import Ticket
from helpdesk.services.access import Viewer
from helpdesk.services.desk import queue
from helpdesk.services.promises import enforcement
from tests.bench import desks, tickets
from tests.bench.report import Figure, timed

FEW, MANY = 10_000, 100_000
PAGE_MS, SEARCH_MS = 30, 20
QUEUE_VIEWS = ("first_reply", "due", "unassigned", "open", "all")
QUERIES = {
    "rare pair": tickets.RARE,
    "common pair": "缴费",
    "pair in every ticket": "报名",
    "four characters": "机房装饰",
    "nothing found": "魑魅",
    "number": "54321",
    "person": "王伟芳",
}


def measure(kind: str) -> Iterator[Figure]:
    """Measure at 10,000 tickets, at 100,000, and at 100,000 that are all open."""
    with desks.desk(kind) as app:
        with app.app_context():
            tickets.add_cast()
            desks.add_people()
            yield from _sweep(kind, "nothing open")
            tickets.grow(1, FEW)
            tickets.settle()
        yield from _pages(app, kind, f"{FEW:,}")
        with app.app_context():
            tickets.grow(FEW + 1, MANY)
            tickets.settle()
        yield from _pages(app, kind, f"{MANY:,}")
        yield from _searches(app, kind)
        yield from _others(app, kind)
        with app.app_context():
            tickets.open_all()
            yield from _sweep(kind, f"{MANY:,} open")
        yield from _pages(app, kind, f"{MANY:,} open")


def _pages(app: Flask, kind: str, size: str) -> Iterator[Figure]:
    client = desks.signed_in(app, desks.AGENT)
    for view in QUEUE_VIEWS:
        yield from _page(client, kind, f"queue {view}, {size} tickets", f"/queue/{view}")
    for view in ("all", "open"):
        token = _middle(app, view)
        path = f"/queue/{view}?after={token}"
        yield from _page(client, kind, f"queue {view}, half way down, {size} tickets", path)
    yield from _page(client, kind, f"ticket, {size} tickets", "/tickets/7777")
    yield from _page(
        client, kind, f"ticket beside queue, {size} tickets", "/tickets/7777?view=open"
    )


def _others(app: Flask, kind: str) -> Iterator[Figure]:
    size = f"{MANY:,} tickets"
    contact = desks.signed_in(app, desks.CONTACT)
    yield from _page(contact, kind, f"portal, {size}", "/portal/")


def _searches(app: Flask, kind: str) -> Iterator[Figure]:
    """Time the service alone: the page around it is a page like any other."""
    from helpdesk.services.desk import search

    viewer = Viewer(0, "agent", "", "", agent_id=1)

    def find(query: str) -> int:
        found = len(search.search(db.session(), viewer, query).tickets)
        db.session.remove()
        return found

    with app.app_context():
        for what, query in QUERIES.items():
            if not find(query) and what != "nothing found":
                raise RuntimeError(f"{query} was not found")
            middle, _slow = timed(lambda query=query: find(query))
            yield Figure("search", kind, f"{what} {query}", middle, "ms", at_most=SEARCH_MS)


def _sweep(kind: str, what: str) -> Iterator[Figure]:
    middle, _slow = timed(lambda: enforcement.enforce_due(desks.now()))
    yield Figure("sweep", kind, f"nothing due, {what}", middle, "ms", at_most=5)


def _page(client: FlaskClient, kind: str, what: str, path: str) -> Iterator[Figure]:
    def get() -> None:
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status}")

    middle, slow = timed(get)
    yield Figure("page", kind, what, middle, "ms p50", at_most=PAGE_MS)
    yield Figure("page", kind, what, slow, "ms p95")


def _middle(app: Flask, view: str) -> str:
    """Return the token of a page deep down in a view."""
    with app.app_context():
        order = queue.view(Viewer(0, "agent", "", "", agent_id=1), view)
        columns = [order.order.column, Ticket.id]
        wanted = select(Ticket).where(order.condition).order_by(*columns)
        count = db.session.query(Ticket).where(order.condition).count()
        row = db.session.scalars(wanted.offset(count // 2).limit(1)).one()
        token = queue._token(order.order, row)
        db.session.remove()
        return token
