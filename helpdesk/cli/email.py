"""``helpdesk email``: mail, from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from channels.message import IncomingMessage
from helpdesk.cli.email_desk import import_, poll, quarantine


@click.group()
def email() -> None:
    """Parse, import and poll mail; the quarantine."""


@email.command()
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line a message.")
def parse(paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Show what the desk reads in mails; needs no database.

    A PATH is a file, an mbox, a Maildir or a folder of any of these. A mail that
    cannot be read is reported and the next one goes on; a PATH that does not exist
    ends the command with exit code 1 after the others have been read.
    """
    from channels.email.json_line import message_as_json

    missing = [path for path in paths if not path.exists()]
    for label, message, error in _understood(path for path in paths if path not in missing):
        if message is None:
            _show_error(label, error, as_json=as_json)
        elif as_json:
            _print_json(message_as_json(label, message))
        else:
            _show(label, message)
    if missing:
        names = ", ".join(map(str, missing))
        raise click.ClickException(f"There is no file or folder {names}.")


def _understood(paths: Iterator[Path]) -> Iterator[tuple[str, IncomingMessage | None, str]]:
    """Yield (label, message, "") of each mail, or (label, None, what is wrong with it)."""
    from channels.email.channel import understand_bytes
    from channels.email.files import messages_in
    from channels.errors import UnreadableMessage

    failures: list[tuple[str, None, str]] = []

    def on_error(label: str, error: OSError) -> None:
        failures.append((label, None, f"The file cannot be opened: {error.strerror}."))

    now = datetime.now(UTC)
    for path in paths:
        for label, raw in messages_in(path, on_error):
            yield from failures
            failures.clear()
            try:
                yield label, understand_bytes(raw, received_at=now), ""
            except UnreadableMessage as unreadable:
                yield label, None, unreadable.sentence
        yield from failures
        failures.clear()


def _print_json(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


def _show_error(label: str, sentence: str, *, as_json: bool) -> None:
    if as_json:
        _print_json({"path": label, "error": sentence})
    else:
        click.echo(f"{label}\n  cannot be read: {sentence}\n")


def _show(label: str, message: IncomingMessage) -> None:
    """Print a mail for people."""
    author = f"{message.author.name} <{message.author.value}>".strip()
    kind = f"  ({message.auto})" if message.auto else ""
    click.echo(f"{label}{kind}")
    click.echo(f"  From:    {author}")
    click.echo(f"  Date:    {message.claimed_at or 'none'}")
    click.echo(f"  Subject: {message.subject}")
    for attachment in message.attachments:
        where = "inline" if attachment.inline else "attached"
        click.echo(f"  {where.capitalize()}: {attachment.name} ({attachment.size:,} bytes)")
    for warning in message.warnings:
        click.echo(f"  Note:    {warning}")
    click.echo("".join(f"    {line}\n" for line in message.reply_text.split("\n")))


for _command in (import_, poll, quarantine):
    email.add_command(_command)
