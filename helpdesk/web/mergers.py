"""Merging tickets: choosing where they go, seeing what will happen, and doing it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext, ngettext
from helpdesk.models import Ticket
from helpdesk.services import access
from helpdesk.services.database import row_numbers
from helpdesk.services.desk import merge_preview, merging
from helpdesk.services.desk.merge_preview import Preview
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

blueprint = Blueprint("mergers", __name__, url_prefix="/mergers")


@blueprint.get("/new")
@signed.staff
def new() -> ResponseReturnValue:
    """Show which tickets are to be merged, and where they may go."""
    return _page(_numbers(request.args.getlist("ticket")), Form())


@blueprint.post("/new")
@signed.staff
def choose() -> ResponseReturnValue:
    """Go on with the tickets that are ticked in a list."""
    return redirect(url_for("mergers.new", ticket=_numbers(request.form.getlist("ticket"))))


@blueprint.post("/")
@signed.staff
def merge() -> ResponseReturnValue:
    """Merge tickets, once it was shown what that does."""
    form, picked = Form.posted(), _numbers(request.form.getlist("ticket"))
    into = form.number("number") or form.number("into")
    if into is None and form.valid:
        form.errors["into"] = gettext("Choose the ticket that they are to go into.")
    if into is None or not form.valid:
        return _page(picked, form), 422
    # of several that were ticked one may be where the others go
    numbers = [number for number in picked if number != into or len(picked) == 1]
    try:
        if not form.checked("seen"):
            shown = merge_preview.preview(signed.viewer(), numbers, into, now=now())
            return _page(picked, form, shown)
        with transaction() as session:
            merging.merge(session, signed.viewer(), numbers, into, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(picked, form), refusal.status
    merged = ngettext("%(num)s ticket merged.", "%(num)s tickets merged.", len(numbers))
    flash(merged, "success")
    return redirect(url_for("ticket.show", number=into))


def _page(numbers: Sequence[int], form: Form, preview: Preview | None = None) -> str:
    session, viewer = db.session(), signed.viewer()
    picked = [access.ticket_for(session, viewer, number) for number in numbers[: merging.MOST]]
    return render(
        "ticket/merge.html",
        picked=picked,
        candidates=_open(picked) if len(picked) > 1 else _offered(picked),
        form=form,
        preview=preview,
    )


def _open(picked: Sequence[Ticket]) -> Sequence[Ticket]:
    return [ticket for ticket in picked if ticket.merged_into_id is None]


def _offered(picked: Sequence[Ticket]) -> Sequence[Ticket]:
    return merging.offered(db.session(), signed.viewer(), picked[0]) if picked else ()


def _numbers(texts: Sequence[str]) -> list[int]:
    return list(dict.fromkeys(row_numbers.all_written(texts)))
