"""ISO-2022-JP as Japanese programs write it, with their vendors' own characters.

The standard has no ``①``, no ``㈱`` and no half-width kana, and Python's codecs refuse them;
every mail program reads such a text as windows-31j in seven bits
(https://encoding.spec.whatwg.org/#iso-2022-jp).
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"\x1b(\$[@B]|\([BIJ])")
_PAIRS = re.compile(rb"(?:[\x21-\x7e]{2})+")
_HALF_WIDTH = bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in range(256))


def decode_jis(data: bytes) -> str:
    """Decode what shifts between ASCII, pairs and half-width kana; never raises."""
    plain, *shifted = _ESCAPE.split(data)
    out = [plain]
    for escape, text in zip(shifted[::2], shifted[1::2], strict=True):
        if escape.startswith(b"$"):
            out.append(_PAIRS.sub(_shifted, text))
        else:
            out.append(text.translate(_HALF_WIDTH) if escape == b"(I" else text)
    return b"".join(out).decode("cp932", "replace")


def _shifted(pairs: re.Match[bytes]) -> bytes:
    """Write pairs of seven bits as Shift JIS does: two rows of 94 to one lead byte."""
    out = bytearray()
    for row, cell in zip(pairs[0][::2], pairs[0][1::2], strict=True):
        lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
        trail = cell + (0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20)
        out += bytes((lead, trail))
    return bytes(out)
