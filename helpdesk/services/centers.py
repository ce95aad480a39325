"""Certification centers: who they are, and which mail domains are theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from channels.email.vocabulary import words
from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Center, CenterDomain

STATES = (
    "draft",
    "submitted",
    "site_visit",
    "filed",
    "joint_review",
    "approved",
    "rejected",
    "contracted",
    "trained",
    "authorized",
    "exit_requested",
    "exit_processing",
    "exited",
)
# Everybody has an address there: mail from it says nothing about a center.
PUBLIC_DOMAINS = words(
    "qq.com foxmail.com vip.qq.com 163.com 126.com yeah.net vip.163.com 139.com 189.cn wo.cn "
    "sina.com sina.cn vip.sina.com sohu.com tom.com 21cn.com aliyun.com gmail.com outlook.com "
    "hotmail.com live.com live.cn msn.com icloud.com me.com yahoo.com yahoo.cn yahoo.com.cn "
    "proton.me protonmail.com com.cn edu.cn net.cn org.cn gov.cn ac.cn"
)
PAGE = 100
_DOMAIN = re.compile(r"(?:[\w](?:[\w-]{0,61}[\w])?\.)+[\w-]{2,63}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


def centers(
    session: Session, *, query: str = "", after: str = "", limit: int = PAGE
) -> Sequence[Center]:
    """Return centers by code, up to one more than ``limit``, beginning behind ``after``."""
    statement = select(Center).options(selectinload(Center.domains)).order_by(Center.code)
    if query:
        like = f"%{query.replace('%', '').replace('_', '')}%"
        statement = statement.where(
            or_(*(c.ilike(like) for c in (Center.code, Center.name, Center.name_en, Center.city)))
        )
    return session.scalars(statement.where(Center.code > after).limit(limit + 1)).all()


def center(session: Session, center_id: int) -> Center:
    """Return a center; raise NotFound."""
    found = session.get(Center, center_id)
    if found is None:
        raise NotFound("no_center", _("There is no such center."))
    return found


def save(
    session: Session,
    center: Center | None,
    *,
    code: str,
    name: str,
    name_en: str,
    region: str,
    city: str,
    state: str,
    domains: Iterable[str],
    now: datetime,
) -> Center:
    """Add or change a center; raise Refusal naming what is wrong."""
    if not _CODE.fullmatch(code):
        raise Refusal(
            "bad_code",
            _("A code is letters, digits, dots and dashes, such as CD017."),
            field="code",
        )
    if state not in STATES:
        raise Refusal("unknown_state", _("Choose one of the states offered."), field="state")
    known = center.id if center else 0
    if session.scalar(select(Center.id).where(Center.code == code, Center.id != known)):
        raise Conflict("code_taken", _("Another center has this code."), field="code")
    wanted = _domains(session, domains, known)
    if center is None:
        center = Center(created_at=now)
        session.add(center)
    center.code, center.name, center.name_en = code, name, name_en
    center.region, center.city, center.state = region, city, state
    kept = {row.domain: row for row in center.domains}
    center.domains = [kept.get(domain) or CenterDomain(domain=domain) for domain in wanted]
    session.flush()
    return center


def _domains(session: Session, domains: Iterable[str], center_id: int) -> list[str]:
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
