"""Reading a list that begins with the newest, so that no crash skips or repeats a post.

Below a fixed ``since`` the pages go back in time. Each is stored together with the place
it reached; ``since`` itself moves only when the last page is stored. What comes in
meanwhile lies above ``top`` and is read next time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from channels.message import Batch, RawItem

FIRST_LOOK = timedelta(days=7)
"""An account connected for the first time brings a week, not its years."""


@dataclass(frozen=True, slots=True)
class Row:
    """A post in a list: its number in the network's order, and the item that is stored."""

    number: int
    item: RawItem
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, and whether older ones follow."""

    rows: tuple[Row, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reading of a list stands.

    Everything up to ``since`` is stored. While pages are outstanding, ``below`` is the
    oldest number stored of them and ``top`` the newest.
    """

    since: int | None = None
    below: int | None = None
    top: int | None = None


Places = dict[str, Place]
Fetch = Callable[[int | None, int | None], Page | None]
"""Returns the newest page above the first number and below the second; None: not now."""


def read_cursor(cursor: str | None) -> Places:
    """Read a cursor; one that cannot be read begins anew, and what is known stays known."""
    try:
        told = json.loads(cursor or "{}")
        return {name: Place(*place) for name, place in told.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def written_cursor(places: Places) -> str:
    """Write places down as short as can be."""
    told = {name: [p.since, p.below, p.top] for name, p in places.items()}
    return json.dumps(told, separators=(",", ":"))


def read_list(
    name: str, places: Places, fetch: Fetch, *, now: datetime, everything: bool = False
) -> Iterator[Batch]:
    """Yield the batches of one list, keeping its place in ``places``.

    Without a place the first page alone is read, and of it what is not too old,
    unless ``everything`` is wanted.
    """
    place = places.get(name, Place())
    first = place.since is None and place.below is None and not everything
    while True:
        page = fetch(place.since, place.below)
        if page is None:
            return
        numbers = [row.number for row in page.rows]
        top = max([*numbers, place.top or 0, place.since or 0])
        if page.more and numbers and not first:
            place = replace(place, below=min(numbers), top=top)
        else:
            place = Place(since=top)
        places[name] = place
        yield Batch(_oldest_first(page, now if first else None), written_cursor(places))
        if place.below is None:
            return


def _oldest_first(page: Page, now: datetime | None) -> tuple[RawItem, ...]:
    rows = sorted(page.rows, key=lambda row: row.number)
    return tuple(
        row.item
        for row in rows
        if now is None or row.created is None or now - row.created <= FIRST_LOOK
    )
