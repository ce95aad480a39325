"""Where Weibo pushes private messages to; every request proves itself by its signature."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from helpdesk.errors import Forbidden, Refusal
from helpdesk.extensions import reading, transaction
from helpdesk.models import ChannelAccount
from helpdesk.services.database.throttling import throttle
from helpdesk.services.microblog import pushes
from helpdesk.web.requests import now, place

blueprint = Blueprint("pushes", __name__, url_prefix="/channels/weibo")

REQUESTS_ARE_SIGNED = True
"""No session stands behind these requests, so there is no form to forge."""

MOST_BYTES = 64 * 1024
MOST_WRONG = 30
WINDOW = timedelta(minutes=10)


@blueprint.before_request
def limit() -> None:
    """Take no more than a message can be."""
    request.max_content_length = MOST_BYTES


@blueprint.get("/<int:number>/push")
def verify(number: int) -> ResponseReturnValue:
    """Answer Weibo's question whether this address is ours."""
    try:
        _proved(number)
    except Refusal as refusal:
        return _plain(refusal.code, refusal.status)
    return _plain(request.args.get("echostr", "")[:200])


@blueprint.post("/<int:number>/push")
def receive(number: int) -> ResponseReturnValue:
    """Keep a private message; the worker brings it to its ticket."""
    try:
        proved = _proved(number)
        body = request.get_data(cache=False)
        with transaction() as session:
            account = session.get_one(ChannelAccount, proved)
            arguments = {key: request.args.get(key, "") for key in ("timestamp", "nonce")}
            pushes.receive(session, account, body, now=now(), **arguments)
    except Refusal as refusal:
        return _plain(refusal.code, refusal.status)
    return _plain("")  # an empty answer says to Weibo that nothing is sent back


def _proved(number: int) -> int:
    """Check the signature; wrong ones are counted by address, so that nobody tries for long."""
    asked = {key: request.args.get(key, "") for key in ("signature", "timestamp", "nonce")}
    try:
        with reading() as session:
            return pushes.proved(session, number, now=now(), **asked).id
    except Forbidden:
        key = f"push:{place()}"
        with transaction() as session:
            throttle(session, key, limit=MOST_WRONG, window=WINDOW, now=now())
        raise


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
