"""Static files under addresses that change with their content.

The address carries a digest of the whole folder, so that modules and style
sheets which name each other stay together, and browsers may keep them for good.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from functools import cache
from pathlib import Path

from flask import Flask, Response, send_from_directory, url_for
from markupsafe import Markup

STATIC = Path(__file__).parent.parent / "static"
SPRITE = "icons.svg"
_ICON = Markup(
    '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
)
_FOR_GOOD = int(timedelta(days=365).total_seconds())


def register(app: Flask) -> None:
    """Serve the folder under its version, and let templates write ``asset("css/base.css")``."""
    version = digest(STATIC)

    def serve(version: str, path: str) -> Response:  # noqa: ARG001 - any version gets the newest
        response = send_from_directory(STATIC, path, max_age=_FOR_GOOD)
        response.cache_control.immutable = True
        return response

    app.add_url_rule("/assets/<version>/<path:path>", "asset", serve)

    @cache
    def asset(path: str) -> str:
        return url_for("asset", version=version, path=path)

    @cache
    def draw(name: str, kind: str = "") -> Markup:
        # a page draws hundreds: as a template's macro they took a third of its time
        return _ICON.format(f"i {kind}".strip(), asset(SPRITE), name)

    app.add_template_global(asset)
    app.add_template_global(draw, name="draw_icon")


def digest(folder: Path) -> str:
    """Return a short digest of every file's name and content."""
    seen = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        seen.update(file.relative_to(folder).as_posix().encode())
        seen.update(file.read_bytes())
    return seen.hexdigest()[:12]
