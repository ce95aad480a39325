"""Who may see and do what: the one place that decides.

Staff (agents, managers, administrators) see every ticket. A center's contact
sees the tickets of the center and the ones asked in person, without internal
notes; somebody without a center sees only the latter.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from helpdesk.errors import Forbidden, NotFound
from helpdesk.i18n import lazy_gettext
from helpdesk.models import (
    Address,
    Agent,
    Application,
    Article,
    ArticleText,
    AttachmentRecord,
    Center,
    Document,
    Login,
    Message,
    SavedView,
    Ticket,
    Visit,
)
from helpdesk.services.certification import center_states


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something: an agent, a person, or the desk itself."""

    name: str
    agent_id: int | None = None
    person_id: int | None = None


SYSTEM = Actor("system")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is signed in. ``role`` is ``center``, ``agent``, ``manager`` or ``admin``.

    ``channel_manager``: 渠道管理人员. ``leads``: speaks for a center. ``only_ticket``: sees
    this ticket and none else.
    """

    login_id: int
    role: str
    name: str
    email: str
    agent_id: int | None = None
    person_id: int | None = None
    center_id: int | None = None
    channel_manager: bool = False
    leads: bool = False
    only_ticket: int | None = None

    @property
    def is_staff(self) -> bool:
        """Works at the desk."""
        return self.agent_id is not None

    @property
    def is_manager(self) -> bool:
        """May see dashboards and everybody's figures."""
        return self.role in ("manager", "admin")

    @property
    def is_channel_manager(self) -> bool:
        """May receive applications and see what they hold (渠道管理人员)."""
        return self.channel_manager or self.is_manager

    @property
    def is_admin(self) -> bool:
        """May change the desk's settings."""
        return self.role == "admin"

    @property
    def actor(self) -> Actor:
        """The viewer as the author of an event."""
        return Actor(self.name, self.agent_id, self.person_id)


WALL = Viewer(login_id=0, role="manager", name="wallboard", email="", agent_id=0)
"""Whoever stands before the wallboard: sees the whole desk's figures, and nothing but figures."""


def viewer_of(login: Login) -> Viewer | None:
    """Return who a sign-in stands for; None once it or its agent is closed."""
    if not login.active:
        return None
    if login.agent is not None:
        return _agent(login.agent, login.id, login.email) if login.agent.active else None
    assert login.person is not None
    return Viewer(
        login.id,
        "center",
        login.person.display_name,
        login.email,
        person_id=login.person.id,
        center_id=login.person.center_id,
        leads=login.person.lead,
    )


def _agent(agent: Agent, login_id: int, email: str) -> Viewer:
    return Viewer(
        login_id,
        agent.role,
        agent.name,
        email,
        agent_id=agent.id,
        channel_manager=agent.channel_manager,
    )


