"""Why a message became no ticket, in the reader's language.

The parsers know no languages: their sentence is kept as it was said and found again here.
"""

from __future__ import annotations

import re

from helpdesk.i18n import lazy_gettext

_FIXED = {
    "The mail is empty.": lazy_gettext("The mail is empty."),
    "This is no mail: it has no mail header.": lazy_gettext(
        "This is no mail: it has no mail header."
    ),
    "The post was deleted before the desk could read it.": lazy_gettext(
        "The post was deleted before the desk could read it."
    ),
    "The mail server cannot hand this mail over: it stays in its mailbox; read it there.": (
        lazy_gettext(
            "The mail server cannot hand this mail over: it stays in its mailbox; read it there."
        )
    ),
    "the same message arrived before": lazy_gettext("The same message arrived before."),
    "one of the desk's own messages came back": lazy_gettext(
        "One of the desk's own messages came back."
    ),
    "an automatic reply that belongs to no ticket": lazy_gettext(
        "An automatic reply that belongs to no ticket."
    ),
    "a delivery report about no mail of ours": lazy_gettext(
        "A delivery report about no mail of ours."
    ),
}
_WITH_FIGURES = (
    (
        re.compile(
            r"The mail has (?P<size>\S+) bytes and the limit is (?P<limit>\S+): "
            r"it stays in its mailbox; read it there\."
        ),
        lazy_gettext(
            "The mail has %(size)s bytes and the limit is %(limit)s: "
            "it stays in its mailbox; read it there."
        ),
    ),
    (
        re.compile(r"Reading this mail took longer than (?P<n>\S+) seconds\."),
        lazy_gettext("Reading this mail took longer than %(n)s seconds."),
    ),
    (
        re.compile(r"The mail has more than (?P<n>\S+) parts\."),
        lazy_gettext("The mail has more than %(n)s parts."),
    ),
    (
        re.compile(r"The mail's header is larger than (?P<n>\S+) bytes\."),
        lazy_gettext("The mail's header is larger than %(n)s bytes."),
    ),
    (
        re.compile(r"The mail's parts are nested more than (?P<n>\S+) levels deep\."),
        lazy_gettext("The mail's parts are nested more than %(n)s levels deep."),
    ),
    (
        re.compile(r"The mail is larger than (?P<n>\S+) MB\."),
        lazy_gettext("The mail is larger than %(n)s MB."),
    ),
    (
        re.compile(r"The missed call cannot be read \((?P<n>.*)\)\.", re.DOTALL),
        lazy_gettext("The missed call cannot be read (%(n)s)."),
    ),
    (
        re.compile(r"The form's content cannot be read \((?P<n>.*)\)\.", re.DOTALL),
        lazy_gettext("The form's content cannot be read (%(n)s)."),
    ),
    (
        re.compile(r"The post cannot be read \((?P<n>.*)\)\.", re.DOTALL),
        lazy_gettext("The post cannot be read (%(n)s)."),
    ),
    (
        re.compile(r"the desk failed on it: (?P<n>.*)", re.DOTALL),
        lazy_gettext("The desk itself failed on it (%(n)s)."),
    ),
)


def reason_words(reason: str | None) -> str:
    """Return why it became no ticket; a sentence that is not known is told as it was said."""
    if not reason:
        return "—"
    if reason in _FIXED:
        return str(_FIXED[reason])
    for pattern, words in _WITH_FIGURES:
        if found := pattern.fullmatch(reason):
            return str(words) % found.groupdict()
    return reason
