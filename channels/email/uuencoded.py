"""Files that an old program wrote into the text itself, as uuencode does.

``begin 644 plan.pdf``, lines of coded bytes, ``end`` (POSIX, uuencode). They become
attachments; what does not decode to the last line stays text.
"""

from __future__ import annotations

import binascii
import re
from mimetypes import guess_type

from channels.email.filenames import safe_name
from channels.message import Attachment

_FILE = re.compile(
    r"^begin [0-7]{3,4} ([^\n]{1,200})\n((?:[!-M][ -`]{1,80}\n)+)(?:[` ]\n)?end[ \t]*$\n?",
    re.MULTILINE,
)
# the other form of the same program: uuencode -m
_FILE_IN_BASE64 = re.compile(
    r"^begin-base64 [0-7]{3,4} ([^\n]{1,200})\n((?:[A-Za-z0-9+/]{1,76}={0,2}\n)+)={4}[ \t]*$\n?",
    re.MULTILINE,
)
_MOST = 50


def embedded_files(text: str) -> tuple[str, list[Attachment]]:
    """Take the uuencoded files out of a text."""
    if "begin " not in text and "begin-base64 " not in text:
        return text, []
    files: list[Attachment] = []

    def take(found: re.Match[str]) -> str:
        name = safe_name(found[1])
        decode = binascii.a2b_uu if found.re is _FILE else binascii.a2b_base64
        try:
            data = b"".join(map(decode, found[2].encode("ascii").splitlines()))
        except binascii.Error:
            return found[0]
        if not name:
            return found[0]
        kind = guess_type(name)[0] or "application/octet-stream"
        files.append(Attachment(name=name, content_type=kind, data=data))
        return ""

    text = _FILE.sub(take, text, count=_MOST)
    return _FILE_IN_BASE64.sub(take, text, count=_MOST), files
