"""A fragment is a block of its page: scripts get the block, everybody else the page."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template

from helpdesk.web.requests import wants_fragment


def render(template: str, *, block: str | None = None, **values: Any) -> str:
    """Render a page, or only the named block of it when a script asked."""
    if block is None or not wants_fragment():
        return render_template(template, **values)
    current_app.update_template_context(values)
    page = current_app.jinja_env.get_template(template)
    return "".join(page.blocks[block](page.new_context(values)))
