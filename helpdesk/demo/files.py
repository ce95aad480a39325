"""Small files for the demo's messages: real ones of their kind, made on the spot."""

from __future__ import annotations

import hashlib
import struct
import zlib

from channels.message import Attachment

WIDTH, HEIGHT, CELL = 320, 200, 20
_PALETTE = ((236, 240, 245), (201, 214, 229), (88, 129, 177), (46, 83, 132), (214, 158, 46))

_RESOURCES = b"/Resources << /Font << /F1 5 0 R >> >>"
_BOX = b"/FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880"
_GB1 = b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>"
_FONT = b"/Type /Font /BaseFont /STSong-Light"
_OBJECTS = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s >>" % _RESOURCES,
    b"<< %s /Subtype /Type0 /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>" % _FONT,
    b"<< %s /Subtype /CIDFontType0 /FontDescriptor 7 0 R %s >>" % (_FONT, _GB1),
    b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 %s /StemV 93 >>" % _BOX,
)
"""A page's objects around its content, which is the fourth."""


def attachment(name: str) -> Attachment:
    """Return a file whose content fits the ending of its name."""
    kind = name.rpartition(".")[2]
    if kind == "pdf":
        return Attachment(name, "application/pdf", pdf(name.removesuffix(".pdf")))
    if kind == "png":
        return Attachment(name, "image/png", png(name))
    return Attachment(name, "text/plain", roster(name.removesuffix(".txt")).encode())


def roster(title: str) -> str:
    """Return a short table as plain text."""
    rows = ("刘思源 中级 0012", "陈雨桐 中级 0013", "杨子轩 高级 0104", "赵一诺 高级 0105")
    return "\r\n".join([title, "姓名 级别 编号", *rows, ""])


def png(seed: str) -> bytes:
    """Return a picture of coloured squares; the same seed gives the same picture."""
    digest = hashlib.sha256(seed.encode()).digest()
    columns = WIDTH // CELL
    rows = b""
    for top in range(HEIGHT // CELL):
        shades = (digest[(column + top * columns) % 32] for column in range(columns))
        row = b"".join(bytes(_PALETTE[shade % len(_PALETTE)]) * CELL for shade in shades)
        rows += (b"\0" + row) * CELL
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def pdf(title: str) -> bytes:
    """Return a page with a Chinese title, in a font that every reader of PDF brings along."""
    text = title.encode("utf-16-be").hex()
    page = f"BT /F1 22 Tf 60 760 Td <{text}> Tj ET".encode()
    objects: tuple[bytes, ...] = (
        *_OBJECTS[:3],
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
    )
    objects += _OBJECTS[3:]
    out = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, len(out))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
