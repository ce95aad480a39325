"""Views that people keep: one of the queue's with filters, under a name of their own.

Their counts look at the first ``LOOKED_AT`` tickets of the view, so a frame that shows them
costs the same however many tickets exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.errors import Forbidden, NotFound, Refusal
from helpdesk.i18n import lazy_gettext
from helpdesk.models import SavedView
from helpdesk.services.access import Viewer, visible_views
from helpdesk.services.desk import queue

LONGEST_NAME = 60
MOST = 20
"""So many views of one's own fit beside the others."""


def listing(session: Session, viewer: Viewer) -> Sequence[SavedView]:
    """Return one's own and what is shared with everybody, by name."""
    rows = select(SavedView).where(visible_views(viewer)).order_by(SavedView.name, SavedView.id)
    return session.scalars(rows).all()


def counts(
    session: Session, viewer: Viewer, rows: Sequence[SavedView]
) -> dict[int, tuple[int, bool]]:
    """Return by id how many tickets fit, and whether there may be more that nobody looked at."""
    found = queue.count_filtered(session, viewer, [(row.view, row.filters) for row in rows])
    return {row.id: count for row, count in zip(rows, found, strict=True)}


def kept_as(
    rows: Sequence[SavedView], viewer: Viewer, view: str, filters: Mapping[str, str]
) -> SavedView | None:
    """Return which of these a list with these filters is; one's own goes before a shared one."""
    same = [row for row in rows if row.view == view and row.filters == filters]
    return min(same, key=lambda row: row.agent_id != viewer.agent_id, default=None)


def may_change(viewer: Viewer, row: SavedView) -> bool:
    """Say whether somebody may rename a view or take it away: one's own, managers shared ones."""
    return row.agent_id == viewer.agent_id or (row.shared and viewer.is_manager)


def save(
    session: Session,
    viewer: Viewer,
    *,
    name: str,
    view: str,
    filters: Mapping[str, str],
    shared: bool,
    now: datetime,
) -> SavedView:
    """Keep a view; raise Refusal where it narrows nothing, its name is taken, or it is too many."""
    queue.check(viewer, view, filters)
    if not filters:
        raise Refusal("no_filters", lazy_gettext("Choose a filter first."))
    assert viewer.agent_id is not None
    _check_shared(viewer, shared)
    own = select(func.count(SavedView.id)).where(SavedView.agent_id == viewer.agent_id)
    if (session.scalar(own) or 0) >= MOST:
        raise Refusal(
            "too_many", lazy_gettext("You keep %(most)s views; remove one first.", most=MOST)
        )
    _check_name(session, viewer.agent_id, name, None)
    row = SavedView(
        agent_id=viewer.agent_id,
        name=name,
        view=view,
        filters=dict(filters),
        shared=shared,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def change(session: Session, viewer: Viewer, number: int, *, name: str, shared: bool) -> SavedView:
    """Give a view another name, or let others see it or no more; raise Refusal."""
    row = _mine(session, viewer, number)
    if shared != row.shared:
        _check_shared(viewer, shared)
    _check_name(session, row.agent_id, name, row)
    row.name, row.shared = name, shared
    return row


def remove(session: Session, viewer: Viewer, number: int) -> None:
    """Take a view away; its tickets stay where they are."""
    session.delete(_mine(session, viewer, number))


def _mine(session: Session, viewer: Viewer, number: int) -> SavedView:
    row = session.scalar(
        select(SavedView).where(SavedView.id == number, visible_views(viewer)).with_for_update()
    )
    if row is None:
        raise NotFound("no_view", lazy_gettext("There is no such view."))
    if not may_change(viewer, row):
        raise Forbidden("not_yours", lazy_gettext("Only managers change what everybody sees."))
    return row


def _check_shared(viewer: Viewer, shared: bool) -> None:
    if shared and not viewer.is_manager:
        raise Forbidden("not_yours", lazy_gettext("Only managers change what everybody sees."))


def _check_name(session: Session, agent_id: int, name: str, row: SavedView | None) -> None:
    known = session.scalar(
        select(SavedView).where(SavedView.agent_id == agent_id, SavedView.name == name)
    )
    if known is not None and known is not row:
        raise Refusal("name_taken", lazy_gettext("Another one has this name."), field="name")
