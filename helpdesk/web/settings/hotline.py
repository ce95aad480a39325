"""Where calls come from, and which columns of an export say what."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from channels.hotline import columns
from channels.hotline.call import CallRecord
from channels.hotline.columns import FIELDS, Mapped
from channels.hotline.log import BadLine
from channels.hotline.told import ToldFormat
from channels.spreadsheet import BadTable, Table, read_table
from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import CallMapping, ChannelAccount
from helpdesk.runtime import current_config, current_storage
from helpdesk.services.hotline import call_import, call_sources
from helpdesk.services.hotline.call_sources import LOGS, STATES
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now
from helpdesk.web.settings.blueprint import blueprint, page

PREVIEWED = 8


@blueprint.get("/hotline", endpoint="hotline")
@signed.admin
def show() -> ResponseReturnValue:
    """List the sources of calls and the saved mappings."""
    accounts = db.session.scalars(
        select(ChannelAccount)
        .where(ChannelAccount.channel == "hotline")
        .order_by(ChannelAccount.name)
    )
    mappings = db.session.scalars(select(CallMapping).order_by(CallMapping.name))
    return page("hotline", accounts=accounts.all(), mappings=mappings.all())


@blueprint.route("/hotline/new", methods=["GET", "POST"], endpoint="hotline_new")
@signed.admin
def new() -> ResponseReturnValue:
    """Add a source of calls."""
    return _edited(None)


@blueprint.route("/hotline/<int:number>", methods=["GET", "POST"], endpoint="hotline_edit")
@signed.admin
def edit(number: int) -> ResponseReturnValue:
    """Change a source of calls."""
    return _edited(number)


@blueprint.post("/hotline/export", endpoint="hotline_export")
@signed.admin
def export() -> ResponseReturnValue:
    """Show how an uploaded export is understood; keep the mapping or take the calls over."""
    form = Form.posted()
    data = _uploaded(form)
    if data is None:
        flash(gettext("Choose a CSV or XLSX file first."), "warning")
        return redirect(url_for("settings.hotline"))
    try:
        table = read_table(data)
    except BadTable as error:
        flash(gettext("The file cannot be read: %(reason)s", reason=str(error)), "error")
        return redirect(url_for("settings.hotline"))
    if "zone" not in form.values:
        _begin(form, table)
        return _preview(form, table)
    chosen = _chosen(form, table)
    try:
        zone = call_sources.zone_named(form.text("zone", most=64))
        call_sources.checked(chosen)
        if form.values.get("then") == "import":
            return _taken_over(form, table, Mapped(chosen, zone))
        if form.values.get("then") == "save":
            with transaction() as session:
                call_sources.save_mapping(
                    session, form.text("name", required=True, most=100), chosen, zone.key
                )
            flash(gettext("Saved. The next export of this system is understood by it."), "success")
    except Refusal as refusal:
        form.refuse(refusal)
        return _preview(form, table), 422
    return _preview(form, table)


@blueprint.post("/hotline/mappings/forget", endpoint="hotline_forget")
@signed.admin
def forget() -> ResponseReturnValue:
    """Forget a mapping; calls that were read by it stay."""
    with transaction() as session:
        row = session.get(CallMapping, request.form.get("name", ""))
        if row is not None:
            session.delete(row)
    return redirect(url_for("settings.hotline"))


def _edited(number: int | None) -> ResponseReturnValue:
    account = call_sources.source(db.session(), number) if number else None
    if request.method == "GET":
        return _source_form(_written(account), account)
    form = Form.posted()
    name = form.text("name", required=True, most=100)
    address = form.text("address", most=40)
    path = form.text("path", most=400)
    secret = form.text("push_secret", most=400)
    state = form.one_of("state", STATES, required=True)
    kind = form.one_of("format", LOGS, required=True)
    if path and not Path(path).is_absolute():
        form.errors["path"] = gettext("Write the whole path, from / on.")
    if secret and not secret.startswith(("env:", "file:/")):
        form.errors["push_secret"] = gettext(
            "Write env:NAME or file:/path, never the secret itself."
        )
    if not form.valid:
        return _source_form(form, account), 422
    wanted = call_sources.Wanted(
        name, address, path, kind or LOGS[0], secret, state=state or STATES[0]
    )
    try:
        with transaction() as session:
            call_sources.save_source(session, number, wanted, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _source_form(form, account), 422
    flash(gettext("Saved. The worker follows the log within seconds."), "success")
    return redirect(url_for("settings.hotline"))


def _written(account: ChannelAccount | None) -> Form:
    if account is None:
        return Form({"state": "active", "format": "queue_log"})
    state = "active" if account.state == "failing" else account.state
    known = {"name": account.name, "state": state, "address": account.address}
    return Form({"format": "queue_log"} | account.settings | known)


def _source_form(form: Form, account: ChannelAccount | None) -> str:
    return page("hotline_source", form=form, account=account, logs=LOGS)


def _uploaded(form: Form) -> bytes | None:
    """Return the file that was sent, or the one that this form is about."""
    file = request.files.get("file")
    if file is not None and file.filename:
        data = file.stream.read(current_config().max_upload + 1)
        if data and len(data) <= current_config().max_upload:
            form.values["key"] = current_storage().put(data)
            return data
        return None
    key = form.text("key", most=64)
    if len(key) == 64 and all(character in "0123456789abcdef" for character in key):
        try:
            return current_storage().read(key)
        except FileNotFoundError:
            return None
    return None


def _begin(form: Form, table: Table) -> None:
    """Choose the columns as a saved mapping says that fits, else by their usual headings."""
    saved = db.session.scalars(select(CallMapping).order_by(CallMapping.name))
    fits = next((row for row in saved if set(row.columns.values()) <= set(table.header)), None)
    known: Mapping[str, Any] = fits.columns if fits else columns.recognised(table.header)
    form.values |= {f"column_{field}": heading for field, heading in known.items()}
    form.values["zone"] = fits.zone if fits else current_config().timezone
    form.values["name"] = fits.name if fits else ""


def _chosen(form: Form, table: Table) -> dict[str, str]:
    found = {}
    for field in FIELDS:
        heading = str(form.values.get(f"column_{field}") or "")
        if heading in table.header and heading:
            found[field] = heading
    return found


def _preview(form: Form, table: Table) -> str:
    """Show the first rows as they are understood now."""
    try:
        zone = call_sources.zone_named(str(form.values.get("zone") or ""))
    except Refusal:
        zone = current_config().zone
    few = Table(table.header, table.rows[:PREVIEWED], table.numbers[:PREVIEWED])
    rows = [(number, _call(line)) for number, line in Mapped(_chosen(form, table), zone).lines(few)]
    return page(
        "hotline_export",
        form=form,
        header=[heading for heading in table.header if heading],
        examples=dict(islice(_examples(table), 60)),
        fields=FIELDS,
        rows=rows,
        count=len(table.rows),
    )


def _call(line: str | BadLine) -> CallRecord | str | None:
    if isinstance(line, BadLine):
        return str(line)
    try:
        return ToldFormat().fold([ToldFormat().parse_line(line)])
    except BadLine as error:
        return str(error)


def _examples(table: Table) -> Any:
    """Return what stands first in each column."""
    for place, heading in enumerate(table.header):
        filled = (row[place] for row in table.rows[:50] if place < len(row) and row[place])
        yield heading, next(filled, "")


def _taken_over(form: Form, table: Table, mapping: Mapped) -> ResponseReturnValue:
    name = form.text("source", most=100) or form.text("name", most=100) or None
    with transaction() as session:
        account_id = call_sources.source_named(session, name, now=now()).id
    done = call_import.import_told(account_id, mapping.log(table), now=now())
    flash(
        gettext(
            "%(calls)s new calls, %(known)s known before, %(tickets)s callbacks to make.",
            calls=done.tally.calls,
            known=done.duplicates,
            tickets=done.tickets_opened,
        ),
        "success",
    )
    for line, reason in done.rejected[:5]:
        flash(gettext("Row %(line)s was left out: %(reason)s", line=line, reason=reason), "warning")
    return redirect(url_for("calls.index"))
