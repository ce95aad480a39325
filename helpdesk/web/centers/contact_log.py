"""How a center was in touch: tickets, calls and visits; and the history of its record."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.models import Center
from helpdesk.services.certification import center_contacts, center_log
from helpdesk.web import signed
from helpdesk.web.centers.blueprint import blueprint
from helpdesk.web.centers.record import before, center_of, part, show


@blueprint.get("/<code>/tickets")
@signed.staff
def tickets(code: str) -> ResponseReturnValue:
    """Show the tickets, the newest first."""
    return show("tickets", center_of(code))


@blueprint.get("/<code>/calls")
@signed.staff
def calls(code: str) -> ResponseReturnValue:
    """Show the calls, the newest first."""
    return show("calls", center_of(code))


@blueprint.get("/<code>/visits")
@signed.staff
def visits(code: str) -> ResponseReturnValue:
    """Show the visits, the newest first."""
    return show("visits", center_of(code))


@blueprint.get("/<code>/history")
@signed.staff
def history(code: str) -> ResponseReturnValue:
    """Show the log, the newest first."""
    return show("history", center_of(code))


@part("tickets")
def _tickets(work: Session, center: Center) -> dict[str, Any]:
    rows, more = center_contacts.tickets(work, signed.viewer(), center, before=before())
    return {"rows": rows, "more": more, "before": before()}


@part("calls")
def _calls(work: Session, center: Center) -> dict[str, Any]:
    rows, more = center_contacts.calls(work, signed.viewer(), center, before=before())
    return {"rows": rows, "more": more, "before": before()}


@part("visits")
def _visits(work: Session, center: Center) -> dict[str, Any]:
    rows, more = center_contacts.visits(work, signed.viewer(), center, before=before())
    return {"rows": rows, "more": more, "before": before()}


@part("history")
def _history(work: Session, center: Center) -> dict[str, Any]:
    rows, more = center_log.page(work, center, before=before())
    return {"rows": rows, "more": more, "before": before()}
