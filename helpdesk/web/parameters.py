"""What a query or a form says, without NULs: PostgreSQL refuses to keep or look for one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict


def register(app: Flask) -> None:
    """Read requests this way."""
    app.request_class = _Request


class _Parameters(ImmutableMultiDict[str, Any]):
    def __init__(self, mapping: Any = None) -> None:
        pairs = isinstance(mapping, Iterable) and not isinstance(mapping, dict)
        super().__init__(
            [(_plain(name), _plain(said)) for name, said in mapping] if pairs else mapping
        )


class _Request(Request):
    parameter_storage_class = _Parameters


def _plain(said: Any) -> Any:
    return said.replace("\0", "") if isinstance(said, str) else said  # else it is a file
