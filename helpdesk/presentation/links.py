"""Addresses within a text that somebody wrote, as links."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_ADDRESS = re.compile(
    r"""(?<![A-Za-z0-9.@/_-])
        (?:https?://[A-Za-z0-9\[] | www\.[A-Za-z0-9])
        [A-Za-z0-9\-._~:/?\#\[\]@!$&'()*+,;=%|]*""",
    re.VERBOSE | re.IGNORECASE,
)
"""Latin alone, for Chinese writes no blank between an address and what stands around it."""

_MAIL = re.compile(
    r"(?<![A-Za-z0-9.!#$%&'*+/=?^_`{|}~-])"
    r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"
    r"(?![A-Za-z0-9@-])"
)
_FOUND = re.compile(f"(?P<web>{_ADDRESS.pattern})|(?P<mail>{_MAIL.pattern})", _ADDRESS.flags)
_PAIRS = {")": "(", "]": "["}
_SENTENCE = ".,;:!?'|*_~"
"""Signs that end a sentence rather than an address."""

SHOWN = 80
"""Characters of an address that are shown; the rest would push the text aside."""


def linked(text: str) -> Markup:
    """Return the text with each web and mail address as a link that opens beside the desk."""
    parts: list[str] = []
    done = 0
    for found in _FOUND.finditer(text):
        whole = found.group() if found["mail"] else _without_end(found.group())
        parts += [escape(text[done : found.start()]), _link(whole, mail=bool(found["mail"]))]
        done = found.start() + len(whole)
    return Markup("").join([*parts, escape(text[done:])])


def _without_end(address: str) -> str:
    """Leave out what ends the sentence, and a bracket that was opened before the address."""
    while address[-1] in _SENTENCE or (
        address[-1] in _PAIRS and address.count(address[-1]) > address.count(_PAIRS[address[-1]])
    ):
        address = address[:-1]
    return address


def _link(address: str, *, mail: bool) -> Markup:
    if mail:
        return Markup('<a href="mailto:{0}">{0}</a>').format(address)
    href = address if "://" in address else f"https://{address}"
    shown = address if len(address) <= SHOWN else f"{address[:SHOWN]}…"
    return Markup('<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>').format(
        href, shown
    )
