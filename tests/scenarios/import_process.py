"""An import as a process of its own, which ends at a given step as a power cut ends it.

It imports the mails of a folder, a few at a time, and is killed once a step was done so many
times. It is configured by the environment, as ``helpdesk email import``.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpdesk import create_app
from helpdesk.services.arrivals import intake, mail_import, understanding
from helpdesk.services.desk import search
from tests.scenarios import processes

CHUNK = 4
PATIENCE_SECONDS = 180
STEPS: dict[str, tuple[Any, str]] = {
    "its bytes are safe": (mail_import, "_keep"),
    "its rows are stored": (mail_import, "_store"),
    "it is understood": (understanding, "understand"),
    "its tickets are written": (search, "write"),
    "all is written but nothing committed": (intake, "_settle"),
    "it is committed": (intake, "bring_in"),
}


def import_until(
    step: str, times: int, *, database_url: str, data: Path, account: int, folder: Path
) -> int | None:
    """Run an import that is killed; return how it ended."""
    log = data / "import.log"
    process = processes.start(
        main, account, folder, step, times, database_url=database_url, data=data, log=log
    )
    process.join(PATIENCE_SECONDS)
    return process.exitcode


def mails_in(folder: Path) -> list[tuple[str, bytes]]:
    """Return the mails of a folder in the order of their names."""
    return [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]


def _fatal(step: Callable[..., Any], times: int) -> Callable[..., Any]:
    done = itertools.count(1)

    def last(*args: Any, **named: Any) -> Any:
        found = step(*args, **named)
        if next(done) == times:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    return last


def main(account: int, folder: Path, step: str, times: int) -> None:
    """Import until the step."""
    where, name = STEPS[step]
    setattr(where, name, _fatal(getattr(where, name), times))
    mail_import.CHUNK = CHUNK
    with create_app(pages=False).app_context():
        for _done in mail_import.import_mails(account, mails_in(folder), now=datetime.now(UTC)):
            pass
