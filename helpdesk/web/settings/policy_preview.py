"""A change of policies: for new tickets alone, or for the open ones that it would concern too."""

from __future__ import annotations

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from helpdesk.extensions import transaction
from helpdesk.i18n import gettext, ngettext
from helpdesk.services.promises import policy_changes
from helpdesk.services.promises.policy_changes import Change
from helpdesk.web import signed
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import page
from helpdesk.web.settings.calendar_preview import posted

KEEP, APPLY = "keep", "apply"


def decided(change: Change, *, title: str, back: str) -> ResponseReturnValue:
    """Make a change once somebody has said for which tickets; show first what it would do.

    A change that concerns no open ticket is made at once. Raises Refusal for one that cannot
    be made.
    """
    then = request.form.get("then")
    if then not in (KEEP, APPLY):
        shown = policy_changes.preview(change, now=now())
        if shown.tickets or not shown.complete:
            return page(
                "policy_preview",
                title=title,
                back=back,
                action=request.path,
                fields=posted(),
                preview=shown,
            )
    with transaction() as session:
        judged, waiting = policy_changes.make(
            session, change, for_open=then == APPLY, now=now(), by=signed.viewer().actor
        )
    flash(_outcome(then == APPLY, judged, waiting), "success")
    return redirect(back)


def _outcome(applied: bool, judged: int, waiting: int) -> str:
    if not applied:
        return gettext("Saved. Tickets keep the promise they were given; new ones get this.")
    if waiting:
        return ngettext(
            "Saved. %(num)s open ticket follows in the background.",
            "Saved. %(num)s open tickets follow one after another in the background.",
            waiting,
        )
    return ngettext(
        "Saved, and %(num)s open ticket follows.",
        "Saved, and %(num)s open tickets follow.",
        judged,
    )
