"""Bytes to text, whatever the label says.

Labels lie: ``gb2312`` usually means GB18030, ``iso-8859-1`` is what a program
writes when it does not know, and many write nothing at all. The WHATWG encoding
standard reads labels the same way (https://encoding.spec.whatwg.org/#names-and-labels);
the order of guesses is utf-8, then gb18030 when it looks like Chinese, then chardet.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from channels.email.jis import decode_jis

# labels that mean more than they say, or that Python does not know
_ALIASES = {
    "gb2312": "gb18030",
    "gb231280": "gb18030",
    "gb180302005": "gb18030",
    "gb": "gb18030",
    "gbk": "gb18030",
    "xgbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "936": "gb18030",
    "windows936": "gb18030",
    "euccn": "gb18030",
    "xeuccn": "gb18030",
    "eucgb2312cn": "gb18030",
    "csgb2312": "gb18030",
    "chinese": "gb18030",
    "chinesesimplified": "gb18030",
    "isoir58": "gb18030",
    "hzgb2312": "hz",
    "big5": "cp950",
    "xbig5": "cp950",
    "cnbig5": "cp950",
    "big5eten": "cp950",
    "xxbig5": "cp950",
    "kscn56011987": "cp949",
    "ksc56011987": "cp949",
    "ksc5601": "cp949",
    "euckr": "cp949",
    "windows949": "cp949",
    "cseuckr": "cp949",
    "csksc56011987": "cp949",
    "korean": "cp949",
    "isoir149": "cp949",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "xsjis": "cp932",
    "windows31j": "cp932",
    "cswindows31j": "cp932",
    "csshiftjis": "cp932",
    "mskanji": "cp932",
    "cp51932": "euc_jp",
    "eucjpms": "euc_jp",
    "eucjpwin": "euc_jp",
    "cseucpkdfmtjapanese": "euc_jp",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "iso2022jpms": "iso2022_jp_ext",
    "iso88591": "cp1252",
    "latin1": "cp1252",
    "cp819": "cp1252",
    "windows1252": "cp1252",
    "iso88598i": "iso8859-8",
    "iso88598e": "iso8859-8",
    "iso88599": "cp1254",
    "utf8mb4": "utf-8",
    "xutf8": "utf-8",
    "unicode11utf8": "utf-8",
    "unicode11utf7": "utf-7",
    "xunicode20utf8": "utf-8",
    "unicode": "utf-16",
    "ucs2": "utf-16",
}
_FAMILY = re.compile(r"^(?:windows|cp|ibm)[-_]?(?=\d)")
# labels that say nothing about bytes beyond ASCII
_SAY_NOTHING = {"", "usascii", "ascii", "ansix341968", "unknown8bit", "xunknown", "default"}
_STATEFUL = {"utf-7", "hz", "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be"}
_RELATIVES = {"hz": ("gb18030",), "iso2022_j": ("cp932", "euc_jp"), "iso2022_k": ("cp949",)}
_NOT_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "mbcs", "undefined"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# nothing but ISO-2022-JP shifts so, whatever the label says
_SHIFTS = re.compile(rb"\x1b\$[@B].{2}", re.DOTALL)
# what a storage or a terminal cannot bear; tab, line feed and carriage return stay
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
# where Unicode has control characters that nobody types, windows-1252 has quotes, dashes and €
_C1 = re.compile("[\x80-\x9f]+")
# level 1 hanzi (3,755 in everyday use) and the rows of Chinese punctuation
_EVERYDAY_GB = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]|[\xa1\xa3][\xa1-\xfe]")
_ODD_HIGH_RUN = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?:[\x80-\xff]{2})*(?![\x80-\xff])")
_LONG_HIGH_RUN = re.compile(rb"[\x80-\xff]{3}")
_EURO_936 = 0x80
_WITH_EURO = "channels.email.euro"
_ASCII_BYTES = bytes(range(128))
_NO_ASCII = dict.fromkeys(range(128))
_TWO_BYTE_BLOCKS = (
    ("latin", "\u00a0", "\u017f"),
    ("greek", "\u0370", "\u03ff"),
    ("cyrillic", "\u0400", "\u045f"),
    ("hebrew", "\u0590", "\u05ff"),
    ("arabic", "\u0600", "\u06ff"),
)
_SAMPLE = 64 * 1024
_SURELY_NARROW = 8


def decode(data: bytes, label: str | None = None) -> str:
    """Decode bytes that claim to be in ``label``; never raises, never yields surrogates."""
    codec = _codec(label or "")
    if data.isascii() and codec not in _STATEFUL and not codec.startswith("iso2022"):
        return clean(decode_jis(data) if _SHIFTS.search(data) else data.decode("ascii"))
    for bom, name in _BOMS:
        if data.startswith(bom):
            return clean(data.decode(name, "replace"))
    return clean(_decode(data, codec))


def clean(text: str) -> str:
    """Drop NUL, control characters and lone surrogates, which no database stores.

    Programs that took windows-1252 for ISO-8859-1 wrote its quotes as control characters.
    """
    if text.isascii():
        return text if text.isprintable() else _UNPRINTABLE.sub("", text)
    return _UNPRINTABLE.sub("", _C1.sub(lambda found: _cp1252(found[0].encode("latin-1")), text))


def _decode(data: bytes, codec: str) -> str:
    if codec == "":
        return _guess(data)
    if codec == "utf-8":
        text = data.decode("utf-8", "replace")
        return text if _is_damaged_utf8(text, bearable=1.0) else _guess(data)
    if codec in _STATEFUL or codec.startswith("iso2022"):
        return _stateful(data, codec)
    unlabelled = _strictly(data, "utf-8")
    if unlabelled is not None and _is_surely_utf8(unlabelled, codec):
        return unlabelled
    if codec == "cp1252" and _looks_chinese(data) and not _ODD_HIGH_RUN.search(data[:_SAMPLE]):
        return _best_of(data, "gb18030")
    if codec == "cp1252":
        return _cp1252(data)
    return _best_of(data, codec)


def _stateful(data: bytes, codec: str) -> str:
    """Read what claims a shifting or a wide encoding; where it is none, mostly a relative."""
    text = None if _is_narrow(data, codec) else _strictly(data, codec)
    if text is not None:
        return text
    if data.isascii() and codec.startswith("iso2022_j"):
        return decode_jis(data)
    if codec.startswith("utf-") and (codec != "utf-7" or not data.isascii()):
        text = _strictly(data, "utf-8")
        return text if text is not None and "\0" not in text else data.decode(codec, "replace")
    if data.isascii():
        return data.decode(codec, "replace")
    for relative in _RELATIVES.get(codec[:9], ()):
        text = _strictly(data, relative)
        if text is not None:
            return text
    return _guess(data)


def _is_narrow(data: bytes, codec: str) -> bool:
    """Tell text that claims two or four bytes a character and has one: no byte of it is NUL."""
    if not codec.startswith(("utf-16", "utf-32")) or b"\0" in data or len(data) < _SURELY_NARROW:
        return False
    return _strictly(data, "utf-8") is not None


def _best_of(data: bytes, codec: str) -> str:
    """Decode strictly, or else as whichever candidate loses the least."""
    strict = _strictly(data, codec)
    if strict is not None:
        return strict
    if codec == "cp950":
        strict = _strictly(data, "big5hkscs")
        if strict is not None:
            return strict
    guessed = _guess(data)
    forced = _gb18030(data) if codec == "gb18030" else data.decode(codec, "replace")
    return guessed if guessed.count("\ufffd") < forced.count("\ufffd") else forced


def _guess(data: bytes) -> str:
    chinese = _looks_chinese(data)
    strict = _strictly(data, "utf-8")
    if strict is not None and not (chinese and _mixes_scripts(strict)):
        return strict
    damaged = data.decode("utf-8", "replace")
    if strict is None and _is_damaged_utf8(damaged, bearable=1 / 8):
        return damaged
    if chinese:
        return _gb18030(data)
    return _ask_chardet(data)


def _ask_chardet(data: bytes) -> str:
    if _looks_western(data):
        return _cp1252(data)
    import chardet  # noqa: PLC0415 - its models load slowly and few mails need them

    found = chardet.detect(data[:_SAMPLE])["encoding"] or ""
    codec = _codec(found)
    if codec:
        text = _strictly(data, codec)
        if text is not None:
            return text
    gb = _strictly(data, "gb18030")
    return gb if gb is not None else _cp1252(data)


def _gb18030(data: bytes) -> str:
    """Decode what may be damaged, or code page 936, where the euro sign has a byte of its own."""
    return data.decode("gb18030", _WITH_EURO)


def _euro_or_replacement(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "€" if error.object[error.start] == _EURO_936 else "\ufffd", error.end


codecs.register_error(_WITH_EURO, _euro_or_replacement)


def _cp1252(data: bytes) -> str:
    """Decode as browsers do: the five holes of windows-1252 are control characters."""
    strict = _strictly(data, "cp1252")
    return strict if strict is not None else data.decode("latin-1")


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _is_surely_utf8(text: str, codec: str) -> bool:
    """Tell whether valid UTF-8 outweighs a label in another encoding.

    Short GBK text can be valid UTF-8 by accident, but only of two-byte
    characters (Greek, Arabic…); a three-byte character does not come about so.
    Single-byte text practically never is valid UTF-8.
    """
    if codec in {"gb18030", "cp950", "cp949", "cp932", "euc_jp"}:
        return any(char >= "\u2e80" for char in text)
    return True


def _mixes_scripts(text: str) -> bool:
    """Tell GBK that is valid UTF-8 by accident: ``原始`` reads as ``ԭʼ``, one of each script."""
    if any(char >= "\u0800" for char in text):
        return False
    blocks = {_block(char) for char in text if char > "\x7f"}
    return len(blocks) > 1 or "rare" in blocks


def _block(char: str) -> str:
    for name, first, last in _TWO_BYTE_BLOCKS:
        if first <= char <= last:
            return name
    return "rare"


def _is_damaged_utf8(text: str, *, bearable: float) -> bool:
    """Tell UTF-8 that lost a few bytes; ``bearable`` is lost for every good character."""
    lost = text.count("\ufffd")
    if not lost:
        return True
    good = len(text.translate(_NO_ASCII)) - lost
    return lost <= good * bearable


def _looks_chinese(data: bytes) -> bool:
    sample = data[:_SAMPLE]
    high = len(sample.translate(None, _ASCII_BYTES))
    everyday = 2 * len(_EVERYDAY_GB.findall(sample))
    return everyday >= high * 0.6


def _looks_western(data: bytes) -> bool:
    """Tell single accented letters in ASCII from a run of multi-byte characters."""
    sample = data[:_SAMPLE]
    high = len(sample.translate(None, _ASCII_BYTES))
    return high * 5 <= len(sample) * 2 and not _LONG_HIGH_RUN.search(sample)


@lru_cache(maxsize=512)
def _codec(label: str) -> str:
    """Name the codec of a label, or ``""`` where the label helps nothing."""
    name = label.partition("(")[0].strip("'\" \t\r\n;").lower()
    plain = re.sub(r"[^a-z0-9]", "", name[:60])
    if plain in _SAY_NOTHING:
        return ""
    wanted = _ALIASES.get(plain, name)
    found = _lookup(wanted) or _lookup(_FAMILY.sub("cp", wanted.removeprefix("x-")))
    if found is None:
        return ""
    # rot13, zip and hex are codecs too, but not charsets
    if not getattr(found, "_is_text_encoding", True) or found.name in _NOT_CHARSETS:
        return ""
    return {"iso8859-1": "cp1252", "ascii": ""}.get(found.name, found.name)


def _lookup(name: str) -> codecs.CodecInfo | None:
    try:
        return codecs.lookup(name)
    except (LookupError, ValueError):
        return None
