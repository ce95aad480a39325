"""A worker as a process of its own, which a test may kill.

Its clock may be ahead of the real one, so that leases and claims of a killed worker have run
out for the next. It is configured by the environment, as ``helpdesk worker``.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helpdesk import create_app
from helpdesk.jobs import Worker
from tests.scenarios import processes
from tests.scenarios.running import eventually

PATIENCE_SECONDS = 60
STARTED = "worker.started"

_numbers = itertools.count()


class WorkerProcess:
    """A running worker; its log is at ``log``."""

    def __init__(self, database_url: str, data: Path, *, ahead: timedelta = timedelta(0)) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.log = data / f"worker-{next(_numbers)}.log"
        self.log.touch()
        self._process = processes.start(
            main, ahead, database_url=database_url, data=data, log=self.log
        )
        eventually(self._started, "a worker that starts")

    def _started(self) -> bool:
        text = self.log.read_text(errors="replace")
        assert self._process.is_alive(), text
        return STARTED in text

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop and wait until it has."""
        self._end(signal.SIGTERM)
        assert self._process.exitcode == 0

    def _end(self, number: int) -> None:
        if self._process.is_alive():
            os.kill(self._process.pid, number)
        self._process.join(PATIENCE_SECONDS)
        assert not self._process.is_alive()


@contextmanager
def worker_process(
    database_url: str, data: Path, *, ahead: timedelta = timedelta(0)
) -> Iterator[WorkerProcess]:
    """Run a worker until the block is left."""
    process = WorkerProcess(database_url, data, ahead=ahead)
    try:
        yield process
    finally:
        process.kill()


def main(ahead: timedelta) -> None:
    """Work until a signal says to stop."""
    Worker(create_app(pages=False), clock=lambda: datetime.now(UTC) + ahead).run()
