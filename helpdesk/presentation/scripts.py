"""The words that the page's own scripts speak."""

from __future__ import annotations

from helpdesk.i18n import gettext


def script_words() -> dict[str, str]:
    """Return what scripts say, by the name under which they ask for it."""
    return {
        "saved": gettext("Draft saved"),
        "saved_here": gettext("Not connected: the draft is kept in this browser"),
        "restored": gettext("Your draft was brought back"),
        "kept_for_you": gettext("Kept for you; others see it once you save"),
        "inserted": gettext("Inserted"),
        "failed": gettext("That did not work. Nothing you typed is lost; please try again."),
        "offline": gettext("The desk cannot be reached. Nothing you typed is lost."),
        "no_change": gettext("Choose whom to assign them to, or a status."),
        "too_large": gettext("That is too large to be sent."),
        # the script itself fills the sizes and lengths in
        "post_length": gettext("%(count)s of %(limit)s"),
        "post_parts": gettext("%(count)s, in several posts of up to %(limit)s"),
        "remove_file": gettext("Remove %(name)s"),
        "files_too_large": gettext(
            "The files are %(size)s together; up to %(limit)s can be sent. Remove some of them."
        ),
    }
