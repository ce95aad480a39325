"""Stop a test's server when the test run itself is gone, however it ended.

``python guard.py WATCHED PROGRAM…`` starts PROGRAM and waits, without polling,
until either ends; when WATCHED (the process id of pytest) is gone the program is
told to stop (by the signal ``GUARD_SIGNAL``, TERM by default), then killed. A folder
named in ``GUARD_REMOVES`` is removed at the end.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import sys

PATIENCE_SECONDS = 5


def main(watched: int, command: list[str]) -> int:
    """Run ``command`` for as long as the process ``watched`` lives."""
    with contextlib.suppress(ProcessLookupError):
        watched_fd = os.pidfd_open(watched)
        program = subprocess.Popen(command)
        with contextlib.suppress(KeyboardInterrupt):
            _wait_for_either(watched_fd, os.pidfd_open(program.pid))
        _stop(program)
    if folder := os.environ.get("GUARD_REMOVES"):
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _wait_for_either(*descriptors: int) -> None:
    with selectors.DefaultSelector() as selector:
        for descriptor in descriptors:
            selector.register(descriptor, selectors.EVENT_READ)
        selector.select()


def _stop(program: subprocess.Popen[bytes]) -> None:
    program.send_signal(signal.Signals[f"SIG{os.environ.get('GUARD_SIGNAL', 'TERM')}"])
    try:
        program.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def _interrupt(*_arguments: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
