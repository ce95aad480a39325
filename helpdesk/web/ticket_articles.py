"""Articles in the agent's composer: found for the ticket, put in as a link or as text."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from helpdesk.errors import NotFound
from helpdesk.extensions import db
from helpdesk.i18n import LANGUAGES, gettext, language
from helpdesk.models import Message, Ticket
from helpdesk.runtime import current_config
from helpdesk.services import access
from helpdesk.services.help_center import article_search, markdown
from helpdesk.services.help_center.article_search import Hit
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.ticket import page

blueprint = Blueprint("ticket_articles", __name__)

MOST_SHOWN = 6


@dataclass(frozen=True)
class Offer:
    """An article that can be put into a message: as its link, or as its text with the link."""

    hit: Hit
    link: str
    text: str

    @property
    def id(self) -> int:
        """What the page's buttons call it by."""
        return self.hit.text.id


@blueprint.get("/tickets/<int:number>/articles")
@signed.staff
def find(number: int) -> ResponseReturnValue:
    """Show the articles that fit the ticket, or what is searched for."""
    ticket = _ticket(number)
    query = request.args.get("article_q", "").strip()
    offers = _offers(ticket, query)
    return render_template("ticket/articles.html", ticket=ticket, offers=offers, query=query)


@blueprint.post("/tickets/<int:number>/articles")
@signed.staff
def insert(number: int) -> ResponseReturnValue:
    """Do the same where no script does: search, or put an article into what is being written."""
    ticket, form = _ticket(number), Form.posted()
    query = str(form.values.get("article_q") or "").strip()
    offers = _offers(ticket, query)
    chosen = str(form.values.get("insert") or "")
    if chosen:
        words = {f"link {offer.id}": offer.link for offer in offers}
        words |= {f"text {offer.id}": offer.text for offer in offers}
        if chosen not in words:
            raise NotFound("no_article", gettext("There is no such article."))
        typed = str(form.values.get("text") or "").rstrip()
        form.values["text"] = f"{typed}\n\n{words[chosen]}".lstrip()
    return page(ticket, compose=form, offers=offers, article_query=query)


def _offers(ticket: Ticket, query: str) -> list[Offer]:
    """Return what can be put in, in the language that the requester reads."""
    work = db.session()
    known = ticket.requester.locale
    spoken = known if known in LANGUAGES else language()
    if query:
        hits = article_search.search(work, query, language=spoken, limit=MOST_SHOWN)
    else:
        asked = select(Message.text).where(
            Message.ticket_id == ticket.id, Message.direction == "in"
        )
        text = work.scalar(asked.order_by(Message.at, Message.id).limit(1)) or ""
        hits = article_search.related(work, ticket.subject, text, language=spoken)
    return [_offer(hit) for hit in hits]


def _offer(hit: Hit) -> Offer:
    base = current_config().base_url
    address = f"{base}/help/articles/{hit.slug}?lang={hit.text.language}"
    words = markdown.plain(hit.body, base_url=base)
    return Offer(hit, f"{hit.title}\n{address}", f"{words}\n\n{address}")


def _ticket(number: int) -> Ticket:
    return access.ticket_for(db.session(), signed.viewer(), number)
