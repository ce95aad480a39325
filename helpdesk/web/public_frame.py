"""The frame around the pages that anybody may read: where one can go from there.

``/apply`` and ``/notices`` appear as soon as pages answer there; every public page only
extends ``public/base.html``.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import current_app, request, url_for

from helpdesk.extensions import db
from helpdesk.i18n import LANGUAGES, gettext, language
from helpdesk.services import access
from helpdesk.web.signed import current_viewer


@dataclass(frozen=True)
class Link:
    """One place: its name, icon and address."""

    name: str
    icon: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class Frame:
    """``account`` leads to the sign-in, or to where somebody signed in works.

    ``here`` is this page without a language in its address, for the language switch;
    ``others`` are the languages that it can be switched to, by code.
    """

    home: str
    links: list[Link]
    account: Link
    here: str
    others: dict[str, str]


def frame() -> Frame:
    """Return what the frame around this public page shows."""
    return Frame(
        url_for("help_center.index"),
        [_link(*place) for place in _places() if _answers(place[2])],
        _account(),
        _here(),
        {code: name for code, name in LANGUAGES.items() if code != language()},
    )


def _places() -> list[tuple[str, str, str]]:
    return [
        (gettext("Help"), "book", url_for("help_center.index")),
        (gettext("Ask"), "reply", _ask()),
        (gettext("Become a center"), "center", "/apply"),
        (gettext("Notices"), "note", "/notices"),
        (gettext("Contact us"), "hotline", url_for("contact.show")),
    ]


def _ask() -> str:
    viewer = current_viewer()
    asks = viewer and not viewer.is_staff and access.may_write(db.session(), viewer)
    return url_for("portal.new" if asks else "visitor.new")


def _link(name: str, icon: str, href: str) -> Link:
    here = request.path == href or request.path.startswith(f"{href}/")
    return Link(name, icon, href, here)


def _answers(path: str) -> bool:
    """Say whether a page answers at an address: parts of the website may not be built."""
    return current_app.url_map.bind("").test(path, "GET")


def _account() -> Link:
    viewer = current_viewer()
    if viewer is None:
        return Link(gettext("Sign in"), "sign-in", url_for("auth.sign_in"))
    if viewer.is_staff:
        return Link(gettext("To the desk"), "inbox", url_for("home.index"))
    return Link(gettext("My tickets"), "inbox", url_for("portal.index"))


def _here() -> str:
    if request.method != "GET":
        return url_for("help_center.index")
    kept = {name: value for name, value in request.args.items() if name != "lang"}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path
