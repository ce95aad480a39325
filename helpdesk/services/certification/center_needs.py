"""What the steps of a center's life need, looked up in its record.

Each need of ``center_states`` is one small question; the answers say what a step rests on
and what is still missing, for the page that shows it and for the step that refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import (
    Agreement,
    AnnualReview,
    Center,
    Document,
    Lecturer,
    Opinion,
    PublicNotice,
    Qualification,
    Visit,
)
from helpdesk.models.center_record import BODIES
from helpdesk.services.certification.center_states import Rule

SENTENCES: Mapping[str, object] = {
    "form": _("The form is not complete."),
    "licence": _("The copy of the business licence is missing."),
    "photographs": _("Photographs of the classrooms are missing."),
    "qualification": _("The qualification checklist is not finished."),
    "basic_qualification": _("Not every basic qualification is confirmed."),
    "reason": _("Write the reason: it stays on the record."),
    "visit_report": _("The report of the site visit is missing."),
    "dossier": _("The dossier is not whole: it needs the licence and the visit's report."),
    "opinions": _("Both reviewing bodies have to give their opinions."),
    "agreement": _("There is no agreement that both sides have signed."),
    "dates": _("The agreement does not say from when to when it holds."),
    "region": _("The agreement names no region."),
    "lecturer_certificate": _("No senior lecturer with a valid certificate is on record."),
    "plaque_no": _("Write the number of the plaque."),
    "certificate_no": _("Write the number of the certificate of authorisation."),
    "review": _("This year's review is not written down yet."),
    "renewed_agreement": _("There is no renewed agreement that both sides have signed."),
    "evidence": _("Attach the evidence."),
    "written_application": _("Attach the written application."),
    "website_notice": _("The notice of the cancelled authorisation is not on the website."),
    "microblog_notice": _("The notice is not on the microblog."),
    "plaque_returned": _("The plaque was not returned."),
    "documents_returned": _("The documents of authorisation were not returned."),
}
FIELDS: Mapping[str, str] = {
    "reason": "reason",
    "plaque_no": "plaque_no",
    "certificate_no": "certificate_no",
    "evidence": "files",
    "written_application": "files",
}
"""The field of a step's form that gives a need, where it has one."""


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says with a step; ``documents`` are the files they attached to it.

    ``letter_from`` is who signed the letter by which a center asks for its own step, where
    the office writes it down.
    """

    reason: str = ""
    plaque_no: str = ""
    certificate_no: str = ""
    code: str = ""
    favourable: bool = True
    letter_from: str = ""
    documents: Sequence[Document] = field(default=())


Found = TypeVar("Found")
Rows = dict[Callable[[Session, Center], object], Any]
"""What was looked up in a center's record, by how."""


@dataclass(frozen=True, slots=True)
class _Question:
    session: Session
    center: Center
    rule: Rule
    told: Told
    today: date
    rows: Rows

    def look_up(self, look: Callable[[Session, Center], Found]) -> Found:
        """Return what the record holds, asking the database once for all needs."""
        if look not in self.rows:
            self.rows[look] = look(self.session, self.center)
        found: Found = self.rows[look]
        return found


def given(
    session: Session,
    center: Center,
    rule: Rule,
    told: Told,
    *,
    today: date,
    rows: Rows | None = None,
) -> dict[str, object]:
    """Answer every need of a step: something true where it is there.

    ``rows`` carries what was looked up from one step to the next of the same moment.
    """
    session.flush()
    question = _Question(session, center, rule, told, today, {} if rows is None else rows)
    return {need: _ANSWERS[need](question) for need in rule.needs if need in _ANSWERS}


def paper_kind(rule: Rule) -> str:
    """Return what the files that are attached to a step are."""
    kinds = {
        "visit_report": "visit_report",
        "evidence": "evidence",
        "written_application": "exit_application",
        "plaque_returned": "return_receipt",
        "opinions": "opinion",
        "agreement": "agreement",
        "review": "review",
    }
    return next((kind for need, kind in kinds.items() if need in rule.needs), "other")


def criteria(session: Session, center: Center) -> Sequence[Qualification]:
    """Return a center's checklist, in the order in which it was drawn up."""
    return session.scalars(
        select(Qualification).where(Qualification.center_id == center.id).order_by(Qualification.id)
    ).all()


def next_agreement(session: Session, center: Center) -> Agreement | None:
    """Return the signed agreement that no step rests on yet."""
    rows = session.scalars(
        select(Agreement)
        .where(Agreement.center_id == center.id, ~Agreement.taken_up)
        .order_by(Agreement.valid_from.desc(), Agreement.id.desc())
    )
    return next((row for row in rows if row.signed_by_both), None)


def latest_agreement(session: Session, center: Center) -> Agreement | None:
    """Return the agreement that further steps build on: one renewed ahead of its time counts."""
    return next(iter(_agreements(session, center)), None)


def agreement_on(session: Session, center: Center, day: date) -> Agreement | None:
    """Return the agreement whose terms hold on a day; before any has begun, the first."""
    found = None
    for found in _agreements(session, center):
        if found.valid_from <= day:
            return found
    return found


