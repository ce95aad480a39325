"""What web and worker together hold in memory when nobody does anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.bench.desks import database, new_folder
from tests.bench.report import Figure
from tests.servers.process import free_port

IDLE_SECONDS = 10
PATIENCE_SECONDS = 60
MEGABYTE = 1_000_000


def measure(kind: str) -> Iterator[Figure]:
    """Start an empty desk as an operator does, wait, and add up all of its processes."""
    folder = new_folder()
    with database(kind, folder) as url:
        resident, proportional = _served(folder, url)
    yield Figure("memory", kind, "serve, proportional (PSS)", proportional, "MB", at_most=250)
    yield Figure("memory", kind, "serve, sum of RSS", resident, "MB", at_most=250)


def _served(folder: Path, url: str) -> tuple[float, float]:
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": url,
        "HELPDESK_DATA": str(folder),
        "PORT": str(port),
        "DEMO": "0",
    }
    command = [sys.executable, "-m", "helpdesk", "serve"]
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait(folder, port, server)
        time.sleep(IDLE_SECONDS)
        family = _family(server.pid)
        return sum(_field(pid, "Rss") for pid in family), sum(_field(pid, "Pss") for pid in family)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE_SECONDS)


def _wait(folder: Path, port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait for the first page, so that what is loaded on the first request counts too."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError((folder / "serve.log").read_text(errors="replace"))


def _family(process: int) -> list[int]:
    """Return a process and all that it has started, directly or not."""
    found = [process]
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _family(int(child))
    return found


def _field(pid: int, name: str) -> float:
    """Return a figure of the kernel's in megabytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024 / MEGABYTE
    raise LookupError(name)
