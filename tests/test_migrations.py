"""Migrations go up, down and up again on both databases, and agree with the models."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import CheckConstraint, inspect, select, text
from sqlalchemy.exc import IntegrityError

from helpdesk import migrate
from helpdesk.extensions import db, transaction
from helpdesk.models import (
    SEARCH_TABLES,
    Base,
    CalendarVersion,
    Group,
    Person,
    PolicyRecord,
    ServiceCalendar,
)


def _tables() -> set[str]:
    db.session.remove()
    return {
        name
        for name in inspect(db.engine).get_table_names()
        if not name.startswith((*SEARCH_TABLES, "alembic", "sqlite"))
    }


def test_an_upgraded_database_has_exactly_the_tables_of_the_models(app):
    assert _tables() == set(Base.metadata.tables)
    assert migrate.is_current()


def test_there_is_no_drift_between_models_and_migrations(app):
    assert migrate.drift() == []


def _rules_of_models() -> dict[tuple[str, str], set[str]]:
    return {
        (table.name, str(rule.name)): _values(str(rule.sqltext))
        for table in Base.metadata.tables.values()
        for rule in table.constraints
        if isinstance(rule, CheckConstraint)
    }


def _rules_of_the_database() -> dict[tuple[str, str], set[str]]:
    look = inspect(db.engine)
    return {
        (table, str(rule["name"])): _values(rule["sqltext"])
        for table in _tables()
        for rule in look.get_check_constraints(table)
    }


def _values(rule: str) -> set[str]:
    return set(re.findall(r"'(\w+)'", rule))


def test_what_a_column_may_hold_is_the_same_in_models_and_database(app):
    assert _rules_of_the_database() == _rules_of_models()


@pytest.mark.parametrize("revision", ["0023", "head"])
def test_what_a_column_may_not_hold_is_refused(app, now, revision):
    if revision != "head":
        migrate.downgrade(revision)
    marked = "INSERT INTO calendar_year (calendar_id, year, mark, source) VALUES (1, {}, '{}', '')"
    with transaction() as session:
        session.execute(text(marked.format(2031, "provisional")))

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text(marked.format(2032, "unheard of")))


def test_down_leaves_nothing_and_up_again_makes_a_whole_desk(app, now):
    migrate.downgrade("base")
    assert _tables() == set()
    assert migrate.current() is None

    migrate.upgrade(now=now)

    assert _tables() == set(Base.metadata.tables)
    assert migrate.drift() == []
    for model in (ServiceCalendar, PolicyRecord, Group, CalendarVersion):
        assert len(db.session.scalars(select(model)).all()) == 1, model


def test_upgrading_again_changes_nothing_that_people_set(app, now):
    with transaction() as session:
        session.scalars(select(Group)).one().name = "第一线"

    migrate.upgrade(now=now)

    assert [group.name for group in db.session.scalars(select(Group))] == ["第一线"]


def test_what_hangs_on_a_copied_table_is_still_there(app, now):
    migrate.downgrade("0008")
    with transaction() as session:
        for statement in (
            (
                "INSERT INTO center (id, code, name, name_en, region, city, state, created_at)"
                " VALUES (1, 'CD001', '成都', '', '', '', 'authorized', '2026-01-05 01:00:00+00:00')"
            ),
            "INSERT INTO center_domain (domain, center_id) VALUES ('college.test', 1)",
            (
                "INSERT INTO person (id, name, center_id, created_at)"
                " VALUES (1, '王芳', 1, '2026-01-05 01:00:00+00:00')"
            ),
            "INSERT INTO address (person_id, kind, value) VALUES (1, 'email', 'wang@college.test')",
        ):
            session.execute(text(statement))

    migrate.upgrade(now=now)

    person = db.session.scalars(select(Person)).one()
    assert person.email == "wang@college.test"
    assert [row.domain for row in person.center.domains] == ["college.test"]
    assert person.center.state_since == person.center.created_at
