"""A worker as a process of its own, which a test may kill.

``python -m tests.scenarios.worker_process SECONDS`` works with a clock that many
seconds ahead of the real one, so that leases and claims of a killed worker have
run out for the next. It is configured by the environment, as ``helpdesk worker``.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helpdesk import create_app
from helpdesk.jobs import Worker
from tests.scenarios.running import eventually

PATIENCE_SECONDS = 60
STARTED = "worker.started"

_numbers = itertools.count()


class WorkerProcess:
    """A running worker; its log is at ``log``."""

    def __init__(self, database_url: str, data: Path, *, ahead: timedelta = timedelta(0)) -> None:
        settings = {
            "DATABASE_URL": database_url,
            "HELPDESK_DATA": str(data),
            "SECRET_KEY": "a key that only tests use",
        }
        data.mkdir(parents=True, exist_ok=True)
        self.log = data / f"worker-{next(_numbers)}.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(ahead.total_seconds())],
                cwd=Path(__file__).parents[2],
                env={**os.environ, **settings},
                stdout=log,
                stderr=log,
            )
        eventually(self._started, "a worker that starts")

    def _started(self) -> bool:
        text = self.log.read_text(errors="replace")
        assert self._process.poll() is None, text
        return STARTED in text

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop and wait until it has."""
        self._end(signal.SIGTERM)
        assert self._process.returncode == 0

    def _end(self, number: int) -> None:
        self._process.send_signal(number)
        self._process.wait(PATIENCE_SECONDS)


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


if __name__ == "__main__":
    main(timedelta(seconds=float(sys.argv[1])))
