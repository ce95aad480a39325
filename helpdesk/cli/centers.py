"""``helpdesk centers``: list, show, import and export."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from channels.identity import hide
from helpdesk.cli.desk import emit, with_app


@click.group()
def centers() -> None:
    """List, show, import and export certification centers."""


@centers.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a center.")
@with_app
def list_(*, as_json: bool) -> None:
    """List the centers by code."""
    from sqlalchemy import select

    from helpdesk.extensions import db
    from helpdesk.models import Center

    for center in db.session.scalars(select(Center).order_by(Center.code)):
        if as_json:
            emit(_value(center))
        else:
            click.echo(hide(f"{center.code}  {center.state:<12} {center.region} {center.name}"))


@centers.command()
@click.argument("code")
@click.option("--json", "as_json", is_flag=True)
@with_app
def show(code: str, *, as_json: bool) -> None:
    """Show one center."""
    from sqlalchemy import select

    from helpdesk.errors import NotFound
    from helpdesk.extensions import db
    from helpdesk.models import Center

    center = db.session.scalar(select(Center).where(Center.code == code))
    if center is None:
        raise NotFound("no_center", f"There is no center with the code {code}.")
    value = _value(center)
    if as_json:
        emit(value)
        return
    for name, content in value.items():
        told = ", ".join(content) if isinstance(content, list) else content
        click.echo(f"{name}: {'—' if told is None else told}")


@centers.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what it would do, and do nothing.")
@with_app
def import_(file: Path, *, dry_run: bool) -> None:
    """Enter and change centers from a CSV or XLSX file: all of it or nothing."""
    from helpdesk.errors import Refusal
    from helpdesk.extensions import transaction
    from helpdesk.services.access import SYSTEM
    from helpdesk.services.certification import center_files
    from helpdesk.services.hours import calendars

    now = datetime.now(UTC)
    with transaction() as session:
        calendar = calendars.default(session)
        plan = center_files.read(session, file.read_bytes(), today=calendar.local_date(now))
        for cell in plan.wrong:
            click.echo(f"row {cell.row}, {cell.column}: {cell.value!r}: {cell.why}", err=True)
        if plan.wrong:
            raise Refusal("wrong_cells", f"{len(plan.wrong)} cells are wrong; nothing was done.")
        if not dry_run:
            center_files.take_over(session, plan, by=SYSTEM, now=now)
    would = "would be " if dry_run else ""
    click.echo(
        f"{len(plan.new)} centers {would}entered, {len(plan.changed)} {would}changed, "
        f"{plan.same} as they are"
    )


@centers.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_app
def export(file: Path) -> None:
    """Write every center into a CSV or XLSX file that ``import`` reads."""
    from helpdesk.extensions import db
    from helpdesk.presentation.table_files import rows_as_csv, rows_as_xlsx
    from helpdesk.services.certification import center_files

    rows = center_files.export(db.session())
    is_workbook = file.suffix.lower() == ".xlsx"
    file.write_bytes(rows_as_xlsx(rows, "centers") if is_workbook else rows_as_csv(rows))
    click.echo(f"written to {file}")


def _value(center: Any) -> dict[str, Any]:
    told = {
        "code": center.code,
        "name": center.name,
        "name_en": center.name_en,
        "region": center.region,
        "city": center.city,
        "state": center.state,
        "domains": [row.domain for row in center.domains],
        "state_since": _iso(center.state_since),
        "exit_by": center.exit_by,
        "plaque_no": center.plaque_no,
        "certificate_no": center.certificate_no,
        "granted_on": _iso(center.granted_on),
        "agreement_to": _iso(center.agreement_to),
        "review_due_on": _iso(center.review_due_on),
        "reminder": center.reminder,
        "next_reminder_at": _iso(center.next_at),
    }
    return {name: hide(v) if isinstance(v, str) else v for name, v in told.items()}


def _iso(value: Any) -> str | None:
    """Return a day or an instant (UTC) as ISO 8601."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return None if value is None else str(value.isoformat())
