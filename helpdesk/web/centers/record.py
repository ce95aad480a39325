"""What the parts of a center's record share: their frame, and how something is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.errors import Forbidden, NotFound, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import Center
from helpdesk.services import access
from helpdesk.services.certification import documents
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.hours import calendars
from helpdesk.web import signed, uploads
from helpdesk.web.addresses import row_asked
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import kept, now
from sla.calendar import Calendar

Values = Callable[[Session, Center], dict[str, Any]]
Verb = Callable[[Session, Center, Form, list[StoredFile]], object]

PARTS: dict[str, Values] = {}
"""What each part of the record shows, by the name of its view and its template."""


@dataclass(frozen=True)
class Forms:
    """The forms of a page by name: as they were sent where they were refused, else new."""

    refused: Mapping[str, Form] = field(default_factory=dict)

    def of(self, name: str, values: Mapping[str, Any] | None = None) -> Form:
        """Return a form; ``values`` are what a new one begins with."""
        return self.refused.get(name) or Form(values, prefix=f"{name}-")

    def opened(self, name: str) -> bool:
        """Say whether a form was refused, and has to be shown."""
        return name in self.refused


@dataclass(frozen=True)
class Tab:
    """One part of the record."""

    name: str
    icon: str
    href: str
    current: bool


def part(name: str) -> Callable[[Values], Values]:
    """Say what a part of the record shows."""

    def remember(values: Values) -> Values:
        PARTS[name] = values
        return values

    return remember


def center_of(code: str) -> Center:
    """Return the center with this code, for whoever is signed in."""
    return access.center_for(db.session(), signed.viewer(), code)


def today() -> date:
    """Return the date that it is at the desk."""
    return calendar().local_date(now())


def calendar() -> Calendar:
    """Return the desk's calendar, which a page asks for once."""
    return kept("calendar", lambda: calendars.default(db.session()))


def show(name: str, center: Center, forms: Mapping[str, Form] | None = None) -> str:
    """Render a part of a center's record."""
    viewer = signed.viewer()
    roles = access.center_roles(viewer, center)
    return render(
        f"centers/{name}.html",
        center=center,
        tabs=_tabs(center.code, name),
        forms=Forms(forms or {}),
        edits="office" in roles,
        reviews="channel_manager" in roles,
        today=today(),
        **PARTS[name](db.session(), center),
    )


def act(
    code: str, where: str, name: str, verb: Verb, said: str, *, files: bool = False
) -> ResponseReturnValue:
    """Change something of a center in one transaction; a refused form comes back as it was.

    ``where`` is the part of the record that holds the form, ``name`` the form's own name.
    """
    form = Form.posted(prefix=f"{name}-")
    try:
        sent = papers() if files else []  # put away before the database is locked for writing
        with transaction() as work:
            center = access.center_for(work, signed.viewer(), code)
            verb(work, center, form, sent)
            if not form.valid:
                raise Refusal("not_valid", "")  # noqa: TRY301 - undoes the transaction
            code = center.code
    except (Forbidden, NotFound):
        raise
    except Refusal as refusal:
        if refusal.code != "not_valid":
            form.refuse(refusal)
        status = 422 if refusal.code == "not_valid" else int(refusal.status)
        return show(where, center_of(code), {name: form}), status
    flash(said, "success")
    return redirect(url_for(f"centers.{where}", code=code))


def papers(name: str = "files") -> list[StoredFile]:
    """Return the papers of a field, checked by their content and kept in the storage."""
    return uploads.stored([documents.checked(file) for file in uploads.attachments(name)])


def before() -> int | None:
    """Return where a list goes on, as the address says."""
    return row_asked("before")


def _tabs(code: str, here: str) -> Sequence[Tab]:
    rows = (
        (gettext("Overview"), "center", "overview"),
        (gettext("Facts"), "list", "facts"),
        (gettext("People"), "users", "people"),
        (gettext("Teachers"), "book", "teaching"),
        (gettext("Assessment"), "checks", "assessment"),
        (gettext("Agreements"), "edit", "agreements"),
        (gettext("Annual reviews"), "calendar", "reviews"),
        (gettext("Exam fees"), "report", "fees"),
        (gettext("Documents"), "attach", "documents"),
        (gettext("Requests"), "reply", "requests"),
        (gettext("Tickets"), "inbox", "tickets"),
        (gettext("Calls"), "hotline", "calls"),
        (gettext("Visits"), "onsite", "visits"),
        (gettext("History"), "history", "history"),
    )
    return [
        Tab(name, icon, url_for(f"centers.{view}", code=code), view == here)
        for name, icon, view in rows
    ]
