"""Content-Transfer-Encoding, read leniently: damage costs bytes, never the mail."""

from __future__ import annotations

import binascii
import re

_NOT_LETTERS = re.compile(r"[^a-z0-9]")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_NOT_ALPHABET = re.compile(rb"[^A-Za-z0-9+/]+")
_CHUNK = re.compile(rb"([A-Za-z0-9+/]+)(=*)")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)
# the last line of base64 ends in padding or stands above an empty line
_FOOTER = re.compile(
    rb"(?:\A|\n)([A-Za-z0-9+/]+(?:={1,2}[ \t]*\r?\n|[ \t]*\r?\n[ \t]*\r?\n))(\s*\S.*)", re.DOTALL
)
_LONGEST_FOOTER = 4096
_SURELY_BASE64 = 60
_SAMPLE = 4096


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding; ``encoding`` is the field's value as it came."""
    match _NOT_LETTERS.sub("", encoding.partition(";")[0].lower()):
        case token if token.startswith("base64"):
            body, footer = _without_footer(data)
            return data if not footer and _is_no_base64(data) else decode_base64(body) + footer
        case "quotedprintable" | "qp":
            return binascii.a2b_qp(data)
        case "xuuencode" | "uuencode" | "xuue" | "uue":
            return _decode_uu(data) or data
        case _:
            return data


def _without_footer(data: bytes) -> tuple[bytes, bytes]:
    """Split off what a server on the way wrote below the base64 in clear text."""
    begin = max(len(data) - _LONGEST_FOOTER, 0)
    if b" " not in data[begin:]:  # words have blanks between them
        return data, b""
    found = _FOOTER.search(data, begin)
    if found is None or not _is_prose(found[2]):
        return data, b""
    head = data[: found.end(1)]
    letters = b"".join(head.split())
    whole = len(letters) % 4 == 0 and (letters.endswith(b"=") or len(letters) >= _SURELY_BASE64)
    if (
        not whole
        or _NOT_BASE64.search(letters)
        or any(b" " in ln.strip() for ln in head.splitlines())
    ):
        return data, b""
    return head, b"\n" + found[2]


def _is_prose(data: bytes) -> bool:
    """Tell words from damaged base64: they have blanks between them and punctuation."""
    spaced = any(b" " in line.strip() for line in data.splitlines())
    return spaced and _NOT_BASE64.search(data) is not None


def decode_base64(data: bytes) -> bytes:
    """Decode base64 with missing padding, foreign bytes or several padded runs."""
    body = data.rstrip()
    if b"=" not in body.rstrip(b"="):
        try:
            return binascii.a2b_base64(body)
        except binascii.Error:
            return _decode_quads(_NOT_ALPHABET.sub(b"", body))
    # a padded run inside: encoders that worked in blocks wrote one after the other
    squeezed = _NOT_BASE64.sub(b"", b"".join(body.split()))
    return b"".join(_decode_quads(run) for run, _pad in _CHUNK.findall(squeezed))


def _decode_quads(alphabet_only: bytes) -> bytes:
    if len(alphabet_only) % 4 == 1:  # one letter holds six bits: no byte
        alphabet_only = alphabet_only[:-1]
    return binascii.a2b_base64(alphabet_only + b"=" * (-len(alphabet_only) % 4))


def _is_no_base64(data: bytes) -> bool:
    """Tell readable text that merely claims to be base64."""
    sample = data[:_SAMPLE].strip()
    if b" " not in sample and _NOT_BASE64.search(sample) is None:
        return False
    foreign = len(_NOT_BASE64.findall(sample))
    return foreign * 20 > len(sample) or _mostly_spaced(sample)


def _mostly_spaced(sample: bytes) -> bool:
    lines = [line.strip() for line in sample.splitlines() if line.strip()]
    spaced = sum(b" " in line for line in lines)
    return spaced * 2 > len(lines)


def _decode_uu(data: bytes) -> bytes:
    begin = _UU_BEGIN.search(data)
    out = bytearray()
    for line in data[begin.end() if begin else 0 :].splitlines():
        if line.strip() in {b"end", b"`", b""}:
            continue
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(out)
