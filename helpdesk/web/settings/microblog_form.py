"""A microblog account's settings between the form's fields and the record's JSON."""

from __future__ import annotations

from datetime import date
from typing import Any

from channels.microblog.account import DAILY
from channels.microblog.posts import NETWORKS, RETIRED, RETIRED_ON
from helpdesk.i18n import gettext
from helpdesk.models import ChannelAccount
from helpdesk.web.forms import Form

SECRETS = ("token", "token_secret", "app_key", "app_secret")
PLAIN = {"handle": 100, "safe_domain": 200, "public_numbers": 300}
MOST_CALLS = 100_000


def written(account: ChannelAccount | None) -> Form:
    """Return the form of an account; without one, what is usual."""
    if account is None:
        return Form({"network": "weibo", "state": "active", "daily_calls": DAILY})
    kept = account.settings
    names = ("network", "uid", "token_ends", "retired_on", "start", "api", *SECRETS, *PLAIN)
    return Form(
        {
            **{name: kept.get(name, "") for name in names},
            "name": account.name,
            "handle": kept.get("handle") or account.address,
            "state": "active" if account.state == "failing" else account.state,
            "daily_calls": kept.get("daily_calls") or DAILY,
            "group": account.group_id or "",
        }
    )


def read(form: Form, known: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that a form describes; what it does not show stays as it was."""
    network = form.one_of("network", (*NETWORKS, RETIRED), required=True)
    settings = {**known, "network": network, "uid": _uid(form, network)}
    settings |= {name: form.text(name, most=most) for name, most in PLAIN.items()}
    settings |= {name: _secret(form, name) for name in SECRETS}
    settings["token_ends"] = _day(form, "token_ends")
    settings["daily_calls"] = _calls(form)
    if network == RETIRED:
        settings["retired_on"] = _day(form, "retired_on") or RETIRED_ON
    elif not settings["token"] and not form.errors["token"] and not known.get("drop_folder"):
        form.errors["token"] = gettext("Please fill this in.")
    return {key: value for key, value in settings.items() if value}


def _uid(form: Form, network: str | None) -> str:
    uid = form.text("uid", required=network in NETWORKS, most=25)
    if uid and network in NETWORKS and not (uid.isascii() and uid.isdigit()):
        form.errors["uid"] = gettext("This is the account's number at the network, digits only.")
    return uid


def _secret(form: Form, name: str) -> str:
    """Return a reference to a secret; the secret itself is never taken, nor shown again."""
    reference = form.text(name, most=400)
    if reference and not reference.startswith(("env:", "file:")):
        form.values[name] = ""
        form.errors[name] = gettext(
            "Write env:NAME or file:/path, never the secret itself; it was not kept."
        )
        return ""
    return reference


def _day(form: Form, name: str) -> str:
    text = form.text(name, most=20)
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        form.errors[name] = gettext("Write the day like 2026-11-23.")
        return ""


def _calls(form: Form) -> int:
    number = form.number("daily_calls") or DAILY
    if number > MOST_CALLS:
        form.errors["daily_calls"] = gettext("At most %(most)s.", most=MOST_CALLS)
    return number
