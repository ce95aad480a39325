"""Applying to become a center: begun with a mail address, filled in part by part, sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext, language
from helpdesk.models import Application
from helpdesk.services.certification import (
    application_form,
    application_papers,
    application_values,
    applications,
)
from helpdesk.services.certification.application_form import PARTS, Field, Files, Part
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.hours import calendars
from helpdesk.services.personal import sealed
from helpdesk.web import uploads
from helpdesk.web.files import send_document
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now, place

blueprint = Blueprint("apply", __name__, url_prefix="/apply")

TRAP = "website"
MORE_ROWS = 3


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Say what is asked for, and begin or go on."""
    return _start(Form())


@blueprint.post("/")
def begin() -> ResponseReturnValue:
    """Begin an application and mail its link; an address that has one gets a new link."""
    form = Form.posted()
    email = form.text("email", required=True, most=254)
    if form.values.pop(TRAP, ""):
        form.errors[""] = gettext(
            "A field that people do not see was filled in. If you are a person, "
            "please send it again."
        )
    try:
        if not form.valid:
            return _start(form), 422
        with transaction() as work:
            applications.count_start(work, email, place(), now=now())
        with transaction() as work:
            earlier = applications.begun_with(work, email)
            if earlier is not None:  # only the mail's reader may see what is in it
                applications.send_link(work, earlier, now=now())
            else:
                started = applications.begin(work, email, locale=language(), now=now())
                work.flush()
                session["application"] = started.id
    except Refusal as refusal:
        form.refuse(refusal)
        return _start(form), refusal.status
    if earlier is not None:
        session.pop("application", None)
        return render("apply/mailed.html", email=email)
    flash(gettext("A link to go on with later is on its way to you."), "success")
    return redirect(url_for("apply.part", name=PARTS[0].name))


@blueprint.get("/continue/<token>")
def go_on(token: str) -> ResponseReturnValue:
    """Open the application of a mailed link in this browser."""
    with transaction() as work:
        application = applications.by_token(work, token, now=now())
        session["application"] = session["application_link"] = application.id
        session.permanent = True
        sent = application.submitted_at is not None
    return redirect(url_for("apply_status.show" if sent else "apply.review"))


@blueprint.get("/form/<name>")
def part(name: str) -> ResponseReturnValue:
    """Show a part of the form as it was typed."""
    application, wanted = mine(), _part(name)
    if application.submitted_at is not None:
        return redirect(url_for("apply_status.show"))
    form = Form(_shown(application, wanted))
    form.errors.update(_still_wrong(application, wanted))
    return _page(application, wanted, form)


@blueprint.post("/form/<name>")
def save(name: str) -> ResponseReturnValue:
    """Keep a part and go on; what is wrong is shown, and kept as it was typed."""
    wanted = _part(name)
    form = Form.posted()
    is_open = mine().submitted_at is None
    try:
        # a file that will be refused anyway must not be left in the storage
        papers = [(files, _papers(files)) for files in wanted.files if is_open]
        with transaction() as work:
            application = mine()
            checked = applications.save(
                work, application, wanted, _typed(form), now=now(), today=_today()
            )
            for files, sent in papers:
                if sent:
                    application_papers.add(work, application, files, sent, now=now())
        form.errors.update(checked.errors)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(mine(), wanted, _as_kept(mine(), wanted, form)), refusal.status
    if not form.valid:
        return _page(mine(), wanted, _as_kept(mine(), wanted, form)), 422
    if "more" in form.values:
        return redirect(url_for("apply.part", name=name, rows=_rows_shown() + MORE_ROWS))
    if "stay" in form.values:
        return redirect(url_for("apply.part", name=name))
    following = PARTS[PARTS.index(wanted) + 1 :]
    if following:
        return redirect(url_for("apply.part", name=following[0].name))
    return redirect(url_for("apply.review"))


@blueprint.post("/form/<name>/draft")
def draft(name: str) -> ResponseReturnValue:
    """Keep what is being typed, without the page."""
    with transaction() as work:
        applications.save(
            work, mine(), _part(name), _typed(Form.posted()), now=now(), today=_today()
        )
    return "", 204


@blueprint.get("/papers/<int:number>")
def paper(number: int) -> ResponseReturnValue:
    """Send one of the application's own files."""
    return send_document(application_papers.paper_of(db.session(), mine(), number))


@blueprint.post("/papers/<int:number>/removal")
def remove(number: int) -> ResponseReturnValue:
    """Take a file back."""
    with transaction() as work:
        kind = application_papers.paper_of(work, mine(), number).kind
        application_papers.remove(work, mine(), number, now=now())
    wanted = next(p for p in PARTS if any(files.kind == kind for files in p.files))
    return redirect(url_for("apply.part", name=wanted.name))


@blueprint.get("/review")
def review() -> ResponseReturnValue:
    """Show the whole form and what is still missing."""
    application = mine()
    if application.submitted_at is not None:
        return redirect(url_for("apply_status.show"))
    return _review(application, Form())


