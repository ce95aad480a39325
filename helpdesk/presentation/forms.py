"""What long forms show beside their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from helpdesk.i18n import speaking


class _Typed(Protocol):
    @property
    def values(self) -> Mapping[str, Any]:
        """What was typed, by field."""
        ...


def in_english(label: object) -> str:
    """Return a label's English, beside which a form on paper shows its Chinese."""
    with speaking("en"):
        return str(label)


def rows_typed(form: _Typed, name: str) -> int:
    """Return how many rows of a table (``name.<row>.<column>``) hold anything."""
    numbers = [
        int(parts[1])
        for key, value in form.values.items()
        if value and len(parts := key.split(".")) == 3 and parts[0] == name and parts[1].isdigit()
    ]
    return max(numbers, default=-1) + 1
