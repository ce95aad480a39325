"""What commands that need the desk share."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

    from helpdesk.runtime import Acting

COMMAND_LINE = "command line"
"""Who acts where an operator types: the audit log calls it so."""
P = ParamSpec("P")
T = TypeVar("T")


def with_app(command: Callable[P, T]) -> Callable[P, T]:
    """Run a command inside the application; each refusal is one sentence and exit 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError

        from channels.errors import ChannelError
        from helpdesk import create_app
        from helpdesk.config_source import ConfigError
        from helpdesk.errors import Refusal
        from helpdesk.runtime import WHO_ACTS, settle_in

        try:
            app = create_app(pages=False)
            app.extensions[WHO_ACTS] = _operator
            settle_in()
            # An operator reads what the command prints; only trouble is worth a log line.
            logging.getLogger().setLevel(logging.WARNING)
            with app.app_context():
                return command(*args, **kwargs)
        except ConfigError as error:
            raise click.ClickException(str(error)) from error
        except (Refusal, ChannelError) as refusal:
            raise click.ClickException(refusal.sentence) from refusal
        except DatabaseError as error:
            # the bare kind is a file that is damaged or none; other kinds are our own mistakes
            if type(error) not in (DatabaseError, OperationalError, ProgrammingError):
                raise
            raise click.ClickException(database_sentence(error)) from error

    return run


def _operator() -> Acting:
    from helpdesk.runtime import Acting

    return Acting(COMMAND_LINE, None, datetime.now(UTC))


def database_sentence(error: DBAPIError) -> str:
    """Say what is wrong with the database and what to do."""
    text = str(error.orig)
    if "no such table" in text or ("does not exist" in text and "relation" in text):
        return "The database is not set up yet; run: helpdesk db upgrade"
    if "locked" in text:
        return "The database is locked by another process; try again in a moment."
    first_line = (text or str(error)).splitlines()[0]
    return f"The database cannot be used ({first_line}); check DATABASE_URL."


def emit(value: Any) -> None:
    """Print one JSON line."""
    click.echo(json.dumps(value, ensure_ascii=False))
