"""Views of the queue that people keep: from its filters, under a name, alone or for everybody."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.extensions import transaction
from helpdesk.i18n import gettext
from helpdesk.services.desk import saved_views
from helpdesk.web import queue, signed
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

blueprint = Blueprint("saved_views", __name__)


@blueprint.post("/queue/<view>/saved")
@signed.staff
def save(view: str) -> ResponseReturnValue:
    """Keep the view with the filters of this address."""

    def keep(session: Session, name: str, shared: bool) -> None:
        viewer, filters = signed.viewer(), queue.chosen_filters()
        saved_views.save(
            session, viewer, name=name, view=view, filters=filters, shared=shared, now=now()
        )

    return _done(view, keep)


@blueprint.post("/queue/<view>/saved/<int:number>")
@signed.staff
def change(view: str, number: int) -> ResponseReturnValue:
    """Rename one, or say who sees it."""

    def rename(session: Session, name: str, shared: bool) -> None:
        saved_views.change(session, signed.viewer(), number, name=name, shared=shared)

    return _done(view, rename)


@blueprint.post("/queue/<view>/saved/<int:number>/removal")
@signed.staff
def remove(view: str, number: int) -> ResponseReturnValue:
    """Take one away; the list stays as it is filtered."""
    with transaction() as session:
        saved_views.remove(session, signed.viewer(), number)
    flash(gettext("Removed; the tickets stay where they are."), "success")
    return redirect(queue.address(view))


def _done(view: str, do: Callable[[Session, str, bool], None]) -> ResponseReturnValue:
    """Do it and lead back to the list; where it is refused the form stands there as typed."""
    form = Form.posted(prefix=queue.KEPT)
    name = form.text("name", required=True, most=saved_views.LONGEST_NAME)
    status = 422
    if form.valid:
        try:
            with transaction() as session:
                do(session, name, form.checked("shared"))
        except Refusal as refusal:
            form.refuse(refusal)
            status = refusal.status
        else:
            flash(gettext("Saved."), "success")
            return redirect(queue.address(view))
    return render("queue/queue.html", **{**queue.listing(view), "keep": form}), status
