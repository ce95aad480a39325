"""Annex 2, the form by which an organisation applies to become a center: its fields. Pure.

Six parts in the document's order. Beside what the document asks, the parts hold the few
figures that chapter 4 judges a center by and that the document's form leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from helpdesk.i18n import lazy_gettext as _

Kind = Literal[
    "text",
    "long",
    "choice",
    "number",
    "money",
    "yes_no",
    "date",
    "email",
    "phone",
    "fax",
    "postcode",
    "id_number",
    "credit_code",
]
Choices = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One question. ``most`` is characters of a text, and the largest of a number."""

    name: str
    label: Any
    kind: Kind = "text"
    required: bool = True
    most: int = 200
    choices: Choices = ()
    hint: Any = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A table to fill in: as many rows as there are, up to ``most``."""

    name: str
    label: Any
    columns: tuple[Field, ...]
    least: int = 0
    most: int = 60


@dataclass(frozen=True, slots=True)
class Files:
    """Files of one kind of document; pictures are checked and made anew."""

    kind: str
    label: Any
    least: int = 0
    most: int = 1
    pictures: bool = False
    hint: Any = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the form."""

    name: str
    title: Any
    fields: tuple[Field, ...] = ()
    rows: tuple[Rows, ...] = ()
    files: tuple[Files, ...] = field(default=())


SEX: Choices = (("male", _("Male")), ("female", _("Female")))
INSTITUTION: Choices = (
    ("college", _("College or university")),
    ("training_body", _("Training organisation")),
    ("other", _("Something else")),
)
COURSES: Choices = (
    ("open", _("Yes, they are offered")),
    ("soon", _("They will be soon")),
    ("no", _("No")),
)
MAJOR: Choices = (
    ("open", _("It is open")),
    ("next_term", _("It opens next term")),
    ("no", _("No")),
)
_COUNT = 1_000_000

