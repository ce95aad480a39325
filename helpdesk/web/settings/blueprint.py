"""What the pages of the settings share: their address, their guard, and the way between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.models import ServiceCalendar
from helpdesk.presentation.quantities import capped
from helpdesk.services.arrivals import quarantine
from helpdesk.services.hours import years
from helpdesk.services.sending import delivery
from helpdesk.web import signed
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

blueprint = Blueprint("settings", __name__, url_prefix="/settings")

MOST_COUNTED = 99


@dataclass(frozen=True)
class Tab:
    """One page of the settings; ``count`` is what waits there for somebody."""

    name: str
    icon: str
    href: str
    current: bool
    count: str = ""


@blueprint.get("/")
@signed.admin
def index() -> ResponseReturnValue:
    """Lead to the first page."""
    return redirect(url_for("settings.mailboxes"))


def page(template: str, **values: Any) -> str:
    """Render a page of the settings with its way to the others."""
    missing: dict[int, list[ServiceCalendar]] = {}
    for calendar, year in years.gaps(db.session(), now=now()):
        missing.setdefault(year, []).append(calendar)
    return render(
        f"settings/{template}.html", tabs=_tabs(), years_missing=sorted(missing.items()), **values
    )


def _tabs() -> list[Tab]:
    session = db.session()
    stuck = quarantine.count(session, cap=MOST_COUNTED)
    dead = len(delivery.dead_letters(session, limit=MOST_COUNTED + 1))
    rows = [
        (gettext("Channels"), "history", "channels", 0),
        (gettext("Mailboxes"), "email", "mailboxes", 0),
        (gettext("Hotline"), "hotline", "hotline", 0),
        (gettext("Microblogs"), "microblog", "microblogs", 0),
        (gettext("Quarantine"), "quarantine", "quarantine", stuck),
        (gettext("Outbox"), "outbox", "outbox", dead),
        (gettext("People and roles"), "users", "people", 0),
        (gettext("Groups"), "list", "groups", 0),
        (gettext("Macros"), "edit", "macros", 0),
        (gettext("Automations"), "macro", "automations", 0),
        (gettext("Contacts"), "user", "contacts", 0),
        (gettext("Personal data"), "lock", "personal", 0),
        (gettext("Service hours"), "clock", "hours", 0),
        (gettext("Holidays"), "holiday", "year", 0),
        (gettext("Promises"), "kept", "promises", 0),
        (gettext("Audit log"), "list", "audit", 0),
    ]
    here = (request.endpoint or "").removeprefix("settings.").partition("_")[0]
    return [
        Tab(
            name,
            icon,
            url_for(f"settings.{code}"),
            here == code,
            capped(count, MOST_COUNTED) if count else "",
        )
        for name, icon, code, count in rows
    ]
