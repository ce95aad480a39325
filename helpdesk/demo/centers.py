"""Centers in every stage of their life, with the records that the steps rest on."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.message import Handle
from helpdesk.demo import files
from helpdesk.demo.cast import Cast
from helpdesk.demo.service_time import ServiceTime
from helpdesk.extensions import reading, transaction
from helpdesk.models import Center, ChannelAccount, Document, Login, Person, PublicNotice
from helpdesk.models.center_record import BODIES
from helpdesk.runtime import current_config, current_storage
from helpdesk.services import (
    access,
    agreements,
    annual_reviews,
    assessments,
    center_life,
    center_people,
    center_sweep,
    centers,
    closing,
    documents,
    people,
    public_notices,
    remittances,
)
from helpdesk.services.access import Viewer
from helpdesk.services.agreements import Terms
from helpdesk.services.center_needs import Told
from helpdesk.services.tickets import StoredFile

DAY = 450
"""Service minutes of a working day."""
OFFICE = "李晓红"
LEAVING, BREACH = "HB022", "SZ021"
VISITED = "SQ-2603"
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the scenes need: a transaction, who acts for the office, and when."""

    session: Session
    office: Viewer
    now: datetime
    today: date


def play(cast: Cast, time: ServiceTime) -> None:
    """Write every record of the table and let the centers take their steps."""
    table = tomllib.loads((Path(__file__).parent / "centers.toml").read_text(encoding="utf-8"))
    for row in table["record"]:
        _perform(time, time.ago(3 * DAY), partial(_record, row=row, time=time))
    for row in table["applicant"]:
        _apply(time, row)
    _perform(time, time.ago(2 * DAY), _ask_to_leave)
    _perform(time, time.ago(8 * DAY), _break_agreement)
    _perform(time, time.ago(6 * DAY), lambda stage: _publish(stage, cast))
    _perform(time, time.ago(DAY), _give_plaque_back)
    _remind(time.now)


def _remind(now: datetime) -> None:
    """Send the reminders of the past at their times."""
    while True:
        with reading() as session:
            due = session.scalar(select(func.min(Center.next_at)))
        if due is None or due > now or not center_sweep.remind_due(due):
            return


def _perform(time: ServiceTime, at: datetime, scene: Callable[[_Stage], object]) -> None:
    with transaction() as session:
        login = session.scalars(
            select(Login).join(Login.agent).where(Login.email.like("manager@%"))
        )
        office = access.viewer_of(login.one())
        assert office is not None
        scene(_Stage(session, office, at, time.calendar.local_date(at)))


def _record(stage: _Stage, row: Mapping[str, Any], time: ServiceTime) -> None:
    """Write the record of a center that has served for a while."""
    center, today = _center(stage, row["code"]), time.calendar.local_date(time.now)
    ends = today + timedelta(days=row["ends"])
    _facts(stage, center, row, ends)
    number = f"MIEC-{ends.year - 1}-{center.code[2:]}"
    agreement = _signed(stage, center, number, ends - YEAR, ends, legal=row["legal"])
    agreements.put_in_force(stage.session, stage.office, center, agreement, now=stage.now)
    _review(stage, center, row, today)
    for name, certificate in row.get("lecturers", ()):
        _lecturer(stage, center, name, certificate)
    for exam in row.get("exams", ()):
        _exam(stage, center, exam, today)
    for kind, name, shared in row.get("papers", ()):
        _paper(stage, center, kind, name, shared=shared)
    if row.get("renewed"):
        next_number = f"MIEC-{ends.year}-{center.code[2:]}"
        _signed(stage, center, next_number, ends, ends + YEAR, legal=row["legal"])
        _step(stage, center, "pass_annual_review", reason="年审合格，续签一年。")


def _facts(stage: _Stage, center: Center, row: Mapping[str, Any], ends: date) -> None:
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


def _signed(
    stage: _Stage, center: Center, number: str, begins: date, ends: date, *, legal: str
) -> Any:
    signed_on = min(begins, stage.today)
    terms = Terms(number, center.region, begins, ends, signed_on, OFFICE, legal)
    return agreements.draft(
        stage.session, stage.office, center, terms, today=stage.today, now=stage.now
    )


def _review(stage: _Stage, center: Center, row: Mapping[str, Any], today: date) -> None:
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


def _exam(stage: _Stage, center: Center, exam: list[int], today: date) -> None:
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


def _apply(time: ServiceTime, row: Mapping[str, Any]) -> None:
    """Let somebody apply and come as far as the table says, a few service days a step."""
    _perform(time, time.ago(row["days"] * DAY), lambda stage: _submit(stage, row))
    days = row["days"]
    for step, before in _WAY.items():
        days -= 5
        with transaction() as session:
            state = session.scalar(select(Center.state).where(Center.code == row["code"]))
        if state == row["until"]:
            return
        _perform(
            time,
            time.ago(max(days, 1) * DAY),
            partial(_advance, code=row["code"], step=step, before=before),
        )


