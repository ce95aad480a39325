"""A fragment is a block of its page: scripts get the block, everybody else the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import after_this_request, current_app, get_flashed_messages, render_template
from flask.wrappers import Response

from helpdesk.web.requests import wants_fragment


def render(
    template: str, *, block: str | None = None, blocks: Sequence[str] = (), **values: Any
) -> str:
    """Render a page, or only the named blocks of it when a script asked.

    Several blocks find their own places on the page (``hx-swap-oob``), and what
    the last request had to say goes along in a header.
    """
    wanted = (block,) if block else tuple(blocks)
    if not wanted or not wants_fragment():
        return render_template(template, fragment=False, **values)
    if blocks:
        _say()
    values["fragment"] = True
    current_app.update_template_context(values)
    page = current_app.jinja_env.get_template(template)
    context = page.new_context(values)
    return "".join(part for name in wanted for part in page.blocks[name](context))


def _say() -> None:
    """Send the flashed sentences as an event: the page's own script shows them."""
    said = json.dumps({"said": {"sentences": get_flashed_messages(with_categories=True)}})

    @after_this_request
    def add(response: Response) -> Response:
        response.headers["HX-Trigger-After-Swap"] = said
        return response
