"""Conditions as part of a form: which tickets a policy or an automation is for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from flask import request
from sqlalchemy import select

from helpdesk.extensions import db
from helpdesk.labels import CHANNELS, PRIORITIES, request_type_name, topic_name
from helpdesk.models import Center, Group
from helpdesk.runtime import current_config
from helpdesk.web.forms import Form

WRITTEN = ("center", "requester", "words")
"""Conditions that are written; of the others one ticks what is there."""
BETWEEN = re.compile(r"[\s,，、;；]+")
_BETWEEN_WORDS = re.compile(r"\s*[\n,，、;；]\s*")  # a phrase has spaces of its own


def posted(fields: Collection[str]) -> Form:
    """Return the form that was sent, with every box that was ticked."""
    form = Form.posted()
    for field in fields:
        if field not in WRITTEN:
            form.values[f"if_{field}"] = request.form.getlist(f"if_{field}")
    return form


def written(conditions: Mapping[str, Collection[str]], fields: Collection[str]) -> dict[str, Any]:
    """Return the values of a form that shows these conditions."""
    return {
        f"if_{field}": ", ".join(conditions.get(field, ()))
        if field in WRITTEN
        else list(conditions.get(field, ()))
        for field in fields
    }


def read(form: Form, fields: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each condition that somebody chose, and what it allows."""
    for field in fields:
        if field in WRITTEN:
            between = _BETWEEN_WORDS if field == "words" else BETWEEN
            parts = between.split(form.text(f"if_{field}", most=2000))
        else:
            parts = form.values[f"if_{field}"]
        if field == "requester":
            parts = [part.lower() for part in parts]
        allowed = tuple(dict.fromkeys(part for part in parts if part))
        if allowed:
            yield field, allowed


def choices() -> dict[str, list[tuple[str, str]]]:
    """Return what each condition that is ticked can ask for."""
    session, config = db.session(), current_config()
    regions = select(Center.region).where(Center.region != "").distinct().order_by(Center.region)
    return {
        "channel": [(code, str(name)) for code, name in CHANNELS.items()],
        "topic": [(choice.code, topic_name(choice.code)) for choice in config.topics],
        "request_type": [
            (choice.code, request_type_name(choice.code)) for choice in config.request_types
        ],
        "priority": [(code, str(name)) for code, name in PRIORITIES.items()],
        "region": [(region, region) for region in session.scalars(regions)],
        "group": [(name, name) for name in session.scalars(select(Group.name).order_by(Group.id))],
    }
