"""What the steps of a center's life bring about in its record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.errors import Refusal
from helpdesk.models import (
    Agreement,
    AnnualReview,
    Center,
    CenterRequest,
    Login,
    Opinion,
    Person,
)
from helpdesk.services.access import Actor
from helpdesk.services.certification import center_codes, center_needs, center_regions
from helpdesk.services.certification.center_needs import Told
from helpdesk.services.certification.center_states import Rule
from helpdesk.services.certification.qualification import BASIC
from helpdesk.services.identity import contacts
from helpdesk.services.microblog import public_notices


@dataclass(frozen=True, slots=True)
class _Step:
    session: Session
    center: Center
    rule: Rule
    told: Told
    by: Actor
    now: datetime
    today: date


Facts = dict[str, Any]


def check(session: Session, center: Center, rule: Rule, told: Told) -> None:
    """Refuse what is there but does not allow the step."""
    if rule.step == "pass_preliminary":
        basic = [row for row in center_needs.criteria(session, center) if row.criterion in BASIC]
        if not basic or not all(row.confirmed for row in basic):
            raise Refusal(
                "needs_basic_qualification", center_needs.SENTENCES["basic_qualification"]
            )
    if rule.step == "grant" and told.code.strip() not in ("", center.code):
        center_codes.check_free(session, center, center_codes.check(told.code.strip()))


def apply(
    session: Session,
    center: Center,
    rule: Rule,
    told: Told,
    *,
    by: Actor,
    now: datetime,
    today: date,
) -> Facts:
    """Bring a step's effects about and return what its event says of them."""
    effect = _EFFECTS.get(rule.step)
    return effect(_Step(session, center, rule, told, by, now, today)) if effect else {}


def _decided(step: _Step) -> Facts:
    """Both bodies are for it, or it is refused (复审)."""
    rows = step.session.scalars(
        select(Opinion).where(Opinion.center_id == step.center.id).order_by(Opinion.body)
    ).all()
    return {
        "favourable": all(row.favourable for row in rows),
        "opinions": {row.body: row.favourable for row in rows},
    }


def _signed(step: _Step) -> Facts:
    return {"agreement": _take_up(step).id}


def _granted(step: _Step) -> Facts:
    center, told = step.center, step.told
    center.plaque_no = told.plaque_no.strip()[:64]
    center.certificate_no = told.certificate_no.strip()[:64]
    center.code = told.code.strip() or center.code
    center.granted_on = step.today
    agreement = center_needs.latest_agreement(step.session, center)
    center.review_due_on = _a_year_after(agreement.valid_from if agreement else step.today)
    invited = _invite_leads(step)
    return {
        "plaque_no": center.plaque_no,
        "certificate_no": center.certificate_no,
        "invited": invited,
    }


def _invite_leads(step: _Step) -> list[str]:
    """Let who speaks for the center sign in to the portal, where they cannot yet."""
    leads = step.session.scalars(
        select(Person)
        .outerjoin(Login, Login.person_id == Person.id)
        .where(Person.center_id == step.center.id, Person.lead, Login.id.is_(None))
        .order_by(Person.id)
    ).all()
    step.session.flush()  # they are invited by the center's code, which may be new
    invited = []
    for person in leads:
        email = person.email
        if email is None or step.session.scalar(select(Login.id).where(Login.email == email)):
            continue
        contacts.invite(
            step.session, name=person.name, email=email, center=step.center.code, now=step.now
        )
        invited.append(person.display_name)
    return invited


def _passed(step: _Step) -> Facts:
    review = _decide(step, "passed")
    before = center_needs.latest_agreement(step.session, step.center)
    agreement = _take_up(step)
    if before is not None:
        before.ended_on, before.ended_why = agreement.valid_from, "renewed"
    review.agreement_id = agreement.id
    step.center.review_due_on = _a_year_after(step.center.review_due_on or step.today)
    return {"review": review.id, "year": review.year, "agreement": agreement.id}


def _failed(step: _Step) -> Facts:
    review = _decide(step, "failed")
    return {"review": review.id, "year": review.year, **_ended(step)}


def _task_missed(step: _Step) -> Facts:
    """Cooperation ends for the next year; the year after, it may begin again."""
    review = _decide(step, "missed_task")
    step.center.cooperates_again_from = date(review.year + 2, 1, 1)
    return {"review": review.id, "year": review.year, **_ended(step)}


def _ended(step: _Step) -> Facts:
    """End the agreement in force, and one that renews it; the public is to hear of it.

    What came back when the center left before, it has been given again since.
    """
    step.center.plaque_returned_on = step.center.documents_returned_on = None
    notice = public_notices.draft_cancellation(
        step.session, step.center, by=step.by, today=step.today, now=step.now
    )
    agreement = center_needs.agreement_on(step.session, step.center, step.today)
    if agreement is None:
        return {"notice": notice.id}
    renewed = center_needs.latest_agreement(step.session, step.center) or agreement
    for ended in (agreement, renewed):  # which may be still to begin
        ended.ended_on, ended.ended_why = step.today, step.rule.step
    step.center.agreement_to = step.today
    return {"agreement": agreement.id, "notice": notice.id}


def _exit_approved(step: _Step) -> Facts:
    return {**_close_request(step, approved=True), **_ended(step)}


def _exit_refused(step: _Step) -> Facts:
    return _close_request(step, approved=False)


def _close_request(step: _Step, *, approved: bool) -> Facts:
    """What the center asked for is decided with the step."""
    asked = step.session.scalars(
        select(CenterRequest).where(
            CenterRequest.center_id == step.center.id,
            CenterRequest.kind == "exit",
            CenterRequest.state == "open",
        )
    ).all()
    for request in asked:
        request.state = "accepted" if approved else "refused"
        request.answer = step.told.reason.strip()[:1000]
        request.decided_by, request.decided_at = step.by.name[:200], step.now
    return {"requests": [request.id for request in asked]}


def _take_up(step: _Step) -> Agreement:
    agreement = center_needs.next_agreement(step.session, step.center)
    assert agreement is not None
    agreement.taken_up = True
    step.center.agreement_to = agreement.valid_to
    if agreement.region and agreement.region != step.center.region:
        step.center.region = agreement.region
        center_regions.follow(step.session, step.center, by=step.by, now=step.now)
    return agreement


def _decide(step: _Step, outcome: str) -> AnnualReview:
    review = center_needs.open_review(step.session, step.center)
    assert review is not None
    review.outcome, review.decided_on = outcome, step.today
    return review


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 1, day=28)


_EFFECTS: Mapping[str, Callable[[_Step], Facts]] = {
    "decide": _decided,
    "sign": _signed,
    "grant": _granted,
    "pass_annual_review": _passed,
    "fail_annual_review": _failed,
    "miss_annual_task": _task_missed,
    "breach": _ended,
    "lose_licence": _ended,
    "approve_exit": _exit_approved,
    "refuse_exit": _exit_refused,
}
