"""The front door: everybody is led to their own first page."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from helpdesk.web.signed import current_viewer

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Lead staff to the queue, centers to their tickets and strangers to the help centre."""
    viewer = current_viewer()
    if viewer is None:
        return redirect(url_for("help_center.index"))
    return redirect(url_for("queue.index" if viewer.is_staff else "portal.index"))
