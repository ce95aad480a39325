"""The demo's applicants: they apply, and come as far as the table says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import select

from channels.message import Handle
from helpdesk.demo.center_stage import (
    DAY,
    YEAR,
    Stage,
    add_lecturer,
    center_of,
    draft_signed,
    keep_paper,
    perform,
    take_step,
)
from helpdesk.demo.service_time import ServiceTime
from helpdesk.extensions import transaction
from helpdesk.models import Center
from helpdesk.models.center_record import BODIES
from helpdesk.services import access
from helpdesk.services.certification import assessments, center_life
from helpdesk.services.identity import people


def apply(time: ServiceTime, row: Mapping[str, Any]) -> None:
    """Let somebody apply and come as far as the table says, a few service days a step."""
    perform(time, time.ago(row["days"] * DAY), lambda stage: _submit(stage, row))
    days = row["days"]
    for step, before in _WAY.items():
        days -= 5
        with transaction() as session:
            state = session.scalar(select(Center.state).where(Center.code == row["code"]))
        if state == row["until"]:
            return
        perform(
            time,
            time.ago(max(days, 1) * DAY),
            partial(_advance, code=row["code"], step=step, before=before),
        )


def _submit(stage: Stage, row: Mapping[str, Any]) -> None:
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
        keep_paper(stage, center, kind, title, by=by)
    assessments.draw_up(session, center)


def _advance(stage: Stage, code: str, step: str, before: Callable[[Stage, Center], object]) -> None:
    center = center_of(stage, code)
    before(stage, center)
    take_step(stage, center, step)


def _judge(stage: Stage, center: Center) -> None:
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


def _visit(stage: Stage, center: Center) -> None:
    keep_paper(stage, center, "visit_report", "实地考察报告.pdf")


def _give_opinions(stage: Stage, center: Center) -> None:
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


def _conclude(stage: Stage, center: Center) -> None:
    ends = stage.today + YEAR
    number = f"MIEC-{stage.today.year}-{center.code[-2:]}"
    draft_signed(stage, center, number, (stage.today, ends), "韦春梅")


def _train(stage: Stage, center: Center) -> None:
    add_lecturer(stage, center, "覃志远", f"JS-{stage.today.year}-0{center.code[-2:]}1")


def _nothing(_stage: Stage, center_of: Center) -> None:
    """The step needs nothing more."""


_WAY: Mapping[str, Callable[[Stage, Center], object]] = {
    "pass_preliminary": _judge,
    "pass_site_visit": _visit,
    "forward": _nothing,
    "decide": _give_opinions,
    "sign": _conclude,
    "pass_training": _train,
}
