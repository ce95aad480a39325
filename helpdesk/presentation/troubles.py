"""Why a channel fails, in the reader's language: what the far end said follows as it was."""

from __future__ import annotations

from helpdesk.i18n import gettext, lazy_gettext

_ADVICE = {
    "auth_failed": lazy_gettext(
        "The server refused the sign-in: check user and password. 163, 126, 139 and QQ want "
        "the authorization code from their settings instead of the password."
    ),
    "certificate": lazy_gettext(
        "The server's certificate cannot be trusted: check the server's name, or name the "
        "authority that signed it."
    ),
    "failed": lazy_gettext("The desk itself failed; the log says where. It is tried again."),
    "folder_missing": lazy_gettext("The mailbox has no such folder: correct its name."),
    "misconfigured": lazy_gettext(
        "The settings do not fit the server: correct them; mail waits until then."
    ),
    "no_mailbox": lazy_gettext("No mailbox is set up to send from; it leaves once there is one."),
    "rate_limited": lazy_gettext("The server wants fewer connections; it is tried again later."),
    "not_permitted": lazy_gettext(
        "The network does not permit this to the app: apply for the permission there, then "
        "save the account again."
    ),
    "recipients_refused": lazy_gettext("The server does not take these recipients."),
    "refused": lazy_gettext("The server refused."),
    "token_expired": lazy_gettext(
        "The token is over or was withdrawn: sign in at the network again, put the new one "
        "where the settings say, and save them. What waits leaves then."
    ),
    "unreachable": lazy_gettext("The server does not answer; it is tried again."),
    "unwritable": lazy_gettext(
        "It cannot be sent as it is: a file is missing, or an address is broken."
    ),
}


def trouble_words(code: str | None) -> str:
    """Return what is wrong and what to do; a code from a newer version is only named."""
    if code is None:
        return ""
    return str(_ADVICE[code]) if code in _ADVICE else gettext("It failed (%(code)s).", code=code)
