"""``helpdesk personal``: the keys of sealed numbers, and what is to be erased."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from helpdesk.cli.desk import emit, with_app


@click.group()
def personal() -> None:
    """Sealed numbers: keys, rotation, erasure. No command ever prints a number."""


@personal.command("new-key")
def new_key() -> None:
    """Print a new key; write it before the others, then run: helpdesk personal rotate."""
    from helpdesk import personal_keys

    click.echo(personal_keys.new())


@personal.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON line a key.")
@with_app
def check(*, as_json: bool) -> None:
    """Open every sealed number; exit 1 if a key is missing or a number was changed."""
    from helpdesk.extensions import reading
    from helpdesk.services.personal import key_states

    with reading() as session:
        states = key_states.states(session, whole=True)
        troubles = list(key_states.troubles(session, whole=True))
    for state in states:
        row = {"key": state.key_id, "place": state.place, "numbers": state.numbers}
        if as_json:
            emit({**row, "unreadable": state.unreadable})
        else:
            click.echo(f"key {state.key_id}  {state.place:<7}  {state.numbers} numbers")
    for trouble in troubles:
        if not as_json and not trouble.wrong:
            click.echo(f"note: {trouble.sentence}")
    wrong = [trouble.sentence for trouble in troubles if trouble.wrong]
    if wrong:
        raise click.ClickException("\n".join(wrong))


@personal.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@with_app
def rotate(*, as_json: bool) -> None:
    """Seal under the first key what older ones hold; may be stopped and begun again."""
    import sys

    from helpdesk.services.personal import rotation

    def progress(done: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done} numbers", nl=False, err=True)

    done = rotation.rotate(progress=progress)
    if as_json:
        emit({"rotated": done.renewed, "unreadable": dict(done.unreadable)})
    else:
        click.echo(f"{done.renewed} numbers are sealed anew.")
    if done.unreadable:
        raise click.ClickException(
            f"{done.unreadable.total()} numbers could not be opened; run: helpdesk personal check"
        )


@personal.command()
@click.option("--dry-run", is_flag=True, help="Say what is due, erase nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line an application.")
@with_app
def erase(*, dry_run: bool, as_json: bool) -> None:
    """Erase what is kept of applications whose time is up; the worker does it by itself."""
    from helpdesk.extensions import reading
    from helpdesk.services.personal import retention

    now = datetime.now(UTC)
    if not dry_run:
        done = retention.erase_due(now=now)
        if as_json:
            emit({"erased": done})
        else:
            click.echo(f"{done} applications were erased.")
        with reading() as session:
            left = len(retention.due_for_erasure(session, now=now, limit=10_000))
        if left:
            raise click.ClickException(f"{left} applications could not be erased; see the log.")
        return
    with reading() as session:
        due = retention.due_for_erasure(session, now=now, limit=10_000)
    for one in due:
        if as_json:
            emit(
                {"application": one.application_id, "why": one.why, "since": one.since.isoformat()}
            )
        else:
            click.echo(f"application {one.application_id}  {one.why:<7}  due {one.since:%Y-%m-%d}")
    if not due and not as_json:
        click.echo("Nothing is due.")
