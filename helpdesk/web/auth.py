"""Signing in and out, and setting passwords."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.errors import Refusal
from helpdesk.extensions import db, transaction
from helpdesk.i18n import gettext
from helpdesk.services.database.throttling import give_back, throttle
from helpdesk.services.identity import accounts
from helpdesk.web import signed
from helpdesk.web.forms import Form
from helpdesk.web.requests import now, place, safe_next

blueprint = Blueprint("auth", __name__)


@blueprint.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the form, or go on when somebody is signed in already."""
    if signed.current_viewer() is not None:
        return redirect(safe_next(request.args.get("next"), url_for("home.index")))
    return render_template("auth/sign_in.html", form=Form())


@blueprint.post("/sign-in")
def open_session() -> ResponseReturnValue:
    """Sign in and go on to where the person came for."""
    form = Form.posted()
    email = form.text("email", required=True, most=320).lower()
    password = str(form.values.get("password") or "")
    if not form.valid:
        return render_template("auth/sign_in.html", form=form), 422
    try:
        _count_try(email)
        proof = accounts.proved(email, password)
        with transaction() as session:
            signed.start(accounts.sign_in(session, proof, now=now()))
            for key in _try_keys(email):
                give_back(session, key)
    except Refusal as refusal:
        form.refuse(refusal)
        return render_template("auth/sign_in.html", form=form), refusal.status
    return redirect(safe_next(request.form.get("next"), url_for("home.index")))


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    signed.end()
    flash(gettext("You are signed out."), "success")
    return redirect(url_for("auth.sign_in"))


@blueprint.get("/password/forgotten")
def forgotten() -> ResponseReturnValue:
    """Ask for the address to mail a link to."""
    return render_template("auth/forgotten.html", form=Form(), sent=False)


@blueprint.post("/password/forgotten")
def mail_link() -> ResponseReturnValue:
    """Mail the link; the answer is the same whether the address has an account or not."""
    form = Form.posted()
    email = form.text("email", required=True, most=320).lower()
    if not form.valid:
        return render_template("auth/forgotten.html", form=form, sent=False), 422
    _count_try(f"reset {email}")
    with transaction() as session:
        accounts.send_reset(session, email, now=now())
    return render_template("auth/forgotten.html", form=form, sent=True)


@blueprint.get("/password/<token>")
def password(token: str) -> ResponseReturnValue:
    """Ask for the new password."""
    login = accounts.login_for_reset(db.session(), token)
    return render_template("auth/password.html", form=Form(), email=login.email)


@blueprint.post("/password/<token>")
def set_password(token: str) -> ResponseReturnValue:
    """Set the new password and sign in with it."""
    form = Form.posted()
    wanted, again = request.form.get("password", ""), request.form.get("again", "")
    email = accounts.login_for_reset(db.session(), token).email
    try:
        accounts.check_same(wanted, again)
        kept = accounts.hashed(wanted)
        with transaction() as session:
            login = accounts.login_for_reset(session, token)
            accounts.set_password(login, kept)
            signed.start(login)
    except Refusal as refusal:
        form.refuse(refusal)
        return render_template("auth/password.html", form=form, email=email), 422
    flash(gettext("Your password is set. You are signed in."), "success")
    return redirect(url_for("home.index"))


@blueprint.get("/first-administrator/<token>")
def first_administrator(token: str) -> ResponseReturnValue:
    """Ask who administers the desk."""
    accounts.check_first_admin_token(db.session(), token)
    return render_template("auth/first_administrator.html", form=Form())


@blueprint.post("/first-administrator/<token>")
def make_first_administrator(token: str) -> ResponseReturnValue:
    """Make the first administrator and sign in."""
    form = Form.posted()
    name = form.text("name", required=True, most=100)
    email = form.text("email", required=True, most=320).lower()
    wanted, again = request.form.get("password", ""), request.form.get("again", "")
    try:
        accounts.check_same(wanted, again)
        if form.valid:
            kept = accounts.hashed(wanted)
            with transaction() as session:
                accounts.check_first_admin_token(session, token)
                login = accounts.add_login(session, email=email, role="admin", name=name, now=now())
                accounts.set_password(login, kept)
                signed.start(login)
    except Refusal as refusal:
        form.refuse(refusal)
    if not form.valid:
        return render_template("auth/first_administrator.html", form=form), 422
    flash(gettext("Welcome. Set up a mailbox next, then invite your colleagues."), "success")
    return redirect(url_for("settings.mailboxes"))


def _count_try(what: str) -> None:
    """Count a try in a transaction of its own, so that one that fails is counted too."""
    limits = (accounts.SIGN_INS_PER_ADDRESS, accounts.SIGN_INS_PER_PLACE)
    with transaction() as session:
        for key, limit in zip(_try_keys(what), limits, strict=True):
            throttle(session, key, limit=limit, window=accounts.SIGN_IN_WINDOW, now=now())


def _try_keys(what: str) -> tuple[str, str]:
    """Return the keys that a try is counted under: whose account, and from where."""
    return f"sign-in {what}", f"sign-in from {place()}"
