"""What annex 2 asked of a center beyond its columns, as rows of a name and a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpdesk import labels
from helpdesk.i18n import gettext


def profile_rows(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is there, in the order of the form; a newer field is shown by its code."""
    order = {name: place for place, name in enumerate(labels.PROFILE)}
    names = sorted(profile, key=lambda name: (order.get(name, len(order)), name))
    return [
        (labels.label(name, "profile"), told)
        for name in names
        if (told := told_value(profile[name]))
    ]


def told_value(value: object) -> str:
    """Tell a value of the form: a choice by its name, yes and no in words."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, str | int | float):
        return labels.label(str(value), "profile_choice")
    return ""  # rows have places of their own on the record


def figure_words(figure: str) -> str:
    """Tell the figure that a criterion was judged by, its choices by their names."""
    parts = (labels.label(part, "profile_choice") for part in figure.split(" · "))
    return " · ".join(parts)
