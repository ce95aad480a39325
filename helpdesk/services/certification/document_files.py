"""What a file is by its content, whatever its name and its sender say. Pure."""

from __future__ import annotations

from collections.abc import Mapping

PDF = "application/pdf"
_BEGINNINGS: Mapping[bytes, str] = {
    b"%PDF-": PDF,
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "application/msword",
}
_OFFICE: Mapping[bytes, str] = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_LEGACY: Mapping[str, str] = {
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
}
SHOWN = frozenset({PDF, "image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser shows without running anything that is in it."""


def content_type_of(data: bytes, name: str) -> str | None:
    """Return the type of a paper that the office keeps; None for everything else.

    Old Office files of all kinds begin alike, so their ending tells them apart.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[:4] == b"PK\x03\x04":
        return next((kind for part, kind in _OFFICE.items() if part in data), None)
    found = next((kind for start, kind in _BEGINNINGS.items() if data.startswith(start)), None)
    if found == "application/msword":
        return _LEGACY.get(name.lower()[-4:], found)
    return found or ("text/plain" if _is_text(data) else None)


def _is_text(data: bytes) -> bool:
    """Say whether it is plain words: no control characters, and no page that runs scripts."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            return False
    head = text[:1000].lstrip("\ufeff \t\r\n").lower()
    return not head.startswith("<") and not any(c < " " and c not in "\t\r\n\f" for c in text)
