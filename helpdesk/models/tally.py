"""Sums that are kept, so that a counter never has to count everything again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class Tally(Base):
    """What the rows of one append-only table add up to, up to and including ``through_id``."""

    __tablename__ = "tally"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    through_id: Mapped[int] = mapped_column(default=0)
    sums: Mapped[dict[str, Any]] = mapped_column(default=dict)
