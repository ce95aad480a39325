"""The databases' own INSERT: SQLAlchemy's general one does not know ON CONFLICT."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from helpdesk.models import Base


def insert_into(session: Session, table: type[Base] | Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT of this session's database; both say ON CONFLICT in the same words."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table)
