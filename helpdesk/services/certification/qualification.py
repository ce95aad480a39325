"""The criteria of chapter 4: five that a center must meet, and three that are preferred. Pure.

Each is judged from the application's form, with the figure that it was judged by. The
document does not say how many of the preferred ones are wanted, so each is told alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LEAST_COMPUTERS = 30
LEAST_TEACHERS = 2
LEAST_SQUARE_METRES = 80
INSTITUTIONS = ("college", "training_body")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a form meets a criterion, and by which figure; None where it does not say."""

    criterion: str
    met: bool | None
    figure: str


Form = Mapping[str, Any]


def judge(form: Form) -> list[Judgement]:
    """Judge a form by all eight criteria, the basic ones first."""
    found = []
    for criterion, judgement in {**_BASIC, **_PREFERRED}.items():
        met, figure = judgement(form)
        found.append(Judgement(criterion, met, figure))
    return found


def _institution(form: Form) -> tuple[bool | None, str]:
    kind = form.get("institution_type") or ""
    return (kind in INSTITUTIONS if kind else None), str(kind)


def _department(form: Form) -> tuple[bool | None, str]:
    staff = form.get("department_staff")
    name = str(form.get("department") or "")
    told = " · ".join(part for part in (name, str(staff) if staff is not None else "") if part)
    return (bool(name) if "department" in form else None), told


def _courses(form: Form) -> tuple[bool | None, str]:
    value = form.get("mobile_courses")
    return (value in ("open", "soon") if value else None), str(value or "")


def _computers(form: Form) -> tuple[bool | None, str]:
    return _at_least(form, "computers", LEAST_COMPUTERS)


def _teachers(form: Form) -> tuple[bool | None, str]:
    return _at_least(form, "teachers_full_time", LEAST_TEACHERS)


def _incubator(form: Form) -> tuple[bool | None, str]:
    value = form.get("incubation_base")
    return value, str(form.get("incubation_base_name") or "")


def _space(form: Form) -> tuple[bool | None, str]:
    """At least 80 m² of its own, and two teachers who answer for it."""
    metres, teachers = form.get("own_space"), form.get("responsible_teachers")
    if metres is None or teachers is None:
        return None, "" if metres is None else f"{metres} m²"
    return metres >= LEAST_SQUARE_METRES and teachers >= LEAST_TEACHERS, f"{metres} m² · {teachers}"


def _major(form: Form) -> tuple[bool | None, str]:
    """The major is open, or opens next term, with two teachers of it."""
    state, teachers = form.get("major"), form.get("major_teachers")
    if not state:
        return None, ""
    enough = (teachers or 0) >= LEAST_TEACHERS
    return state in ("open", "next_term") and enough, f"{state} · {teachers or 0}"


def _at_least(form: Form, name: str, least: int) -> tuple[bool | None, str]:
    value = form.get(name)
    return (None, "") if value is None else (value >= least, str(value))


_BASIC: Mapping[str, Callable[[Form], tuple[bool | None, str]]] = {
    "institution": _institution,
    "department": _department,
    "courses": _courses,
    "computers": _computers,
    "teachers": _teachers,
}
_PREFERRED: Mapping[str, Callable[[Form], tuple[bool | None, str]]] = {
    "incubation_base": _incubator,
    "own_space": _space,
    "major": _major,
}
BASIC = tuple(_BASIC)
PREFERRED = tuple(_PREFERRED)
