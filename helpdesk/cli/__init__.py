"""The console script ``helpdesk``: one lazily imported module per group of commands.

Commands that need no database (``email parse``, ``sla deadline``) must start in
a moment, so a command's module is imported when the command is called.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module

import click

# command -> (module, attribute, one-line help); the order is that of `--help`
COMMANDS = {
    "serve": ("run", "serve", "Web and worker together on one machine; Ctrl-C stops both."),
    "web": ("run", "web", "The web server alone; any number of them on PostgreSQL."),
    "worker": ("run", "worker", "The worker alone; any number of them on PostgreSQL."),
    "db": ("db", "db", "Create, migrate and check the database."),
    "demo": ("demo", "demo", "Load a small, lifelike desk."),
    "user": ("user", "user", "Accounts that sign in."),
    "check": ("check", "check", "Is everything in order? One line each: ok, or what to do."),
    "email": ("email", "email", "Parse, import and poll mail; the quarantine."),
    "calls": ("calls", "calls", "Call logs taken over, and the answer rate."),
    "sla": ("sla", "sla", "Deadlines, elapsed time, enforcement and its proof."),
    "holidays": ("holidays", "holidays", "The year's days off and make-up days."),
    "tickets": ("tickets", "tickets", "List and show tickets."),
    "reports": ("reports", "reports", "The sums that reports read, and their proof."),
    "personal": ("personal", "personal", "Sealed numbers: keys, rotation, erasure."),
    "centers": ("centers", "centers", "List and show certification centers."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Name every command in the order of the table."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one that was asked for."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _help = COMMANDS[cmd_name]
        command = getattr(import_module(f"helpdesk.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, row[2]) for name, row in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="helpdesk-sla")
def helpdesk() -> None:
    """A support helpdesk and promise (SLA) monitor."""


def main() -> None:
    """Run the console script: 0 done, 1 refused with one sentence, 2 bad usage."""
    try:
        # click returns the code that a command ended with, such as that of --help
        code = helpdesk.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.Abort:
        sys.exit(130)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        click.echo(error.format_message(), err=True)
        sys.exit(1)
    except OSError as error:  # a full disk, a file that cannot be read
        named = f"{error.filename}: " if error.filename else ""
        click.echo(f"{named}{error.strerror or error}.", err=True)
        _forget_output()
        sys.exit(1)


def _forget_output() -> None:
    """Let what could not be written go, for Python tries once more when it ends."""
    with suppress(OSError, ValueError):  # not everything that is written to is a file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
