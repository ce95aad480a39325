"""What people may change about themselves."""

from __future__ import annotations

from typing import Any

from helpdesk.errors import Refusal
from helpdesk.i18n import lazy_gettext as _
from helpdesk.models import Login
from helpdesk.services.identity import accounts


def values(login: Login) -> dict[str, Any]:
    """Return what a person may see and change, by name."""
    found: dict[str, Any] = {"locale": login.locale or "", "theme": login.theme or ""}
    if login.agent is not None:
        for name in ("name", "notify_by_mail", "quiet"):
            found[name] = getattr(login.agent, name)
    elif login.person is not None:
        found["name"] = login.person.name
    return found


def change(
    login: Login,
    *,
    name: str,
    locale: str | None,
    theme: str | None,
    notify_by_mail: bool,
    quiet: bool,
) -> None:
    """Change oneself; notices are the office's alone."""
    login.locale, login.theme = locale, theme
    if login.agent is not None:
        login.agent.name = name
        login.agent.notify_by_mail, login.agent.quiet = notify_by_mail, quiet
    elif login.person is not None:
        login.person.name, login.person.locale = name, locale


def proved(email: str, current: str) -> accounts.Proof:
    """Return the proof that somebody knows their present password; raise Refusal otherwise."""
    try:
        return accounts.proved(email, current)
    except Refusal as wrong:
        raise _wrong_password() from wrong


def change_password(login: Login, proof: accounts.Proof, wanted: accounts.Hashed) -> None:
    """Set a new password for whoever knew the one that is still the present one."""
    if (login.id, login.password_hash) != (proof.login_id, proof.known):
        raise _wrong_password()
    accounts.set_password(login, wanted)


def _wrong_password() -> Refusal:
    return Refusal(
        "wrong_password", _("This is not your present password."), field="current_password"
    )
