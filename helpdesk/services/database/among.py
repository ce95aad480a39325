"""Looking for very many keys at once, as one parameter.

A list of two thousand parameters is written out, taken apart and cast one by one,
first by SQLAlchemy and then by PostgreSQL's driver, which costs more than the look-up.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session


def among(
    session: Session,
    column: InstrumentedAttribute[Any] | ColumnElement[Any],
    keys: Collection[int | str],
) -> ColumnElement[bool]:
    """Return the condition that a column of numbers or texts holds one of the keys."""
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(list(keys), ARRAY(column.type)))
    listed = func.json_each(json.dumps(list(keys))).table_valued("value")
    return column.in_(select(listed.c.value))
