"""Content-Transfer-Encoding, read leniently: damage costs bytes, never the mail."""

from __future__ import annotations

import binascii
import re

_NOT_LETTERS = re.compile(r"[^a-z0-9]")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_NOT_ALPHABET = re.compile(rb"[^A-Za-z0-9+/]+")
_CHUNK = re.compile(rb"([A-Za-z0-9+/]+)(=*)")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)
_SAMPLE = 4096


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding; ``encoding`` is the field's value as it came."""
    match _NOT_LETTERS.sub("", encoding.partition(";")[0].lower()):
        case token if token.startswith("base64"):
            return data if _is_no_base64(data) else decode_base64(data)
        case "quotedprintable" | "qp":
            return binascii.a2b_qp(data)
        case "xuuencode" | "uuencode" | "xuue" | "uue":
            return _decode_uu(data) or data
        case _:
            return data


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
