"""Rich text as Outlook packs it (MS-OXRTFCP)."""

from __future__ import annotations

from struct import Struct

_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_HEAD = Struct("<IIII")  # both sizes, the way of packing, a checksum
_LARGEST = 10 * 1024 * 1024
# what the packer takes for known before the first byte (MS-OXRTFCP 2.1.2.1)
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern "
    rb"\fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096


def decompressed(data: bytes) -> bytes:
    """Unpack rich text; empty where it is not packed so, or announces too much."""
    if len(data) < _HEAD.size:
        return b""
    _size, raw_size, packing, _checksum = _HEAD.unpack_from(data)
    if raw_size > _LARGEST:
        return b""
    if packing == _PLAIN:
        return data[_HEAD.size : _HEAD.size + raw_size]
    return _unpack(data, raw_size) if packing == _COMPRESSED else b""


def _unpack(data: bytes, raw_size: int) -> bytes:
    window = bytearray(_KNOWN) + bytearray(_WINDOW - len(_KNOWN))
    write, at = len(_KNOWN), _HEAD.size
    out = bytearray()

    def put(byte: int) -> None:
        nonlocal write
        out.append(byte)
        window[write] = byte
        write = (write + 1) % _WINDOW

    while at < len(data) and len(out) < raw_size:
        control = data[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                if at >= len(data):
                    break
                put(data[at])
                at += 1
                continue
            if at + 1 >= len(data):
                return bytes(out)
            reference = data[at] << 8 | data[at + 1]
            at += 2
            offset, length = reference >> 4, (reference & 15) + 2
            if offset == write:  # the end
                return bytes(out)
            for step in range(length):
                put(window[(offset + step) % _WINDOW])
    return bytes(out)
