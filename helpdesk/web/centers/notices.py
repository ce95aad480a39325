"""Public notices, as the office writes, publishes and withdraws them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from helpdesk.errors import Forbidden, NotFound, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import Center, ChannelAccount, PublicNotice
from helpdesk.services.certification import center_needs
from helpdesk.services.desk.tickets import StoredFile
from helpdesk.services.microblog import public_notices
from helpdesk.web import signed
from helpdesk.web.centers.blueprint import ID, blueprint
from helpdesk.web.centers.record import Forms, act, before, today
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

WORDS = {
    "title": public_notices.LONGEST_TITLE,
    "text": public_notices.LONGEST_TEXT,
    "title_en": public_notices.LONGEST_TITLE,
    "text_en": public_notices.LONGEST_TEXT,
}

Verb = Callable[[Session, PublicNotice, Form], object]


@blueprint.get("/notices")
@signed.manager
def notices() -> ResponseReturnValue:
    """List all notices, the latest written first."""
    rows, more = public_notices.listing(db.session(), signed.viewer(), before=before())
    return render("centers/notices.html", rows=rows, more=more, before=before())


@blueprint.post("/notices")
@signed.manager
def new_notice() -> ResponseReturnValue:
    """Begin a notice."""
    with transaction() as work:
        number = public_notices.draft(work, signed.viewer(), now=now()).id
    return redirect(url_for("centers.notice", number=number))


@blueprint.get(f"/notices/<{ID}:number>")
@signed.manager
def notice(number: int) -> ResponseReturnValue:
    """Show a notice with what can be done about it."""
    return _page(number)


@blueprint.post(f"/notices/<{ID}:number>")
@signed.manager
def write_notice(number: int) -> ResponseReturnValue:
    """Change the words."""

    def verb(_work: Session, row: PublicNotice, form: Form) -> None:
        said = {name: form.text(name, most=most) for name, most in WORDS.items()}
        if form.valid:
            public_notices.write(signed.viewer(), row, **said)

    return _act(number, "words", verb, gettext("Saved."))


@blueprint.post(f"/notices/<{ID}:number>/publication")
@signed.manager
def publish_notice(number: int) -> ResponseReturnValue:
    """Publish it on the website and, if wanted, on the microblog."""

    def verb(work: Session, row: PublicNotice, form: Form) -> None:
        account = _account(work, form)
        if form.valid:
            public_notices.publish(work, signed.viewer(), row, account=account, now=now())

    return _act(number, "publication", verb, gettext("Published."))


@blueprint.post(f"/notices/<{ID}:number>/post")
@signed.manager
def note_post(number: int) -> ResponseReturnValue:
    """Keep the address of a post that was made by hand."""

    def verb(work: Session, row: PublicNotice, form: Form) -> None:
        url = form.text("url", required=True, most=public_notices.LONGEST_ADDRESS)
        if form.valid:
            public_notices.note_post(work, signed.viewer(), row, url, now=now())

    return _act(number, "post", verb, gettext("Saved."))


@blueprint.post(f"/notices/<{ID}:number>/withdrawal")
@signed.manager
def withdraw_notice(number: int) -> ResponseReturnValue:
    """Take it back."""

    def verb(work: Session, row: PublicNotice, _form: Form) -> None:
        public_notices.withdraw(work, signed.viewer(), row, now=now())

    return _act(number, "withdrawal", verb, gettext("Withdrawn."))


@blueprint.post("/<code>/notice")
@signed.staff
def draft_cancellation(code: str) -> ResponseReturnValue:
    """Draft the cancellation of a center that leaves, where none stands."""
    day = today()

    def verb(work: Session, center: Center, _form: Form, _files: list[StoredFile]) -> None:
        viewer = signed.viewer()
        public_notices.redraft_cancellation(work, viewer, center, today=day, now=now())

    return act(code, "overview", "notice", verb, gettext("The draft is kept."))


def _account(work: Session, form: Form) -> ChannelAccount | None:
    known = {str(row.id): row for row in public_notices.accounts(work)}
    chosen = form.one_of("account", known)
    return known[chosen] if chosen else None


def _act(number: int, name: str, verb: Verb, said: str) -> ResponseReturnValue:
    form = Form.posted(prefix=f"{name}-")
    try:
        with transaction() as work:
            verb(work, public_notices.find(work, signed.viewer(), number), form)
            if not form.valid:
                raise Refusal("not_valid", "")  # noqa: TRY301 - undoes the transaction
    except (Forbidden, NotFound):
        raise
    except Refusal as refusal:
        if refusal.code != "not_valid":
            form.refuse(refusal)
        return _page(number, {name: form}), 422 if refusal.code == "not_valid" else refusal.status
    flash(said, "success")
    return redirect(url_for("centers.notice", number=number))


def _page(number: int, forms: dict[str, Form] | None = None) -> str:
    work = db.session()
    row = public_notices.find(work, signed.viewer(), number)
    center = row.center
    needed = (
        center is not None
        and center.state == "exit_processing"
        and center_needs.cancellation(work, center) is row
    )
    words: dict[str, Any] = {name: getattr(row, name) for name in WORDS}
    return render(
        "centers/notice.html",
        notice=row,
        forms=Forms(forms or {}),
        words=words,
        most=WORDS,
        needed=needed,
        accounts=[(str(a.id), a.name or a.address) for a in public_notices.accounts(work)],
        address=public_notices.address(row),
    )
