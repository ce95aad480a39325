"""Write a ``winmail.dat`` as Outlook does (MS-OXTNEF), and a mail around it."""

from __future__ import annotations

import base64
from struct import pack

from parsing_helpers import mail

from channels.message import IncomingMessage

CODE_PAGE, BODY, PROPERTIES = 0x00069007, 0x0002800C, 0x00069003
BEGINS, TITLE, DATA, FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
BINARY, STRING, UNICODE, OBJECT, NUMBER = 0x0102, 0x001E, 0x001F, 0x000D, 0x0003
MESSAGE = bytes.fromhex("0703020000000000c000000000000046")
SEVERAL = 0x1000


def attribute(name: int, data: bytes, level: int = 2) -> bytes:
    checksum = sum(data) & 0xFFFF
    return pack("<BII", level, name, len(data)) + data + pack("<H", checksum)


def winmail(*attributes: bytes, code_page: int = 936) -> bytes:
    page = attribute(CODE_PAGE, pack("<II", code_page, 0), level=1)
    return pack("<IH", 0x223E9F78, 1) + page + b"".join(attributes)


def padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def value(kind: int, key: int, data: bytes) -> bytes:
    if kind == NUMBER:
        return pack("<HH", kind, key) + data
    return pack("<HHII", kind, key, 1, len(data)) + padded(data)


def properties(*values: bytes) -> bytes:
    return pack("<I", len(values)) + b"".join(values)


def file(title: bytes, data: bytes, *values: bytes) -> bytes:
    more = attribute(FILE_PROPERTIES, properties(*values)) if values else b""
    return (
        attribute(BEGINS, b"\1\0" + b"\0" * 12)
        + attribute(TITLE, title + b"\0")
        + attribute(DATA, data)
        + more
    )


def with_winmail(data: bytes, text: str = "见附件。") -> IncomingMessage:
    """Read a mail with a text and a ``winmail.dat``."""
    body = (
        f"--=_b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        '--=_b\r\nContent-Type: application/ms-tnef; name="winmail.dat"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
        f"{base64.encodebytes(data).decode()}\r\n--=_b--\r\n"
    )
    return mail(body, 'Content-Type: multipart/mixed; boundary="=_b"', "MIME-Version: 1.0")
