"""The hotline's calls: which there were, what they count, and those that somebody writes down."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from secrets import token_hex
from typing import cast

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.presentation.opening import weekday_name
from helpdesk.runtime import current_config
from helpdesk.services.hotline import call_sources, call_sums, calls, ringing_back
from helpdesk.services.hotline.call_slots import By
from helpdesk.services.hotline.call_sources import BY_HAND, WrittenDown
from helpdesk.services.hotline.calls import EARLIEST, LATEST, WHICH, Filter
from helpdesk.services.hours import calendars
from helpdesk.web import signed
from helpdesk.web.addresses import row_asked
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now
from sla.rates import NOTHING

blueprint = Blueprint("calls", __name__, url_prefix="/calls")

WAYS = ("day", "hour", "queue", "agent")
LOCAL = "%Y-%m-%dT%H:%M"


@blueprint.get("/")
@signed.staff
def index() -> ResponseReturnValue:
    """List the calls, the latest first, under what today and this month count."""
    return _listed(_fresh())


@blueprint.post("/")
@signed.staff
def write_down() -> ResponseReturnValue:
    """Keep a call that was taken, or missed, on a telephone without a log."""
    form = Form.posted()
    number = form.text("number", required=True, most=60)
    came = form.one_of("came", ("answered", "missed"), required=True)
    minutes = form.number("minutes") or 0
    arrived = _instant(form)
    if not form.valid or arrived is None:
        return _listed(form), 422
    written = WrittenDown(
        form.text("submission", most=64), number, arrived, came == "answered", min(minutes, 600)
    )
    with transaction() as session:
        source = call_sources.source_named(session, BY_HAND, now=now()).id
    try:
        done = call_sources.write_down(source, signed.viewer(), written, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _listed(form), refusal.status
    flash(
        gettext("Kept, with a callback to make.")
        if done.tickets_opened
        else gettext("The call is kept."),
        "success",
    )
    return redirect(url_for("calls.index"))


@blueprint.get("/rates")
@signed.staff
def rates() -> ResponseReturnValue:
    """Show what a month's calls count, by day, hour, queue or agent."""
    first, last = _month(request.args.get("month", ""))
    asked = request.args.get("by", "day")
    by = cast("By", asked if asked in WAYS else "day")
    of_the_day: By = "hour_of_day" if by == "hour" else by
    groups = call_sums.sums(db.session(), first, last, by=of_the_day)
    return render(
        "calls/rates.html",
        rows=[(key, tally, _where(by, key, first, last)) for key, tally in sorted(groups.items())],
        total=sum(groups.values(), NOTHING),
        by=by,
        ways=WAYS,
        first=first,
        last=last,
        before=first - timedelta(days=1),
        after=last + timedelta(days=1) if last < _today() else None,
        callbacks=ringing_back.made(db.session(), *_instants(first, last)),
        terms=call_sums.terms(),
        target=current_config().answer_rate_target,
    )


def _where(by: By, key: str, first: date, last: date) -> dict[str, str]:
    """Return what selects the calls of a row of the rates."""
    if by == "day":
        return {"first": key, "last": key}
    span = {"first": first.isoformat(), "last": last.isoformat()}
    if by == "hour":
        return {**span, "hour": str(int(key[:2]))}
    return {**span, by: key} if key else {**span, "without": by}


def _instants(first: date, last: date) -> tuple[datetime, datetime]:
    """Return where local days begin and end."""
    zone = current_config().zone
    begin = datetime.combine(first, time(), zone)
    return begin, datetime.combine(last + timedelta(days=1), time(), zone)


def _listed(form: Form) -> str:
    chosen = _filter()
    before = row_asked("before")
    rows, more = calls.listing(db.session(), signed.viewer(), chosen, before=before)
    today = _today()
    month = call_sums.sums(db.session(), today.replace(day=1), today, by="day")
    names = {
        name: sorted(filter(None, call_sums.sums(db.session(), *_names_of(chosen), by=name)))
        for name in ("queue", "agent")
    }
    kept = {name: str(value) for name, value in asdict(chosen).items() if value not in (None, "")}
    return render(
        "calls/calls.html",
        rows=rows,
        more=more,
        before=before,
        chosen=chosen,
        kept=kept,
        names=names,
        weekday=weekday_name(chosen.weekday) if chosen.weekday is not None else "",
        terms=call_sums.terms(),
        form=form,
        today=month.get(today.isoformat(), NOTHING),
        month=sum(month.values(), NOTHING),
        target=current_config().answer_rate_target,
    )


def _fresh() -> Form:
    local = now().astimezone(current_config().zone)
    values = {"submission": token_hex(16), "arrived": local.strftime(LOCAL), "came": "answered"}
    return Form(values)


def _filter() -> Filter:
    """Return what the address asks for; what cannot be read asks for nothing."""
    asked, without = request.args.get("which"), request.args.get("without")
    return Filter(
        which=next((which for which in WHICH if which == asked), "all"),
        first=_date(request.args.get("first", "")),
        last=_date(request.args.get("last", "")),
        hour=_within("hour", 23),
        weekday=_within("weekday", 6),
        queue=request.args.get("queue", "").replace("\0", "")[:80],
        agent=request.args.get("agent", "").replace("\0", "")[:80],
        without="queue" if without == "queue" else "agent" if without == "agent" else "",
    )


def _within(name: str, most: int) -> int | None:
    number = request.args.get(name, type=int)
    return number if number is not None and 0 <= number <= most else None


def _names_of(chosen: Filter) -> tuple[date, date]:
    """Return the days whose queues and agents are offered to choose from."""
    last = chosen.last or _today()
    quarter = last - timedelta(days=92)
    return max(chosen.first or quarter, quarter), last


def _month(text: str) -> tuple[date, date]:
    """Return a month's first and last day; the present one's where none is named."""
    first = _date(f"{text[:7]}-01") or _today().replace(day=1)
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None


def _instant(form: Form) -> datetime | None:
    written = form.text("arrived", required=True, most=30)
    try:
        local = datetime.fromisoformat(written)
    except ValueError:
        form.errors["arrived"] = form.errors["arrived"] or gettext(
            "Please write a date and a time, such as 2026-11-23 10:40."
        )
        return None
    return local if local.tzinfo else local.replace(tzinfo=current_config().zone)


def _today() -> date:
    calendar = calendars.default(db.session())
    return calendar.local_date(now())