def _agreements(session: Session, center: Center) -> Sequence[Agreement]:
    """Return the agreements that steps rest on, the latest first."""
    return session.scalars(
        select(Agreement)
        .where(Agreement.center_id == center.id, Agreement.taken_up)
        .order_by(Agreement.valid_from.desc(), Agreement.id.desc())
    ).all()


def open_review(session: Session, center: Center) -> AnnualReview | None:
    """Return the earliest annual review that is not decided."""
    return session.scalar(
        select(AnnualReview)
        .where(AnnualReview.center_id == center.id, AnnualReview.outcome.is_(None))
        .order_by(AnnualReview.year)
        .limit(1)
    )


def cancellation(session: Session, center: Center) -> PublicNotice | None:
    """Return the notice that the center's authorisation is cancelled, published or not."""
    return session.scalar(
        select(PublicNotice)
        .where(
            PublicNotice.center_id == center.id,
            PublicNotice.kind == "cancellation",
            PublicNotice.withdrawn_at.is_(None),
            PublicNotice.created_at >= center.state_since,
        )
        .order_by(PublicNotice.id.desc())
        .limit(1)
    )


def visit_report(session: Session, center: Center) -> Document | Visit | None:
    """Return the report of the site visit: a paper, or an on-site visit that was reported."""
    paper = _paper(session, center, "visit_report")
    if paper is not None:
        return paper
    return session.scalar(
        select(Visit)
        .where(Visit.center_id == center.id, Visit.state == "done")
        .order_by(Visit.id.desc())
        .limit(1)
    )


def _paper(session: Session, center: Center, kind: str) -> Document | None:
    return session.scalar(
        select(Document)
        .where(
            Document.center_id == center.id,
            Document.kind == kind,
            Document.removed_at.is_(None),
        )
        .order_by(Document.id.desc())
        .limit(1)
    )


def _qualification(asked: _Question) -> bool:
    """Every criterion was looked at."""
    rows = asked.look_up(criteria)
    return bool(rows) and all(row.confirmed is not None for row in rows)


def _attached(asked: _Question, kind: str) -> bool:
    return any(document.kind == kind for document in asked.told.documents)


def _opinions(asked: _Question) -> bool:
    rows = asked.session.scalars(
        select(Opinion.body).where(Opinion.center_id == asked.center.id)
    ).all()
    return set(rows) == set(BODIES)


def _senior_lecturer(asked: _Question) -> bool:
    return (
        asked.session.scalar(
            select(Lecturer.id)
            .where(
                Lecturer.center_id == asked.center.id,
                Lecturer.senior,
                Lecturer.certificate_no != "",
                or_(Lecturer.valid_to.is_(None), Lecturer.valid_to >= asked.today),
            )
            .limit(1)
        )
        is not None
    )


def _agreement(asked: _Question) -> Agreement | None:
    return asked.look_up(next_agreement)


def _renewed(asked: _Question) -> bool:
    renewed = _agreement(asked)
    before = asked.look_up(latest_agreement)
    return renewed is not None and (before is None or renewed.valid_to > before.valid_to)


def _review(asked: _Question) -> bool:
    """The year's review is written down, and says what the step says."""
    review = asked.look_up(open_review)
    if review is None or not review.findings:
        return False
    if asked.rule.step == "miss_annual_task":
        return review.target is not None and (review.done or 0) < review.target
    return True


def _on_website(asked: _Question) -> bool:
    notice = asked.look_up(cancellation)
    return notice is not None and notice.published_at is not None


def _on_microblog(asked: _Question) -> bool:
    """It stands there: the network has taken it, not merely the outbox."""
    notice = asked.look_up(cancellation)
    if notice is None or notice.published_at is None:
        return False
    return bool(notice.posted_url) or (notice.post is not None and notice.post.state == "sent")


_ANSWERS: Mapping[str, Callable[[_Question], object]] = {
    "qualification": _qualification,
    "reason": lambda asked: asked.told.reason.strip(),
    "visit_report": lambda asked: asked.look_up(visit_report),
    "dossier": lambda asked: (
        _paper(asked.session, asked.center, "licence") and asked.look_up(visit_report)
    ),
    "opinions": _opinions,
    "agreement": _agreement,
    "dates": lambda asked: (found := _agreement(asked)) and found.valid_to > asked.today,
    "region": lambda asked: (found := _agreement(asked)) and found.region,
    "lecturer_certificate": _senior_lecturer,
    "plaque_no": lambda asked: asked.told.plaque_no.strip(),
    "certificate_no": lambda asked: asked.told.certificate_no.strip(),
    "review": _review,
    "renewed_agreement": _renewed,
    "evidence": lambda asked: _attached(asked, "evidence"),
    "written_application": lambda asked: _attached(asked, "exit_application"),
    "website_notice": _on_website,
    "microblog_notice": _on_microblog,
    "plaque_returned": lambda asked: asked.center.plaque_returned_on,
    "documents_returned": lambda asked: asked.center.documents_returned_on,
}
