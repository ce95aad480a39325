"""A policy as a form: whom it is for, what it promises by when, and what happens on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from helpdesk.errors import Refusal
from helpdesk.i18n import gettext
from helpdesk.models import PolicyRecord
from helpdesk.services.promises import policies
from helpdesk.services.promises.policies import Draft
from helpdesk.web.forms import Form
from helpdesk.web.settings import condition_form
from sla.escalation import DOINGS, Action, Doing, InvalidAction
from sla.metrics import METRICS
from sla.policy import CONDITION_FIELDS, END_OF_NEXT_WORKDAY, MODES, InvalidPolicy, Promise

MOST_WORKDAYS = 365
MOST_MINUTES = 365 * 24 * 60
MOST_ACTIONS = 6


def read(form: Form, *, is_default: bool) -> Draft | None:
    """Return the policy that a form describes; None where a field is wrong."""
    name = form.text("name", required=True, most=policies.NAME_LENGTH)
    conditions = {} if is_default else dict(condition_form.read(form, CONDITION_FIELDS))
    promises = tuple(
        promise for metric in METRICS if (promise := _promise(form, metric)) is not None
    )
    if form.valid and not promises:
        form.errors[""] = gettext("Promise at least one thing.")
    if not form.valid:
        return None
    return Draft(name, conditions, promises, form.number("calendar"))


def written(record: PolicyRecord | None) -> Form:
    """Return the form of a policy, or of a new one."""
    if record is None:
        return Form(
            condition_form.written({}, CONDITION_FIELDS)
            | {
                "on_first_reply": "1",
                "unit_first_reply": "workdays",
                "amount_first_reply": 1,
                "mode_first_reply": MODES[0],
                "warn_first_reply": "50%, 80%",
            }
        )
    value = policies.as_value(record)
    values = condition_form.written(value.conditions, CONDITION_FIELDS)
    values |= {"name": value.name, "calendar": record.calendar_id or ""}
    for promise in value.promises:
        values |= {f"{key}_{promise.metric}": told for key, told in _told(promise).items()}
    return Form(values)


def _told(promise: Promise) -> dict[str, Any]:
    told: dict[str, Any] = {
        "on": "1",
        "unit": "workdays" if promise.minutes is None else "minutes",
        "amount": promise.workdays if promise.minutes is None else promise.minutes,
        "mode": promise.mode,
        "warn": ", ".join(point.removesuffix("m") for point in promise.points),
        "pauses": "1" if promise.pauses else "",
    }
    for place, action in enumerate(promise.actions):
        when = action.when.removesuffix("m")
        told |= {f"when{place}": when, f"do{place}": action.do, f"to{place}": action.to}
    return told


def _promise(form: Form, metric: str) -> Promise | None:
    if not form.checked(f"on_{metric}"):
        return None
    unit = form.one_of(f"unit_{metric}", ("workdays", "minutes"), required=True)
    mode = form.one_of(f"mode_{metric}", MODES, required=True)
    typed = form.text(f"amount_{metric}", required=True, most=9)
    amount = form.number(f"amount_{metric}")
    if typed and amount is None:
        form.errors[f"amount_{metric}"] = gettext(
            "“%(text)s” cannot be promised; write a whole number from 1 up.", text=typed[:20]
        )
    percents, minutes = _warnings(form, f"warn_{metric}")
    actions = _actions(form, metric)
    if amount and amount > (MOST_WORKDAYS if unit == "workdays" else MOST_MINUTES):
        form.errors[f"amount_{metric}"] = gettext("That is longer than a year.")
    if mode == END_OF_NEXT_WORKDAY and unit == "minutes":
        form.errors[f"unit_{metric}"] = gettext("Until the end of a workday, workdays are counted.")
    if unit == "minutes" and amount and any(before >= amount for before in minutes):
        form.errors[f"warn_{metric}"] = gettext(
            "This warning would come at once; write fewer minutes."
        )
    points = {f"{p}%" for p in percents} | {f"{m}m" for m in minutes} | {"breach"}
    for place, action in actions.items():
        if action.when not in points:
            form.errors[f"when{place}_{metric}"] = gettext("Nothing is warned at then; add it.")
    if not form.valid or unit is None or mode is None:
        return None
    try:
        return Promise(
            metric=metric,
            minutes=amount if unit == "minutes" else None,
            workdays=amount if unit == "workdays" else None,
            mode=mode,
            warn_percent=tuple(percents),
            warn_minutes=tuple(minutes),
            pauses=form.checked(f"pauses_{metric}"),
            actions=tuple(actions.values()),
        )
    except InvalidPolicy as error:
        raise Refusal("invalid_promise", str(error)) from error


def _warnings(form: Form, name: str) -> tuple[list[int], list[int]]:
    """Return shares in percent and service minutes, from a text such as ``50%, 80%, 60``."""
    percents, minutes = [], []
    for part in filter(
        None, condition_form.BETWEEN.split(form.text(name, most=100).replace("％", "%"))
    ):
        number = part.removesuffix("%")
        if not (number.isascii() and number.isdigit() and 0 < int(number) < 100_000):
            form.errors[name] = gettext("Write shares and minutes such as 50%, 80%, 60.")
        elif not part.endswith("%"):
            minutes.append(int(number))
        elif int(number) < 100:
            percents.append(int(number))
        else:
            form.errors[name] = gettext("Warn before all of the time is used: 1% to 99%.")
    return percents, minutes


def _actions(form: Form, metric: str) -> Mapping[int, Action]:
    found: dict[int, Action] = {}
    for place in range(MOST_ACTIONS):
        when = form.text(f"when{place}_{metric}", most=10).replace("％", "%")
        do = cast("Doing | None", form.one_of(f"do{place}_{metric}", DOINGS))
        to = form.text(f"to{place}_{metric}", most=320)
        if do is None:
            continue
        if when.isascii() and when.isdigit():
            when = f"{when}m"
        try:
            found[place] = Action(when, do, to)
        except InvalidAction:
            form.errors[f"when{place}_{metric}"] = gettext(
                "Write when (80%, 60 minutes before, or breach), and to whom or to what."
            )
    return found
