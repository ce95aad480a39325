"""A log read page by page, newest first: a page goes on below the last row of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

Row = TypeVar("Row")


def newest_first(
    session: Session,
    statement: Select[Row],
    number: InstrumentedAttribute[int],
    *,
    before: int | None,
    limit: int,
) -> tuple[Sequence[Row], int | None]:
    """Return a page of rows by falling ``number``, and where the next one begins, if any."""
    if before is not None:
        statement = statement.where(number < before)
    numbered = statement.add_columns(number).order_by(number.desc()).limit(limit + 1)
    found = session.execute(numbered).all()
    rows = [row for row, _ in found[:limit]]
    return rows, found[limit - 1][1] if len(found) > limit else None
