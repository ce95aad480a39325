"""What a center asked for: changes of its record, to be taken over or refused."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.i18n import gettext
from helpdesk.models import Center
from helpdesk.services.certification import center_requests, documents
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.web import signed
from helpdesk.web.centers.blueprint import ID, blueprint
from helpdesk.web.centers.record import act, center_of, part, show
from helpdesk.web.forms import Form
from helpdesk.web.requests import now


@blueprint.get("/<code>/requests")
@signed.staff
def requests(code: str) -> ResponseReturnValue:
    """Show what the center asked for."""
    return show("requests", center_of(code))


@blueprint.post(f"/<code>/requests/<{ID}:number>/decision")
@signed.staff
def decide(code: str, number: int) -> ResponseReturnValue:
    """Take a change over, or say why not."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        request = center_requests.find(work, center, number)
        answer = form.text("answer", most=center_requests.LONGEST_REASON)
        accept = form.values.get("accept") == "1"
        if form.valid:
            viewer = signed.viewer()
            center_requests.decide(work, viewer, request, accept=accept, answer=answer, now=now())

    return act(code, "requests", f"request{number}", verb, gettext("Decided."))


@blueprint.post("/<code>/exit-letters")
@signed.staff
def enter_exit(code: str) -> ResponseReturnValue:
    """Write down a written application to leave that came by letter."""

    def verb(work: Session, center: Center, form: Form, files: list[StoredFile]) -> None:
        viewer, seen = signed.viewer(), form.number("version") or 0
        letter_from = form.text("letter_from", required=True, most=100)
        reason = form.text("reason", most=center_requests.LONGEST_REASON)
        if not form.valid:
            return
        kind = "exit_application"
        kept = [
            documents.keep(
                work, file, of=center, kind=kind, by=viewer.actor, now=now(), shared=True
            )
            for file in files
        ]
        center_requests.enter_exit(
            work,
            viewer,
            center,
            kept[0] if kept else None,
            letter_from=letter_from,
            reason=reason,
            seen=seen,
            now=now(),
        )

    said = gettext("Written down: the center asked to leave.")
    return act(code, "requests", "letter", verb, said, files=True)


@part("requests")
def _requests(work: Session, center: Center) -> dict[str, Any]:
    return {"requests": center_requests.of_center(work, center)}
