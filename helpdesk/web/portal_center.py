"""The portal's pages of a center itself: its record, its people, its papers, its requests, fees."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import Center
from helpdesk.services import access
from helpdesk.services.certification import (
    center_needs,
    center_people,
    center_requests,
    center_states,
    documents,
    remittances,
)
from helpdesk.services.certification.application_form import field_named
from helpdesk.services.hours import calendars
from helpdesk.web import signed, uploads
from helpdesk.web.files import send_document
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

blueprint = Blueprint("portal_center", __name__, url_prefix="/portal")


@blueprint.get("/record")
@signed.contact
def record() -> ResponseReturnValue:
    """Show the center's own record: where it stands, its agreement, its people, its papers."""
    work, center = db.session(), _center()
    agreement = center_needs.agreement_on(work, center, _today())
    latest = center_needs.latest_agreement(work, center)
    return render(
        "portal/record.html",
        center=center,
        agreement=agreement,
        renewed=latest if latest is not agreement else None,
        lecturers=center_people.lecturers(work, center),
        teachers=center_people.teachers(work, center),
        papers=documents.of_center(work, signed.viewer(), center),
        requests=center_requests.of_center(work, center, limit=5),
        may_ask=_may_act(center),
    )


@blueprint.get("/documents/<int:number>")
@signed.contact
def document(number: int) -> ResponseReturnValue:
    """Send one of the papers that the office shares with the center."""
    return send_document(access.document_for(db.session(), signed.viewer(), number))


@blueprint.get("/people")
@signed.contact
def people() -> ResponseReturnValue:
    """Show who belongs to the center, and let the lead invite others."""
    return _people(Form())


@blueprint.post("/people")
@signed.contact
def invite() -> ResponseReturnValue:
    """Invite a colleague, who is mailed a link on which to set a password."""
    form = Form.posted()
    name = form.text("name", required=True, most=100)
    email = form.text("email", required=True, most=254)
    if not form.valid:
        return _people(form), 422
    try:
        with transaction() as work:
            center = _writing(work)
            center_people.invite(
                work, signed.viewer(), center, name=name, email=email, lead=False, now=now()
            )
    except Refusal as refusal:
        form.refuse(refusal)
        return _people(form), refusal.status
    flash(gettext("The invitation is on its way."), "success")
    return redirect(url_for("portal_center.people"))


@blueprint.post("/people/<int:number>/closure")
@signed.contact
def close(number: int) -> ResponseReturnValue:
    """End a colleague's sign-in."""
    with transaction() as work:
        center_people.close(work, signed.viewer(), _writing(work), number, now=now())
    flash(gettext("The sign-in is closed."), "success")
    return redirect(url_for("portal_center.people"))


@blueprint.post("/people/<int:number>/lead")
@signed.contact
def hand_over(number: int) -> ResponseReturnValue:
    """Let a colleague speak for the center too."""
    with transaction() as work:
        center = _writing(work)
        center_people.set_lead(work, signed.viewer(), center, number, lead=True, now=now())
    flash(gettext("Saved."), "success")
    return redirect(url_for("portal_center.people"))


@blueprint.get("/requests")
@signed.contact
def requests() -> ResponseReturnValue:
    """Show what was asked, and the forms for a change and for leaving."""
    return _requests(_facts(_center()), Form(prefix="exit-"))


