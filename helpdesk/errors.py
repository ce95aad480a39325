"""Refusals: a code for programs and a sentence for people; one place maps them to HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any


class Refusal(Exception):
    """The desk will not do what was asked; ``sentence`` says why and what to do.

    ``field`` names the form field to correct, where there is one.
    """

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, code: str, sentence: Any, *, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self._sentence = sentence
        self.field = field

    @property
    def sentence(self) -> str:
        """The sentence in the reader's language."""
        return str(self._sentence)

    def __str__(self) -> str:
        return self.sentence


class NotFound(Refusal):
    """It does not exist, or the one who asks may not know that it does."""

    status = HTTPStatus.NOT_FOUND


class Forbidden(Refusal):
    """The one who asks may not do this."""

    status = HTTPStatus.FORBIDDEN


class Conflict(Refusal):
    """Somebody else changed it meanwhile."""

    status = HTTPStatus.CONFLICT


class TooLarge(Refusal):
    """More bytes than the desk takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooMany(Refusal):
    """Asked too often; try again later."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class Unavailable(Refusal):
    """It cannot be done now, through nobody's fault who asks; the rest goes on."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


def as_json(refusal: Refusal) -> Mapping[str, Any]:
    """Return the refusal's JSON."""
    return {"error": refusal.code, "message": refusal.sentence, "field": refusal.field}
