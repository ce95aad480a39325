"""Automations of the demo desk; they apply to what arrives after it is loaded."""

from __future__ import annotations

import tomllib
from pathlib import Path

from sqlalchemy import select

from helpdesk.extensions import transaction
from helpdesk.models import Agent, Group
from helpdesk.services.automations import automations
from helpdesk.services.automations.automations import Draft


def write() -> None:
    """Write those of the table."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    with transaction() as session:
        groups = {group.name: group.id for group in session.scalars(select(Group))}
        agents = {agent.email: agent.id for agent in session.scalars(select(Agent))}
        for row in table["automation"]:
            draft = Draft(
                row["name"],
                row["occasion"],
                {name: tuple(allowed) for name, allowed in row.get("conditions", {}).items()},
                workdays=row.get("workdays"),
                group_id=groups.get(row.get("group", "")),
                priority=row.get("priority"),
                topic=row.get("topic"),
                request_type=row.get("request_type"),
                status=row.get("status"),
                tell=tuple(agents[email] for email in row.get("tell", ())),
                active=row.get("active", True),
            )
            automations.save(session, None, draft)