@blueprint.post("/requests")
@signed.contact
def ask_change() -> ResponseReturnValue:
    """Ask the office to change facts of the record."""
    form = Form.posted()
    reason = form.text("reason", most=center_requests.LONGEST_REASON)
    try:
        with transaction() as work:
            asked = center_requests.ask_change(
                work,
                signed.viewer(),
                _writing(work),
                {name: str(value) for name, value in form.values.items()},
                reason=reason,
                now=now(),
                today=_today(),
            ).id
        number = center_requests.ensure_ticket(asked, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _requests(form, Form(prefix="exit-")), refusal.status
    flash(gettext("Your request is with the office: ticket #%(number)s.", number=number), "success")
    return redirect(url_for("portal_center.requests"))


@blueprint.post("/requests/exit")
@signed.contact
def ask_exit() -> ResponseReturnValue:
    """Ask to leave, with the written application."""
    form = Form.posted(prefix="exit-")
    reason = form.text("reason", most=center_requests.LONGEST_REASON)
    seen = form.number("version") or 0
    try:
        files = [documents.checked(file) for file in uploads.attachments()]
        stored = uploads.stored(files)
        with transaction() as work:
            center, viewer = _writing(work), signed.viewer()
            access.require_center_role(viewer, center, "center")
            paper = None
            if stored:
                paper = documents.keep(
                    work,
                    stored[0],
                    of=center,
                    kind="exit_application",
                    by=viewer.actor,
                    now=now(),
                    shared=True,
                )
            asked = center_requests.ask_exit(
                work, viewer, center, paper, reason=reason, seen=seen, now=now()
            ).id
        center_requests.ensure_ticket(asked, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _requests(_facts(_center()), form), refusal.status
    flash(
        gettext("Your application to leave is with the office. You go on serving meanwhile."),
        "success",
    )
    return redirect(url_for("portal_center.requests"))


@blueprint.post("/requests/<int:number>/withdrawal")
@signed.contact
def withdraw(number: int) -> ResponseReturnValue:
    """Take a request back."""
    with transaction() as work:
        request = center_requests.find(work, _writing(work), number)
        center_requests.withdraw(signed.viewer(), request, now=now())
    flash(gettext("The request is taken back."), "success")
    return redirect(url_for("portal_center.requests"))


@blueprint.get("/fees")
@signed.contact
def fees() -> ResponseReturnValue:
    """Show the exam fees reported so far, and the form for the next exam."""
    return _fees(Form())


@blueprint.post("/fees")
@signed.contact
def report_fees() -> ResponseReturnValue:
    """Report an exam's fees: collected and remitted before the exam."""
    form = Form.posted()
    exam_on = form.date("exam_on", required=True)
    collected_on, remitted_on = form.date("collected_on"), form.date("remitted_on")
    intermediate, senior, remitted = (
        form.count(name, most=remittances.MOST_YUAN) or 0
        for name in ("intermediate", "senior", "remitted")
    )
    if not form.valid or exam_on is None:
        return _fees(form), 422
    try:
        with transaction() as work:
            remittances.report(
                work,
                signed.viewer(),
                _writing(work),
                exam_on=exam_on,
                collected_on=collected_on,
                remitted_on=remitted_on,
                intermediate=intermediate,
                senior=senior,
                remitted=remitted,
                now=now(),
            )
    except Refusal as refusal:
        form.refuse(refusal)
        return _fees(form), refusal.status
    flash(gettext("Reported to the office."), "success")
    return redirect(url_for("portal_center.fees"))


def _center() -> Center:
    return access.own_center(db.session(), signed.viewer())


def _writing(work: Session) -> Center:
    """Return the center of somebody who may change something there."""
    access.require_writing_center(work, signed.viewer())
    return access.own_center(work, signed.viewer())


def _may_act(center: Center) -> bool:
    return signed.viewer().leads and center.state not in center_states.OVER


def _facts(center: Center) -> Form:
    return Form({name: getattr(center, name) for name in center_requests.CHANGEABLE})


def _people(form: Form) -> str:
    work, center = db.session(), _center()
    return render(
        "portal/people.html",
        form=form,
        center=center,
        people=center_people.people(work, center),
        may_invite=_may_act(center),
    )


def _requests(form: Form, leaving: Form) -> str:
    work, center = db.session(), _center()
    fields: list[Any] = [field_named(name) for name in center_requests.CHANGEABLE]
    return render(
        "portal/requests.html",
        form=form,
        leaving=leaving,
        center=center,
        fields=fields,
        requests=center_requests.of_center(work, center),
        may_ask=_may_act(center),
        may_leave=_may_act(center) and center.state == "authorized",
    )


def _fees(form: Form) -> str:
    work, center = db.session(), _center()
    rows, _more = remittances.of_center(work, center)
    return render(
        "portal/fees.html",
        form=form,
        center=center,
        rows=rows,
        agreement=center_needs.agreement_on(work, center, _today()),
        today=_today(),
        may_report=_may_act(center),
    )


def _today() -> date:
    calendar = calendars.default(db.session())
    return calendar.local_date(now())
