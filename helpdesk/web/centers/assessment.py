"""Judging who applies: the checklist of chapter 4 and the opinions of the two bodies."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.i18n import gettext
from helpdesk.models import Center
from helpdesk.models.center_record import BODIES
from helpdesk.services.certification import assessments, documents, qualification
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.web import signed
from helpdesk.web.centers.blueprint import blueprint
from helpdesk.web.centers.record import act, center_of, part, show, today
from helpdesk.web.forms import Form
from helpdesk.web.requests import now


@blueprint.get("/<code>/assessment")
@signed.staff
def assessment(code: str) -> ResponseReturnValue:
    """Show the checklist and the opinions."""
    return show("assessment", center_of(code))


@blueprint.post("/<code>/qualifications/<criterion>")
@signed.staff
def confirm(code: str, criterion: str) -> ResponseReturnValue:
    """Confirm or correct how a criterion was judged."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        met = form.one_of("met", ("yes", "no"), required=True)
        reason = form.text("reason", most=assessments.LONGEST_REASON)
        if form.valid:
            viewer = signed.viewer()
            assessments.confirm(
                work, viewer, center, criterion, met=met == "yes", reason=reason, now=now()
            )

    return act(code, "assessment", criterion, verb, gettext("Saved."))


@blueprint.post("/<code>/opinions/<body>")
@signed.staff
def give_opinion(code: str, body: str) -> ResponseReturnValue:
    """Write down a body's opinion, with its paper."""
    day = today()

    def verb(work: Session, center: Center, form: Form, files: list[StoredFile]) -> None:
        favourable = form.one_of("favourable", ("yes", "no"), required=True)
        text = form.text("text", most=assessments.LONGEST_OPINION)
        given_on = form.date("given_on", required=True)
        if not form.valid or given_on is None:
            return
        viewer = signed.viewer()
        kept = [
            documents.keep(work, file, of=center, kind="opinion", by=viewer.actor, now=now())
            for file in files
        ]
        assessments.give_opinion(
            work,
            viewer,
            center,
            body,
            favourable=favourable == "yes",
            text=text,
            given_on=given_on,
            today=day,
            document=kept[0] if kept else None,
            now=now(),
        )

    return act(code, "assessment", body, verb, gettext("Saved."), files=True)


@part("assessment")
def _assessment(work: Session, center: Center) -> dict[str, Any]:
    return {
        "criteria": assessments.checklist(work, center),
        "basic": qualification.BASIC,
        "opinions": assessments.opinions(work, center),
        "bodies": BODIES,
    }
