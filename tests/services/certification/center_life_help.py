"""Centers in every state, with what their next step needs."""

from __future__ import annotations

from datetime import date, timedelta

from helpdesk.extensions import transaction
from helpdesk.models import (
    Agreement,
    AnnualReview,
    Center,
    Document,
    Lecturer,
    Opinion,
    PublicNotice,
    Qualification,
)
from helpdesk.models.center_record import BODIES
from helpdesk.services.access import SYSTEM
from helpdesk.services.certification import center_life, qualification
from helpdesk.services.certification.center_needs import Told

TODAY = date(2026, 11, 23)
FILE = {"name": "a.pdf", "content_type": "application/pdf", "size": 3, "sha256": "0" * 64}


def center_in(session, state: str, *, now, code=None, exit_by=None) -> int:
    """Enter a center as it stands and return its id."""
    session.rollback()
    code = code or f"CD{session.query(Center).count() + 17:03}"
    with transaction():
        center = Center(
            code=code, name="成都认证中心", state=state, exit_by=exit_by, created_at=now
        )
        session.add(center)
        center_life.enter_as_it_stands(session, center, by=SYSTEM, now=now)
    return center.id


def paper(session, center_id: int, kind: str, *, now) -> Document:
    document = Document(center_id=center_id, kind=kind, by="陈静", created_at=now, **FILE)
    session.add(document)
    return document


def agreement(center_id: int, *, now, years=1, start=TODAY, taken_up=False) -> Agreement:
    return Agreement(
        center_id=center_id,
        number="MIEC-2026-017",
        region="四川",
        valid_from=start,
        valid_to=start + timedelta(days=365 * years),
        signed_on=start,
        office_representative="李晓红",
        center_representative="王芳",
        taken_up=taken_up,
        by="李晓红",
        created_at=now,
    )


def provide(session, center_id: int, need: str, *, now) -> dict[str, object]:  # noqa: C901, PLR0912 - one case a need
    """Put what a need asks into the record; return what has to be said with the step."""
    center = session.get_one(Center, center_id)
    match need:
        case "qualification":
            session.add_all(
                Qualification(center_id=center_id, criterion=name, judged=True, confirmed=True)
                for name in (*qualification.BASIC, *qualification.PREFERRED)
            )
        case "visit_report":
            paper(session, center_id, "visit_report", now=now)
        case "dossier":
            paper(session, center_id, "licence", now=now)
            paper(session, center_id, "visit_report", now=now)
        case "opinions":
            session.add_all(
                Opinion(
                    center_id=center_id, body=body, favourable=True, given_on=TODAY, by="", at=now
                )
                for body in BODIES
            )
        case "agreement":  # names region and dates too
            session.add(agreement(center_id, now=now))
        case "lecturer_certificate":
            session.add(
                Lecturer(center_id=center_id, name="周博", certificate_no="L-1", created_at=now)
            )
        case "review":
            session.add(
                AnnualReview(
                    center_id=center_id,
                    year=2026,
                    target=100,
                    done=40,
                    findings="看过了。",
                    created_at=now,
                )
            )
        case "renewed_agreement":
            session.add(agreement(center_id, now=now, start=TODAY + timedelta(days=1)))
        case "website_notice" | "microblog_notice":
            notice = PublicNotice(
                kind="cancellation",
                center_id=center_id,
                title="取消授权公告",
                text="即日起取消授权。",
                by="李晓红",
                created_at=now,
                published_at=now,
                posted_url="" if need == "website_notice" else "https://weibo.com/1/a",
            )
            session.add(notice)
        case "plaque_returned":
            center.plaque_returned_on = TODAY
        case "documents_returned":
            center.documents_returned_on = TODAY
        case "evidence":
            return {"documents": [paper(session, center_id, "evidence", now=now)]}
        case "written_application":
            return {"documents": [paper(session, center_id, "exit_application", now=now)]}
        case "reason" | "plaque_no" | "certificate_no":
            return {need: f"{need} 1"}
    return {}


def take(session, viewer, center_id: int, step: str, *, now, needs=(), seen=None, **said) -> Center:
    """Provide needs and take a step, in one transaction of its own."""
    session.rollback()
    with transaction():
        for need in needs:
            said.update(provide(session, center_id, need, now=now))
        session.flush()
        center = session.get_one(Center, center_id)
        seen = center.version if seen is None else seen
        center_life.take(session, viewer, center, step, Told(**said), seen=seen, now=now)
    session.rollback()
    return session.get_one(Center, center_id)
