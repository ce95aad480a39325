"""A mailbox's settings between the form's fields and the record's JSON."""

from __future__ import annotations

from typing import Any

from helpdesk.i18n import gettext
from helpdesk.models import ChannelAccount
from helpdesk.web.forms import Form

SECURITIES = ("tls", "starttls", "plain")
SECRET_KINDS = ("password", "token")
STARTS = ("oldest", "now")
PORTS = {"imap": 993, "smtp": 465}


def written(account: ChannelAccount | None) -> Form:
    """Return the form of a mailbox; without one, what most providers use."""
    if account is None:
        ports = {f"{part}_port": port for part, port in PORTS.items()}
        secure = {f"{part}_security": "tls" for part in PORTS}
        first = {"imap_folder": "INBOX", "imap_start": "oldest", "state": "active"}
        return Form({**ports, **secure, **first})
    values = {
        "name": account.name,
        "address": account.address,
        "state": "active" if account.state == "failing" else account.state,
        "is_default": account.is_default,
        "group": account.group_id or "",
        "from_name": account.settings.get("from_name", ""),
    }
    for part in PORTS:
        values |= _fields(part, account.settings.get(part) or {})
    return Form(values)


def read(form: Form, known: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that a form describes; what it does not show stays as it was."""
    settings = {**known, "from_name": form.text("from_name", most=100)}
    for part in PORTS:
        settings[part] = _part(form, part, dict(known.get(part) or {}))
    return {key: value for key, value in settings.items() if value}


def _part(form: Form, part: str, known: dict[str, Any]) -> dict[str, Any]:
    host = form.text(f"{part}_host", most=253)
    if not host:
        return {}
    for key in SECRET_KINDS:
        known.pop(key, None)
    known |= {
        "host": host,
        "port": form.number(f"{part}_port") or PORTS[part],
        "security": form.one_of(f"{part}_security", SECURITIES, required=True),
        "user": form.text(f"{part}_user", most=254),
    }
    secret = _secret(form, f"{part}_secret")
    if secret:
        kind = form.one_of(f"{part}_secret_kind", SECRET_KINDS) or "password"
        known[kind] = secret
    if part == "imap":
        known |= {
            "folder": form.text("imap_folder", most=200) or "INBOX",
            "move_to": form.text("imap_move_to", most=200),
            "start": form.one_of("imap_start", STARTS) or "oldest",
        }
    return known


def _secret(form: Form, name: str) -> str:
    """Return a reference to a secret; the secret itself is never taken, nor shown again."""
    reference = form.text(name, most=400)
    if reference and not reference.startswith(("env:", "file:")):
        form.values[name] = ""
        form.errors[name] = gettext(
            "Write env:NAME or file:/path, never the password itself; it was not kept."
        )
    return reference


def _fields(part: str, settings: dict[str, Any]) -> dict[str, Any]:
    kind = "token" if settings.get("token") else "password"
    shown = {key: settings.get(key, "") for key in ("host", "port", "security", "user")}
    shown |= {"secret": settings.get(kind, ""), "secret_kind": kind}
    shown["port"] = shown["port"] or PORTS[part]
    shown["security"] = shown["security"] or "tls"
    if part == "imap":
        shown |= {key: settings.get(key, "") for key in ("folder", "move_to", "start")}
    return {f"{part}_{key}": value for key, value in shown.items()}
