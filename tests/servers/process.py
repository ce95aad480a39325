"""Starting real servers on free loopback ports, and stopping them for certain."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

GUARD = Path(__file__).with_name("guard.py")
LOOPBACK = "127.0.0.1"
PATIENCE_SECONDS = 20


def free_port() -> int:
    """Ask the kernel for a port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def open_folder(name: str) -> Path:
    """Make a temporary folder that other users may pass through (pytest's are 0700)."""
    folder = Path(tempfile.mkdtemp(prefix=f"helpdesk-{name}-"))
    folder.chmod(0o755)
    return folder


def run_owner() -> int:
    """Return the process id whose end means that the whole test run is over.

    Under xdist that is the controller, the parent of every worker.
    """
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def start_guarded(
    command: list[str], folder: Path, *, owner: int, stop_by: str = "TERM"
) -> subprocess.Popen[bytes]:
    """Start a server that ends when the process ``owner`` does; its output is in ``log``."""
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, str(GUARD), str(owner), *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=os.environ | {"GUARD_REMOVES": str(folder), "GUARD_SIGNAL": stop_by},
            start_new_session=True,
        )


@contextmanager
def guarded(command: list[str], folder: Path, *, ports: list[int]) -> Iterator[None]:
    """Run a server until the block is left; fail with its log when it does not answer."""
    process = start_guarded(command, folder, owner=os.getpid())
    try:
        for port in ports:
            wait_for_port(port, process, folder / "log")
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once something listens on the loopback port."""
    wait_until(lambda: socket.create_connection((LOOPBACK, port), timeout=1).close(), process, log)


def wait_until(try_it: Callable[[], object], process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once a first call of the server succeeds; fail with its log otherwise."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            try_it()
        except OSError:
            time.sleep(0.02)
        else:
            return
    text = log.read_text(errors="replace") if log.exists() else "(its folder is gone)"
    pytest.fail(f"{process.args!r} does not answer:\n{text}", pytrace=False)
