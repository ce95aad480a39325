"""Annual reviews: the year's task, and what was found."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.i18n import gettext
from helpdesk.models import Center
from helpdesk.services.certification import annual_reviews
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.web import signed
from helpdesk.web.centers.blueprint import ID, blueprint
from helpdesk.web.centers.record import act, center_of, part, show, today
from helpdesk.web.forms import Form
from helpdesk.web.requests import now


@blueprint.get("/<code>/reviews")
@signed.staff
def reviews(code: str) -> ResponseReturnValue:
    """Show the annual reviews, the latest first."""
    return show("reviews", center_of(code))


@blueprint.post("/<code>/reviews")
@signed.staff
def set_review(code: str) -> ResponseReturnValue:
    """Set a year's task."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        year = form.number("year")
        task = form.text("task", required=True, most=annual_reviews.LONGEST_TASK)
        target, due_on = form.count("target"), form.date("due_on")
        if form.valid:
            annual_reviews.set_up(
                work,
                signed.viewer(),
                center,
                year or 0,
                task=task,
                target=target,
                due_on=due_on,
                now=now(),
            )

    return act(code, "reviews", "task", verb, gettext("Saved."))


@blueprint.post(f"/<code>/reviews/<{ID}:year>")
@signed.staff
def write_review(code: str, year: int) -> ResponseReturnValue:
    """Write down what was done and found; the step itself decides."""

    def verb(work: Session, center: Center, form: Form, _files: list[StoredFile]) -> None:
        done = form.count("done")
        findings = form.text("findings", required=True, most=annual_reviews.LONGEST_FINDINGS)
        if form.valid:
            viewer = signed.viewer()
            annual_reviews.write(
                work, viewer, center, year, done=done, findings=findings, now=now()
            )

    return act(code, "reviews", f"review{year}", verb, gettext("Saved."))


@part("reviews")
def _reviews(work: Session, center: Center) -> dict[str, Any]:
    rows = annual_reviews.of_center(work, center)
    due = center.review_due_on.isoformat() if center.review_due_on else ""
    new = {"year": today().year, "due_on": due, "target": ""}
    values = {
        row.year: {"done": "" if row.done is None else str(row.done), "findings": row.findings}
        for row in rows
        if row.outcome is None
    }
    return {"rows": rows, "new": new, "values": values}
