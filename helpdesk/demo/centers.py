"""Centers in every stage of their life, with the records that the steps rest on."""

from __future__ import annotations

import tomllib
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, select

from helpdesk.demo import applicants, center_records
from helpdesk.demo.cast import Cast
from helpdesk.demo.center_stage import DAY, Stage, center_of, keep_paper, perform, take_step
from helpdesk.demo.service_time import ServiceTime
from helpdesk.extensions import reading
from helpdesk.models import Center, ChannelAccount, Person, PublicNotice
from helpdesk.runtime import current_config
from helpdesk.services.access import Viewer
from helpdesk.services.certification import center_life, center_sweep, closing
from helpdesk.services.certification.center_needs import Told
from helpdesk.services.microblog import public_notices

LEAVING, BREACH = "HB022", "SZ021"


def play(cast: Cast, time: ServiceTime) -> None:
    """Write every record of the table and let the centers take their steps."""
    table = tomllib.loads((Path(__file__).parent / "centers.toml").read_text(encoding="utf-8"))
    today = time.calendar.local_date(time.now)
    for row in table["record"]:
        perform(time, time.ago(3 * DAY), partial(center_records.write, row=row, today=today))
    for row in table["applicant"]:
        applicants.apply(time, row)
    perform(time, time.ago(2 * DAY), _ask_to_leave)
    perform(time, time.ago(8 * DAY), _break_agreement)
    perform(time, time.ago(6 * DAY), lambda stage: _publish(stage, cast))
    perform(time, time.ago(DAY), _give_plaque_back)
    _remind(time.now)


def _remind(now: datetime) -> None:
    """Send the reminders of the past at their times."""
    while True:
        with reading() as session:
            due = session.scalar(select(func.min(Center.next_at)))
        if due is None or due > now or not center_sweep.remind_due(due):
            return


def _ask_to_leave(stage: Stage) -> None:
    """A center asks for its exit; its lead brings the written application."""
    center = center_of(stage, LEAVING)
    person = stage.session.scalars(
        select(Person).where(Person.center_id == center.id, Person.lead)
    ).one()
    lead = Viewer(0, "center", person.name, "", None, person.id, center.id, leads=True)
    paper = keep_paper(stage, center, "exit_application", "退出申请书.pdf", by=lead.actor)
    told = Told(reason="专业调整，明年起不再招生。", documents=[paper])
    center_life.take(
        stage.session, lead, center, "request_exit", told, seen=center.version, now=stage.now
    )


def _break_agreement(stage: Stage) -> None:
    center = center_of(stage, BREACH)
    paper = keep_paper(stage, center, "evidence", "自行举办竞争性认证的招生简章.pdf")
    reason = "未经同意开展与本认证竞争的认证，违反协议。"
    take_step(stage, center, "breach", reason=reason, documents=[paper])


def _publish(stage: Stage, cast: Cast) -> None:
    """Publish the cancellation, and post it: the demo's account takes our own address."""
    account = stage.session.get_one(ChannelAccount, cast.weibo_id)
    host = urlsplit(current_config().base_url).hostname
    account.settings = {**account.settings, "safe_domain": host}
    notice = stage.session.scalars(select(PublicNotice)).one()
    public_notices.publish(stage.session, stage.office, notice, account=account, now=stage.now)


def _give_plaque_back(stage: Stage) -> None:
    closing.note_returns(
        stage.session,
        stage.office,
        center_of(stage, BREACH),
        plaque_on=stage.today,
        documents_on=None,
        today=stage.today,
        now=stage.now,
    )
