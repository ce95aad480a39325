"""Claiming by a conditional UPDATE that counts rows: of two at once one changes the row."""

from __future__ import annotations

from sqlalchemy import CursorResult, Delete, Update
from sqlalchemy.orm import Session


def won(session: Session, claim: Update) -> bool:
    """Say whether an UPDATE found its row as its conditions want it, and changed it."""
    return changed(session, claim) == 1


def changed(session: Session, statement: Update | Delete) -> int:
    """Return how many rows a statement changed or removed."""
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount
