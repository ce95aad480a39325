"""Where one can go, by role, and how much waits there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from flask import current_app, g, request, url_for
from sqlalchemy import func, select

from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.models import Notification, SavedView
from helpdesk.presentation.quantities import capped
from helpdesk.services import access
from helpdesk.services.access import Viewer
from helpdesk.services.desk import queue, saved_views
from helpdesk.services.reports import wallboards
from helpdesk.web import absences, signed


@dataclass(frozen=True)
class Item:
    """One place: its name, icon and address, what waits there, and its key after ``g``."""

    name: str
    icon: str
    href: str
    current: bool
    count: str = ""
    hot: bool = False
    key: str = ""


@dataclass(frozen=True)
class Section:
    """Places under one heading."""

    title: str
    places: list[Item]


_NOTHING: Mapping[str, str] = MappingProxyType({})

VIEW_ICONS = {
    "due": "flame",
    "first_reply": "inbox",
    "mine": "user",
    "unassigned": "users",
    "open": "list",
    "waiting": "hourglass",
    "resolved": "checks",
    "all": "history",
}


def view_names() -> dict[str, str]:
    """Return the names of the queue's views."""
    return {
        "due": gettext("At risk and overdue"),
        "first_reply": gettext("Awaiting first reply"),
        "mine": gettext("My tickets"),
        "unassigned": gettext("Unassigned"),
        "open": gettext("All open"),
        "waiting": gettext("Waiting for them"),
        "resolved": gettext("Resolved"),
        "all": gettext("All tickets"),
    }


def views_kept(viewer: Viewer) -> Sequence[SavedView]:
    """Return the views that people keep; a list and the frame around it ask for them once."""
    if "views_kept" not in g:
        g.views_kept = saved_views.listing(db.session(), viewer)
    return cast("Sequence[SavedView]", g.views_kept)


def sections(viewer: Viewer) -> list[Section]:
    """Return the navigation of a role; places that are not built are not shown."""
    parts = (
        [_portal(viewer)]
        if not viewer.is_staff
        else [
            *_work(viewer),
            _hotline(viewer),
            _onsite(),
            _centers(),
            _knowledge(),
            *_office(viewer),
        ]
    )
    return [Section(title, list(places)) for title, places in parts if places]


def unread(viewer: Viewer) -> str:
    """Return how many notifications were not read yet, capped, or nothing."""
    rows = (
        select(Notification.id)
        .where(Notification.agent_id == viewer.agent_id, Notification.read_at.is_(None))
        .limit(queue.MOST_COUNTED + 1)
        .subquery()
    )
    count = db.session.scalar(select(func.count()).select_from(rows)) or 0
    return capped(count, queue.MOST_COUNTED) if count else ""


def _work(viewer: Viewer) -> Iterator[tuple[str, list[Item]]]:
    """Return the queue's views, and under them the ones that people keep."""
    session, names = db.session(), view_names()
    view, filters = _list_here()
    saved = views_kept(viewer)
    kept = saved_views.kept_as(saved, viewer, view, filters)
    counts = queue.counts(session, viewer)
    yield (
        gettext("Work"),
        [
            Item(
                names[code],
                VIEW_ICONS[code],
                url_for("queue.show", view=code),
                code == view and kept is None,
                capped(counts[code], queue.MOST_COUNTED) if counts.get(code) else "",
                hot=code == "due",
                key="q" if code == "first_reply" else "",
            )
            for code in queue.STAFF_VIEWS
        ],
    )
    fitting = saved_views.counts(session, viewer, saved)
    yield (
        gettext("Saved views"),
        [
            Item(
                row.name,
                "users" if row.shared else "star",
                url_for("queue.show", view=row.view, **row.filters),
                row is kept,
                _at_least(*fitting[row.id]),
            )
            for row in saved
        ],
    )


def _list_here() -> tuple[str, dict[str, str]]:
    """Return which view the page shows, alone or beside a ticket, and its filters."""
    view = (request.view_args or {}).get("view") or request.args.get("view", "")
    return view, {name: value for name in queue.FILTERS if (value := request.args.get(name))}


def _at_least(count: int, is_cut: bool) -> str:
    """Write a count that may have stopped before the end; nothing where nothing is there."""
    if is_cut and count <= queue.MOST_COUNTED:
        return f"{count}+"
    return capped(count, queue.MOST_COUNTED) if count else ""


def _hotline(viewer: Viewer) -> tuple[str, list[Item]]:
    owed = wallboards.callbacks(db.session(), viewer)
    return gettext("Hotline"), _places(
        [
            (gettext("Callbacks to make"), "phone-missed", "callbacks.index", ""),
            (gettext("Calls"), "hotline", "calls.index", ""),
        ],
        {"callbacks.index": capped(owed, queue.MOST_COUNTED) if owed else ""},
    )


def _onsite() -> tuple[str, list[Item]]:
    return gettext("On site"), _places([(gettext("Visits"), "onsite", "visits.index", "")])


def _knowledge() -> tuple[str, list[Item]]:
    return gettext("Help centre"), _places([(gettext("Articles"), "book", "articles.index", "")])


def _centers() -> tuple[str, list[Item]]:
    return gettext("Centers"), _places(
        [
            (gettext("Board"), "screen", "centers.board", ""),
            (gettext("All centers"), "center", "centers.index", ""),
        ]
    )


def _office(viewer: Viewer) -> Iterator[tuple[str, list[Item]]]:
    if viewer.is_manager:
        yield (
            gettext("Managers"),
            _places(
                [
                    (gettext("Dashboard"), "chart", "dashboard.show", "d"),
                    (gettext("Reports"), "report", "reports.show", ""),
                ]
            ),
        )
    if viewer.is_admin:
        yield (
            gettext("Administration"),
            _places(
                [
                    (gettext("Settings"), "settings", "settings.index", "s"),
                ]
            ),
        )


def _portal(viewer: Viewer) -> tuple[str, list[Item]]:
    asking = [
        (gettext("Ask the office"), "plus", "portal.new", ""),
        (gettext("Ask for a visit"), "onsite", "portal_visits.new", ""),
    ]
    return gettext("My center"), _places(
        [
            (gettext("My tickets"), "inbox", "portal.index", "q"),
            *(asking if access.may_write(db.session(), viewer) else []),
            (gettext("Our record"), "center", "portal_center.record", ""),
            (gettext("Our people"), "users", "portal_center.people", ""),
            (gettext("Exam fees"), "report", "portal_center.fees", ""),
            (gettext("Our requests"), "edit", "portal_center.requests", ""),
            (gettext("Help centre"), "book", "help_center.index", ""),
        ]
    )


def _places(
    rows: list[tuple[str, str, str, str]], counts: Mapping[str, str] = _NOTHING
) -> list[Item]:
    """Return the places that are built; the current one is the nearest above the page.

    ``counts`` tells by endpoint what waits there.
    """
    built = [(*row, url_for(row[2])) for row in rows if row[2] in current_app.view_functions]
    nearest = max((href for *_, href in built if _is_under(href)), key=len, default="")
    return [
        Item(name, icon, href, href == nearest, counts.get(endpoint, ""), key=key)
        for name, icon, endpoint, key, href in built
    ]


def _is_under(href: str) -> bool:
    here = f"{request.script_root}{request.path}"
    return f"{here.rstrip('/')}/".startswith(f"{href.rstrip('/')}/")


def frame(viewer: Viewer) -> dict[str, Any]:
    """Return what the frame around a signed-in page shows; asked for by its template."""
    search, new = (
        ("search.show", "new_ticket.show") if viewer.is_staff else ("portal.index", "portal.new")
    )
    writes = access.may_write(db.session(), viewer)
    return {
        "sections": sections(viewer),
        "unread": unread(viewer) if viewer.is_staff else "",
        "home": url_for("home.index"),
        "search_url": _url_if_built(search),
        "new_ticket_url": _url_if_built(new) if writes else "",
        "notifications_url": _url_if_built("notifications.index") if viewer.is_staff else "",
        "profile_url": _url_if_built("profile.show"),
        "away": _away(),
    }


def _away() -> str:
    """Return that the viewer is away and until when, or nothing."""
    login = signed.current_login()
    return absences.words(login.agent) if login and login.agent else ""


def _url_if_built(endpoint: str) -> str:
    return url_for(endpoint) if endpoint in current_app.view_functions else ""
