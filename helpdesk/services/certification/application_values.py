"""What is typed into the application's form: checked question by question, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from channels.identity import hide
from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.services.certification.application_form import Field, Part, Rows
from helpdesk.services.identity import accounts
from helpdesk.services.personal import numbers

EARLIEST = date(1900, 1, 1)


@dataclass(slots=True)
class Checked:
    """What of a part is right, and what is wrong with the rest, both by the field's name.

    ``numbers`` are ID numbers as typed and right: they are sealed, never kept with the rest.
    Fields of a row are named ``teachers.2.name``.
    """

    values: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def check(part: Part, typed: Mapping[str, str], *, today: date) -> Checked:
    """Check what was typed into a part. What is empty is no mistake: it is lacking.

    A question that was not sent at all keeps what it had: it is not in ``values``.
    """
    found = Checked()
    for question in part.fields:
        if question.name not in typed:
            continue
        try:
            value = value_of(question, typed[question.name], today=today)
        except Refusal as refusal:
            found.errors[question.name] = refusal.sentence
            continue
        if question.kind != "id_number":
            found.values[question.name] = value
        elif value:  # an empty box leaves the number that is kept
            found.numbers[question.name] = value
    for rows in part.rows:
        if any(name.startswith(f"{rows.name}.") for name in typed):
            found.values[rows.name] = _rows(rows, typed, found.errors, today)
    return found


def value_of(question: Field, typed: str, *, today: date) -> Any:
    """Return what a question's answer means; None for an empty one. Raises Refusal."""
    text = typed.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text:
        return None
    return _KINDS[question.kind](question, text, today)


def _rows(
    rows: Rows, typed: Mapping[str, str], errors: dict[str, str], today: date
) -> list[dict[str, Any]]:
    """Return the rows that hold anything, in their order."""
    found = []
    for number in range(rows.most):
        values: dict[str, Any] = {}
        for column in rows.columns:
            name = f"{rows.name}.{number}.{column.name}"
            try:
                values[column.name] = value_of(column, typed.get(name, ""), today=today)
            except Refusal as refusal:
                errors[name] = refusal.sentence
        if not any(value is not None for value in values.values()):
            continue
        for column in rows.columns:
            name = f"{rows.name}.{number}.{column.name}"
            if column.required and values.get(column.name) is None and name not in errors:
                errors[name] = str(_("Please fill this in, or empty the whole row."))
        found.append(values)
    return found


def _text(question: Field, text: str, _today: date) -> str:
    if len(text) > question.most:
        raise Refusal(
            "too_long",
            _(
                "This is %(count)s characters long; %(most)s fit.",
                count=len(text),
                most=question.most,
            ),
        )
    if hide(text) != text:
        raise Refusal(
            "id_number_here",
            _("This holds an ID number. Write it in its own field alone: there it is encrypted."),
        )
    return text if question.kind == "long" else " ".join(text.split())


def _choice(question: Field, text: str, _today: date) -> str:
    if text not in {code for code, _name in question.choices}:
        raise Refusal("unknown_value", _("Choose one of the values offered."))
    return text


def _number(question: Field, text: str, _today: date) -> int:
    plain = text.replace(",", "").replace("，", "").replace(" ", "")
    short = plain.isascii() and plain.isdigit() and len(plain) <= len(str(question.most))
    if not short or int(plain) > question.most:
        raise Refusal(
            "no_number", _("Write a whole number from 0 to %(most)s.", most=question.most)
        )
    return int(plain)


def _yes_no(_question: Field, text: str, _today: date) -> bool:
    if text not in ("yes", "no"):
        raise Refusal("unknown_value", _("Choose yes or no."))
    return text == "yes"


def _date(_question: Field, text: str, today: date) -> str:
    """Return the day as ISO text: JSON knows no dates."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refusal("no_date", _("Write a day like 2012-09-01.")) from None
    if not EARLIEST <= day <= today:
        raise Refusal("no_date", _("This day is not in the past."))
    return day.isoformat()


def _email(_question: Field, text: str, _today: date) -> str:
    accounts.check_address(text)
    return text.lower()


def _credit_code(_question: Field, text: str, _today: date) -> str:
    return numbers.credit_code(text)


def _id_number(_question: Field, text: str, today: date) -> str:
    return numbers.id_number(text, today=today)


def _phone(_question: Field, text: str, _today: date) -> str:
    return numbers.phone(text)


def _postcode(_question: Field, text: str, _today: date) -> str:
    return numbers.postcode(text)


_KINDS: Mapping[str, Callable[[Field, str, date], Any]] = {
    "text": _text,
    "long": _text,
    "choice": _choice,
    "number": _number,
    "money": _number,
    "yes_no": _yes_no,
    "date": _date,
    "email": _email,
    "phone": _phone,
    "fax": _phone,
    "postcode": _postcode,
    "id_number": _id_number,
    "credit_code": _credit_code,
}
