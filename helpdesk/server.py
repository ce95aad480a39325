"""The web server: gunicorn with threads, configured in one place."""

from __future__ import annotations

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
        }
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the application."""
        from helpdesk import create_app  # noqa: PLC0415 - after the fork, in each worker

        return create_app(self.config)


def run(config: Config) -> None:
    """Serve until a signal says to stop."""
    Server(config).run()


if __name__ == "__main__":
    run(load())
