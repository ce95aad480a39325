"""Writing articles: the list, the editor with its preview, and what is typed meanwhile."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Conflict, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import LANGUAGES, gettext, language
from helpdesk.labels import topic_name
from helpdesk.models import Article, ArticleText
from helpdesk.services import access
from helpdesk.services.help_center import (
    article_drafts,
    article_pictures,
    article_shelf,
    articles,
    markdown,
)
from helpdesk.services.help_center.article_drafts import LONGEST_BODY, LONGEST_TITLE
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

blueprint = Blueprint("articles", __name__, url_prefix="/articles")

EDITED = "/<int:number>/<any(zh, en):code>"


@blueprint.get("")
@signed.staff
def index() -> ResponseReturnValue:
    """Show every article that fits the filters, with the state of its texts."""
    topics = articles.topics()
    filters: dict[str, Any] = {
        "topic": _one_of("topic", topics),
        "state": _one_of("state", article_shelf.STATES),
        "missing": _one_of("missing", LANGUAGES),
        "query": request.args.get("q", "").strip()[:200],
    }
    lines = article_shelf.listing(db.session(), signed.viewer(), **filters)
    return render("articles/list.html", lines=lines, filters=filters, topics=_topic_choices())


@blueprint.get("/new")
@signed.staff
def new() -> ResponseReturnValue:
    """Show an empty editor; the address may name the topic."""
    topic = _one_of("topic", articles.topics()) or articles.topics()[0]
    return _new_page(Form({"topic": topic, "language": language()}))


@blueprint.post("")
@signed.staff
def create() -> ResponseReturnValue:
    """Make an article with its first text; whatever is refused comes back as it was typed."""
    form = Form.posted()
    topic = form.one_of("topic", articles.topics(), required=True) or ""
    code = form.one_of("language", LANGUAGES, required=True) or ""
    title, body = _written(form)
    slug = form.text("slug", most=articles.LONGEST_SLUG).lower()
    if not form.valid:
        return _new_page(form), 422
    try:
        with transaction() as work:
            address = slug or articles.free_slug(work, title)
            article = articles.create(work, signed.viewer(), topic=topic, slug=address, now=now())
            articles.save(
                work, signed.viewer(), article, code, title=title, body=body, seen=0, now=now()
            )
            number = article.id
    except Refusal as refusal:
        form.refuse(refusal)
        return _new_page(form), refusal.status
    flash(gettext("The draft is kept; nobody outside sees it yet."), "success")
    return redirect(url_for("articles.edit", number=number, code=code))


@blueprint.post("/preview")
@signed.staff
def preview() -> ResponseReturnValue:
    """Show what is being typed as it will stand there, for the page that is open."""
    return render("articles/preview.html", title=_raw("title"), body=markdown.html(_raw("body")))


@blueprint.post("/new/preview")
@signed.staff
def preview_new() -> ResponseReturnValue:
    """Show it where no script does."""
    return _new_page(Form.posted())


@blueprint.get(EDITED)
@signed.staff
def edit(number: int, code: str) -> ResponseReturnValue:
    """Show the editor with what was saved last, or typed since."""
    article = _article(number)
    typed = article_drafts.of(db.session(), signed.viewer(), article, code)
    text = article.text_in(code)
    form = _form_of(text)
    if typed is None or (typed.title, typed.body) == (form.values["title"], form.values["body"]):
        return page(article, code, form)
    form.values |= {"title": typed.title, "body": typed.body}
    return page(article, code, form, typed_at=typed.updated_at, overtaken=typed.based_on)


@blueprint.post(EDITED)
@signed.staff
def save(number: int, code: str) -> ResponseReturnValue:
    """Keep a version, and publish it where that was asked for."""
    form = Form.posted()
    title, body = _written(form)
    if not form.valid:
        return page(_article(number), code, form), 422
    try:
        with transaction() as work:
            article = access.article_for(work, signed.viewer(), number)
            seen = form.number("seen") or 0
            text = articles.save(
                work, signed.viewer(), article, code, title=title, body=body, seen=seen, now=now()
            )
            if form.checked("publish"):
                articles.publish(work, signed.viewer(), text, seen=text.latest, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        if isinstance(refusal, Conflict):
            # whoever saves again now has been told that it goes on top of the other one
            return page(_article(number), code, _on_top(form, number, code)), refusal.status
        return page(_article(number), code, form), refusal.status
    said = (
        gettext("Published: everybody can read it.")
        if form.checked("publish")
        else gettext("Saved.")
    )
    flash(said, "success")
    return redirect(url_for("articles.edit", number=number, code=code))


@blueprint.post(f"{EDITED}/preview")
@signed.staff
def preview_saved(number: int, code: str) -> ResponseReturnValue:
    """Show the preview where no script does; everything typed stays in the editor."""
    return page(_article(number), code, Form.posted())


@blueprint.post(f"{EDITED}/draft")
@signed.staff
def keep(number: int, code: str) -> ResponseReturnValue:
    """Keep what is being typed, for its writer alone; with ``drop`` forget it."""
    form = Form.posted()
    with transaction() as work:
        article = access.article_for(work, signed.viewer(), number)
        if form.checked("drop"):
            article_drafts.forget(work, signed.viewer(), article, code)
        else:
            article_drafts.keep(
                work,
                signed.viewer(),
                article,
                code,
                title=_raw("title"),
                body=_raw("body"),
                seen=form.number("seen") or 0,
                now=now(),
            )
    if form.checked("drop"):
        return redirect(url_for("articles.edit", number=number, code=code))
    return "", 204


def page(article: Article, code: str, form: Form | None = None, **more: Any) -> str:
    """Render the editor; forms that were refused come back as they were sent."""
    text = article.text_in(code)
    if form is None:
        form = _form_of(text)
    latest = text.latest if text else 0
    overtaken = more.pop("overtaken", latest) < latest
    return render(
        "articles/edit.html",
        article=article,
        code=code,
        text=text,
        form=form,
        body=markdown.html(str(form.values.get("body") or "")),
        overtaken=overtaken,
        typed_at=more.pop("typed_at", None),
        pictures=[
            (row, article_pictures.markdown_of(row))
            for row in article_pictures.of(db.session(), article)
        ],
        topics=_topic_choices(article.topic),
        place=more.pop("place", None) or _place_form(article),
        upload=more.pop("upload", None) or Form(prefix="picture-"),
        deletable=not articles.was_published(db.session(), article),
    )


def _new_page(form: Form) -> str:
    body = markdown.html(str(form.values.get("body") or "")[:LONGEST_BODY])
    return render("articles/new.html", form=form, topics=_topic_choices(), body=body)


def _written(form: Form) -> tuple[str, str]:
    """Return title and body; the body keeps its spaces, which mean something in Markdown."""
    title = form.text("title", required=True, most=LONGEST_TITLE)
    form.text("body", most=LONGEST_BODY)
    return title, _raw("body")


def _raw(name: str) -> str:
    typed = request.form.get(name, "").replace("\x00", "").replace("\r\n", "\n")
    return typed[:LONGEST_BODY]


def _form_of(text: ArticleText | None) -> Form:
    draft = text.draft if text else None
    return Form(
        {
            "title": draft.title if draft else "",
            "body": draft.body if draft else "",
            "seen": text.latest if text else 0,
        }
    )


def _on_top(form: Form, number: int, code: str) -> Form:
    text = _article(number).text_in(code)
    form.values["seen"] = text.latest if text else 0
    return form


def _place_form(article: Article) -> Form:
    values = {"topic": article.topic, "slug": article.slug, "position": article.position}
    return Form(values, prefix="place-")


def _article(number: int) -> Article:
    return access.article_for(db.session(), signed.viewer(), number)


def _topic_choices(also: str | None = None) -> list[tuple[str, str]]:
    codes = articles.topics()
    if also is not None and also not in codes:
        codes.append(also)  # it was taken off the configuration
    return [(code, topic_name(code)) for code in codes]


def _one_of(name: str, allowed: Any) -> str | None:
    value = request.args.get(name)
    return value if value in allowed else None
