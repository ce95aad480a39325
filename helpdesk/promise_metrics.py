"""The metrics of the two promises: first replies in time, and calls that were answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import Metric
from sqlalchemy.orm import Session

from helpdesk.metric_parts import counter_by, gauge, gauge_by
from helpdesk.runtime import current_config
from helpdesk.services.hotline import call_sums
from helpdesk.services.operations import tallies
from helpdesk.services.promises import promise_vitals
from sla.metrics import FIRST_REPLY


def totals(seen: tallies.Totals) -> Iterator[Metric]:
    """Yield what was judged since the desk began; none of it ever goes down."""
    metrics = sorted({FIRST_REPLY, *seen.breaches, *seen.kept})
    yield counter_by(
        "helpdesk_promises_kept",
        "Promises kept, by metric.",
        "metric",
        {metric: seen.kept[metric] for metric in metrics},
    )
    yield counter_by(
        "helpdesk_breaches",
        "Promises broken, by metric.",
        "metric",
        {metric: seen.breaches[metric] for metric in metrics},
    )
    yield counter_by(
        "helpdesk_calls",
        "Calls that were over within a day of coming, by what became of them.",
        "result",
        {result: seen.calls[result] for result in tallies.CALL_RESULTS},
    )


def standing(session: Session, *, now: datetime) -> Iterator[Metric]:
    """Yield how the promises stand now."""
    seen = promise_vitals.promise_vitals(session, now=now)
    yield gauge_by(
        "helpdesk_promises_owed",
        "Tickets that are owed something, by how their promise stands.",
        "state",
        {"in_time": seen.in_time, "at_risk": seen.at_risk, "overdue": seen.overdue},
    )
    yield gauge(
        "helpdesk_promises_oldest_overdue_seconds",
        "How long ago the oldest broken promise that is still owed fell due; 0 without any.",
        seen.overdue_age,
    )
    yield gauge(
        "helpdesk_enforcement_lag_seconds",
        "How long the oldest warning or breach waits to be recorded; 0 without any.",
        seen.sweep_lag,
    )
    yield gauge("helpdesk_service_open", "Whether service time runs now.", seen.is_open)
    yield gauge(
        "helpdesk_calendar_years_missing",
        "Years whose days off should be entered by now and are not.",
        seen.years_missing,
    )


def month(kept: int, missed: int, session: Session, *, now: datetime) -> Iterator[Metric]:
    """Yield both promises since the first of the local month."""
    yield gauge_by(
        "helpdesk_first_replies_this_month",
        "First replies judged since the first of the month.",
        "result",
        {"kept": kept, "missed": missed},
    )
    calls = call_sums.this_month(session, now=now)
    yield gauge_by(
        "helpdesk_calls_this_month",
        "The hotline's calls since the first of the month, by what became of them.",
        "result",
        {
            "answered": calls.answered,
            "missed": calls.abandoned,
            "outside_hours": calls.outside_hours,
        },
    )
    yield gauge(
        "helpdesk_answer_rate_target_ratio",
        "The promised share of offered calls that are answered.",
        current_config().answer_rate_target / 100,
    )
