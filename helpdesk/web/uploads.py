"""Files of a form: checked, named safely, and put into the storage."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from flask import request

from channels.message import Attachment
from helpdesk.errors import Refusal, TooLarge
from helpdesk.i18n import gettext
from helpdesk.presentation.quantities import file_size
from helpdesk.runtime import current_config, current_storage
from helpdesk.services.desk.tickets import StoredFile

MOST_FILES = 20
LONGEST_NAME = 200
_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)


def received(field: str = "files") -> list[StoredFile]:
    """Store the files of a field; raise Refusal when they are too many or too large."""
    return stored(attachments(field))


def stored(files: Sequence[Attachment]) -> list[StoredFile]:
    """Put files into the storage."""
    for file in files:
        current_storage().put(file.data)
    return [StoredFile.of(file) for file in files]


def attachments(field: str = "files") -> list[Attachment]:
    """Return the files of a field; raise Refusal when they are too many or too large."""
    uploads = [upload for upload in request.files.getlist(field) if upload.filename]
    if len(uploads) > MOST_FILES:
        raise Refusal(
            "too_many_files", gettext("At most %(n)s files at once.", n=MOST_FILES), field=field
        )
    contents = [(upload, upload.stream.read()) for upload in uploads]
    total = sum(len(data) for _, data in contents)
    limit = current_config().max_upload
    if total > limit:
        raise TooLarge(
            "files_too_large",
            gettext(
                "The files are %(size)s together; up to %(limit)s can be sent. "
                "Your text is kept; choose the files again.",
                size=file_size(total),
                limit=file_size(limit),
            ),
            field=field,
        )
    return [
        Attachment(safe_name(upload.filename or ""), safe_type(upload.mimetype), data)
        for upload, data in contents
    ]


def safe_name(name: str) -> str:
    """Return a file name without folders and control characters, its ending kept."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(c for c in last if c.isprintable()).strip(". ") or gettext("file")
    if len(plain) <= LONGEST_NAME:
        return plain
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > 16:
        return plain[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"


def safe_type(mimetype: str | None) -> str:
    """Return the declared type, or the one that promises nothing."""
    found = (mimetype or "").lower()
    return found if _TYPE.fullmatch(found) else "application/octet-stream"
