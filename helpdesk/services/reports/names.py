"""What the centers, agents and groups of a report are called."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import Agent, Center, Group
from helpdesk.services.database import row_numbers

_NAMED: dict[str, Any] = {"center": Center, "agent": Agent, "group": Group}
CHUNK = 500


def names_of(session: Session, dimension: str, values: Collection[str]) -> dict[str, str]:
    """Return names by id as text; dimensions that have no ids need none."""
    model = _NAMED.get(dimension)
    if model is None:
        return {}
    ids = sorted(row_numbers.all_written(values))
    found: dict[str, str] = {}
    for start in range(0, len(ids), CHUNK):
        chosen = model.id.in_(ids[start : start + CHUNK])
        rows = session.execute(select(model.id, model.name).where(chosen))
        found |= {str(id_): name for id_, name in rows}
    return found
