"""Certification centers: who they are, and which mail domains are theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, selectinload

from channels.email.vocabulary import words
from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center, CenterDomain
from helpdesk.models.center import EXITS, STATES
from helpdesk.services.access import Viewer, require_admin, require_center_editor
from helpdesk.services.certification import (
    application_form,
    application_values,
    center_codes,
    center_life,
    center_log,
    center_regions,
    center_reminders,
)
from helpdesk.services.certification.application_form import Field

__all__ = ["FACTS", "STATES", "Wanted", "center", "centers", "change", "correct", "enter"]

# Everybody has an address there: mail from it says nothing about a center.
PUBLIC_DOMAINS = words(
    "qq.com foxmail.com vip.qq.com 163.com 126.com yeah.net vip.163.com 139.com 189.cn wo.cn "
    "sina.com sina.cn vip.sina.com sohu.com tom.com 21cn.com aliyun.com gmail.com outlook.com "
    "hotmail.com live.com live.cn msn.com icloud.com me.com yahoo.com yahoo.cn yahoo.com.cn "
    "proton.me protonmail.com com.cn edu.cn net.cn org.cn gov.cn ac.cn"
)
PAGE = 50
FACTS: Mapping[str, int] = {
    "code": 32,
    "name": 200,
    "name_en": 200,
    "region": 100,
    "city": 100,
    "address": 300,
    "postcode": 6,
    "phone": 40,
    "fax": 40,
    "credit_code": 18,
    "legal_representative": 100,
    "legal_phone": 40,
    "plaque_no": 64,
    "certificate_no": 64,
}
"""What the office may write into a center's record, and how long each may be."""
DATES = ("granted_on", "review_due_on")
LONGEST_REASON = 2000
LEAVING = tuple(state for state in STATES if state.startswith("exit"))
_DOMAIN = re.compile(r"(?:[\w](?:[\w-]{0,61}[\w])?\.)+[\w-]{2,63}")

