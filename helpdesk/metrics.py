"""Prometheus metrics: the desk's, read from the database, and the web processes' own.

- Counters and the histogram of first replies come from ``services.operations.tallies``: the
  same from every process and machine, never going down, across restarts.
- Depths, ages and heartbeats come from ``services.operations.vitals``, fresh at each scrape.
- ``helpdesk_tickets`` counts tickets in hand by an index and keeps the answer for
  ``ACTIVE_KEPT``; those that are over need a look at all of them, kept for
  ``FINISHED_KEPT``; the month's first replies are counted every ``MONTH_KEPT``. These
  are gauges, so processes may differ by that much.
- Request durations belong to the web processes: with several of them on one
  machine they meet in ``PROMETHEUS_MULTIPROC_DIR``, which must be set before this
  module is imported; ``helpdesk web`` does so when it starts several.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import Flask, current_app
from prometheus_client import (
    CollectorRegistry,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError

from channels import registry
from helpdesk import promise_metrics
from helpdesk.extensions import reading
from helpdesk.metric_parts import gauge, gauge_by
from helpdesk.models.ticket import STATUSES
from helpdesk.services.operations import tallies, vitals
from helpdesk.services.promises import promise_vitals

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
ACTIVE_KEPT = timedelta(seconds=15)
FINISHED_KEPT = timedelta(minutes=10)
MONTH_KEPT = timedelta(minutes=1)
OUTCOMES = ("done", "duplicate", "suppressed", "quarantined")
log = structlog.get_logger(__name__)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each, asked by nobody
REQUESTS = Histogram(
    "helpdesk_http_request_duration_seconds",
    "How long web requests took, by view.",
    ("method", "view", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=None,
)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def observe_request(method: str, view: str | None, status: int, seconds: float) -> None:
    """Note one request; ``view`` is its endpoint, None where the address leads nowhere."""
    # a client may send any word as its method, and each would be a series for ever
    known = method if method in _METHODS else "other"
    REQUESTS.labels(known, view or "none", str(status)).observe(seconds)


def exposition(*, now: datetime) -> bytes:
    """Return all metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    if os.environ.get(MULTIPROCESS):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
    registry.register(DeskCollector(_snapshots(), now))
    return generate_latest(registry)


