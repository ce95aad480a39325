"""The worker: what runs by itself, on APScheduler, in any number of processes.

Nothing here remembers anything. Leases, claims and cursors lie in the database,
so a worker may die at any line and another goes on.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy.exc import DBAPIError

from channels.errors import ChannelError
from helpdesk.extensions import db, reading, transaction
from helpdesk.models import ChannelAccount
from helpdesk.services.arrivals import intake
from helpdesk.services.certification import center_sweep
from helpdesk.services.connections import channel_accounts
from helpdesk.services.desk import absences, auto_assignment
from helpdesk.services.onsite import visit_reminders
from helpdesk.services.operations import heartbeats, housekeeping
from helpdesk.services.promises import burn_alerts, enforcement, pending_judgements
from helpdesk.services.reports import folding, report_mails
from helpdesk.services.sending import delivery

# In seconds. Each job looks at an index first, which costs next to nothing when nothing is due.
DELIVER_EVERY = 1
ENFORCE_EVERY = 5
PROCESS_EVERY = 5
LEASES_EVERY = 3
ASSIGN_EVERY = 3
HEARTBEAT_EVERY = 10
JUDGE_EVERY = 3
REMIND_EVERY = 10
REPORT_EVERY = 10
WATCH_BUDGET_EVERY = 60
COUNT_EVERY = 20
HOUSEKEEPING_EVERY = 3600
log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """Return the present instant; everything below the worker has it passed in."""
    return datetime.now(UTC)


def worker_name() -> str:
    """Return a name that no other worker has, on this or any machine."""
    return f"{_this_machine()}{os.getpid()}:{secrets.token_hex(4)}"


def _this_machine() -> str:
    return f"{socket.gethostname()[:40]}:"


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is somebody else's
    return True


class Worker:
    """One worker process: a scheduler and a reading thread for each account it leases."""

    def __init__(self, app: Flask, clock: Callable[[], datetime] = utc_now) -> None:
        self.app = app
        self.clock = clock
        self.name = worker_name()
        self.stopping = threading.Event()
        self.readers: dict[int, threading.Thread] = {}
        self.senders = channel_accounts.Senders()
        self.scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(6)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60},
            timezone="UTC",
        )

    def run(self) -> None:
        """Work until a signal says to stop, then end cleanly."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        self.start()
        while not self.stopping.wait(1):
            pass
        self.stop()

    def start(self) -> None:
        """Start every job; each begins at once."""
        # Others take back the claims of a worker that they do not hear of.
        self._guarded(self.come_alive)()
        for job, seconds in (
            (self.beat, HEARTBEAT_EVERY),
            (self.read_channels, LEASES_EVERY),
            (self.process_pending, PROCESS_EVERY),
            (self.deliver, DELIVER_EVERY),
            (self.enforce, ENFORCE_EVERY),
            (self.assign, ASSIGN_EVERY),
            (self.judge, JUDGE_EVERY),
            (self.remind, REMIND_EVERY),
            (self.watch_budget, WATCH_BUDGET_EVERY),
            (self.count, COUNT_EVERY),
            (self.report, REPORT_EVERY),
            (self.keep_house, HOUSEKEEPING_EVERY),
        ):
            self.scheduler.add_job(
                self._guarded(job),
                "interval",
                seconds=seconds,
                name=job.__name__,
                next_run_time=datetime.now(UTC),
            )
        self.scheduler.start()
        log.info("worker.started", worker=self.name)

    def stop(self) -> None:
        """Let running jobs finish, close connections, give leases back."""
        self.stopping.set()
        self.scheduler.shutdown(wait=True)
        for thread in self.readers.values():
            thread.join(timeout=10)
        self.senders.close()
        with self.app.app_context():
            try:
                with transaction() as session:
                    channel_accounts.release(session, self.name)
                    heartbeats.remove(session, self.name)
            except DBAPIError:
                log.warning("worker.leases_kept", reason="the database is gone; they run out")
        log.info("worker.stopped", worker=self.name)

    def come_alive(self) -> None:
        """Say so for the first time, and free what this machine's dead workers held."""
        with transaction() as session:
            heartbeats.beat(session, self.name, now=self.clock())
            for name in heartbeats.bury(session, _this_machine(), running=_is_running):
                channel_accounts.release(session, name)
                log.warning("worker.buried", worker=name)

    def beat(self) -> None:
        """Say that this worker is alive, and miss those that are not."""
        with transaction() as session:
            heartbeats.beat(session, self.name, now=self.clock())
            delivery.take_back(session, now=self.clock())

    def read_channels(self) -> None:
        """Take the lease of every account that is free and read it in a thread of its own."""
        self.readers = {id_: t for id_, t in self.readers.items() if t.is_alive()}
        with reading() as session:
            wanted = channel_accounts.due(session, now=self.clock())
        for account_id in wanted:
            if account_id in self.readers or self.stopping.is_set():
                continue
            with transaction() as session:
                if not channel_accounts.claim(session, account_id, self.name, now=self.clock()):
                    continue
            thread = threading.Thread(
                target=self._read, args=(account_id,), name=f"channel-{account_id}", daemon=True
            )
            self.readers[account_id] = thread
            thread.start()

    def process_pending(self) -> None:
        """Understand what was stored and not yet processed, such as after a crash."""
        while not self.stopping.is_set():
            with reading() as session:
                ids = intake.pending(session)
            if not ids or not intake.process(ids, now=self.clock()):
                return

    def deliver(self) -> None:
        """Send what is due in the outbox."""
        while not self.stopping.is_set():
            if not delivery.deliver_due(self.senders, worker=self.name, now=self.clock()):
                return

    def enforce(self) -> None:
        """Record warnings and breaches that are due, and be back at the next one's instant.

        The looks between are for promises that other processes have made meanwhile.
        """
        enforcement.enforce_due(self.clock())
        with reading() as session:
            next_due = enforcement.next_due(session)
        if next_due is None:
            return
        wait = next_due - self.clock()
        if wait < timedelta(seconds=ENFORCE_EVERY) and not self.stopping.is_set():
            self.scheduler.add_job(
                self._guarded(self.enforce),
                "date",
                run_date=datetime.now(UTC) + max(wait, timedelta()),
                id="enforce at the due instant",
                replace_existing=True,
                misfire_grace_time=None,
            )

    def assign(self) -> None:
        """Note who is back, and assign what waits in groups that do so."""
        absences.note_returns(self.clock())
        auto_assignment.assign_due(self.clock())

    def judge(self) -> None:
        """Let open tickets follow policies that were changed for them as well."""
        while not self.stopping.is_set() and pending_judgements.judge_some(now=self.clock()):
            pass

    def remind(self) -> None:
        """Remind agents and centers of visits, and the office of what waits with centers."""
        visit_reminders.remind_due(self.clock())
        center_sweep.remind_due(self.clock())

    def watch_budget(self) -> None:
        """Tell managers when calls are missed too fast."""
        burn_alerts.check(now=self.clock())

    def count(self) -> None:
        """Let the sums of reports follow what changed."""
        while not self.stopping.is_set() and folding.fold():
            pass

    def report(self) -> None:
        """Send the saved reports that are due."""
        report_mails.send_due(self.clock())

    def keep_house(self) -> None:
        """Do what once an hour is enough for."""
        housekeeping.run(now=self.clock())

    def _read(self, account_id: int) -> None:
        """Read one account until something ends it; the next round begins anew."""
        with self.app.app_context(), structlog.contextvars.bound_contextvars(account=account_id):
            try:
                with self._failures_shown(account_id):
                    self._follow(account_id)
            except intake.LeaseLost:
                log.info("channel.lease_lost")
            except DBAPIError as error:
                log.warning("channel.database_trouble", reason=str(error.orig))
            finally:
                db.session.remove()

    def _follow(self, account_id: int) -> None:
        """Fetch, wait for news, fetch, for as long as the lease lasts."""
        with reading() as session:
            account = session.get_one(ChannelAccount, account_id)
            settings = dict(account.settings)
            source = channel_accounts.open_source(account, self.stopping)
        try:
            while not self.stopping.is_set() and self._wanted(account_id, settings):
                channel_accounts.poll(account_id, source, worker=self.name, clock=self.clock)
                later = source.next_poll(self.clock())
                if later is not None:
                    channel_accounts.rest(account_id, self.name, until=later)
                    return
                source.wait(20)  # well within the lease, which each round renews
        finally:
            source.close()

    @contextmanager
    def _failures_shown(self, account_id: int) -> Iterator[None]:
        """Show at the account why it cannot be read; the database's troubles are not its own."""
        try:
            yield
        except (intake.LeaseLost, DBAPIError):
            raise
        except ChannelError as error:
            channel_accounts.note_failure(account_id, error, now=self.clock())
        except Exception:
            log.exception("channel.reader_failed")
            trouble = ChannelError("failed", "The reader failed; see the log. It is tried again.")
            channel_accounts.note_failure(account_id, trouble, now=self.clock())

    def _wanted(self, account_id: int, settings: dict[str, object]) -> bool:
        """Renew the lease; False when it is lost or somebody changed the account."""
        with transaction() as session:
            if not channel_accounts.claim(session, account_id, self.name, now=self.clock()):
                return False
            account = session.get_one(ChannelAccount, account_id)
            return account.state in ("active", "failing") and account.settings == settings

    def _guarded(self, job: Callable[[], None]) -> Callable[[], None]:
        """Run a job in the application; a database in trouble is waited for, not died of."""

        def run() -> None:
            with self.app.app_context():
                try:
                    job()
                except DBAPIError as error:
                    log.warning("job.database_trouble", job=job.__name__, reason=str(error.orig))
                except Exception:
                    log.exception("job.failed", job=job.__name__)
                finally:
                    db.session.remove()

        run.__name__ = job.__name__
        return run
