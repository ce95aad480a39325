"""The facts of a center: its columns, and what its application said."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.i18n import gettext
from helpdesk.models import Center
from helpdesk.services.certification import application_form, centers
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.personal import sealed
from helpdesk.web import signed
from helpdesk.web.centers.blueprint import blueprint
from helpdesk.web.centers.record import act, center_of, part, show
from helpdesk.web.forms import Form
from helpdesk.web.requests import now

SHOWN = (*centers.FACTS, *centers.DATES, "agreement_to")


@blueprint.get("/<code>/facts")
@signed.staff
def facts(code: str) -> ResponseReturnValue:
    """Show the facts."""
    return show("facts", center_of(code))


@blueprint.post("/<code>/facts")
@signed.staff
def change_facts(code: str) -> ResponseReturnValue:
    """Change the facts."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        values, domains = read_facts(form)
        dated: dict[str, Any] = {name: form.date(name) for name in centers.DATES}
        if form.valid:
            centers.change(
                work, signed.viewer(), center, values | dated, domains=domains, now=now()
            )

    return act(code, "facts", "facts", verb, gettext("Saved."))


def read_facts(form: Form) -> tuple[dict[str, str | date | None], list[str]]:
    """Return the facts that a form names, and the mail domains."""
    values: dict[str, str | date | None] = {
        name: form.text(name, required=name in ("code", "name"), most=most)
        for name, most in centers.FACTS.items()
    }
    domains = form.text("domains", most=5000).replace(",", " ").replace("，", " ").split()
    return values, domains


@part("facts")
def _facts(work: Session, center: Center) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(center, name) for name in centers.FACTS}
    values |= {
        name: day.isoformat() if (day := getattr(center, name)) else "" for name in centers.DATES
    }
    values["domains"] = "\n".join(row.domain for row in center.domains)
    return {
        "values": values,
        "shown": SHOWN,
        "parts": application_form.PARTS,
        "masked": sealed.masked_by_name(work, center.profile, application_form.SEALED),
    }
