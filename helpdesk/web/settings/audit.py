"""The audit log: who changed which setting, when, and from what to what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.labels import label
from helpdesk.models import SettingChange
from helpdesk.presentation.opening import weekday_name
from helpdesk.services.operations import audit, audit_log
from helpdesk.web import signed
from helpdesk.web.addresses import row_asked
from helpdesk.web.settings.blueprint import blueprint, page
from sla.spec import WEEKDAYS

PLACES = {
    "agent": "settings.people",
    "login": "settings.people",
    "group": "settings.groups",
    "channel": "settings.channels",
    "calendar": "settings.hours",
    "policy": "settings.promises",
    "macro": "settings.macros",
    "automation": "settings.automations",
    "mapping": "settings.hotline",
    "report": "report_schedules.index",
    "wallboard": "wallboard.address",
}
"""The page on which each kind of setting is changed."""
_CODES = {
    "role": "role",
    "state": "account_state",
    "auto_assign": "way_to_assign",
    "priority": "priority",
    "status": "status",
}
"""Fields that hold a code, and the family of its names."""


@dataclass(frozen=True)
class Line:
    """One field of an entry, in words; of a secret, or of what fills pages, only its name."""

    name: str
    before: str
    after: str
    is_told: bool


@blueprint.get("/audit", endpoint="audit")
@signed.admin
def show() -> ResponseReturnValue:
    """Show the log, newest first."""
    session, viewer = db.session(), signed.viewer()
    kind = request.args.get("kind", "")
    kind = kind if kind in audit.KINDS else ""
    agent = row_asked("agent")
    before = row_asked("before")
    rows, more = audit_log.listing(
        session, viewer, kind=kind or None, agent_id=agent, before=before
    )
    return page(
        "audit",
        rows=[(row, _lines(row)) for row in rows],
        more=more,
        before=before,
        chosen={"kind": kind or None, "agent": agent},
        kinds=audit.KINDS,
        agents=audit_log.agents(session),
        places=PLACES,
    )


def _lines(row: SettingChange) -> list[Line]:
    return [
        Line(
            _name(field), _word(field, before), _word(field, after), (before, after) != (None, None)
        )
        for field, (before, after) in row.changes.items()
    ]


def _name(field: str) -> str:
    """Return what a field is called; parts of what is free in form keep their own names."""
    first, _, rest = field.partition(".")
    if first == "settings":
        return rest
    named = label(first, "audited_field")
    if not rest:
        return named
    return f"{named} · {weekday_name(WEEKDAYS.index(rest)) if first == 'hours' else rest}"


def _word(field: str, value: Any) -> str:
    if value is None or value in ([], ""):
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return label(str(value), _CODES[field]) if field in _CODES else str(value)
