"""What a person typed, checked field by field, and kept when something is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from helpdesk.errors import Refusal
from helpdesk.i18n import gettext

FIRST_YEAR, LAST_YEAR = 1900, 2190
LONGEST_NUMBER = 12


class Errors(dict[str, str]):
    """Sentences by field name; asking for a field that is right changes nothing."""

    def __missing__(self, name: str) -> str:
        """Return no sentence."""
        return ""


class Form:
    """The values of a form and what is wrong with them, both by field name.

    The errors of the form as a whole stand under the empty name. ``prefix`` keeps
    the ids of two forms on one page apart.
    """

    def __init__(self, values: Mapping[str, Any] | None = None, *, prefix: str = "") -> None:
        self.prefix = prefix
        self.values: dict[str, Any] = dict(values or {})
        self.errors: dict[str, str] = Errors()

    @classmethod
    def posted(cls, *, prefix: str = "") -> Form:
        """Return what this request sent."""
        return cls(request.form.to_dict(), prefix=prefix)

    @property
    def valid(self) -> bool:
        """Nothing is wrong so far."""
        return not any(self.errors.values())

    def text(self, name: str, *, required: bool = False, most: int = 500) -> str:
        """Return a text without its outer spaces."""
        typed = str(self.values.get(name) or "")
        value = typed.replace("\x00", "").replace("\r\n", "\n").strip()
        if required and not value:
            self.errors[name] = gettext("Please fill this in.")
        elif len(value) > most:
            self.errors[name] = gettext(
                "That is %(count)s characters; %(most)s are possible.", count=len(value), most=most
            )
        return value

    def one_of(self, name: str, allowed: Collection[str], *, required: bool = False) -> str | None:
        """Return one of the codes allowed, or None where nothing was chosen."""
        value = str(self.values.get(name) or "")
        if value in allowed:
            return value
        if value or required:
            self.errors[name] = gettext("Please choose one of these.")
        return None

    def number(self, name: str) -> int | None:
        """Return a whole number above zero, or None where there is none."""
        value = str(self.values.get(name) or "").strip().lstrip("#＃")
        if _is_whole(value) and 0 < int(value) < 2**31:
            return int(value)
        if value:
            self.errors[name] = gettext("Please write a number.")
        return None

    def count(self, name: str, *, most: int = 1_000_000) -> int | None:
        """Return a whole number, zero included, or None where there is none."""
        value = str(self.values.get(name) or "").strip()
        if _is_whole(value) and int(value) <= most:
            return int(value)
        if value:
            self.errors[name] = gettext("Please write a number.")
        return None

    def date(self, name: str, *, required: bool = False) -> date | None:
        """Return a date of these centuries, or None where there is none."""
        value = str(self.values.get(name) or "").strip()
        if not value and not required:
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.errors[name] = gettext("Please write a date such as 2026-11-24.")
            return None
        return day

    def moment(self, name: str, *, zone: ZoneInfo, required: bool = False) -> datetime | None:
        """Return the instant of a local time, or None where there is none."""
        value = self.text(name, required=required, most=30)
        if not value:
            return None
        try:
            local = datetime.fromisoformat(value)
        except ValueError:
            self.errors[name] = self.errors[name] or gettext(
                "Please write a date and a time, such as 2026-11-23 10:40."
            )
            return None
        return local.replace(tzinfo=local.tzinfo or zone)

    def checked(self, name: str) -> bool:
        """Say whether a box was ticked."""
        return bool(self.values.get(name))

    def refuse(self, refusal: Refusal) -> None:
        """Show a service's refusal at the field it speaks of."""
        self.errors[refusal.field or ""] = refusal.sentence


def _is_whole(text: str) -> bool:
    """Say whether a text is a whole number that is short enough to be read."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
