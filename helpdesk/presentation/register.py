"""What templates may call: filters that know the desk's clock, zone and calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask

from helpdesk.presentation import charts, dates, hours, links, passages, quantities
from helpdesk.presentation.absences import away_words
from helpdesk.presentation.center_events import center_event_details, center_event_words
from helpdesk.presentation.events import event_words
from helpdesk.presentation.forms import figure_words, form_label, in_english, rows_typed
from helpdesk.presentation.notifications import notification_icon, notification_words
from helpdesk.presentation.posts import post_link, post_visibility
from helpdesk.presentation.promises import Promised, PromiseView, first_owed, promise_view
from helpdesk.presentation.reasons import reason_words
from helpdesk.presentation.scripts import script_words
from helpdesk.presentation.spans import span_stamp
from helpdesk.presentation.terms import author, given_name
from helpdesk.presentation.troubles import trouble_words
from helpdesk.services.help_center import markdown
from sla.calendar import Calendar


def register(
    app: Flask,
    *,
    clock: Callable[[], datetime],
    calendar: Callable[[], Calendar],
    calendar_of: Callable[[Promised], Calendar],
) -> None:
    """Install the filters.

    ``clock`` gives now, ``calendar`` the desk's default calendar, and
    ``calendar_of`` the one that a target's deadline was computed from.
    """

    def zone() -> ZoneInfo:
        return calendar().zone

    def today() -> date:
        return clock().astimezone(zone()).date()

    def promise(target: Promised | None) -> PromiseView:
        judged_by = calendar() if target is None else calendar_of(target)
        return promise_view(target, calendar=judged_by, now=clock())

    app.add_template_filter(lambda at: dates.when(at, now=clock(), zone=zone()), "when")
    app.add_template_filter(lambda at: dates.stamp(at, now=clock(), zone=zone()), "stamp")
    app.add_template_global(
        lambda starts, ends: span_stamp(starts, ends, now=clock(), zone=zone()), "span_stamp"
    )
    app.add_template_filter(lambda at: dates.clock_time(at, zone=zone()), "clock_time")
    app.add_template_filter(lambda at: dates.clock_seconds(at, zone=zone()), "clock_seconds")
    app.add_template_filter(lambda at: dates.exact(at, zone=zone()), "exact")
    app.add_template_filter(lambda at: dates.ago(at, now=clock()), "ago")
    app.add_template_filter(lambda value: dates.day(value, today=today()), "day")
    app.add_template_filter(lambda value: dates.plain_day(value, today=today()), "plain_day")
    app.add_template_filter(
        lambda at: dates.plain_day(at.astimezone(zone()).date(), today=today()), "on_day"
    )
    app.add_template_filter(lambda agent: away_words(agent, now=clock(), zone=zone()), "away_words")
    app.add_template_filter(dates.short_day, "short_day")
    app.add_template_filter(dates.month, "month")
    app.add_template_filter(promise, "promise")
    app.add_template_filter(in_english, "in_english")
    app.add_template_filter(form_label, "form_label")
    app.add_template_filter(rows_typed, "rows_typed")
    for plain in (
        quantities.span,
        quantities.file_size,
        quantities.minutes_seconds,
        quantities.masked_phone,
        quantities.capped,
        charts.sparkline,
        charts.bars,
        charts.paired_bars,
        charts.shares,
        charts.heat,
        first_owed,
        event_words,
        center_event_words,
        center_event_details,
        figure_words,
        notification_icon,
        notification_words,
        post_link,
        post_visibility,
        trouble_words,
        reason_words,
        author,
        given_name,
    ):
        app.add_template_filter(plain)
    app.add_template_filter(markdown.excerpt)
    app.add_template_filter(markdown.words)
    app.add_template_filter(links.linked)
    app.add_template_filter(passages.marked)
    app.add_template_filter(passages.passage)
    app.add_template_global(quantities.share)
    app.add_template_filter(
        lambda message: quantities.quoted_part(message.text, message.full_text), "quoted_part"
    )
    app.add_template_global(script_words)
    app.add_template_global(today, "desk_today")
    app.add_template_global(lambda: hours.open_now(calendar(), now=clock()), "open_now")
    app.add_template_global(lambda: calendar().is_open(clock()), "is_open_now")
    app.add_template_global(lambda: hours.clock_facts(calendar(), now=clock()), "clock_facts")
