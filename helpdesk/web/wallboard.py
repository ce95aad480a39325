"""The wallboard: the desk's figures for a wall, signed in or at a secret address."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db, transaction
from helpdesk.i18n import LANGUAGES, gettext, language, speaking
from helpdesk.runtime import current_config
from helpdesk.services.access import Viewer
from helpdesk.services.reports import wallboards
from helpdesk.web import signed
from helpdesk.web.dashboard import due_columns
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now, wants_fragment

blueprint = Blueprint("wallboard", __name__, url_prefix="/wallboard")

LOOKS = ("dark", "light")


@blueprint.get("/")
@signed.manager
def show() -> ResponseReturnValue:
    """Show the wallboard to a manager."""
    return _board(signed.viewer())


@blueprint.get("/screen/<token>")
def screen(token: str) -> ResponseReturnValue:
    """Show it to whoever has the secret address: it tells numbers alone."""
    return _board(wallboards.viewer_at(db.session(), token))


@blueprint.get("/address")
@signed.manager
def address() -> ResponseReturnValue:
    """Show the secret address, and who may know it."""
    found = wallboards.address_of(db.session(), signed.viewer())
    base = current_config().base_url
    url = f"{base}{url_for('wallboard.screen', token=found.token)}" if found else None
    return render("wallboard/address.html", url=url, made_at=found.made_at if found else None)


@blueprint.post("/address")
@signed.manager
def renew() -> ResponseReturnValue:
    """Make a new address, or none."""
    wanted = not Form.posted().checked("remove")
    with transaction() as session:
        wallboards.renew_address(session, signed.viewer(), wanted=wanted, now=now())
    flash(
        gettext("The wallboard has a new address; the old one no longer works.")
        if wanted
        else gettext("The wallboard has no address any more."),
        "success",
    )
    return redirect(url_for("wallboard.address"))


def _board(viewer: Viewer) -> str:
    look = _chosen("look", LOOKS) or LOOKS[0]
    with speaking(_chosen("lang", tuple(LANGUAGES)) or language()):
        found = wallboards.figures(db.session(), viewer, now=now())
        return render(
            "wallboard/figures.html" if wants_fragment() else "wallboard/board.html",
            figures=found,
            due=due_columns(found.calendar, found.due),
            signed_in=viewer.login_id != 0,
            theme=look,
            refreshed=now(),
            address_with=_address_with,
        )


def _chosen(name: str, known: tuple[str, ...]) -> str | None:
    value = request.args.get(name)
    return value if value in known else None


def _address_with(**changes: Any) -> str:
    """Return this wallboard's own address, with another look or language."""
    kept = {name: request.args[name] for name in ("look", "lang") if name in request.args}
    return url_for(
        request.endpoint or "wallboard.show", **{**(request.view_args or {}), **kept, **changes}
    )
