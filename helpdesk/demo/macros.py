"""Macros of the demo desk."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path

from helpdesk.extensions import transaction
from helpdesk.services.desk import macros


def write(by: str, *, now: datetime) -> None:
    """Write those of the table."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    with transaction() as session:
        for row in table["reply"]:
            macros.save(
                session,
                None,
                name=row["name"],
                topic=row.get("topic"),
                texts={code: row.get(code, "") for code in ("zh", "en")},
                by=by,
                now=now,
            )
