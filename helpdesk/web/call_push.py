"""Where a telephone system pushes its calls, signed."""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from channels.hotline.log import decoded_lines
from helpdesk.config_source import ConfigError, resolve_secret
from helpdesk.errors import Refusal
from helpdesk.extensions import reading
from helpdesk.i18n import speaking
from helpdesk.models import ChannelAccount
from helpdesk.services.connections import channel_accounts
from helpdesk.services.hotline import call_import, call_sources
from helpdesk.web.requests import now

blueprint = Blueprint("call_push", __name__, url_prefix="/channels/hotline")

REQUESTS_ARE_SIGNED = True
"""No page gives a telephone system a token; its signature stands for it."""
MOST_BYTES = 1024 * 1024
TIMESTAMP, SIGNATURE = "X-Helpdesk-Timestamp", "X-Helpdesk-Signature"


@blueprint.post("/<int:number>/calls")
def take(number: int) -> ResponseReturnValue:
    """Take calls over: one JSON object, a list of them, or lines of a queue_log as text."""
    with speaking("en"):  # a machine asks for no language, and its log is read as it is
        return _taken(number)


def _taken(number: int) -> ResponseReturnValue:
    if (request.content_length or 0) > MOST_BYTES:
        return _refused("Send at most one megabyte at a time.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    body = request.get_data()
    try:
        account_id = _authenticated(number, body)
    except Refusal as refusal:
        return _refused(str(refusal.sentence), HTTPStatus.UNAUTHORIZED)
    kind, lines = "queue_log", decoded_lines(body)
    if request.is_json:
        try:
            told = json.loads(body)
        except ValueError:
            return _refused("The body is no JSON.", HTTPStatus.BAD_REQUEST)
        rows = told if isinstance(told, list) else [told]
        kind, lines = "told", [_line(row) for row in rows]
    done = call_import.import_log(account_id, kind, lines, now=now())
    channel_accounts.note_success(account_id, now=now())
    answer = jsonify(
        calls=done.tally.calls,
        duplicates=done.duplicates,
        tickets_opened=done.tickets_opened,
        rejected=[{"line": line, "reason": reason} for line, reason in done.rejected],
    )
    return answer, HTTPStatus.UNPROCESSABLE_ENTITY if done.rejected else HTTPStatus.OK


def _line(row: object) -> str:
    """Write one call as its row keeps it; half a character cannot be kept."""
    told = json.dumps(row, ensure_ascii=False, sort_keys=True)
    return told.encode("utf-8", "replace").decode()


def _authenticated(number: int, body: bytes) -> int:
    """Return the account that the request is signed for; raise Refusal."""
    with reading() as session:
        account = session.scalar(
            select(ChannelAccount).where(
                ChannelAccount.id == number,
                ChannelAccount.channel == "hotline",
                ChannelAccount.state.in_(("active", "failing")),
            )
        )
        reference = str(account.settings.get("push_secret") or "") if account else ""
    try:
        secret = resolve_secret(reference) if reference else ""
    except ConfigError as error:
        current_app.logger.warning("call_push.no_secret: %s", error)
        secret = ""
    if not secret:
        raise Refusal("no_such_source", "No calls are taken here; look at Settings, Hotline.")
    call_sources.check_signature(
        secret,
        timestamp=request.headers.get(TIMESTAMP, ""),
        signature=request.headers.get(SIGNATURE, ""),
        body=body,
        now=now(),
    )
    return number


def _refused(sentence: str, status: HTTPStatus) -> tuple[Response, HTTPStatus]:
    return jsonify(error=sentence), status
