"""The columns of a file of centers: how each is headed, read and written. No ID numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.i18n import speaking
from helpdesk.labels import CENTER_STATES
from helpdesk.models import Center
from helpdesk.services.certification import application_form, application_values, center_codes

Read = Callable[[str, date], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in files, what it is called, how its cells are read.

    ``kept``: a file may set it in a center that is there; the rest is set by steps alone.
    """

    name: str
    label: Any
    read: Read
    required: bool = False
    kept: bool = True


def _by_form(name: str) -> Read:
    question = application_form.field_named(name)
    assert question is not None

    def read(text: str, today: date) -> Any:
        return application_values.value_of(question, text, today=today) or ""

    return read


def _code(text: str, _today: date) -> str:
    return center_codes.check(text)


def _state(text: str, _today: date) -> str:
    for code, name in CENTER_STATES.items():
        if text in (code, str(name)) and code != "draft":
            return code
    raise Refusal(
        "unknown_state", _("Write a state such as %(state)s.", state=str(CENTER_STATES["exited"]))
    )


def _kind(text: str, _today: date) -> str:
    for code, name in application_form.INSTITUTION:
        if text in (code, str(name)):
            return str(code)
    raise Refusal(
        "unknown_value",
        _(
            "Write one of: %(values)s.",
            values=" / ".join(str(name) for _code, name in application_form.INSTITUTION),
        ),
    )


def _day(text: str, _today: date) -> date:
    try:
        return date.fromisoformat(text.strip().replace("/", "-").partition(" ")[0])
    except ValueError:
        raise Refusal("no_date", _("Write a day like 2026-09-01.")) from None


def _words(text: str, _today: date) -> str:
    return " ".join(text.split())[:64]


def _domains(text: str, _today: date) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").replace("，", " ").replace(";", " ").lower().split())


COLUMNS = (
    Column("code", _("Code"), _code, required=True),
    Column("name", _("Chinese name"), _by_form("name"), required=True),
    Column("name_en", _("English name"), _by_form("name_en")),
    Column("region", _("Region"), _by_form("region")),
    Column("city", _("City"), _by_form("city")),
    Column("state", _("State"), _state, kept=False),
    Column("institution_type", _("Kind of organisation"), _kind),
    Column("credit_code", _("Unified social credit code"), _by_form("credit_code")),
    Column("phone", _("Telephone"), _by_form("phone")),
    Column("fax", _("Fax"), _by_form("fax")),
    Column("postcode", _("Postcode"), _by_form("postcode")),
    Column("address", _("Address"), _by_form("address")),
    Column("legal_representative", _("Legal representative"), _by_form("legal_representative")),
    Column("legal_phone", _("Telephone of the legal representative"), _by_form("legal_phone")),
    Column("plaque_no", _("Plaque number"), _words, kept=False),
    Column("certificate_no", _("Certificate number"), _words, kept=False),
    Column("granted_on", _("Authorised on"), _day, kept=False),
    Column("agreement_to", _("Agreement ends"), _day, kept=False),
    Column("review_due_on", _("Next annual review"), _day, kept=False),
    Column("domains", _("Mail domains"), _domains),
)


def by_heading(headings: Iterable[str]) -> dict[int, Column]:
    """Return which column stands where: by its name, or by what either language calls it."""
    known: dict[str, Column] = {}
    for column in COLUMNS:
        for heading in (column.name, str(column.label), *_both(column)):
            known.setdefault(heading.casefold().strip(), column)
    found: dict[int, Column] = {}
    for place, heading in enumerate(headings):
        meant = known.get(heading.casefold().strip())
        if meant is not None and meant not in found.values():
            found[place] = meant
    return found


def written(center: Center) -> Mapping[str, str]:
    """Return a center's row as text."""
    values = {column.name: getattr(center, column.name) for column in COLUMNS}
    values["domains"] = " ".join(row.domain for row in center.domains)
    return {
        name: value.isoformat() if isinstance(value, date) else str(value or "")
        for name, value in values.items()
    }


def _both(column: Column) -> list[str]:
    found = []
    for language in ("zh", "en"):
        with speaking(language):
            found.append(str(column.label))
    return found
