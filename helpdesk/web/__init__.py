"""The pages: blueprints that parse a request, call a service and render.

Every blueprint lists itself in ``BLUEPRINTS``; nothing else has to know of it.
"""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect

from helpdesk import i18n, labels, presentation
from helpdesk.extensions import db
from helpdesk.models import Target
from helpdesk.runtime import WHO_ACTS
from helpdesk.services.hours import calendars
from helpdesk.services.promises import clock_log
from helpdesk.web import (
    addresses,
    assets,
    context,
    errors,
    oversize,
    parameters,
    request_log,
    requests,
    security,
    signed,
)
from sla.calendar import Calendar

BLUEPRINTS = (
    "home",
    "preferences",
    "auth",
    "queue",
    "saved_views",
    "ticket",
    "mergers",
    "new_ticket",
    "originals",
    "attachments",
    "search",
    "portal",
    "portal_center",
    "visitor",
    "help_center",
    "contact",
    "articles",
    "article_life",
    "ticket_articles",
    "ticket_macros",
    "apply",
    "apply_status",
    "ops",
    "settings",
    "dashboard",
    "ahead",
    "wallboard",
    "reports",
    "report_promises",
    "report_schedules",
    "ratings",
    "notifications",
    "calls",
    "callbacks",
    "call_push",
    "visits",
    "portal_visits",
    "visit_feed",
    "centers",
    "notices",
    "profile",
    "absences",
    "pushes",
    "personal",
)


def register(app: Flask) -> None:
    """Hang the pages and what they need on the application."""
    addresses.register(app)
    parameters.register(app)
    request_log.register(app)  # first, so that a request refused by the next parts is logged too
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    i18n.init_app(
        app, default=app.extensions["helpdesk.config"].locale, chosen=signed.chosen_language
    )
    app.extensions[WHO_ACTS] = signed.acting
    labels.register(app)
    presentation.register(
        app, clock=requests.now, calendar=_default_calendar, calendar_of=_calendar_of
    )
    oversize.register(app)
    csrf = CSRFProtect(app)
    for part in (assets, context, errors, security):
        part.register(app)
    for name in BLUEPRINTS:
        module = import_module(f"helpdesk.web.{name}")
        blueprint = module.blueprint
        assert isinstance(blueprint, Blueprint)
        if getattr(module, "REQUESTS_ARE_SIGNED", False):
            csrf.exempt(blueprint)
        app.register_blueprint(blueprint)


def _default_calendar() -> Calendar:
    return requests.kept("calendar", lambda: calendars.default(db.session()))


def _calendar_of(target: object) -> Calendar:
    assert isinstance(target, Target)
    return clock_log.calendar_of(db.session(), target)
