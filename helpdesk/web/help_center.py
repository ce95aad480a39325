"""The help centre: what anybody may read without a sign-in, search, and an opinion of it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from helpdesk.errors import NotFound, TooMany
from helpdesk.extensions import db, transaction
from helpdesk.i18n import LANGUAGES, gettext, language, speaking
from helpdesk.presentation.opening import opening
from helpdesk.runtime import current_config, current_storage
from helpdesk.services.help_center import (
    article_pictures,
    article_search,
    article_shelf,
    article_votes,
    markdown,
)
from helpdesk.services.hours import calendars
from helpdesk.web import signed
from helpdesk.web.fragments import render
from helpdesk.web.requests import now, place, wants_fragment

blueprint = Blueprint("help_center", __name__, url_prefix="/help")

VISITOR = "visitor"
"""The cookie that tells one visitor's votes from another's, for a day."""
_DAY = timedelta(days=1)
LONGEST_QUERY = 200


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Show the topics with their articles, and what is read most."""
    work = db.session()
    shelves = article_shelf.shelves(work, language=language())
    return render(
        "help/index.html",
        shelves=shelves,
        popular=article_shelf.popular(shelves),
        opening=opening(calendars.default_calendar(work), now=now()),
    )


@blueprint.get("/search")
def search() -> ResponseReturnValue:
    """Show what was found, also while somebody types."""
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    hits = article_search.search(db.session(), query, language=language())
    return render("help/search.html", block="found", query=query, hits=hits)


@blueprint.post("/related")
def related() -> ResponseReturnValue:
    """Show the articles that fit a question being typed; sent in a body, as it is nobody's."""
    subject, text = request.form.get("subject", ""), request.form.get("text", "")
    hits = article_search.related(db.session(), subject, text, language=language())
    return render_template("help/related.html", hits=hits)


@blueprint.get("/<topic>")
def topic(topic: str) -> ResponseReturnValue:
    """Show everything under one topic."""
    shelf = article_shelf.shelf(db.session(), topic, language=language())
    return render("help/topic.html", shelf=shelf)


@blueprint.get("/articles/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """Show an article; ``?lang=en`` shows it, and its page, in that language."""
    with _speaking():
        return _article(slug)


@blueprint.post("/articles/<slug>/votes")
def vote(slug: str) -> ResponseReturnValue:
    """Take an opinion, once a day for each visitor."""
    helpful = request.form.get("helpful") == "yes"
    visitor = request.cookies.get(VISITOR) or token_urlsafe(16)
    with _speaking():
        told = _counted(slug, visitor, helpful=helpful)
        if wants_fragment():
            values = _values(slug)
            page = render("help/article.html", block="vote", **values, told=told, helpful=helpful)
            answer = make_response(page)
        else:
            flash(told, "success")
            lang = request.form.get("lang")
            answer = make_response(redirect(url_for("help_center.show", slug=slug, lang=lang)))
    _remember(answer, visitor)
    return answer


@blueprint.get("/pictures/<token>")
def picture(token: str) -> ResponseReturnValue:
    """Send a picture of an article."""
    row = article_pictures.find(db.session(), signed.current_viewer(), token)
    try:
        content = current_storage().open(row.sha256)
    except FileNotFoundError:
        raise NotFound(
            "file_lost", gettext("The file is no longer in the storage; tell an administrator.")
        ) from None
    response = send_file(content, mimetype=row.content_type, max_age=3600)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _article(slug: str) -> str:
    return render("help/article.html", **_values(slug), told="", helpful=None)


def _values(slug: str) -> dict[str, Any]:
    work = db.session()
    page, readable = article_shelf.page(work, slug, language=language())
    shelf = article_shelf.shelf(work, page.article.topic, language=language())
    others = [other for other in shelf.pages if other.article.id != page.article.id]
    asks = page.article.topic in {choice.code for choice in current_config().topics}
    return {
        "page": page,
        "body": markdown.html(page.version.body),
        "readable": readable,
        "others": others[:6],
        "ask_topic": page.article.topic if asks else None,
    }


def _counted(slug: str, visitor: str, *, helpful: bool) -> str:
    """Count a vote and return what to say to it, which may be that it was one too many."""
    try:
        # in a transaction of its own, so that what is refused is counted too
        with transaction() as work:
            article_votes.count_try(work, place(), now=now())
    except TooMany as refusal:
        return refusal.sentence
    with transaction() as work:
        page, _ = article_shelf.page(work, slug, language=language())
        article_votes.vote(work, page.text, visitor, helpful=helpful, now=now())
    return _thanks(helpful=helpful)


def _thanks(*, helpful: bool) -> str:
    if helpful:
        return gettext("Thank you. Good to know that it helped.")
    return gettext("Thank you. We will make it better; if you still have a question, ask us.")


def _remember(response: Response, visitor: str) -> None:
    secure = current_config().secure_cookies
    response.set_cookie(
        VISITOR, visitor, max_age=_DAY, secure=secure, httponly=True, samesite="Lax"
    )


def _speaking() -> AbstractContextManager[None]:
    wished = request.values.get("lang")
    return speaking(wished if wished in LANGUAGES else language())
