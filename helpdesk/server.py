"""The web server: gunicorn with threads, configured in one place."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from typing import Any

from gunicorn.app.base import BaseApplication

from helpdesk.config import Config, load


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn around ``create_app``; the application is built in the worker processes."""

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn its settings."""
        host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
        settings: dict[str, Any] = {
            "bind": f"{host}:{self.config.port}",
            "worker_class": "gthread",
            "workers": self.config.web_processes,
            "threads": self.config.web_threads,
            "timeout": 60,
            "graceful_timeout": 15,
            "keepalive": 5,
            "accesslog": None,
            "loglevel": "warning",
            "control_socket_disable": True,
            "child_exit": _child_exit,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the application."""
        # after the fork, in each worker
        from helpdesk import create_app  # noqa: PLC0415
        from helpdesk.runtime import settle_in  # noqa: PLC0415

        app = create_app(self.config)
        settle_in()
        return app


def run(config: Config) -> None:
    """Serve until a signal says to stop."""
    if config.web_processes > 1:
        _share_metrics()
    Server(config).run()


def _share_metrics() -> None:
    """Give the processes a folder to count in together.

    Before anything imports prometheus_client, which looks for it only once.
    """
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return
    folder = tempfile.mkdtemp(prefix="helpdesk-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    atexit.register(_remove, folder, os.getpid())


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # the processes forked from it run this too
        shutil.rmtree(folder, ignore_errors=True)


def _child_exit(_server: Any, worker: Any) -> None:
    """Keep what a process counted that has ended."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    run(load())
