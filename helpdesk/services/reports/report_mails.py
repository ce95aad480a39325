"""Sending saved reports: each once for each period, whichever worker comes first.

The report is counted before the schedule is claimed, so that the transaction which
claims it and puts its mails into the outbox is short; who loses the claim throws its
count away. A recipient who may not see reports any more gets nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

import structlog
from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload

from helpdesk.extensions import reading, transaction
from helpdesk.i18n import gettext, speaking
from helpdesk.models import AttachmentRecord, Login, ReportSchedule
from helpdesk.presentation import report_files, report_words
from helpdesk.presentation.reports import Sheet, ticket_sheet
from helpdesk.runtime import current_config, current_storage
from helpdesk.services import access, reports
from helpdesk.services.access import Viewer
from helpdesk.services.database.claiming import won
from helpdesk.services.hours import calendars
from helpdesk.services.reports import Question, report_schedules
from helpdesk.services.reports.names import names_of
from helpdesk.services.sending import outgoing

STALE = timedelta(days=21)
"""A worker that was away for longer tells only what is still news."""
AFTER_A_FAILURE = timedelta(hours=1)
MOST_LINES = 100
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """A report as one recipient gets it."""

    to: str
    subject: str
    text: str
    html: str
    file: AttachmentRecord


def send_due(now: datetime) -> int:
    """Queue every saved report that is due; return how many periods were told."""
    told = 0
    while True:
        with reading() as session:
            due = session.execute(
                select(ReportSchedule.id, ReportSchedule.next_at)
                .where(ReportSchedule.next_at <= now)
                .order_by(ReportSchedule.next_at, ReportSchedule.id)
                .limit(1)
            ).first()
        if due is None:
            return told
        try:
            if not _send(due.id, due.next_at, now):
                return told  # another worker is at it
            told += 1
        except OperationalError:
            raise  # the database is in trouble, not this report: all of them wait
        except Exception:
            log.exception("report.failed", schedule=due.id)
            _put_off(due.id, due.next_at, now + AFTER_A_FAILURE)


def _send(number: int, due_at: datetime, now: datetime) -> bool:
    with reading() as session:
        row = session.get(ReportSchedule, number)
        if row is None or row.next_at != due_at:
            return False
        letters = [] if now - due_at > STALE else list(_letters(session, row, now))
        period_from, occasion = row.period_from, f"report.{row.id}.{row.period_from:%Y%m%d}"
    with transaction() as session:
        calendar = calendars.default(session)
        row = session.get(ReportSchedule, number, with_for_update={"skip_locked": True})
        if row is None or row.next_at != due_at or row.period_from != period_from:
            return False
        after = report_schedules.following(row.every, period_from)
        claim = (
            update(ReportSchedule)
            .where(ReportSchedule.id == number, ReportSchedule.next_at == due_at)
            .where(ReportSchedule.period_from == period_from)
            .values(
                period_from=after,
                next_at=report_schedules.leaves_at(row, calendar, after),
                last_sent_at=now if letters else row.last_sent_at,
            )
            .execution_options(synchronize_session=False)
        )
        if not won(session, claim):
            return False
        for letter in letters:
            outgoing.queue_notice(
                session,
                letter.to,
                subject=letter.subject,
                text=letter.text,
                html=letter.html,
                files=[letter.file],
                kind="notice",
                now=now,
                identity=outgoing.notice_identity(session, occasion, letter.to),
            )
    log.info("report.sent", schedule=number, recipients=len(letters))
    return True


def _put_off(number: int, due_at: datetime, until: datetime) -> None:
    """Leave a report that cannot be made until later, so that the others leave."""
    with transaction() as session:
        same = update(ReportSchedule).where(
            ReportSchedule.id == number, ReportSchedule.next_at == due_at
        )
        session.execute(same.values(next_at=until))


def _letters(session: Session, row: ReportSchedule, now: datetime) -> Sequence[Letter]:
    calendar = calendars.default(session)
    question = report_schedules.question(row, calendar)
    logins = session.scalars(
        select(Login)
        .where(Login.agent_id.in_(row.recipients))
        .options(joinedload(Login.agent))
        .order_by(Login.id)
    ).all()
    found = []
    for login in logins:
        viewer = access.viewer_of(login)
        if viewer is None or not viewer.is_manager:
            continue
        with speaking(login.locale or current_config().locale):
            found.append(_letter(session, viewer, row, question, now))
    return found


def _letter(
    session: Session, viewer: Viewer, row: ReportSchedule, question: Question, now: datetime
) -> Letter:
    counted = reports.report(session, viewer, question, now=now)
    values = [line.value for line in counted.rows]
    sheet = ticket_sheet(counted, names_of(session, question.breakdown, values))
    title = f"{row.name} · {report_words.period_name(question.span)}"
    data = report_files.as_xlsx(sheet, title)
    with current_storage().together():
        key = current_storage().put(data)
    name = f"report-{question.span.first:%Y%m%d}-{question.span.last:%Y%m%d}.xlsx"
    file = AttachmentRecord(
        name=name, content_type=report_files.XLSX_TYPE, size=len(data), sha256=key, inline=False
    )
    link = _link(question)
    html = current_app.jinja_env.get_template("reports/mail.html").render(
        title=title,
        sheet=sheet,
        lines=sheet.lines[:MOST_LINES],
        headings=report_words.headings(),
        link=link,
    )
    return Letter(viewer.email, title, _text(title, sheet, link), html, file)


def _text(title: str, sheet: Sheet, link: str) -> str:
    names = report_words.headings()
    parts = [title, ""]
    for cell in sheet.total.cells:
        of = f" ({cell.parts[0].text} / {cell.parts[1].text})" if cell.parts else ""
        against = sheet.compared.get(cell.name, "")
        parts.append(f"{names[cell.name]}: {cell.text}{of}{f' · {against}' if against else ''}")
    parts += ["", f"{sheet.first_heading}:"]
    for line in sheet.lines[:MOST_LINES]:
        told = (f"{names[cell.name]} {cell.text}" for cell in line.cells if cell.number)
        parts.append(f"- {line.name}: {' · '.join(told) or '0'}")
    told_all = gettext("All figures, and the tickets behind each of them:")
    return "\n".join([*parts, "", told_all, link, ""])


def _link(question: Question) -> str:
    query = {
        "period": "days",
        "first": question.span.first.isoformat(),
        "last": question.span.last.isoformat(),
        "by": question.breakdown,
        **dict(question.parts),
    }
    return f"{current_config().base_url}/reports/?{urlencode(query)}"
