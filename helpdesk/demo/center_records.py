"""The records of the demo's centers that have served for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from helpdesk.demo.center_stage import (
    YEAR,
    Stage,
    add_lecturer,
    center_of,
    draft_signed,
    keep_paper,
    take_step,
)
from helpdesk.models import Center
from helpdesk.services.certification import agreements, annual_reviews, centers, remittances


def write(stage: Stage, row: Mapping[str, Any], today: date) -> None:
    """Write the record of a center, as the table tells it and as it is ``today``."""
    center = center_of(stage, row["code"])
    ends = today + timedelta(days=row["ends"])
    _facts(stage, center, row, ends)
    number = f"MIEC-{ends.year - 1}-{center.code[2:]}"
    agreement = draft_signed(stage, center, number, (ends - YEAR, ends), row["legal"])
    agreements.put_in_force(stage.session, stage.office, center, agreement, now=stage.now)
    _review(stage, center, row, today)
    for name, certificate in row.get("lecturers", ()):
        add_lecturer(stage, center, name, certificate)
    for exam in row.get("exams", ()):
        _exam(stage, center, exam, today)
    for kind, name, shared in row.get("papers", ()):
        keep_paper(stage, center, kind, name, shared=shared)
    if row.get("renewed"):
        next_number = f"MIEC-{ends.year}-{center.code[2:]}"
        draft_signed(stage, center, next_number, (ends, ends + YEAR), row["legal"])
        take_step(stage, center, "pass_annual_review", reason="年审合格，续签一年。")


def _facts(stage: Stage, center: Center, row: Mapping[str, Any], ends: date) -> None:
    values: dict[str, str | date | None] = {
        name: getattr(center, name) for name in ("code", "name", "name_en", "region", "city")
    }
    values |= {
        "address": row["address"],
        "postcode": row["postcode"],
        "phone": row["phone"],
        "legal_representative": row["legal"],
        "plaque_no": f"TP-{center.code[2:]}",
        "certificate_no": f"SQ-{ends.year - 1}-{center.code[2:]}",
        "granted_on": ends - YEAR,
    }
    domains = [domain.domain for domain in center.domains]
    centers.change(stage.session, stage.office, center, values, domains=domains, now=stage.now)


def _review(stage: Stage, center: Center, row: Mapping[str, Any], today: date) -> None:
    due_on = today + timedelta(days=row["review"])
    session, office, now = stage.session, stage.office, stage.now
    annual_reviews.set_up(
        session,
        office,
        center,
        due_on.year,
        task=row["task"],
        target=row["target"],
        due_on=due_on,
        now=now,
    )
    if "done" in row:
        findings = row.get("findings", "已现场查看台账，待汇总。")
        annual_reviews.write(
            session, office, center, due_on.year, done=row["done"], findings=findings, now=now
        )


def _exam(stage: Stage, center: Center, exam: list[int], today: date) -> None:
    """Report an exam: days ago, candidates of both grades, days ago when it was remitted.

    Nothing was remitted where that is 0; what lies ahead is not confirmed yet.
    """
    days, intermediate, senior, remitted = exam
    session, office, now = stage.session, stage.office, stage.now
    row = remittances.report(
        session,
        office,
        center,
        exam_on=today - timedelta(days=days),
        intermediate=intermediate,
        senior=senior,
        now=now,
    )
    if remitted > 0:
        day = today - timedelta(days=remitted)
        remittances.confirm(
            session, office, center, row, remitted=row.owed, remitted_on=day, today=today, now=now
        )
