"""A sealed number, shown once to somebody who may see it and says why.

A page offers a number by a signed address that says whose it is, so that the log cannot be
told otherwise. The number is in the answer to a POST alone, on a page of its own: no script
puts it into the record, which people print and leave open.
"""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.models import Center
from helpdesk.services import access
from helpdesk.services.personal import sealed
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now, safe_next

blueprint = Blueprint("personal", __name__, url_prefix="/personal")


class Offer(NamedTuple):
    """A number that a page offers to show, whose it is, and the page to go back to."""

    sealed_id: int
    center_id: int | None
    subject: str
    back: str


@blueprint.app_template_global()
def number_address(sealed_id: int, center_id: int | None = None, subject: str = "") -> str:
    """Return the address at which a page's viewer asks to see a number."""
    offer = Offer(sealed_id, center_id, subject, request.full_path.rstrip("?"))
    return url_for("personal.ask", offer_token=_serializer().dumps(offer))


@blueprint.get("/<offer_token>")
@signed.staff
def ask(offer_token: str) -> ResponseReturnValue:
    """Ask what the number is needed for."""
    access.require_channel_manager(signed.viewer())
    return _page(_offer(offer_token), Form())


@blueprint.post("/<offer_token>")
@signed.staff
def show(offer_token: str) -> ResponseReturnValue:
    """Show the number, once what it is needed for is in the log."""
    offer, form = _offer(offer_token), Form.posted()
    try:
        with transaction() as session:
            number = sealed.reveal(
                session,
                signed.viewer(),
                offer.sealed_id,
                center_id=offer.center_id,
                subject=offer.subject,
                reason=form.text("reason"),
                now=now(),
            )
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(offer, form), refusal.status
    return _page(offer, form, number=number)


def _page(offer: Offer, form: Form, number: str = "") -> str:
    session = db.session()
    center = session.get(Center, offer.center_id) if offer.center_id is not None else None
    return render(
        "personal/number.html",
        form=form,
        number=number,
        masked=sealed.masked(session, [offer.sealed_id]).get(offer.sealed_id, ""),
        center=center,
        subject=offer.subject,
        back=safe_next(offer.back, url_for("home.index")),
    )


def _offer(token: str) -> Offer:
    try:
        return Offer(*_serializer().loads(token))
    except BadSignature:
        raise NotFound("no_number", gettext("There is no such number.")) from None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), "sealed number")
