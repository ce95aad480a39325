"""The first page of a record: where the center stands, its next steps, and how it fares."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.errors import NotFound
from helpdesk.i18n import gettext
from helpdesk.labels import CENTER_STATES, WAYS_OUT
from helpdesk.models import Center
from helpdesk.runtime import current_config
from helpdesk.services.certification import (
    assessments,
    center_board,
    center_health,
    center_life,
    center_log,
    center_needs,
    center_people,
    center_reminders,
    center_states,
    centers,
    closing,
    documents,
)
from helpdesk.services.certification.center_life import LONGEST_REASON, Lacking
from helpdesk.services.certification.center_needs import Told
from helpdesk.services.certification.center_reminders import WAITING
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.web import signed
from helpdesk.web.centers.blueprint import blueprint
from helpdesk.web.centers.record import act, calendar, center_of, part, show, today
from helpdesk.web.forms import Form
from helpdesk.web.requests import now

LATEST = 5


@blueprint.get("/<code>")
@signed.staff
def overview(code: str) -> ResponseReturnValue:
    """Show where the center stands."""
    return show("overview", center_of(code))


@blueprint.get("/<code>/steps/<step>")
@signed.staff
def step(code: str, step: str) -> ResponseReturnValue:
    """Lead a step's address to its form."""
    return redirect(url_for("centers.overview", code=code, _anchor=step))


@blueprint.post("/<code>/steps/<step>")
@signed.staff
def take_step(code: str, step: str) -> ResponseReturnValue:
    """Take a step of the center's life, with its papers."""
    if step not in center_states.STEPS:
        raise NotFound("no_step", gettext("There is no such step."))

    def verb(work: Session, center: Center, form: Form, files: list[StoredFile]) -> None:
        viewer, seen = signed.viewer(), form.number("version") or 0
        told: dict[str, Any] = {
            name: form.text(name, most=most)
            for name, most in (
                ("reason", LONGEST_REASON),
                ("plaque_no", 64),
                ("certificate_no", 64),
                ("code", 32),
            )
        }
        if not form.valid:
            return
        rule = center_states.rule_for(center.state, step)
        kind = center_needs.paper_kind(rule) if rule else "other"
        kept = [
            documents.keep(work, file, of=center, kind=kind, by=viewer.actor, now=now())
            for file in files
        ]
        said = Told(documents=kept, **told)
        try:
            center_life.take(work, viewer, center, step, said, seen=seen, now=now())
        except Lacking as lacking:
            form.values["lacking"] = lacking.needs
            raise

    return act(code, "overview", step, verb, gettext("The step is taken."), files=True)


@blueprint.post("/<code>/returns")
@signed.staff
def note_returns(code: str) -> ResponseReturnValue:
    """Note when plaque and documents came back."""
    day = today()

    def verb(work: Session, center: Center, form: Form, files: list[StoredFile]) -> None:
        viewer = signed.viewer()
        plaque_on, documents_on = (form.date(name) for name in closing.RETURNED)
        if not form.valid:
            return
        closing.note_returns(
            work,
            viewer,
            center,
            plaque_on=plaque_on,
            documents_on=documents_on,
            today=day,
            now=now(),
        )
        for file in files:
            kind = "return_receipt"
            documents.keep(work, file, of=center, kind=kind, by=viewer.actor, now=now())

    return act(code, "overview", "returns", verb, gettext("Saved."), files=True)


@blueprint.post("/<code>/state")
@signed.staff
def correct_state(code: str) -> ResponseReturnValue:
    """Set by hand where the center stands."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        viewer, seen = signed.viewer(), form.number("version") or 0
        state = form.one_of("state", centers.STATES, required=True) or ""
        exit_by = form.one_of("exit_by", WAYS_OUT)
        why = form.text("why", required=True, most=centers.LONGEST_REASON)
        if form.valid:
            centers.correct(
                work, viewer, center, state=state, exit_by=exit_by, why=why, seen=seen, now=now()
            )

    return act(code, "overview", "state", verb, gettext("Saved."))


@part("overview")
def _overview(work: Session, center: Center) -> dict[str, Any]:
    viewer = signed.viewer()
    leaving = center.state in ("exit_processing", "exited")
    notice = center_needs.cancellation(work, center) if leaving else None
    events, _more = center_log.page(work, center, limit=LATEST)
    return {
        "steps": center_life.possible(work, viewer, center, today=today()),
        "sentences": center_needs.SENTENCES,
        "places": PLACES,
        "health": center_health.of(work, center, today=today(), now=now()),
        "standing": _standing(center),
        "leads": center_people.leads(work, center),
        "notice": notice,
        "missing": center_board.missing_duties(center, notice) if leaving else (),
        "opinions": _opinions(work, center),
        "events": events,
        "states": list(CENTER_STATES.items()),
        "ways_out": list(WAYS_OUT.items()),
    }


def _standing(center: Center) -> dict[str, Any]:
    """Return for how many service days the center has stood there, and whether that is long."""
    days = int(center_reminders.age(calendar(), center, now=now()))
    waiting = WAITING.get(center.state)
    limit = current_config().center_reminder_days[waiting] if waiting else None
    return {"days": days, "limit": limit, "overdue": limit is not None and days >= limit}


def _opinions(work: Session, center: Center) -> dict[str, Any]:
    return assessments.opinions(work, center) if center.state == "joint_review" else {}


PLACES = {
    "qualification": "assessment",
    "visit_report": "documents",
    "dossier": "documents",
    "opinions": "assessment",
    "agreement": "agreements",
    "dates": "agreements",
    "region": "agreements",
    "renewed_agreement": "agreements",
    "lecturer_certificate": "teaching",
    "review": "reviews",
}
"""The part of the record where a need of a step is met."""
