"""What the parts of an address can be: whatever no row can have leads nowhere (404)."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter, ValidationError

from helpdesk.services.database import row_numbers


def register(app: Flask) -> None:
    """Read addresses this way; to be called before any rule is added."""
    app.url_map.converters.update(int=RowNumber, string=Text, default=Text)


def row_asked(name: str) -> int | None:
    """Return the number of a row that the address's query names; None where it names none."""
    return row_numbers.possible(request.args.get(name, type=int))


class RowNumber(IntegerConverter):
    """The number of a row."""

    def __init__(self, url_map: Map, *args: Any, **options: Any) -> None:
        options.setdefault("max", row_numbers.LARGEST)
        super().__init__(url_map, *args, **options)


class Text(UnicodeConverter):
    """A code, a name or a token; PostgreSQL refuses to look for one with a NUL in it."""

    def to_python(self, value: str) -> str:
        """Return the part as it was written."""
        if "\0" in value:
            raise ValidationError
        return value
