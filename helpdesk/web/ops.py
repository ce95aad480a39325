"""What machines ask the desk: is it alive, is it ready, how does it fare."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from helpdesk import metrics, migrate
from helpdesk.extensions import reading
from helpdesk.runtime import current_config
from helpdesk.services.operations import heartbeats
from helpdesk.web import requests

blueprint = Blueprint("ops", __name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Say that this process answers; nothing else is asked."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say whether requests can be served: the database answers and is migrated.

    The worker's heartbeat is told but does not decide: pages work without it.
    """
    reasons: list[str] = []
    heartbeat_age: float | None = None
    try:
        if not migrate.is_current():
            reasons.append("the database does not fit this version; run: helpdesk db upgrade")
        else:
            with reading() as session:
                last = heartbeats.last(session)
            if last is not None:
                heartbeat_age = (requests.now() - last).total_seconds()
    except DBAPIError:
        reasons.append("the database does not answer")
    body = jsonify(ready=not reasons, reasons=reasons, worker_heartbeat_age_seconds=heartbeat_age)
    return body, HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK


@blueprint.get("/metrics")
def scrape() -> ResponseReturnValue:
    """Show the metrics to whoever may see them."""
    config = current_config()
    if config.metrics_token is not None:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {config.metrics_token}".encode()):
            refusal = Response("The token is missing or wrong.\n", HTTPStatus.UNAUTHORIZED)
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return refusal
    elif not _is_near():
        sentence = "Without HELPDESK_METRICS_TOKEN only this machine's network may ask.\n"
        return Response(sentence, HTTPStatus.FORBIDDEN, content_type="text/plain")
    return Response(metrics.exposition(now=requests.now()), content_type=CONTENT_TYPE)


def _is_near() -> bool:
    """Say whether the client is on this machine or its private network.

    Behind a proxy that the configuration does not know of, everybody has the
    proxy's address, so nobody is near.
    """
    if current_config().trusted_proxies == 0 and any(map(request.headers.get, _FORWARDED)):
        return False
    try:
        address = ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_private
