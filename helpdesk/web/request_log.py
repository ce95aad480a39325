"""One line in the log for each request, and an id that all its lines carry."""

from __future__ import annotations

import re
import secrets
from time import perf_counter

import structlog
from flask import Flask, Response, g, request

from helpdesk import metrics

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
_SECRET = re.compile("token|secret|key")
_LONGEST_PATH = 300
log = structlog.get_logger("helpdesk.request")


def register(app: Flask) -> None:
    """Name, time and log every request."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    # whoever asks may choose the id, but not write lines of the log with it
    request_id = given if _SANE.fullmatch(given) else secrets.token_hex(16)
    g.request_id, g.request_began = request_id, perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


def _end(response: Response) -> Response:
    request_id = g.get("request_id")
    if request_id is None:  # refused before it began
        return response
    response.headers[HEADER] = request_id
    seconds = perf_counter() - g.request_began
    metrics.observe_request(request.method, request.endpoint, response.status_code, seconds)
    log.info(
        "request",
        method=request.method,
        path=shown_path(),
        status=response.status_code,
        ms=round(seconds * 1000, 1),
    )
    return response


def shown_path() -> str:
    """Return the path without its query, and without the tokens that links carry."""
    path = request.path
    for name, value in (request.view_args or {}).items():
        if _SECRET.search(name) and isinstance(value, str):
            path = path.replace(value, "…")
    return path[:_LONGEST_PATH]
