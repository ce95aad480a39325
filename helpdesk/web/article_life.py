"""An article's life: published, withdrawn, compared, brought back, moved, illustrated."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.errors import Conflict, NotFound, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import ArticleText
from helpdesk.presentation.differences import differences, unmarked
from helpdesk.services import access
from helpdesk.services.database import kept_files
from helpdesk.services.help_center import article_pictures, articles, pictures
from helpdesk.web import signed
from helpdesk.web.articles import EDITED, page
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now
from helpdesk.web.uploads import safe_name

blueprint = Blueprint("article_life", __name__, url_prefix="/articles")


@blueprint.post(f"{EDITED}/publication")
@signed.staff
def publish(number: int, code: str) -> ResponseReturnValue:
    """Let everybody read the latest version."""
    seen = Form.posted().number("seen") or 0
    with transaction() as work:
        text = _text(work, number, code)
        articles.publish(work, signed.viewer(), text, seen=seen, now=now())
    flash(gettext("Published: everybody can read it."), "success")
    return redirect(_editor(number, code))


@blueprint.post(f"{EDITED}/withdrawal")
@signed.staff
def withdraw(number: int, code: str) -> ResponseReturnValue:
    """Take a text away from the public."""
    with transaction() as work:
        articles.withdraw(work, signed.viewer(), _text(work, number, code), now=now())
    flash(gettext("Withdrawn: nobody outside sees it any more."), "success")
    return redirect(_editor(number, code))


@blueprint.post(f"{EDITED}/removal")
@signed.staff
def discard(number: int, code: str) -> ResponseReturnValue:
    """Delete an article that the public has never read, whatever its languages."""
    try:
        with transaction() as work:
            article = access.article_for(work, signed.viewer(), number)
            files = articles.discard(work, signed.viewer(), article)
    except Conflict as conflict:
        flash(conflict.sentence, "error")
        return redirect(_editor(number, code))
    kept_files.remove_unneeded(files)
    flash(gettext("The draft is deleted."), "success")
    return redirect(url_for("articles.index"))


@blueprint.get(f"{EDITED}/versions")
@signed.staff
def versions(number: int, code: str) -> ResponseReturnValue:
    """Show all versions, what was done, and what one changed (``?version=3&against=2``)."""
    work = db.session()
    text = _text(work, number, code)
    shown = request.args.get("version", text.latest, type=int)
    against = request.args.get("against", shown - 1, type=int)
    new = articles.version(work, text, shown)
    old = articles.version(work, text, against) if against > 0 else None
    return render(
        "articles/versions.html",
        article=text.article,
        text=text,
        code=code,
        versions=articles.versions(work, text),
        events=articles.events(work, text.article, code),
        shown=new,
        against=old,
        titles=differences(old.title, new.title) if old else unmarked(new.title),
        lines=differences(old.body, new.body) if old else unmarked(new.body),
    )


@blueprint.post(f"{EDITED}/versions/<int:version>/restoration")
@signed.staff
def restore(number: int, code: str, version: int) -> ResponseReturnValue:
    """Make an old version the latest."""
    with transaction() as work:
        articles.restore(work, signed.viewer(), _text(work, number, code), version, now=now())
    flash(gettext("Version %(n)s is the latest again, as a new one.", n=version), "success")
    return redirect(_editor(number, code))


@blueprint.post(f"{EDITED}/place")
@signed.staff
def move(number: int, code: str) -> ResponseReturnValue:
    """Give an article another topic, address or order."""
    form = Form.posted(prefix="place-")
    position = str(form.values.get("position") or "0").strip()
    plain = position.isascii() and position.isdigit() and len(position) < 10
    try:
        with transaction() as work:
            article = access.article_for(work, signed.viewer(), number)
            articles.move(
                work,
                signed.viewer(),
                article,
                topic=form.text("topic"),
                slug=form.text("slug").lower(),
                position=int(position) if plain else -1,
                now=now(),
            )
    except Refusal as refusal:
        form.refuse(refusal)
        shown = access.article_for(db.session(), signed.viewer(), number)
        return page(shown, code, place=form), refusal.status
    flash(gettext("Saved."), "success")
    return redirect(_editor(number, code))


@blueprint.post(f"{EDITED}/pictures")
@signed.staff
def illustrate(number: int, code: str) -> ResponseReturnValue:
    """Keep a picture for the article; where to show it is for the writer to say."""
    form = Form.posted(prefix="picture-")
    try:
        sent = request.files.get("picture")
        if sent is None or not sent.filename:
            raise Refusal("no_file", gettext("Choose a picture first."), field="picture")  # noqa: TRY301
        drawn = pictures.redraw(sent.stream.read())
        with transaction() as work:
            article = access.article_for(work, signed.viewer(), number)
            name = safe_name(sent.filename)
            article_pictures.add(work, signed.viewer(), article, drawn, name, now=now())
    except Refusal as refusal:
        form.refuse(refusal)
        shown = access.article_for(db.session(), signed.viewer(), number)
        return page(shown, code, upload=form), refusal.status
    flash(gettext("The picture is kept. Put it where it belongs."), "success")
    return redirect(f"{_editor(number, code)}#pictures")


def _text(work: Session, number: int, code: str) -> ArticleText:
    text = access.article_for(work, signed.viewer(), number).text_in(code)
    if text is None:
        raise NotFound("no_article", gettext("There is no such article."))
    return text


def _editor(number: int, code: str) -> str:
    return url_for("articles.edit", number=number, code=code)
