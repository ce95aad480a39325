"""Promises: by when the first reply is given, how that is counted, and when to warn."""

from __future__ import annotations

import re

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.services import policies
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.settings.blueprint import blueprint, page
from sla.policy import END_OF_NEXT_WORKDAY, MODES, InvalidPolicy, Promise

MOST_WORKDAYS = 365
MOST_MINUTES = 365 * 24 * 60


@blueprint.get("/promises", endpoint="promises")
@signed.admin
def show() -> ResponseReturnValue:
    """Show what is promised where no other policy says otherwise."""
    promise = policies.as_value(policies.default(db.session())).promise(policies.FIRST_REPLY)
    return _form(_written(promise))


@blueprint.post("/promises", endpoint="promises_save")
@signed.admin
def save() -> ResponseReturnValue:
    """Promise something else from now on."""
    form = Form.posted()
    try:
        promise = _read(form)
        if promise is None:
            return _form(form), 422
        with transaction() as session:
            policies.change_promise(policies.default(session), promise)
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(form), refusal.status
    flash(gettext("Saved. Tickets keep the promise they were given; new ones get this."), "success")
    return redirect(url_for("settings.promises"))


def _read(form: Form) -> Promise | None:
    """Return the promise that a form describes; None where a field is wrong."""
    unit = form.one_of("unit", ("workdays", "minutes"), required=True)
    mode = form.one_of("mode", MODES, required=True)
    form.text("amount", required=True, most=9)
    amount = form.number("amount")
    warnings = _warnings(form)
    if amount and amount > (MOST_WORKDAYS if unit == "workdays" else MOST_MINUTES):
        form.errors["amount"] = gettext("That is longer than a year.")
    if mode == END_OF_NEXT_WORKDAY and unit == "minutes":
        form.errors["unit"] = gettext("Until the end of a workday, workdays are counted.")
    if unit == "minutes" and amount and any(minutes >= amount for minutes in warnings):
        form.errors["warn"] = gettext("This warning would come at once; write fewer minutes.")
    if not form.valid or unit is None or mode is None:
        return None
    try:
        return Promise(
            metric=policies.FIRST_REPLY,
            minutes=amount if unit == "minutes" else None,
            workdays=amount if unit == "workdays" else None,
            mode=mode,
            warn_minutes=tuple(warnings),
        )
    except InvalidPolicy as error:
        raise Refusal("invalid_promise", str(error)) from error


def _warnings(form: Form) -> list[int]:
    parts = [part for part in re.split(r"[\s,，、;；]+", form.text("warn", most=100)) if part]
    if not all(part.isascii() and part.isdigit() and 0 < int(part) < 100_000 for part in parts):
        form.errors["warn"] = gettext("Write minutes such as 120, 60.")
        return []
    return sorted({int(part) for part in parts}, reverse=True)


def _written(promise: Promise | None) -> Form:
    if promise is None:
        return Form({"unit": "workdays", "amount": 1, "mode": MODES[0], "warn": "60"})
    return Form(
        {
            "unit": "workdays" if promise.minutes is None else "minutes",
            "amount": promise.workdays if promise.minutes is None else promise.minutes,
            "mode": promise.mode,
            "warn": ", ".join(map(str, promise.warn_minutes)),
        }
    )


def _form(form: Form) -> str:
    units = [
        ("workdays", gettext("working days")),
        ("minutes", gettext("service minutes")),
    ]
    modes = [
        (MODES[0], gettext("counted in service time from the moment it was asked")),
        (MODES[1], gettext("until the end of the last workday, the day it was asked not counted")),
    ]
    return page("promises", form=form, units=units, modes=modes)
