"""Agents and contacts for the services' tests."""

from __future__ import annotations

from helpdesk.extensions import transaction
from helpdesk.models import Agent, Center
from helpdesk.services.access import Viewer, viewer_of
from helpdesk.services.identity import accounts


def agent(session, now, email="chen@miec.example.cn", *, role="agent", name="陈静") -> Viewer:
    """Add an agent and return them as a viewer."""
    with transaction():
        login = accounts.add_login(session, email=email, role=role, name=name, now=now)
        viewer = viewer_of(login)
    assert viewer is not None
    return viewer


def contact(session, now, email, code: str | None = None, name="王芳") -> Viewer:
    """Add a center's contact and return them as a viewer."""
    with transaction():
        if code and not session.query(Center).filter_by(code=code).count():
            session.add(Center(code=code, name=f"{code} 认证中心", created_at=now))
            session.flush()
        login = accounts.add_login(
            session, email=email, role="center", name=name, center_code=code, now=now
        )
        viewer = viewer_of(login)
    assert viewer is not None
    return viewer


def record_of(session, viewer: Viewer) -> Agent:
    """Return the agent's record."""
    return session.get_one(Agent, viewer.agent_id)
