"""The names of codes, in one place: what a status, a channel, an event is called.

Topics and request types are configuration and bring both their names along.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask

from helpdesk.config_source import Choice
from helpdesk.i18n import gettext, language, spoken
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models.article import GENERAL
from helpdesk.runtime import current_config

STATUSES: dict[str, Any] = {
    "open": _("Open"),
    "waiting": _("Waiting for them"),
    "resolved": _("Resolved"),
    "closed": _("Closed"),
    "merged": _("Merged"),
    "spam": _("Spam"),
}
PRIORITIES: dict[str, Any] = {
    "low": _("Low"),
    "normal": _("Normal"),
    "high": _("High"),
    "urgent": _("Urgent"),
}
CHANNELS: dict[str, Any] = {
    "web": _("Website"),
    "microblog": _("Microblog"),
    "email": _("Mail"),
    "hotline": _("Hotline"),
    "onsite": _("On-site visit"),
}
ROLES: dict[str, Any] = {
    "center": _("Center contact"),
    "agent": _("Agent"),
    "manager": _("Manager"),
    "admin": _("Administrator"),
}
WAYS_TO_ASSIGN_WAYS: dict[str, Any] = {
    "off": _("Nobody: members take them"),
    "turns": _("By turns"),
    "load": _("To whoever has the fewest open"),
}
CALL_DIRECTIONS: dict[str, Any] = {
    "inbound": _("Incoming"),
    "outbound": _("Outgoing"),
    "internal": _("Internal"),
}
CALL_OUTCOMES: dict[str, Any] = {
    "answered": _("Taken"),
    "abandoned": _("Hung up"),
    "timed_out": _("Not taken in time"),
    "voicemail": _("Voicemail"),
    "withdrawn": _("Taken out of the queue"),
    "lost": _("End unknown"),
}
METRICS: dict[str, Any] = {
    "first_reply": _("First reply"),
    "next_reply": _("Next reply"),
    "resolution": _("Resolution"),
    "callback": _("Callback"),
    "visit_report": _("Visit report"),
}
SCORES: dict[str, Any] = {
    "good": _("Good"),
    "fair": _("Fair"),
    "poor": _("Poor"),
}
DELIVERIES: dict[str, Any] = {
    "queued": _("Waiting to be sent"),
    "sent": _("Sent"),
    "failed": _("Not delivered"),
}
CENTER_STATES: dict[str, Any] = {
    "draft": _("Draft"),
    "submitted": _("Submitted"),
    "site_visit": _("Site visit"),
    "filed": _("Filed"),
    "joint_review": _("Joint review"),
    "approved": _("Approved"),
    "rejected": _("Rejected"),
    "contracted": _("Contracted"),
    "trained": _("Trained"),
    "authorized": _("Authorised"),
    "exit_requested": _("Exit requested"),
    "exit_processing": _("Exit in progress"),
    "exited": _("Exited"),
}
CENTER_STEPS: dict[str, Any] = {
    "submit": _("Submit the application"),
    "pass_preliminary": _("Pass the preliminary review"),
    "fail_preliminary": _("Refuse in the preliminary review"),
    "pass_site_visit": _("Pass the site visit"),
    "fail_site_visit": _("Refuse after the site visit"),
    "forward": _("Forward to the joint review"),
    "decide": _("Decide by the two opinions"),
    "sign": _("Conclude the agreement"),
    "pass_training": _("Confirm the training of lecturers"),
    "grant": _("Grant the authorisation"),
    "pass_annual_review": _("Pass the annual review"),
    "fail_annual_review": _("Cancel: annual review failed"),
    "miss_annual_task": _("End: annual task missed"),
    "breach": _("End: breach of the agreement"),
    "lose_licence": _("End: licence lost"),
    "request_exit": _("Ask to leave"),
    "approve_exit": _("Approve the exit"),
    "refuse_exit": _("Refuse the exit"),
    "complete_exit": _("Complete the exit"),
}
QUALIFICATIONS: dict[str, Any] = {
    "institution": _("Approved college or lawful training body"),
    "department": _("Computer or information department"),
    "courses": _("Offers, or soon will, courses in mobile internet development"),
    "computers": _("Computer room with at least 30 PCs"),
    "teachers": _("At least 2 full-time teachers"),
    "incubation_base": _("Incubation base for the mobile market"),
    "own_space": _("At least 80 m² of its own, with 2 responsible teachers"),
    "major": _("The major is open or opens next term, with 2 teachers"),
}
REVIEWING_BODIES: dict[str, Any] = {
    "guidance_center": _(
        "Guidance center for vocational skill testing in the communications industry"
    ),
    "internet_base": _("China Mobile internet base"),
}
REQUEST_STATES: dict[str, Any] = {
    "open": _("Open"),
    "accepted": _("Accepted"),
    "refused": _("Refused"),
    "withdrawn": _("Taken back"),
}
DOCUMENT_KINDS: dict[str, Any] = {
    "licence": _("Business licence"),
    "school_certificate": _("School-running certificate"),
    "credentials": _("Credentials"),
    "floor_plan": _("Floor plan"),
    "photograph": _("Photograph"),
    "visit_report": _("Report of the site visit"),
    "opinion": _("Opinion"),
    "agreement": _("Agreement"),
    "review": _("Annual review"),
    "exit_application": _("Written application to leave"),
    "evidence": _("Evidence"),
    "return_receipt": _("Receipt of what was returned"),
    "download": _("For download"),
    "other": _("Other"),
}
CENTER_REMINDERS: dict[str, Any] = {
    "preliminary": _("An application waits for the preliminary review"),
    "site_visit": _("A site visit is still to be made"),
    "forward": _("An application waits to be forwarded"),
    "opinions": _("Opinions of the joint review are outstanding"),
    "sign": _("An agreement waits to be concluded"),
    "training": _("The training of lecturers is outstanding"),
    "grant": _("An authorisation waits to be granted"),
    "exit_decision": _("A center waits for an answer: it asked to leave"),
    "closing_duties": _("An exit is not complete"),
    "agreement_ends": _("An agreement ends soon"),
    "review_due": _("An annual review falls due"),
    "remittance_late": _("Exam fees have not arrived"),
}
WAYS_OUT: dict[str, Any] = {
    "request_exit": _("Own request"),
    "breach": _("Breach of the agreement"),
    "miss_annual_task": _("Annual task missed"),
    "fail_annual_review": _("Annual review failed"),
    "lose_licence": _("Licence lost"),
}
CENTER_FACTS: dict[str, Any] = {
    "code": _("Code"),
    "name": _("Chinese name"),
    "name_en": _("English name"),
    "region": _("Authorised region"),
    "city": _("City"),
    "institution_type": _("Kind of institution"),
    "address": _("Address"),
    "postcode": _("Postcode"),
    "phone": _("Telephone"),
    "fax": _("Fax"),
    "credit_code": _("Unified social credit code"),
    "legal_representative": _("Legal representative"),
    "legal_phone": _("Telephone of the legal representative"),
    "plaque_no": _("Plaque number"),
    "certificate_no": _("Certificate of authorisation"),
    "granted_on": _("Authorised on"),
    "review_due_on": _("Next annual review"),
    "agreement_to": _("Agreement ends"),
    "domains": _("Mail domains"),
}
REVIEW_OUTCOMES: dict[str, Any] = {
    "passed": _("passed"),
    "failed": _("failed"),
    "missed_task": _("task missed"),
}
INSTITUTIONS: dict[str, Any] = {
    "college": _("College"),
    "training_body": _("Training body"),
}
DUTIES: dict[str, Any] = {
    "website_notice": _("notice on the website"),
    "microblog_notice": _("notice on the microblog"),
    "plaque_returned": _("plaque"),
    "documents_returned": _("documents"),
}
POST_STATES: dict[str, Any] = {
    "queued": _("waits to leave"),
    "sending": _("is being sent"),
    "sent": _("sent"),
    "dead": _("could not be sent"),
    "dropped": _("not sent"),
}
ACCOUNT_STATES: dict[str, Any] = {
    "active": _("Working"),
    "paused": _("Paused"),
    "failing": _("Failing"),
    "retired": _("Retired"),
}
VISIT_STATES: dict[str, Any] = {
    "requested": _("Asked for"),
    "proposed": _("Date open"),
    "confirmed": _("Agreed"),
    "done": _("Done"),
    "cancelled": _("Called off"),
}
ARTICLE_STATES: dict[str, Any] = {
    "draft": _("Draft"),
    "published": _("Published"),
    "changed": _("Published, changed since"),
}
PERSONAL_SUBJECTS: dict[str, Any] = {
    "person_id": _("ID number of the responsible person"),
    "head_id": _("ID number of the head"),
}
PERSONAL_ACCESSES: dict[str, Any] = {
    "revealed": _("shown"),
    "erased": _("erased"),
}
ERASURES: dict[str, Any] = {
    "refused": _("The application was refused; its time was up."),
    "draft": _("The application was never finished; its time was up."),
    "replaced": _("Another number was entered instead."),
}
AUDITED: dict[str, Any] = {
    "agent": _("Member of staff"),
    "login": _("Sign-in"),
    "group": _("Group"),
    "channel": _("Channel"),
    "calendar": _("Service calendar"),
    "policy": _("Policy"),
    "macro": _("Macro"),
    "automation": _("Automation"),
    "mapping": _("Columns of a call export"),
    "report": _("Report by mail"),
    "wallboard": _("Wallboard's address"),
}
AUDITED_ACTS: dict[str, Any] = {
    "added": _("added"),
    "changed": _("changed"),
    "removed": _("removed"),
}
AUDITED_FIELDS: dict[str, Any] = {
    "name": _("Name"),
    "email": _("Mail address"),
    "role": _("Role"),
    "active": _("Active"),
    "channel_manager": _("Channel manager"),
    "password_hash": _("Password"),
    "is_default": _("Default"),
    "calendar_id": _("Service calendar"),
    "auto_assign": _("Assigns by itself"),
    "most_open": _("Most open tickets"),
    "members": _("Members"),
    "address": _("Address"),
    "state": _("State"),
    "group_id": _("Group"),
    "tz": _("Time zone"),
    "makeup_days_open": _("Make-up days are open"),
    "regions": _("Regions"),
    "retired": _("Out of use"),
    "closed": _("Dates off"),
    "open": _("Days with hours of their own"),
    "official_years": _("Official years"),
    "position": _("Place in the order"),
    "conditions": _("Conditions"),
    "promises": _("Promises"),
    "topic": _("Topic"),
    "request_type": _("Type"),
    "priority": _("Priority"),
    "status": _("Status"),
    "assignee_id": _("Assignee"),
    "tell": _("Who is told"),
    "occasion": _("When it acts"),
    "workdays": _("Working days"),
    "zh": _("Chinese text"),
    "en": _("English text"),
    "columns": _("Columns"),
    "zone": _("Time zone"),
    "breakdown": _("Breakdown"),
    "filters": _("Filters"),
    "recipients": _("Recipients"),
    "every": _("How often"),
    "on_day": _("On which day"),
    "token": _("Secret address"),
    "hours": _("Service hours"),
}
THEMES: dict[str, Any] = {
    "system": _("As the system"),
    "light": _("Light"),
    "dark": _("Dark"),
}

FAMILIES: dict[str, dict[str, Any]] = {
    "status": STATUSES,
    "priority": PRIORITIES,
    "channel": CHANNELS,
    "role": ROLES,
    "way_to_assign": WAYS_TO_ASSIGN_WAYS,
    "metric": METRICS,
    "score": SCORES,
    "delivery": DELIVERIES,
    "call_direction": CALL_DIRECTIONS,
    "call_outcome": CALL_OUTCOMES,
    "center_state": CENTER_STATES,
    "center_step": CENTER_STEPS,
    "qualification": QUALIFICATIONS,
    "reviewing_body": REVIEWING_BODIES,
    "document_kind": DOCUMENT_KINDS,
    "request_state": REQUEST_STATES,
    "center_reminder": CENTER_REMINDERS,
    "center_fact": CENTER_FACTS,
    "way_out": WAYS_OUT,
    "review_outcome": REVIEW_OUTCOMES,
    "duty": DUTIES,
    "post_state": POST_STATES,
    "institution": INSTITUTIONS,
    "account_state": ACCOUNT_STATES,
    "visit_state": VISIT_STATES,
    "article_state": ARTICLE_STATES,
    "personal_subject": PERSONAL_SUBJECTS,
    "personal_access": PERSONAL_ACCESSES,
    "erasure": ERASURES,
    "audited": AUDITED,
    "audited_act": AUDITED_ACTS,
    "audited_field": AUDITED_FIELDS,
    "theme": THEMES,
}


def label(code: str | None, family: str) -> str:
    """Return the name of a code; a code from a newer version is shown as it is."""
    if code is None:
        return "—"
    return str(FAMILIES[family].get(code, code))


def topic_name(code: str | None) -> str:
    """Return the name of a topic; one that was taken off the list keeps its code."""
    if code == GENERAL:
        return gettext("General")
    return choice_name(current_config().topics, code)


def request_type_name(code: str | None) -> str:
    """Return the name of a request type; one that was taken off keeps its code."""
    return choice_name(current_config().request_types, code)


def choice_name(choices: Iterable[Choice], code: str | None) -> str:
    """Return the name of a configured choice in the current language."""
    if not code:
        return "—"
    found = next((choice for choice in choices if choice.code == code), None)
    if found is None:
        return code
    return found.zh if language() == "zh" else found.en


def register(app: Flask) -> None:
    """Let templates write ``{{ ticket.status|label("status") }}`` and ``|topic_name``."""
    for name in (label, topic_name, request_type_name):
        app.add_template_filter(spoken(name))
    app.context_processor(lambda: {"labels": FAMILIES})
