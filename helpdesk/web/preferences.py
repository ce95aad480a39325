"""Language and appearance: one click, remembered in a cookie and with the account."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response

from helpdesk.extensions import transaction
from helpdesk.i18n import COOKIE, LANGUAGES
from helpdesk.labels import THEMES
from helpdesk.models import Login
from helpdesk.runtime import current_config
from helpdesk.web import signed
from helpdesk.web.requests import safe_next

blueprint = Blueprint("preferences", __name__)

THEME_COOKIE = "theme"
_YEAR = timedelta(days=365)


def current_theme() -> str:
    """Return how the page shall look: the person's choice, the browser's, or the system's."""
    login = signed.current_login() if request else None
    theme = (login.theme if login else None) or request.cookies.get(THEME_COOKIE)
    return theme if theme in THEMES else "system"


@blueprint.post("/preferences")
def save() -> ResponseReturnValue:
    """Remember a language, an appearance, or both."""
    language = _known(request.form.get("lang"), LANGUAGES)
    theme = _known(request.form.get("theme"), THEMES)
    _remember_with_account(language, theme)
    response = redirect(safe_next(request.form.get("next"), url_for("home.index")))
    for name, value in ((COOKIE, language), (THEME_COOKIE, theme)):
        if value:
            _remember(response, name, value)
    return response


def _remember(response: Response, name: str, value: str) -> None:
    secure = current_config().secure_cookies
    response.set_cookie(name, value, max_age=_YEAR, secure=secure, httponly=True, samesite="Lax")


def _remember_with_account(language: str | None, theme: str | None) -> None:
    login = signed.current_login()
    if login is None:
        return
    number = login.id
    with transaction() as session:
        kept = session.get_one(Login, number)
        kept.locale = language or kept.locale
        kept.theme = theme or kept.theme


def _known(value: str | None, table: dict[str, str]) -> str | None:
    return value if value in table else None
