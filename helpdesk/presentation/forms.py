"""What long forms show beside their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from helpdesk.i18n import speaking
from helpdesk.services.certification import application_form


class _Typed(Protocol):
    @property
    def values(self) -> Mapping[str, Any]:
        """What was typed, by field."""
        ...


def in_english(label: object) -> str:
    """Return a label's English, beside which a form on paper shows its Chinese."""
    with speaking("en"):
        return str(label)


def form_label(name: str) -> str:
    """Return what the application's form calls a field."""
    question = application_form.field_named(name)
    return str(question.label) if question else name


def figure_words(figure: str) -> str:
    """Tell the figure that a criterion was judged by, its choices by their names."""
    choices = {
        code: name
        for part in application_form.PARTS
        for question in part.fields
        for code, name in question.choices
    }
    return " · ".join(str(choices.get(part, part)) for part in figure.split(" · "))


def rows_typed(form: _Typed, name: str) -> int:
    """Return how many rows of a table (``name.<row>.<column>``) hold anything."""
    numbers = [
        int(parts[1])
        for key, value in form.values.items()
        if value and len(parts := key.split(".")) == 3 and parts[0] == name and parts[1].isdigit()
    ]
    return max(numbers, default=-1) + 1