Values = Mapping[str, str | date | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which centers to list; empty means all."""

    query: str = ""
    state: str = ""
    region: str = ""


def centers(
    session: Session,
    *,
    query: str = "",
    wanted: Wanted | None = None,
    after: str = "",
    limit: int = PAGE,
) -> Sequence[Center]:
    """Return centers by code, up to one more than ``limit``, beginning behind ``after``."""
    statement = select(Center).options(selectinload(Center.domains)).order_by(Center.code)
    statement = statement.where(*_conditions(wanted or Wanted(query)))
    return session.scalars(statement.where(Center.code > after).limit(limit + 1)).all()


def regions(session: Session) -> list[str]:
    """Return the regions that centers lie in."""
    rows = select(Center.region).where(Center.region != "").distinct()
    return sorted(session.scalars(rows))


def center(session: Session, center_id: int) -> Center:
    """Return a center; raise NotFound."""
    found = session.get(Center, center_id)
    if found is None:
        raise NotFound("no_center", _("There is no such center."))
    return found


def enter(
    session: Session,
    viewer: Viewer,
    values: Values,
    *,
    state: str,
    exit_by: str | None,
    domains: Iterable[str],
    why: str,
    now: datetime,
) -> Center:
    """Add a center that was there before the desk, as it stands; raise Refusal."""
    require_admin(viewer)
    entered = Center(created_at=now, state=state, exit_by=_exit_by(state, exit_by))
    _check_reason(why)
    _set(session, entered, values, domains)
    session.add(entered)
    center_life.enter_as_it_stands(session, entered, by=viewer.actor, now=now, why=why.strip())
    return entered


def correct(
    session: Session,
    viewer: Viewer,
    center: Center,
    *,
    state: str,
    exit_by: str | None,
    why: str,
    seen: int,
    now: datetime,
) -> None:
    """Set by hand where a center stands, beside the steps of its life; it is said why."""
    require_admin(viewer)
    leaving = _exit_by(state, exit_by)
    _check_reason(why)
    center.state, center.exit_by = state, leaving
    center_life.enter_as_it_stands(
        session, center, by=viewer.actor, now=now, why=why.strip(), seen=seen
    )


def change(
    session: Session,
    viewer: Viewer,
    center: Center,
    values: Values,
    *,
    domains: Iterable[str],
    now: datetime,
) -> None:
    """Change the facts of a center; what was changed stands in its log."""
    require_center_editor(viewer)
    before = {name: getattr(center, name) for name in values}
    theirs = [row.domain for row in center.domains]
    _set(session, center, values, domains)
    changes = {
        name: [_plain(before[name]), _plain(getattr(center, name))]
        for name in values
        if before[name] != getattr(center, name)
    }
    now_theirs = sorted(row.domain for row in center.domains)
    if now_theirs != sorted(theirs):
        changes["domains"] = [", ".join(sorted(theirs)), ", ".join(now_theirs)]
    if changes:
        by = viewer.actor
        center_log.record(session, center, "center.changed", now=now, by=by, data={"to": changes})
        if "region" in changes:
            center_regions.follow(session, center, by=by, now=now)
        center_reminders.plan(session, center, now=now)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Center.merged_into_id.is_(None)]
    if wanted.query:
        like = f"%{wanted.query.replace('%', '').replace('_', '')}%"
        named = (Center.code, Center.name, Center.name_en, Center.city)
        found.append(or_(*(column.ilike(like) for column in named)))
    if wanted.state:
        found.append(Center.state == wanted.state)
    if wanted.region:
        found.append(Center.region == wanted.region)
    return found


def _exit_by(state: str, exit_by: str | None) -> str | None:
    if state not in STATES:
        raise Refusal("unknown_state", _("Choose one of the states offered."), field="state")
    if state not in LEAVING:
        return None
    if exit_by not in EXITS:
        raise Refusal(
            "no_way_out", _("Say which way the center leaves or has left."), field="exit_by"
        )
    return exit_by


def _check_reason(why: str) -> None:
    if not why.strip():
        raise Refusal("needs_reason", _("Write the reason: it stays on the record."), field="why")


def _set(session: Session, center: Center, values: Values, domains: Iterable[str]) -> None:
    center_codes.check(str(values.get("code") or ""))
    center_codes.check_free(session, center, str(values.get("code") or ""))
    check_domains(session, domains, center.id or 0)
    for name, value in values.items():
        setattr(center, name, _fact(center, name, value))
    set_domains(session, center, domains)


def _fact(center: Center, name: str, value: str | date | None) -> str | date | None:
    """Return a fact as it is kept; raise Refusal for one that its kind does not allow.

    What stands there already is not judged again: it may be older than the rules.
    """
    if not isinstance(value, str) or not value or value == getattr(center, name):
        return value
    question = application_form.field_named(name) or Field(name, name)
    try:
        return str(application_values.value_of(question, value, today=date.max) or "")
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.sentence, field=name) from None


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def set_domains(session: Session, center: Center, domains: Iterable[str]) -> None:
    """Let mail from these domains be the center's, and from no others; raise Refusal."""
    wanted = check_domains(session, domains, center.id or 0)
    kept = {row.domain: row for row in center.domains}
    center.domains = [kept.get(domain) or CenterDomain(domain=domain) for domain in wanted]


def check_domains(session: Session, domains: Iterable[str], center_id: int) -> list[str]:
    """Return the domains that a center may have; raise Refusal for public and others' ones."""
    wanted = dict.fromkeys(domain.strip().lower().lstrip("@") for domain in domains)
    wanted.pop("", None)
    for domain in wanted:
        if not _DOMAIN.fullmatch(domain) or len(domain) > 253:
            raise Refusal(
                "bad_domain",
                _("%(domain)s is no mail domain; write one like college.edu.cn.", domain=domain),
                field="domains",
            )
        if domain in PUBLIC_DOMAINS:
            raise Refusal(
                "public_domain",
                _("Anybody can have an address at %(domain)s; leave it out.", domain=domain),
                field="domains",
            )
    taken = session.scalar(
        select(CenterDomain).where(
            CenterDomain.domain.in_(wanted), CenterDomain.center_id != center_id
        )
    )
    if taken is not None:
        raise Conflict(
            "domain_taken",
            _("%(domain)s belongs to %(center)s.", domain=taken.domain, center=taken.center.name),
            field="domains",
        )
    return list(wanted)
