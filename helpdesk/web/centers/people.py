"""People of a center: contacts and their lead; its lecturers and teachers."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.i18n import gettext
from helpdesk.models import Center
from helpdesk.services.certification import center_people
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.web import signed
from helpdesk.web.centers.blueprint import ID, blueprint
from helpdesk.web.centers.record import act, center_of, part, show
from helpdesk.web.forms import Form
from helpdesk.web.requests import now

MOST_YEARS = 80


@blueprint.get("/<code>/people")
@signed.staff
def people(code: str) -> ResponseReturnValue:
    """Show who belongs to the center."""
    return show("people", center_of(code))


@blueprint.post("/<code>/people")
@signed.staff
def invite(code: str) -> ResponseReturnValue:
    """Invite somebody to the portal."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        name = form.text("name", required=True, most=100)
        email = form.text("email", required=True, most=254)
        lead = form.checked("lead")
        if form.valid:
            viewer = signed.viewer()
            center_people.invite(work, viewer, center, name=name, email=email, lead=lead, now=now())

    return act(code, "people", "invite", verb, gettext("The invitation is on its way."))


@blueprint.post(f"/<code>/people/<{ID}:number>/lead")
@signed.staff
def lead(code: str, number: int) -> ResponseReturnValue:
    """Say who speaks for the center."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        chosen = form.checked("lead")
        center_people.set_lead(work, signed.viewer(), center, number, lead=chosen, now=now())

    return act(code, "people", "lead", verb, gettext("Saved."))


@blueprint.get("/<code>/teaching")
@signed.staff
def teaching(code: str) -> ResponseReturnValue:
    """Show lecturers and teachers."""
    return show("teaching", center_of(code))


@blueprint.post("/<code>/lecturers")
@signed.staff
def add_lecturer(code: str) -> ResponseReturnValue:
    """Add a lecturer."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        values: dict[str, Any] = {
            "name": form.text("name", required=True, most=100),
            "certificate_no": form.text("certificate_no", most=64),
            "senior": form.checked("senior"),
            "issued_on": form.date("issued_on"),
            "valid_to": form.date("valid_to"),
        }
        if form.valid:
            center_people.add_lecturer(work, signed.viewer(), center, now=now(), **values)

    return act(code, "teaching", "lecturer", verb, gettext("Saved."))


@blueprint.post("/<code>/teachers")
@signed.staff
def add_teacher(code: str) -> ResponseReturnValue:
    """Add a teacher."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        kind = form.one_of("full_time", ("yes", "no"))
        values: dict[str, Any] = {
            "name": form.text("name", required=True, most=100),
            "course": form.text("course", most=200),
            "full_time": None if kind is None else kind == "yes",
            "years": form.count("years", most=MOST_YEARS),
            "remarks": form.text("remarks", most=500),
        }
        if form.valid:
            center_people.add_teacher(work, signed.viewer(), center, now=now(), **values)

    return act(code, "teaching", "teacher", verb, gettext("Saved."))


@blueprint.post(f"/<code>/lecturers/<{ID}:number>/removal")
@signed.staff
def remove_lecturer(code: str, number: int) -> ResponseReturnValue:
    """Take a lecturer off the record."""

    def verb(work: Session, center: Center, _form: Form, _files: list[StoredFile]) -> None:
        center_people.remove_lecturer(work, signed.viewer(), center, number, now=now())

    return act(code, "teaching", "removal", verb, gettext("Removed."))


@blueprint.post(f"/<code>/teachers/<{ID}:number>/removal")
@signed.staff
def remove_teacher(code: str, number: int) -> ResponseReturnValue:
    """Take a teacher off the record."""

    def verb(work: Session, center: Center, _form: Form, _files: list[StoredFile]) -> None:
        center_people.remove_teacher(work, signed.viewer(), center, number, now=now())

    return act(code, "teaching", "removal", verb, gettext("Removed."))


@part("people")
def _people(work: Session, center: Center) -> dict[str, Any]:
    return {"people": center_people.people(work, center)}


@part("teaching")
def _teaching(work: Session, center: Center) -> dict[str, Any]:
    return {
        "lecturers": center_people.lecturers(work, center),
        "teachers": center_people.teachers(work, center),
    }
