"""Who is signed in: the session's cookie, read once in a request."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from helpdesk.extensions import db
from helpdesk.models import Login
from helpdesk.runtime import Acting
from helpdesk.services import access
from helpdesk.services.access import Viewer
from helpdesk.web.requests import kept, now, wants_fragment

P = ParamSpec("P")


def start(login: Login) -> None:
    """Begin a session; nothing of the one before stays, so that none can be planted."""
    session.clear()
    session.permanent = True
    session["login"] = login.id
    session["epoch"] = login.epoch


def end() -> None:
    """Sign out."""
    session.clear()


def current_login() -> Login | None:
    """Return the sign-in of this request; one whose epoch was raised is over."""
    return kept("login", _read)


def current_viewer() -> Viewer | None:
    """Return who is signed in, if anybody."""
    login = current_login()
    return kept("viewer", lambda: access.viewer_of(login) if login else None)


def viewer() -> Viewer:
    """Return who is signed in, in a view that requires somebody."""
    found = current_viewer()
    assert found is not None
    return found


def chosen_language() -> str | None:
    """Return the language that the signed-in person chose."""
    if not request:
        return None
    login = current_login()
    return login.locale if login else None


def acting() -> Acting | None:
    """Return who changes settings in this request, if there is one."""
    if not request:
        return None
    found = current_viewer()
    return Acting(found.name if found else "", found.agent_id if found else None, now())


def required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Ask for a sign-in first, and come back here afterwards."""
    return _guard(view, lambda _viewer: None)


def contact(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only people of the centers in."""
    return _guard(view, access.require_contact)


def writing_contact(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only people of centers in that may still write: those that have left only read."""

    def check(viewer: Viewer) -> None:
        access.require_contact(viewer)
        access.require_writing_center(db.session(), viewer)

    return _guard(view, check)


def staff(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only the office's staff in."""
    return _guard(view, access.require_staff)


def manager(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only managers and administrators in."""
    return _guard(view, access.require_manager)


def admin(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only administrators in."""
    return _guard(view, access.require_admin)


def _guard(
    view: Callable[P, ResponseReturnValue], check: Callable[[Viewer], None]
) -> Callable[P, ResponseReturnValue]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        found = current_viewer()
        if found is None:
            return sign_in_first()
        check(found)
        return view(*args, **kwargs)

    return guarded


def sign_in_first() -> ResponseReturnValue:
    """Ask who it is, and come back here afterwards."""
    came_for = request.full_path if request.method == "GET" else None
    target = url_for("auth.sign_in", next=came_for)
    if wants_fragment():  # a fragment of the sign-in page would land inside the old one
        return "", 204, {"HX-Redirect": url_for("auth.sign_in")}
    return redirect(target)


def _read() -> Login | None:
    number = session.get("login")
    if number is None:
        return None
    login = db.session.scalar(
        select(Login)
        .where(Login.id == number)
        .options(joinedload(Login.agent), joinedload(Login.person))
    )
    if login is None or login.epoch != session.get("epoch"):
        return None
    return login
