"""What a center asked for: changes of its record, to be taken over or refused."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.i18n import gettext
from helpdesk.models import Center
from helpdesk.services import center_requests
from helpdesk.services.tickets import StoredFile
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


@part("requests")
def _requests(work: Session, center: Center) -> dict[str, Any]:
    return {"requests": center_requests.of_center(work, center)}
