"""Automations in words: on which occasion, and what each does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from helpdesk.i18n import gettext, ngettext
from helpdesk.labels import label, request_type_name, topic_name
from helpdesk.models import Automation
from helpdesk.services.automations.arrival import ARRIVAL


def occasion(row: Automation) -> str:
    """Return when it does something."""
    if row.occasion == ARRIVAL:
        return gettext("When a ticket arrives")
    return ngettext(
        "%(status)s, and untouched for %(num)s whole working day",
        "%(status)s, and untouched for %(num)s whole working days",
        row.workdays or 1,
        status=label(row.occasion, "status"),
    )


def does(row: Automation, names: Mapping[int, str]) -> list[str]:
    """Return what it does, a piece for each; ``names`` are those of agents by their id."""
    sets = {
        "group": row.group.name if row.group else None,
        "assignee": row.assignee.name if row.assignee else None,
        "priority": row.priority,
        "topic": row.topic,
        "request_type": row.request_type,
        "status": row.status,
    }
    told = [names[number] for number in row.tell if number in names]
    return done({name: value for name, value in sets.items() if value}, told)


def done(sets: Mapping[str, str], told: Iterable[str]) -> list[str]:
    """Return in words what was set on a ticket, and who was told."""
    words: dict[str, Callable[[str], str]] = {
        "group": lambda value: gettext("group: %(value)s", value=value),
        "assignee": lambda value: gettext("assignee: %(value)s", value=value),
        "priority": lambda value: gettext("priority: %(value)s", value=label(value, "priority")),
        "topic": lambda value: gettext("topic: %(value)s", value=topic_name(value)),
        "request_type": lambda value: gettext("type: %(value)s", value=request_type_name(value)),
        "status": lambda value: gettext("status: %(value)s", value=label(value, "status")),
    }
    found = [words[name](value) for name, value in sets.items() if name in words]
    names = gettext(", ").join(told)
    return [*found, gettext("notice to %(names)s", names=names)] if names else found
