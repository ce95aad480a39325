"""Processes of the desk that a test may kill, forked from one that has imported it.

Importing the desk takes seconds, and the tests that kill need dozens of processes. Nothing runs
in the one that they are forked from, so each begins as a started one does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_forking = get_context("forkserver")
_forking.set_forkserver_preload(
    ["tests.scenarios.worker_process", "tests.scenarios.import_process"]
)


def start(
    main: Callable[..., None], *arguments: object, database_url: str, data: Path, log: Path
) -> ForkServerProcess:
    """Run ``main`` in a process that is configured by its environment and writes into ``log``."""
    data.mkdir(parents=True, exist_ok=True)
    settings = {
        "DATABASE_URL": database_url,
        "HELPDESK_DATA": str(data),
        "SECRET_KEY": "a key that only tests use",
    }
    process = _forking.Process(target=_run, args=(main, arguments, settings, log), daemon=True)
    process.start()
    return process


def _run(
    main: Callable[..., None],
    arguments: tuple[object, ...],
    settings: Mapping[str, str],
    log: Path,
) -> None:
    with log.open("ab") as written:
        for stream in (1, 2):
            os.dup2(written.fileno(), stream)
    os.environ.update(settings)
    main(*arguments)
