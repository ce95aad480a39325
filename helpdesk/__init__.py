"""The desk: tickets, promises, people and the pages they work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from helpdesk.config import Config


def create_app(config: Config | None = None, *, pages: bool = True) -> Flask:
    """Wire the desk together; see :func:`helpdesk.app.build` for the parts."""
    from helpdesk.app import build  # noqa: PLC0415 - commands without a database start faster

    return build(config, pages=pages)
