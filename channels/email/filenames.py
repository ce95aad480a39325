"""Names of attachments that are safe to show, to store and to download."""

from __future__ import annotations

import re

_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_LONGEST_BYTES = 200  # file systems end at 255, and browsers add " (1)"
_LONGEST_EXTENSION = 20
_EXTENSIONS = {
    "application/gzip": "gz",
    "application/ics": "ics",
    "application/json": "json",
    "application/msword": "doc",
    "application/ms-tnef": "dat",
    "application/pdf": "pdf",
    "application/pgp-encrypted": "asc",
    "application/pgp-keys": "asc",
    "application/pgp-signature": "asc",
    "application/pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
    "application/rtf": "rtf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/x-pkcs7-mime": "p7m",
    "application/x-pkcs7-signature": "p7s",
    "application/xml": "xml",
    "application/zip": "zip",
    "audio/amr": "amr",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/delivery-status": "txt",
    "message/disposition-notification": "txt",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/rfc822-headers": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
# what a nameless part is called; everything else by its kind and number
_NAMES = {
    "application/ms-tnef": "winmail.dat",
    "application/pgp-signature": "signature.asc",
    "application/pkcs7-mime": "smime.p7m",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-signature": "smime.p7s",
    "message/delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition-notification.txt",
    "message/rfc822": "message.eml",
    "text/calendar": "invite.ics",
    "message/rfc822-headers": "message-headers.txt",
    "text/rfc822-headers": "message-headers.txt",
}


def safe_name(name: str) -> str:
    """Reduce a name to one harmless path component; ``""`` when nothing is left."""
    name = _INVISIBLE.sub("", name).replace("\\", "/").rpartition("/")[2]
    name = " ".join(name.split()).strip(". ")
    return _shortened(name)


def name_for(content_type: str, number: int) -> str:
    """Name a part that has no name, from its type and its number among the attachments."""
    if content_type in _NAMES:
        return _NAMES[content_type]
    kind = content_type.partition("/")[0]
    kind = kind if kind in {"image", "audio", "video"} else "attachment"
    return f"{kind}-{number}.{_EXTENSIONS.get(content_type, 'bin')}"


def _shortened(name: str) -> str:
    """Cut a long name in the middle of its stem, so that its extension survives."""
    if len(name.encode("utf-8")) <= _LONGEST_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > _LONGEST_EXTENSION:
        stem, extension = name, ""
    tail = f"{dot}{extension}" if extension else ""
    room = _LONGEST_BYTES - len(tail.encode("utf-8")) - len("…".encode())
    return stem.encode("utf-8")[:room].decode("utf-8", "ignore").rstrip() + "…" + tail