def visible_tickets(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that every list, search, figure and page of tickets carries."""
    if viewer.is_staff:
        return true()
    own = Ticket.requester_id == viewer.person_id
    if viewer.only_ticket is not None:
        return and_(own, Ticket.id == viewer.only_ticket)
    if viewer.center_id is None:
        return own
    return or_(own, Ticket.center_id == viewer.center_id)


def sees_every_ticket(viewer: Viewer) -> bool:
    """Say whether ``visible_tickets`` leaves nothing out, so that sums over all may be shown."""
    return viewer.is_staff


def may_hold(session: Session, agent: Agent, numbers: Collection[int]) -> Collection[int]:
    """Return which of some tickets may be given to an agent: those that they may see."""
    viewer = _agent(agent, 0, agent.email)
    if sees_every_ticket(viewer):
        return numbers
    seen = select(Ticket.id).where(Ticket.id.in_(numbers), visible_tickets(viewer))
    return set(session.scalars(seen))


def visible_messages(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on messages: notes are the office's own."""
    return true() if viewer.is_staff else Message.direction != "note"


def visible_views(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on kept views of the queue: staff see their own and shared ones."""
    if not viewer.is_staff:
        return false()
    return or_(SavedView.agent_id == viewer.agent_id, SavedView.shared)


def ticket_for(session: Session, viewer: Viewer, number: int) -> Ticket:
    """Return the ticket if the viewer may see it; raise NotFound otherwise."""
    found = None
    if 0 < number < 2**31:  # a database may refuse to look for any other
        found = session.scalar(select(Ticket).where(Ticket.id == number, visible_tickets(viewer)))
    if found is None:
        raise NotFound("no_ticket", lazy_gettext("There is no ticket with this number."))
    return found


def message_for(session: Session, viewer: Viewer, number: int, message_id: int) -> Message:
    """Return a ticket's message if the viewer may see it; raise NotFound otherwise."""
    ticket = ticket_for(session, viewer, number)
    found = session.scalar(
        select(Message).where(
            Message.id == message_id, Message.ticket_id == ticket.id, visible_messages(viewer)
        )
    )
    if found is None:
        raise NotFound("no_message", lazy_gettext("There is no such message."))
    return found


def attachment_for(session: Session, viewer: Viewer, attachment_id: int) -> AttachmentRecord:
    """Return the attachment if the viewer may see its message; raise NotFound otherwise."""
    found = session.scalar(
        select(AttachmentRecord)
        .join(AttachmentRecord.message)
        .join(Message.ticket)
        .where(
            AttachmentRecord.id == attachment_id,
            visible_tickets(viewer),
            visible_messages(viewer),
        )
    )
    if found is None:
        raise NotFound("no_attachment", lazy_gettext("There is no such attachment."))
    return found


def visible_visits(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on visits: whoever sees the ticket sees its visits."""
    return true() if viewer.is_staff else Visit.ticket.has(visible_tickets(viewer))


def visit_for(session: Session, viewer: Viewer, number: int, visit_id: int) -> Visit:
    """Return a ticket's visit if the viewer may see it; raise NotFound otherwise."""
    ticket = ticket_for(session, viewer, number)
    found = session.scalar(
        select(Visit).where(
            Visit.id == visit_id, Visit.ticket_id == ticket.id, visible_visits(viewer)
        )
    )
    if found is None:
        raise NotFound("no_visit", lazy_gettext("There is no such visit."))
    return found


def visible_centers(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on centers: staff see all, a contact their own."""
    if viewer.is_staff:
        return true()
    return Center.id == viewer.center_id if viewer.center_id is not None else false()


def center_for(session: Session, viewer: Viewer, code: str) -> Center:
    """Return the center with this code if the viewer may see it; raise NotFound otherwise."""
    found = session.scalar(select(Center).where(Center.code == code, visible_centers(viewer)))
    if found is None:
        raise NotFound("no_center", lazy_gettext("There is no such center."))
    return found


def own_center(session: Session, viewer: Viewer) -> Center:
    """Return the center whose contact the viewer is; raise NotFound for anybody else."""
    require_contact(viewer)
    found = session.get(Center, viewer.center_id) if viewer.center_id is not None else None
    if found is None:
        raise NotFound("no_center", lazy_gettext("You do not belong to a center yet."))
    return found


def center_roles(viewer: Viewer, center: Center) -> frozenset[center_states.Role]:
    """Return in which roles the viewer may take steps of a center's life."""
    if viewer.is_manager:
        return frozenset({"office", "channel_manager"})
    if viewer.channel_manager:
        return frozenset({"channel_manager"})
    if not viewer.is_staff and viewer.center_id == center.id and viewer.leads:
        return frozenset({"center"})
    return frozenset()


def applicant(session: Session, application: Application) -> Viewer | None:
    """Return who holds an application's link, once it was sent: they see this matter alone.

    They belong to no center here, and nothing else that they ever asked is theirs to see: a
    link that was mailed, and may be passed on, opens neither.
    """
    address = session.scalar(
        select(Address).where(Address.kind == "email", Address.value == application.email)
    )
    if address is None or application.submitted_at is None:
        return None
    person = address.person
    return Viewer(
        0,
        "center",
        person.display_name,
        application.email,
        person_id=person.id,
        only_ticket=application.ticket_id or 0,
    )


def require_center_role(viewer: Viewer, center: Center, *roles: center_states.Role) -> None:
    """Raise Forbidden unless the viewer may act in one of the roles."""
    if not center_roles(viewer, center) & set(roles):
        raise Forbidden("not_yours", lazy_gettext("This step is somebody else's."))


def require_center_editor(viewer: Viewer) -> None:
    """Raise Forbidden unless the viewer may change centers' records."""
    if not viewer.is_manager:
        raise Forbidden(
            "center_editors_only", lazy_gettext("Only managers change the record of a center.")
        )


def may_write(session: Session, viewer: Viewer) -> bool:
    """Say whether somebody may write at all: a center that has left only reads (chapter 7)."""
    center = session.get(Center, viewer.center_id) if viewer.center_id is not None else None
    return center is None or center.state not in center_states.OVER


def require_writing_center(session: Session, viewer: Viewer) -> None:
    """Raise Forbidden for a contact whose center has left."""
    if not may_write(session, viewer):
        raise Forbidden(
            "center_exited",
            lazy_gettext("Your center's cooperation has ended: its records can be read only."),
        )


def visible_documents(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on documents: a center's people see what is shared with them."""
    if viewer.is_staff:
        return Document.removed_at.is_(None)
    if viewer.center_id is None:
        return false()
    return and_(
        Document.center_id == viewer.center_id,
        Document.shared,
        Document.removed_at.is_(None),
    )


def document_for(session: Session, viewer: Viewer, document_id: int) -> Document:
    """Return a document if the viewer may see it; raise NotFound otherwise."""
    found = session.scalar(
        select(Document).where(Document.id == document_id, visible_documents(viewer))
    )
    if found is None:
        raise NotFound("no_document", lazy_gettext("There is no such document."))
    return found


def visible_articles(viewer: Viewer | None) -> ColumnElement[bool]:
    """Return the condition on articles' texts: everybody reads what is published, staff all."""
    if viewer is not None and viewer.is_staff:
        return true()
    return ArticleText.published.is_not(None)


def article_for(session: Session, viewer: Viewer, article_id: int) -> Article:
    """Return an article to work on; raise NotFound for who does not work at the desk."""
    known = viewer.is_staff and 0 < article_id < 2**31
    found = session.get(Article, article_id) if known else None
    if found is None:
        raise NotFound("no_article", lazy_gettext("There is no such article."))
    return found


def require_publisher(viewer: Viewer) -> None:
    """Raise Forbidden for who may write articles, but not say what the public reads."""
    if not viewer.is_manager:
        raise Forbidden(
            "publisher_only", lazy_gettext("Managers publish articles; your draft is kept.")
        )


def require_writer(viewer: Viewer, article: Article) -> None:
    """Raise Forbidden unless the viewer may move an article: agents only what nobody reads yet."""
    require_staff(viewer)
    if article.is_public:
        require_publisher(viewer)


def require_contact(viewer: Viewer) -> None:
    """Raise Forbidden for the office's staff, who work on tickets elsewhere."""
    if viewer.is_staff:
        raise Forbidden("contacts_only", lazy_gettext("The portal is for the centers."))


def require_not_staff(viewer: Viewer | None) -> None:
    """Raise Forbidden for the office's staff: they do not rate their own answers."""
    if viewer is not None and viewer.is_staff:
        raise Forbidden("not_yours", lazy_gettext("Only who asked rates the answer."))


def require_staff(viewer: Viewer) -> None:
    """Raise Forbidden unless the viewer works at the desk."""
    if not viewer.is_staff:
        raise Forbidden("staff_only", lazy_gettext("Only the office's staff may do this."))


def require_manager(viewer: Viewer) -> None:
    """Raise Forbidden unless the viewer is a manager or administrator."""
    if not viewer.is_manager:
        raise Forbidden("manager_only", lazy_gettext("Only managers may see this."))


def require_absence_of(viewer: Viewer, agent: Agent) -> None:
    """Raise Forbidden unless the viewer may say that an agent is away: themself, or a manager."""
    if viewer.agent_id != agent.id and not viewer.is_manager:
        raise Forbidden(
            "not_yourself", lazy_gettext("Only managers may say this of somebody else.")
        )


def require_channel_manager(viewer: Viewer) -> None:
    """Raise Forbidden unless the viewer is a channel manager, manager or administrator."""
    if not viewer.is_channel_manager:
        raise Forbidden("channel_manager_only", lazy_gettext("Only channel managers may do this."))


def require_admin(viewer: Viewer) -> None:
    """Raise Forbidden unless the viewer is an administrator."""
    if not viewer.is_admin:
        raise Forbidden("admin_only", lazy_gettext("Only an administrator may do this."))
