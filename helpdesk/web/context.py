"""What every page shows: who is signed in, where one can go, what waits."""

from __future__ import annotations

from typing import Any

from flask import Flask, request

from helpdesk.extensions import db
from helpdesk.runtime import current_config
from helpdesk.services import access
from helpdesk.web import navigation, public_frame
from helpdesk.web.preferences import current_theme
from helpdesk.web.signed import current_viewer


def register(app: Flask) -> None:
    """Give every template the desk's names, and signed-in pages their frame."""
    app.context_processor(_names)
    app.context_processor(_frame)
    app.add_template_global(public_frame.frame, "public_frame")


def _names() -> dict[str, Any]:
    config = current_config()
    return {
        "site_name": config.site_name,
        "office_name": config.office_name,
        "theme": current_theme(),
        "max_upload": config.max_upload,
    }


def _frame() -> dict[str, Any]:
    viewer = current_viewer() if request else None
    if viewer is None:
        return {"viewer": None}
    # functions, so that pages without the frame ask for nothing
    return {
        "viewer": viewer,
        "frame": lambda: navigation.frame(viewer),
        "may_write": lambda: access.may_write(db.session(), viewer),
    }
