"""A policy's versions: who changed what when, each readable as it was, and what it still judges."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.labels import label
from helpdesk.presentation import terms
from helpdesk.services.promises import policy_versions
from helpdesk.services.promises.policy_versions import Changed
from helpdesk.web import signed
from helpdesk.web.addresses import row_asked
from helpdesk.web.settings.blueprint import blueprint, page


@blueprint.get("/promises/<int:number>/versions", endpoint="promises_versions")
@signed.admin
def index(number: int) -> ResponseReturnValue:
    """List a policy's versions: when, by whom, and what each changed."""
    session = db.session()
    record = policy_versions.policy(session, number)
    lines = policy_versions.lines(session, signed.viewer(), record)
    rows = [(line, _words(line.changed)) for line in lines]
    return page("policy_versions", record=record, rows=rows)


@blueprint.get("/promises/<int:number>/versions/<int:which>", endpoint="promises_version")
@signed.admin
def show(number: int, which: int) -> ResponseReturnValue:
    """Show one version as it was, and the open tickets that are judged by it."""
    session, viewer = db.session(), signed.viewer()
    record = policy_versions.policy(session, number)
    version = policy_versions.version(record, which)
    lines = {line.version.id: line for line in policy_versions.lines(session, viewer, record)}
    tickets = policy_versions.open_tickets(session, viewer, version, after=row_asked("after"))
    return page(
        "policy_version",
        record=record,
        version=version,
        value=policy_versions.as_value(version),
        line=lines[version.id],
        changed=_words(lines[version.id].changed),
        calendar_name=policy_versions.calendar_name(session, version),
        newest=record.versions[-1],
        tickets=tickets[: policy_versions.PAGE],
        more=len(tickets) > policy_versions.PAGE,
        terms=terms,
    )


def _words(changed: Changed) -> str:
    """Return what a version changed, in words; the first one changed nothing."""
    names = {
        "name": gettext("Name"),
        "conditions": gettext("Which tickets it is for"),
        "calendar_id": gettext("Service hours"),
    }
    parts = [names[field] for field in changed.fields]
    return " · ".join([*parts, *(str(label(name, "metric")) for name in changed.metrics)])