PERSON = Part(
    "person",
    _("Responsible person"),
    (
        Field("person_name", _("Full name"), most=100),
        Field("person_sex", _("Sex"), "choice", choices=SEX),
        Field("person_id", _("ID number"), "id_number", hint=_("It is kept encrypted.")),
        Field("person_organisation", _("Organisation")),
        Field("person_position", _("Position"), most=100),
        Field("person_phone", _("Telephone"), "phone"),
        Field("person_fax", _("Fax"), "fax", required=False),
        Field("person_email", _("Mail address"), "email"),
        Field("person_address", _("Address"), most=300),
        Field("person_postcode", _("Postcode"), "postcode"),
    ),
)
ORGANISATION = Part(
    "organisation",
    _("Organisation"),
    (
        Field("name", _("Chinese name")),
        Field("name_en", _("English name")),
        Field("institution_type", _("Kind of organisation"), "choice", choices=INSTITUTION),
        Field("credit_code", _("Unified social credit code"), "credit_code", required=False),
        Field("region", _("Region applied for"), most=100, hint=_("Such as Sichuan province.")),
        Field("city", _("City"), most=100),
        Field("phone", _("Telephone"), "phone"),
        Field("fax", _("Fax"), "fax", required=False),
        Field("postcode", _("Postcode"), "postcode"),
        Field("address", _("Address"), most=300),
        Field("legal_representative", _("Legal representative"), most=100),
        Field("legal_phone", _("Telephone of the legal representative"), "phone"),
        Field("head_name", _("Name of the head"), most=100),
        Field("head_position", _("Position of the head"), most=100),
        Field("head_phone", _("Telephone of the head"), "phone"),
        Field("head_email", _("Mail address of the head"), "email"),
        Field("head_fax", _("Fax of the head"), "fax", required=False),
        Field(
            "head_id",
            _("ID number of the head"),
            "id_number",
            hint=_("It is kept encrypted."),
        ),
        Field("head_address", _("Address of the head"), most=300),
    ),
    files=(
        Files("licence", _("Copy of the business licence"), least=1, most=3),
        Files("school_certificate", _("Copy of the school-running certificate"), most=3),
    ),
)
FACILITIES = Part(
    "facilities",
    _("Facilities"),
    (
        Field("rooms", _("Multimedia rooms"), "number", most=_COUNT),
        Field("seats", _("Seats in them"), "number", most=_COUNT),
        Field("computers", _("Computers"), "number", most=_COUNT),
        Field("cameras", _("Cameras"), "number", most=_COUNT),
        Field("whiteboards", _("Whiteboards"), "number", most=_COUNT),
        Field("printers", _("Printers"), "number", most=_COUNT),
        Field("scanners", _("Scanners"), "number", most=_COUNT),
        Field("desk_sets", _("Sets of desks and chairs"), "number", most=_COUNT),
        Field("own_space", _("Own teaching and office space (m²)"), "number", most=_COUNT),
        Field("lan", _("Local network"), "yes_no"),
        Field("internet", _("Internet access"), "yes_no"),
        Field("incubation_base", _("Incubation base for the mobile market"), "yes_no"),
        Field("incubation_base_name", _("Name of the incubation base"), required=False),
        Field("conditions", _("Other conditions"), "long", required=False, most=2000),
    ),
    files=(Files("floor_plan", _("Floor plan"), most=3),),
)
TEACHERS = Part(
    "teachers",
    _("Teachers"),
    (
        Field("staff", _("Staff in all"), "number", most=_COUNT),
        Field("teachers_full_time", _("Full-time teachers"), "number", most=_COUNT),
        Field("teachers_part_time", _("Part-time teachers"), "number", most=_COUNT),
        Field("department", _("Computer or information department"), required=False),
        Field("department_staff", _("Staff of the department"), "number", False, _COUNT),
        Field(
            "mobile_courses",
            _("Courses in mobile internet development"),
            "choice",
            choices=COURSES,
        ),
        Field("major", _("Major in mobile internet development"), "choice", choices=MAJOR),
        Field("major_teachers", _("Teachers of that major"), "number", False, _COUNT),
        Field("responsible_teachers", _("Teachers responsible for the center"), "number"),
    ),
    rows=(
        Rows(
            "teachers",
            _("List of teachers"),
            (
                Field("name", _("Full name"), most=100),
                Field("course", _("Course"), most=200),
                Field("years", _("Years of training work"), "number", False, 80),
                Field("remarks", _("Remarks"), required=False, most=300),
            ),
            least=1,
        ),
    ),
)
BUSINESS = Part(
    "business",
    _("Business"),
    (
        Field("business_name", _("Name of the business")),
        Field("training_since", _("Training began on"), "date"),
        Field("yearly_income", _("Yearly income (RMB)"), "money", most=10**12),
        Field("business_kind", _("Kind of business")),
        Field("philosophy", _("Philosophy"), "long", most=2000),
        Field("goals", _("How being a center serves your goals"), "long", most=2000),
        Field("quality", _("How you control the quality of teaching"), "long", most=2000),
    ),
    rows=(
        Rows(
            "clients",
            _("Clients"),
            (
                Field("name", _("Name of the client")),
                Field("scope", _("Scope of the service"), required=False, most=300),
            ),
        ),
    ),
)
PHOTOGRAPHS = Part(
    "photographs",
    _("Photographs of the classrooms"),
    files=(
        Files(
            "photograph",
            _("Photographs of the classrooms"),
            least=1,
            most=20,
            pictures=True,
            hint=_("JPEG, PNG or WebP. Where a picture was taken is removed from it."),
        ),
    ),
)
PARTS = (PERSON, ORGANISATION, FACILITIES, TEACHERS, BUSINESS, PHOTOGRAPHS)
COLUMNS = (
    "name",
    "name_en",
    "region",
    "city",
    "institution_type",
    "credit_code",
    "phone",
    "fax",
    "postcode",
    "address",
    "legal_representative",
    "legal_phone",
)
"""What becomes a column of the center; the rest is kept in its profile."""
SEALED = tuple(
    question.name for part in PARTS for question in part.fields if question.kind == "id_number"
)


def part_named(name: str) -> Part | None:
    """Return a part of the form."""
    return next((part for part in PARTS if part.name == name), None)


def field_named(name: str) -> Field | None:
    """Return a question of the form."""
    return next((f for part in PARTS for f in part.fields if f.name == name), None)


def lacking(part: Part, data: Mapping[str, Any], papers: Mapping[str, int]) -> list[Any]:
    """Return the labels of what a part still lacks.

    ``data`` holds only values that are right; ``papers`` how many files there are by kind.
    """
    found = [f.label for f in part.fields if f.required and data.get(f.name) in (None, "")]
    found += [rows.label for rows in part.rows if len(data.get(rows.name) or ()) < rows.least]
    found += [files.label for files in part.files if papers.get(files.kind, 0) < files.least]
    return found
