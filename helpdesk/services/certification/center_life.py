"""Taking a step of a center's life: allowed, not lacking anything, claimed, done, recorded.

Which step is possible when, by whom, and what it needs, stands in ``center_states``; what
is there, in ``center_needs``; what a step brings about, in ``center_effects``. Row, event
and effects are one transaction: the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from helpdesk.errors import Conflict, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center
from helpdesk.services.access import Actor, Viewer, center_roles, require_center_role
from helpdesk.services.certification import (
    center_effects,
    center_log,
    center_needs,
    center_reminders,
    center_states,
)
from helpdesk.services.certification.center_needs import Told
from helpdesk.services.certification.center_states import Rule, Standing
from helpdesk.services.database.claiming import won
from helpdesk.services.hours import calendars

LONGEST_REASON = 2000


class Lacking(Refusal):
    """A step lacks something; ``needs`` names all of it, and the sentence says so."""

    def __init__(self, needs: tuple[str, ...]) -> None:
        first = needs[0]
        sentence = "".join(str(center_needs.SENTENCES[need]) for need in needs)
        super().__init__(f"needs_{first}", sentence, field=center_needs.FIELDS.get(first))
        self.needs = needs


@dataclass(frozen=True, slots=True)
class Possible:
    """A step that the viewer may take now, and what it still lacks."""

    rule: Rule
    lacking: tuple[str, ...]


def possible(session: Session, viewer: Viewer, center: Center, *, today: date) -> list[Possible]:
    """Return the steps that the viewer may take, each with what the record lacks for it.

    What is said with the step itself (a reason, a number, its files) is not lacking yet.
    """
    found: list[Possible] = []
    if center.merged_into_id is not None:
        return found
    rows: center_needs.Rows = {}
    for rule in center_states.possible(center.state, center_roles(viewer, center)):
        given = center_needs.given(session, center, rule, Told(), today=today, rows=rows)
        lacking = center_states.missing(rule, given)
        asked = tuple(need for need in lacking if need not in center_needs.FIELDS)
        found.append(Possible(rule, asked))
    return found


def take(
    session: Session,
    viewer: Viewer,
    center: Center,
    step: str,
    told: Told,
    *,
    seen: int,
    now: datetime,
) -> Center:
    """Take a step as the viewer saw the center; raise Refusal with everything that is missing.

    A step of the center that came by letter is written down by the office. Raises Forbidden
    where the step is somebody else's, and Conflict where somebody took another one meanwhile.
    """
    if center.merged_into_id is not None:
        raise Refusal("merged", _("This record was merged into another one."))
    if seen != center.version:
        raise _changed()
    rule = center_states.rule_for(center.state, step)
    if rule is None or step == "submit":  # which makes the center: ``enter_application``
        raise Refusal("not_now", _("This step cannot be taken with the center as it stands now."))
    by_letter = rule.who == "center" and bool(told.letter_from.strip())
    require_center_role(viewer, center, "office" if by_letter else rule.who)
    given = center_needs.given(session, center, rule, told, today=_today(session, now))
    lacking = center_states.missing(rule, given)
    if lacking:
        raise Lacking(lacking)
    center_effects.check(session, center, rule, told)
    _claim(session, center, seen)
    today = _today(session, now)
    facts = center_effects.apply(session, center, rule, told, by=viewer.actor, now=now, today=today)
    _move(session, center, rule, told, facts, by=viewer.actor, now=now)
    return center


def enter_application(
    session: Session,
    center: Center,
    given: Mapping[str, object],
    *,
    by: Actor,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> Center:
    """Let an application be submitted: the first step of a new center, which is in the session.

    ``given`` says whether form, licence and photographs are there.
    """
    rule = center_states.rule_for("draft", "submit")
    assert rule is not None
    lacking = center_states.missing(rule, given)
    if lacking:
        raise Lacking(lacking)
    center.state = "draft"
    session.flush()
    _move(session, center, rule, Told(), dict(facts or {}), by=by, now=now)
    return center


def enter_as_it_stands(
    session: Session,
    center: Center,
    *,
    by: Actor,
    now: datetime,
    why: str = "",
    seen: int | None = None,
) -> None:
    """Record that a center is entered, or corrected, as it stands, without its steps.

    For centers that were there before the desk, from a file or by an administrator. A
    correction names the version that it was ``seen`` in, as a step does.
    """
    if seen is not None:
        _claim(session, center, seen)
    center.state_since = now
    session.flush()
    data = {"state": center.state, "exit_by": center.exit_by, "reason": why}
    center_log.record(session, center, "center.entered", now=now, by=by, data=data)
    center_reminders.plan(session, center, now=now)


def _move(
    session: Session,
    center: Center,
    rule: Rule,
    told: Told,
    facts: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
) -> None:
    favourable = bool(facts.get("favourable", told.favourable))
    before = Standing(center.state, center.exit_by)  # type: ignore[arg-type]
    standing = center_states.after(before, rule.step, favourable=favourable)
    if standing.state != before.state:
        center.state_since = now
    center.state, center.exit_by = standing.state, standing.exit_by
    data = {
        "from": before.state,
        "to": standing.state,
        "favourable": favourable,
        "reason": told.reason.strip()[:LONGEST_REASON],
        "documents": [document.id for document in told.documents],
        **{name: value for name, value in facts.items() if name != "favourable"},
    }
    if told.letter_from:
        data["letter_from"] = told.letter_from.strip()[:200]
    center_log.record(session, center, center_log.LIFE + rule.step, now=now, by=by, data=data)
    center_reminders.plan(session, center, now=now)
    session.flush()


def _claim(session: Session, center: Center, seen: int) -> None:
    claim = (
        update(Center)
        .where(Center.id == center.id, Center.version == seen)
        .values(version=seen + 1)
        .execution_options(synchronize_session=False)
    )
    if not won(session, claim):
        raise _changed()
    session.refresh(center, ["version"])


def _changed() -> Conflict:
    return Conflict(
        "center_changed",
        _("Somebody took a step with this center meanwhile. Look at it as it is now."),
    )


def _today(session: Session, now: datetime) -> Any:
    calendar = calendars.default(session)
    return calendar.local_date(now)