class Snapshots:
    """Answers that are kept for a while in one process."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[datetime, Any]] = {}
        self._lock = threading.Lock()

    def get(self, name: str, lifetime: timedelta, now: datetime, ask: Callable[[], Any]) -> Any:
        """Return the kept answer unless it is too old; only one thread asks at a time."""
        with self._lock:
            at, value = self._kept.get(name, (None, None))
            if at is None or not timedelta(0) <= now - at < lifetime:
                value = ask()
                self._kept[name] = (now, value)
            return value


class DeskCollector(Collector):
    """Reads the desk's metrics from its database; a database in trouble is a metric too."""

    def __init__(self, snapshots: Snapshots, now: datetime) -> None:
        self.snapshots = snapshots
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """Yield every family, or only that the database cannot be read."""
        try:
            families = [
                *self._promises(),
                *self._vitals(),
                *self._totals(),
                self._tickets(),
            ]
        except DBAPIError as error:
            log.warning("metrics.database_trouble", reason=str(error.orig))
            families = []
        yield gauge(
            "helpdesk_database_up", "Whether the database answered this scrape.", bool(families)
        )
        yield from families

    def _tickets(self) -> Metric:
        family = GaugeMetricFamily(
            "helpdesk_tickets", "Tickets by channel and status.", labels=("channel", "status")
        )
        counts = {(c, s): 0 for c in registry.CHANNELS for s in STATUSES}
        counts |= self._counted(active=True) | self._counted(active=False)
        for labels, number in counts.items():
            family.add_metric(labels, number)
        return family

    def _counted(self, *, active: bool) -> dict[tuple[str, str], int]:
        def ask() -> dict[tuple[str, str], int]:
            with reading() as session:
                return vitals.tickets_by_state(session, active=active)

        lifetime = ACTIVE_KEPT if active else FINISHED_KEPT
        found: dict[tuple[str, str], int] = self.snapshots.get(
            f"tickets.{active}", lifetime, self.now, ask
        )
        return found

    def _judged(self) -> tuple[int, int]:
        def ask() -> tuple[int, int]:
            with reading() as session:
                return promise_vitals.judged_this_month(session, now=self.now)

        found: tuple[int, int] = self.snapshots.get("judged", MONTH_KEPT, self.now, ask)
        return found

    def _vitals(self) -> Iterator[Metric]:
        with reading() as session:
            seen = vitals.vitals(session, now=self.now)
        yield gauge(
            "helpdesk_inbound_pending", "Items stored but not understood yet.", seen.pending
        )
        yield gauge(
            "helpdesk_inbound_lag_seconds",
            "Age of the oldest item stored but not understood yet; 0 without any.",
            seen.pending_age or 0,
        )
        yield gauge("helpdesk_quarantined", "Items in quarantine.", seen.quarantined)
        yield gauge_by(
            "helpdesk_outbox", "Mails that have not left, by state.", "state", seen.outbox
        )
        yield gauge(
            "helpdesk_outbox_oldest_age_seconds",
            "Age of the oldest mail that still has to leave; 0 without any.",
            seen.outbox_age or 0,
        )
        yield gauge("helpdesk_workers", "Workers heard of within the last minute.", seen.workers)
        yield gauge(
            "helpdesk_worker_heartbeat_age_seconds",
            "Seconds since any worker was heard of; absent if none ever was.",
            seen.heartbeat_age,
        )
        yield from _account_families(seen.accounts)

    def _promises(self) -> Iterator[Metric]:
        judged = self._judged()
        with reading() as session:
            yield from promise_metrics.standing(session, now=self.now)
            yield from promise_metrics.month(*judged, session, now=self.now)

    def _totals(self) -> Iterator[Metric]:
        seen = tallies.totals(now=self.now)
        opened = CounterMetricFamily(
            "helpdesk_tickets_opened", "Tickets opened, by channel.", labels=("channel",)
        )
        for channel in registry.CHANNELS:
            opened.add_metric((channel,), seen.opened[channel])
        yield opened
        changes = CounterMetricFamily(
            "helpdesk_ticket_status_changes",
            "Changes of tickets' status, by channel and the new status.",
            labels=("channel", "status"),
        )
        for labels in ((c, s) for c in registry.CHANNELS for s in STATUSES):
            changes.add_metric(labels, seen.status_changes[labels])
        yield changes
        yield from promise_metrics.totals(seen)
        inbound = CounterMetricFamily(
            "helpdesk_inbound_items",
            "Items that channels brought, by what became of them.",
            labels=("channel", "outcome"),
        )
        known = {(channel, outcome) for channel in registry.CHANNELS for outcome in OUTCOMES}
        for labels in sorted(known | set(seen.inbound)):
            inbound.add_metric(labels, seen.inbound[labels])
        yield inbound
        yield _replies(seen)


def _snapshots() -> Snapshots:
    app: Flask = current_app
    found = app.extensions.setdefault("helpdesk.metrics", Snapshots())
    assert isinstance(found, Snapshots)
    return found


def _replies(seen: tallies.Totals) -> Metric:
    family = HistogramMetricFamily(
        "helpdesk_first_reply_service_seconds",
        "Service time from a question to its first reply.",
    )
    cumulative, buckets = 0, []
    for bound, number in zip((*tallies.REPLY_BOUNDS, None), seen.replies, strict=True):
        cumulative += number
        buckets.append((str(bound * 60.0) if bound else "+Inf", cumulative))
    family.add_metric((), buckets, seen.reply_minutes * 60)
    return family


def _account_families(accounts: tuple[vitals.AccountVitals, ...]) -> Iterator[Metric]:
    labels = ("channel", "account")
    failing = GaugeMetricFamily(
        "helpdesk_channel_failing", "Whether an account cannot be read.", labels=labels
    )
    failures = GaugeMetricFamily(
        "helpdesk_channel_failures", "Failed looks at an account in a row.", labels=labels
    )
    ages = GaugeMetricFamily(
        "helpdesk_channel_last_success_age_seconds",
        "Seconds since an account was read; absent if it never was.",
        labels=labels,
    )
    for account in accounts:
        names = (account.channel, account.name)
        failing.add_metric(names, account.failing)
        failures.add_metric(names, account.failures)
        if account.success_age is not None:
            ages.add_metric(names, account.success_age)
    yield from (failing, failures, ages)
