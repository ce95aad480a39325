"""The forms of a visit's steps, for the office's page and the portal alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.models import Ticket, Visit
from helpdesk.services import access
from helpdesk.services.onsite import visit_dates, visit_states, visits
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.visit_forms import dates_of

LONGEST_WORDS = 10_000

Act = Callable[[Session, Visit, Form], object]


@dataclass(frozen=True)
class Panel:
    """What a page shows of a ticket's visits.

    ``forms`` are by step; ``possible`` are the steps that the viewer may take with
    ``current``, and ``warnings`` other visits that its dates meet.
    """

    current: Visit | None
    earlier: list[Visit]
    possible: frozenset[str] = frozenset()
    warnings: list[Visit] = field(default_factory=list)
    forms: Mapping[str, Form] = field(default_factory=dict)

    def form(self, step: str) -> Form:
        """Return the form of a step, as it was sent where it was refused."""
        return self.forms.get(step) or Form(prefix=f"{step}-")

    def opened(self, step: str) -> bool:
        """Say whether a step's form was refused, and has to be shown."""
        return step in self.forms and not self.forms[step].valid


def panel_of(ticket: Ticket, forms: Mapping[str, Form] | None = None) -> Panel:
    """Return what the signed-in person sees of a ticket's visits."""
    work, viewer = db.session(), signed.viewer()
    rows = list(visits.of_ticket(work, ticket))
    current = next((row for row in rows if row.state in visit_states.OPEN), None)
    earlier = [row for row in rows if row is not current]
    if current is None:
        return Panel(None, earlier, forms=forms or {})
    side: visit_states.Side = "office" if viewer.is_staff else "center"
    return Panel(
        current,
        earlier,
        visit_states.possible(current.state, side),
        visit_dates.warnings_of(work, current) if viewer.is_staff else [],
        forms or {},
    )


def take(number: int, visit_id: int, step: str, act: Act) -> tuple[Form, int] | None:
    """Take a step in one transaction; return its form and status where it was refused."""
    form = Form.posted(prefix=f"{step}-")
    try:
        with transaction() as work:
            visit = access.visit_for(work, signed.viewer(), number, visit_id)
            act(work, visit, form)
            if not form.valid:
                raise Refusal("not_valid", "")  # noqa: TRY301 - undoes the transaction
    except Refusal as refusal:
        if refusal.code != "not_valid":
            form.refuse(refusal)
            return form, int(refusal.status)
        return form, 422
    return None


def reschedule(work: Session, visit: Visit, form: Form) -> None:
    """Give up the agreed date and name others, whichever side one is on."""
    reason = form.text("reason", most=visits.LONGEST_REASON)
    dates = dates_of(form)
    if form.valid:
        visits.reschedule(
            work, signed.viewer(), visit, dates, reason=reason, now=now(), **seen(form)
        )


def call_off(work: Session, visit: Visit, form: Form) -> None:
    """Call the visit off, whichever side one is on."""
    reason = form.text("reason", most=visits.LONGEST_REASON)
    if form.valid:
        visits.cancel(work, signed.viewer(), visit, reason=reason, now=now(), **seen(form))


def seen(form: Form) -> dict[str, Any]:
    """Return the version that the form was made from."""
    return {"seen": form.number("version") or 0}