@blueprint.get("/print")
def whole() -> ResponseReturnValue:
    """Show the form on paper: in Chinese, with the English names."""
    return render("apply/print.html", **_whole(mine()))


@blueprint.post("/submission")
def submit() -> ResponseReturnValue:
    """Send the application."""
    form = Form.posted()
    if not form.checked("true"):
        form.errors["true"] = gettext("Please confirm that what you wrote is true.")
        return _review(mine(), form), 422
    try:
        with transaction() as work:
            applications.submit(work, mine(), now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _review(mine(), form), refusal.status
    return redirect(url_for("apply_status.show"))


@blueprint.post("/leave")
def leave() -> ResponseReturnValue:
    """Forget the application in this browser; the mailed link opens it again."""
    session.pop("application", None)
    session.pop("application_link", None)
    flash(gettext("This browser has forgotten your application. The mailed link opens it."), "info")
    return redirect(url_for("apply.index"))


def current() -> Application | None:
    """Return the application that this browser works on, if it holds one.

    Once its link was opened, only browsers that opened it hold it. Whoever began it may have
    named somebody else's address, who fills it in now.
    """
    number = session.get("application")
    found = db.session.get(Application, number) if number is not None else None
    if found is None or found.erased_at is not None:
        return None
    opened = session.get("application_link") == found.id
    return found if opened or found.confirmed_at is None else None


def _papers(files: Files) -> list[StoredFile]:
    """Return the papers of a field, checked and in the storage before the database is locked."""
    return uploads.stored(application_papers.checked(files, uploads.attachments(files.kind)))


def mine() -> Application:
    """Return the application that this browser works on; raise NotFound without one."""
    found = current()
    if found is None:
        raise NotFound(
            "no_application",
            gettext("This browser holds no application. Open the link that we mailed to you."),
        )
    return found


def _start(form: Form) -> str:
    return render("apply/start.html", form=form, trap=TRAP, current=current(), parts=PARTS)


def _part(name: str) -> Part:
    found = application_form.part_named(name)
    if found is None:
        raise NotFound("no_part", gettext("The form has no such part."))
    return found


def _page(application: Application, wanted: Part, form: Form) -> str:
    work = db.session()
    steps = applications.progress(work, application)
    papers = [
        paper
        for paper in applications.papers(work, application)
        if any(files.kind == paper.kind for files in wanted.files)
    ]
    return render(
        "apply/part.html",
        application=application,
        part=wanted,
        form=form,
        steps=steps,
        papers=papers,
        masked=_masked(application),
        rows_shown=_rows_shown(),
    )


def _review(application: Application, form: Form) -> str:
    return render("apply/review.html", form=form, **_whole(application))


def _whole(application: Application) -> dict[str, Any]:
    work = db.session()
    return {
        "application": application,
        "steps": applications.progress(work, application),
        "papers": applications.papers(work, application),
        "values": applications.values_of(application),
        "masked": _masked(application),
    }


def _masked(application: Application) -> Mapping[str, str]:
    """Return what may be shown of the sealed numbers, by field."""
    values = applications.values_of(application)
    return sealed.masked_by_name(db.session(), values, application_form.SEALED)


def _typed(form: Form) -> dict[str, str]:
    return {name: str(value) for name, value in form.values.items() if name != "csrf_token"}


def _shown(application: Application, wanted: Part) -> dict[str, str]:
    """Return what the fields of a part show: what is right, or else what was typed."""
    values = applications.values_of(application)
    shown = {
        question.name: _text(question, values.get(question.name)) for question in wanted.fields
    }
    for rows in wanted.rows:
        for number, row in enumerate(values.get(rows.name) or ()):
            for column in rows.columns:
                name = f"{rows.name}.{number}.{column.name}"
                shown[name] = _text(column, row.get(column.name))
    return {**shown, **(application.data.get("typed") or {})}


def _as_kept(application: Application, wanted: Part, form: Form) -> Form:
    """Show what was sent, with what is kept where nothing was sent; never an ID number."""
    values = {**_shown(application, wanted), **_typed(form)}
    for name in application_form.SEALED:
        values.pop(name, None)
    form.values = values
    return form


def _still_wrong(application: Application, wanted: Part) -> dict[str, str]:
    """Return why what was typed earlier is wrong."""
    typed = application.data.get("typed") or {}
    if not typed:
        return {}
    errors = application_values.check(wanted, typed, today=_today()).errors
    again = gettext("Please check this and save it again.")
    return {name: errors.get(name, again) for name in typed if _belongs(wanted, name)}


def _belongs(wanted: Part, name: str) -> bool:
    rows = {rows.name for rows in wanted.rows}
    return name.partition(".")[0] in rows or name in {field.name for field in wanted.fields}


def _text(question: Field, value: object) -> str:
    if value is None or question.kind == "id_number":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _rows_shown() -> int:
    return min(request.args.get("rows", MORE_ROWS, type=int), 60)


def _today() -> date:
    calendar = calendars.default(db.session())
    return calendar.local_date(now())