def _submit(stage: _Stage, row: Mapping[str, Any]) -> None:
    session, now = stage.session, stage.now
    name, email = row["contact"]
    plain = {key: row[key] for key in ("code", "name", "name_en", "region", "city", "profile")}
    center = Center(institution_type="college", created_at=now, **plain)
    session.add(center)
    session.flush()
    person = people.person_for(session, Handle("email", email, name), now=now)
    person.name, person.center, person.lead = name, center, True
    given = {"form": True, "licence": True, "photographs": True}
    by = access.Actor(name, person_id=person.id)
    center_life.enter_application(session, center, given, by=by, now=now)
    for kind, title in (("licence", "营业执照副本.pdf"), ("photograph", f"{row['city']}教室.png")):
        _paper(stage, center, kind, title, by=by)
    assessments.draw_up(session, center)


def _advance(
    stage: _Stage, code: str, step: str, before: Callable[[_Stage, Center], object]
) -> None:
    center = _center(stage, code)
    before(stage, center)
    _step(stage, center, step)


def _judge(stage: _Stage, center: Center) -> None:
    for row in assessments.draw_up(stage.session, center):
        met = bool(row.judged)
        reason = "" if row.judged is not None else "申请表未填，电话核实没有。"
        assessments.confirm(
            stage.session,
            stage.office,
            center,
            row.criterion,
            met=met,
            reason=reason,
            now=stage.now,
        )


def _visit(stage: _Stage, center: Center) -> None:
    _paper(stage, center, "visit_report", "实地考察报告.pdf")


def _give_opinions(stage: _Stage, center: Center) -> None:
    for body in BODIES:
        assessments.give_opinion(
            stage.session,
            stage.office,
            center,
            body,
            favourable=True,
            text="条件符合要求，同意设立。",
            given_on=stage.today,
            today=stage.today,
            document=None,
            now=stage.now,
        )


def _conclude(stage: _Stage, center: Center) -> None:
    ends = stage.today + YEAR
    _signed(
        stage,
        center,
        f"MIEC-{stage.today.year}-{center.code[-2:]}",
        stage.today,
        ends,
        legal="韦春梅",
    )


def _train(stage: _Stage, center: Center) -> None:
    _lecturer(stage, center, "覃志远", f"JS-{stage.today.year}-0{center.code[-2:]}1")


def _nothing(_stage: _Stage, _center: Center) -> None:
    """The step needs nothing more."""


_WAY: Mapping[str, Callable[[_Stage, Center], object]] = {
    "pass_preliminary": _judge,
    "pass_site_visit": _visit,
    "forward": _nothing,
    "decide": _give_opinions,
    "sign": _conclude,
    "pass_training": _train,
}


def _ask_to_leave(stage: _Stage) -> None:
    """A center asks for its exit; its lead brings the written application."""
    center = _center(stage, LEAVING)
    person = stage.session.scalars(
        select(Person).where(Person.center_id == center.id, Person.lead)
    ).one()
    lead = Viewer(0, "center", person.name, "", None, person.id, center.id, leads=True)
    paper = _paper(stage, center, "exit_application", "退出申请书.pdf", by=lead.actor)
    told = Told(reason="专业调整，明年起不再招生。", documents=[paper])
    center_life.take(
        stage.session, lead, center, "request_exit", told, seen=center.version, now=stage.now
    )


def _break_agreement(stage: _Stage) -> None:
    center = _center(stage, BREACH)
    paper = _paper(stage, center, "evidence", "自行举办竞争性认证的招生简章.pdf")
    reason = "未经同意开展与本认证竞争的认证，违反协议。"
    _step(stage, center, "breach", reason=reason, documents=[paper])


def _publish(stage: _Stage, cast: Cast) -> None:
    """Publish the cancellation, and post it: the demo's account takes our own address."""
    account = stage.session.get_one(ChannelAccount, cast.weibo_id)
    host = urlsplit(current_config().base_url).hostname
    account.settings = {**account.settings, "safe_domain": host}
    notice = stage.session.scalars(select(PublicNotice)).one()
    public_notices.publish(stage.session, stage.office, notice, account=account, now=stage.now)


def _give_plaque_back(stage: _Stage) -> None:
    closing.note_returns(
        stage.session,
        stage.office,
        _center(stage, BREACH),
        plaque_on=stage.today,
        documents_on=None,
        today=stage.today,
        now=stage.now,
    )


def _center(stage: _Stage, code: str) -> Center:
    return stage.session.scalars(select(Center).where(Center.code == code)).one()


def _lecturer(stage: _Stage, center: Center, name: str, certificate: str) -> None:
    center_people.add_lecturer(
        stage.session,
        stage.office,
        center,
        name=name,
        senior=True,
        certificate_no=certificate,
        issued_on=stage.today - timedelta(days=200),
        valid_to=stage.today + timedelta(days=900),
        now=stage.now,
    )


def _paper(
    stage: _Stage,
    center: Center,
    kind: str,
    name: str,
    *,
    by: access.Actor | None = None,
    shared: bool = False,
) -> Document:
    file = files.attachment(name)
    current_storage().put(file.data)
    stored = StoredFile.of(file)
    by = by or stage.office.actor
    return documents.keep(
        stage.session, stored, of=center, kind=kind, by=by, shared=shared, now=stage.now
    )


def _step(stage: _Stage, center: Center, step: str, **said: Any) -> None:
    told = Told(**said)
    center_life.take(
        stage.session, stage.office, center, step, told, seen=center.version, now=stage.now
    )
