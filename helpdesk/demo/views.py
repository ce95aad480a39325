"""Views of the queue that the demo desk's people keep."""

from __future__ import annotations

from datetime import datetime

from helpdesk.demo import articles
from helpdesk.extensions import transaction
from helpdesk.services.desk import saved_views

KEPT = (
    ("manager", "全部投诉", "all", {"request_type": "complaint"}, True),
    ("manager", "邮件里的急件", "open", {"channel": "email", "priority": "high"}, True),
    ("agent", "考试问题", "open", {"topic": "certification_exam"}, False),
)
"""The role of who keeps it, its name, the view and its filters, and whether everybody sees it."""


def keep(now: datetime) -> None:
    """Keep them, each for the first who has the role."""
    for role, name, view, filters, shared in KEPT:
        with transaction() as session:
            who = articles.staff(session, role)
            saved_views.save(
                session, who, name=name, view=view, filters=filters, shared=shared, now=now
            )
