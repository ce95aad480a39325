"""My profile: name, language, look, mail notices and the password."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import LANGUAGES, gettext
from helpdesk.labels import THEMES
from helpdesk.models import Login
from helpdesk.runtime import current_config
from helpdesk.services.database.throttling import throttle
from helpdesk.services.identity import accounts, profiles
from helpdesk.services.onsite import visit_calendar
from helpdesk.web import absences, signed
from helpdesk.web.forms import Form
from helpdesk.web.fragments import render
from helpdesk.web.requests import now

blueprint = Blueprint("profile", __name__, url_prefix="/profile")


@blueprint.get("/")
@signed.required
def show() -> ResponseReturnValue:
    """Show what can be changed about oneself."""
    return _page()


@blueprint.post("/")
@signed.required
def save() -> ResponseReturnValue:
    """Change it."""
    form = Form.posted()
    name = form.text("name", required=True, most=100)
    locale = form.one_of("locale", LANGUAGES)
    theme = form.one_of("theme", THEMES)
    if not form.valid:
        return _page(form), 422
    with transaction() as session:
        profiles.change(
            session.get_one(Login, signed.viewer().login_id),
            name=name,
            locale=locale,
            theme=theme,
            notify_by_mail=form.checked("notify_by_mail"),
            quiet=form.checked("quiet"),
        )
    flash(gettext("Saved."), "success")
    return redirect(url_for("profile.show"))


@blueprint.post("/password")
@signed.required
def set_password() -> ResponseReturnValue:
    """Change the password; every other session of the account ends."""
    form = Form(prefix="password-")
    current, wanted, again = (
        request.form.get(name, "") for name in ("current_password", "password", "again")
    )
    try:
        accounts.check_same(wanted, again)
        with transaction() as session:
            throttle(
                session,
                f"password of {signed.viewer().login_id}",
                limit=accounts.SIGN_INS_PER_ADDRESS,
                window=accounts.SIGN_IN_WINDOW,
                now=now(),
            )
        proof = profiles.proved(signed.viewer().email, current)
        kept = accounts.hashed(wanted)
        with transaction() as session:
            login = session.get_one(Login, signed.viewer().login_id)
            profiles.change_password(login, proof, kept)
            signed.start(login)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(password=form), refusal.status
    flash(gettext("Your password is changed; other sessions are signed out."), "success")
    return redirect(url_for("profile.show"))


def _page(form: Form | None = None, password: Form | None = None) -> str:
    login = signed.current_login()
    assert login is not None
    return render(
        "profile/profile.html",
        form=form or Form(profiles.values(login)),
        password=password or Form(prefix="password-"),
        locales=list(LANGUAGES.items()),
        calendar_url=_calendar_url(),
        agent=login.agent,
        away=absences.form_of(login.agent) if login.agent else None,
        themes=[(code, str(name)) for code, name in THEMES.items()],
    )


def _calendar_url() -> str:
    """Return the secret address of an agent's own calendar, where there is one."""
    if not signed.viewer().is_staff:
        return ""
    token = visit_calendar.token_of(db.session(), signed.viewer())
    if token is None:
        return ""
    return f"{current_config().base_url}{url_for('visit_feed.show', token=token)}"
