"""Error pages: what happened, what was kept, and what to do."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

import structlog
from flask import Flask, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from helpdesk.errors import Refusal, as_json
from helpdesk.extensions import db
from helpdesk.i18n import gettext
from helpdesk.web import oversize
from helpdesk.web.request_log import shown_path

log = structlog.get_logger(__name__)

_NEVER_KEPT = ("csrf_token", "password", "current_password", "again")


def register(app: Flask) -> None:
    """Answer every failure with a page of the desk."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(NoConnection, _database)  # every connection is taken
    app.register_error_handler(Exception, _broken)


def _refused(refusal: Refusal) -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        return jsonify(as_json(refusal)), refusal.status
    return _page(refusal.status, refusal.sentence)


def _expired(_error: CSRFError) -> ResponseReturnValue:
    return _page(
        HTTPStatus.BAD_REQUEST,
        gettext("This form is too old to be sent, or cookies are switched off."),
    )


def _http(error: HTTPException) -> ResponseReturnValue:
    status = HTTPStatus(error.code or 500)
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    return _page(status, None)


def _database(error: DBAPIError | NoConnection) -> ResponseReturnValue:
    log.error("database_error", error=str(getattr(error, "orig", error)), path=shown_path())
    _forget_database()
    return _page(HTTPStatus.SERVICE_UNAVAILABLE, None)


def _broken(error: Exception) -> ResponseReturnValue:
    log.error("request_failed", path=shown_path(), exc_info=error)
    _forget_database()
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR, None)


def _forget_database() -> None:
    """Let the error page be drawn as for a stranger: it must not ask the database again."""
    g.login = g.viewer = None
    with suppress(DBAPIError):
        db.session.rollback()


def _page(status: HTTPStatus, sentence: str | None) -> ResponseReturnValue:
    title, advice = _words().get(status, (status.phrase, ""))
    page = render_template(
        "errors/error.html",
        status=int(status),
        title=title,
        sentence=sentence or advice,
        kept=_typed(status),
    )
    headers = {"Retry-After": "10"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return page, int(status), headers


def _typed(status: HTTPStatus) -> list[tuple[str, str]]:
    """Return what was typed, so that the page can give it back to be sent again."""
    if request.method != "POST":
        return []
    try:
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            fields = oversize.words_of(request)
        else:
            fields = list(request.form.items(multi=True))
    except HTTPException:
        return []
    return [(name, value) for name, value in fields if name not in _NEVER_KEPT]


def _words() -> dict[int, tuple[str, str]]:
    return {
        400: (
            gettext("That could not be read"),
            gettext("Something in the request is not as it should be. Go back and try again."),
        ),
        403: (
            gettext("This is not open to you"),
            gettext("If you need it for your work, ask an administrator."),
        ),
        404: (
            gettext("There is nothing here"),
            gettext("The address may be mistyped, or it is not yours to see."),
        ),
        405: (
            gettext("That does not work this way"),
            gettext("Go back to the page before and use its buttons."),
        ),
        409: (
            gettext("Somebody was faster"),
            gettext("It was changed meanwhile. Look at it again before you go on."),
        ),
        413: (
            gettext("That is too large"),
            gettext(
                "Nothing was saved, but your text is still there. "
                "Remove or shrink some files and send it again."
            ),
        ),
        429: (
            gettext("Too many tries"),
            gettext("Please wait a while, then try again."),
        ),
        500: (
            gettext("Something went wrong on our side"),
            gettext("It has been written down for us. Please try again."),
        ),
        503: (
            gettext("The desk is catching its breath"),
            gettext("The database does not answer at the moment. Please try again shortly."),
        ),
    }
