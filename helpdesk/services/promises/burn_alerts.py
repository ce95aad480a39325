"""Word to managers when the answer rate's budget burns too fast, or is used up.

Checked every minute of service time from the kept sums. An occasion is an alarm on a local
day, or a month whose budget is used up; its key makes sure that each manager hears of it
once, with any number of workers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.extensions import reading, transaction
from helpdesk.i18n import gettext, speaking
from helpdesk.models import Agent, Login, Notification
from helpdesk.runtime import current_config
from helpdesk.services.desk import notices
from helpdesk.services.desk.notices import Occasion
from helpdesk.services.hotline import telephone
from helpdesk.services.hotline.telephone import Telephone
from helpdesk.services.hours import calendars
from helpdesk.services.promises.forecast import MonthBudget, month_budget
from sla.budget import alarms, burn, is_burning
from sla.rates import Tally

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Alert:
    """What managers are told: ``kind`` is ``burn_fast``, ``burn_slow`` or ``budget_spent``.

    ``short`` and ``long`` are the counts of the alarm's windows; of a budget that is used
    up, both are those of the month.
    """

    kind: str
    key: str
    short: Tally
    long: Tally
    month: MonthBudget


def check(*, now: datetime) -> int:
    """Tell the managers what they have not been told yet; return how many were told something.

    Outside service hours no window moves, and nobody is told.
    """
    with reading() as session:
        calendar = calendars.default(session)
        if not calendar.is_open(now):
            return 0
        found = list(alerts(telephone.read(session, now=now)))
        if not found or not _untold(session, found):
            return 0
    told = 0
    with transaction() as session:
        for alert in found:
            told += sum(_tell(session, agent, alert, now=now) for agent in _managers(session))
    log.info("budget.alerted", kinds=[alert.kind for alert in found], told=told)
    return told


def alerts(phone: Telephone) -> Iterator[Alert]:
    """Return what managers should know at this moment."""
    month = month_budget(phone, phone.today)
    if month.foreseen and month.budget.left < 0:
        key = f"budget.spent.{phone.today:%Y-%m}"
        yield Alert("budget_spent", key, month.counted, month.counted, month)
    for alarm in alarms(phone.calendar.workday_minutes()):
        short, long = phone.window(alarm.short), phone.window(alarm.long)
        if is_burning(alarm, short, long, phone.percent):
            key = f"budget.{alarm.name}.{phone.today}"
            yield Alert(f"burn_{alarm.name}", key, short, long, month)


def _managers(session: Session) -> Sequence[Agent]:
    here = (Agent.active, Agent.role.in_(("manager", "admin")))
    return session.scalars(select(Agent).where(*here).order_by(Agent.id)).all()


def _untold(session: Session, found: Sequence[Alert]) -> bool:
    """Say whether any manager has not heard of something; costs no lock when all have."""
    keys = [alert.key for alert in found]
    told = session.execute(
        select(Notification.agent_id, Notification.occasion).where(Notification.occasion.in_(keys))
    )
    known = {(row.agent_id, row.occasion) for row in told}
    return any((agent.id, key) not in known for agent in _managers(session) for key in keys)


def _tell(session: Session, agent: Agent, alert: Alert, *, now: datetime) -> bool:
    locale = session.scalar(select(Login.locale).where(Login.agent_id == agent.id))
    with speaking(locale or current_config().locale):
        subject, first = _words(alert)
        text = f"{first}\n{_left(alert.month)}\n\n{current_config().base_url}/dashboard/\n"
    occasion = Occasion(alert.kind, alert.key, None, first)
    return notices.tell(session, agent, occasion, now=now, subject=subject, text=text)


def _words(alert: Alert) -> tuple[str, str]:
    values = {
        "missed": alert.short.abandoned,
        "offered": alert.short.offered,
        "missed_before": alert.long.abandoned,
        "offered_before": alert.long.offered,
        "times": f"{burn(alert.long, alert.month.budget.percent) or 0:.1f}",
    }
    if alert.kind == "budget_spent":
        return (
            gettext("The answer rate of this month can hardly be kept any more"),
            gettext(
                "%(missed)s of %(offered)s calls were missed this month, more than may be.",
                missed=values["missed"],
                offered=values["offered"],
            ),
        )
    if alert.kind == "burn_fast":
        return (
            gettext("Too many calls are being missed"),
            gettext(
                "%(missed)s of %(offered)s calls were missed in the last two hours of service, "
                "%(missed_before)s of %(offered_before)s in the last working day: "
                "%(times)s times what the month allows.",
                **values,
            ),
        )
    return (
        gettext("More calls are missed than the month allows"),
        gettext(
            "%(missed)s of %(offered)s calls were missed in the last working day, "
            "%(missed_before)s of %(offered_before)s in the last five: "
            "%(times)s times what the month allows.",
            **values,
        ),
    )


def _left(month: MonthBudget) -> str:
    left = month.budget.left if month.foreseen else month.budget.spare
    if left < 0:
        return gettext("%(n)s too many were missed this month.", n=-left)
    return gettext("%(n)s may still be missed this month.", n=left)
