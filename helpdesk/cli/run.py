"""``helpdesk serve``, ``web`` and ``worker``: the processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

import click

from helpdesk.cli.desk import with_app

if TYPE_CHECKING:
    from helpdesk.config import Config

PATIENCE_SECONDS = 30
PREPARED = "HELPDESK_PREPARED"
"""Set for the parts that ``serve`` starts: the database was migrated just now."""


@click.command()
@click.option("--demo/--no-demo", default=None, help="Load the demo desk on the first start.")
def serve(*, demo: bool | None) -> None:
    """Web and worker together on one machine; Ctrl-C stops both."""
    if not os.environ.get(PREPARED):
        _require_free_port(_config())
        _prepare(demo=_wants_demo() if demo is None else demo)
        # What only watches needs none of what was loaded to prepare the desk.
        _become({PREPARED: "1"}, "-m", "helpdesk", "serve")
    command = [sys.executable, "-m", "helpdesk"]
    # Each in a group of its own: Ctrl-C reaches this process alone, which stops them in order.
    parts = [
        subprocess.Popen([*command, part], start_new_session=True) for part in ("web", "worker")
    ]
    sys.exit(_watch(parts))


@click.command()
def web() -> None:
    """The web server alone; any number of them on PostgreSQL."""
    _require_free_port(_config())
    if not os.environ.get(PREPARED):
        _require_migrated()
    _become({}, "-m", "helpdesk.server")


@click.command()
def worker() -> None:
    """The worker alone; any number of them on PostgreSQL."""
    _config()
    from helpdesk import create_app, migrate
    from helpdesk.jobs import Worker
    from helpdesk.runtime import settle_in

    app = create_app(pages=False)
    settle_in()
    with app.app_context():
        _wait_for(migrate.is_current)
    Worker(app).run()


@with_app
def _prepare(*, demo: bool) -> None:
    """Migrate, fill an empty desk, and say how to sign in."""
    from helpdesk import demo as demo_desk
    from helpdesk import migrate
    from helpdesk.extensions import db
    from helpdesk.runtime import current_config
    from helpdesk.services.identity import accounts

    migrate.upgrade(now=datetime.now(UTC))
    base_url = current_config().base_url
    if demo and demo_desk.is_empty(db.session()):
        from helpdesk.cli.demo import load_and_tell

        load_and_tell()
    elif not accounts.has_admin(db.session()):
        click.echo("This desk has no administrator yet. Make the first one on this link:")
        click.echo(f"\n    {base_url}/first-administrator/{accounts.first_admin_token()}\n")
    db.session.remove()
    click.echo(f"The desk is at {base_url}  (Ctrl-C stops it)")


@with_app
def _require_migrated() -> None:
    from helpdesk import migrate

    if not migrate.is_current():
        raise click.ClickException(
            "The database does not fit this version; run: helpdesk db upgrade"
        )


def _wait_for(ready: object) -> None:
    """Wait for a database that is started or migrated beside us."""
    from sqlalchemy.exc import DBAPIError

    assert callable(ready)
    told = False
    while True:
        try:
            if ready():
                return
            why = "The database does not fit this version; run: helpdesk db upgrade"
        except DBAPIError as error:
            why = f"The database does not answer ({error.orig}); trying again."
        if not told:
            click.echo(why, err=True)
            told = True
        time.sleep(2)


def _watch(parts: list[subprocess.Popen[bytes]]) -> int:
    """Wait until somebody stops us or a part ends; then stop all and wait for them."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    while not stopping and all(part.poll() is None for part in parts):
        time.sleep(0.2)
    failed = any(part.poll() for part in parts)
    for part in parts:
        if part.poll() is None:
            part.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    for part in parts:
        try:
            part.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(part.pid, signal.SIGKILL)
    if not stopping:
        click.echo("A part of the desk ended by itself; everything was stopped.", err=True)
    return 1 if failed and not stopping else 0


def _config() -> Config:
    from helpdesk.config import load
    from helpdesk.config_source import ConfigError

    try:
        return load()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def _become(environment: dict[str, str], *arguments: str) -> NoReturn:
    """Go on as another program in this very process, with a memory of its own."""
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *arguments], {**os.environ, **environment})  # noqa: S606


def _require_free_port(config: Config) -> None:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            raise click.ClickException(
                f"Port {config.port} on {config.host} is not free ({error.strerror}); "
                f"choose another: make run PORT={min(config.port + 1, 65535)}"
            ) from error


def _wants_demo() -> bool:
    return os.environ.get("DEMO", "1").strip().lower() not in ("0", "no", "false", "off", "")
