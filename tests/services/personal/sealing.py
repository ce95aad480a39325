"""Numbers, keys and viewers for the tests of what is sealed."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask

from helpdesk import runtime
from helpdesk.extensions import transaction
from helpdesk.models import SealedNumber
from helpdesk.services.personal import sealed

NUMBER = "11010519491231002X"
OTHER = "34052419800101001X"
NEW_KEY = "YW5vdGhlci1rZXktdGhhdC1vbmx5LXRlc3RzLXVzZS0"


def use_keys(app: Flask, *keys: str) -> None:
    """Go on as a desk that was started with these keys."""
    app.extensions[runtime.CONFIG] = replace(app.extensions[runtime.CONFIG], personal_keys=keys)


def keep(now, number: str = NUMBER) -> int:
    """Seal a number and return its id."""
    with transaction() as session:
        return sealed.seal(session, number, now=now).id


def row_of(session, number: int) -> SealedNumber:
    """Return the row as it stands now."""
    session.rollback()
    session.expire_all()
    return session.get_one(SealedNumber, number)
