"""The readable body of a mail and its attachments, from the tree of its parts.

Several text parts in a row are one text; of alternatives the plain one is read
unless it is empty or only says that the mail is HTML. Text of an unknown kind is
plain text (RFC 2046, 4.1.4), and where the body has its place it is the body, whatever
name a program gave it. What is neither text nor a container is an attachment, and so
is a message within the message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import IntEnum
from html import unescape
from urllib.parse import unquote

from channels.email.attached import attachment, file_name, remarked
from channels.email.charsets import decode
from channels.email.entities import joined_halves, without_entities
from channels.email.filenames import name_for, safe_name
from channels.email.flowed import unwrap
from channels.email.html_clean import sanitise, text_as_html
from channels.email.html_pictures import embedded_pictures
from channels.email.html_text import html_to_text, marks_signature
from channels.email.limits import Budget
from channels.email.mime import Part
from channels.email.signatures import without_lines
from channels.email.tnef import Winmail, read_winmail
from channels.email.uuencoded import embedded_files
from channels.email.vocabulary import words
from channels.message import Attachment

_STUB = re.compile(
    r"(?:not|n't|unable to) (?:support|display|view|read|render)[^\n]{0,40}html"
    r"|(?:view|read|display)[^\n]{0,40}(?:html|browser)"
    r"|html (?:e-?mail|message|format|content)"
    r"|(?:不支持|无法显示|无法查看|不能显示|请使用支持|请用支持)[^\n]{0,20}html"
    r"|html\s*(?:格式|邮件|内容)",
    re.IGNORECASE,
)
_LONGEST_STUB = 300
_META_CHARSET = re.compile(
    rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE
)
_REFERENCE = re.compile(r"\bcid:([^\s\"'<>)]{1,1000})", re.IGNORECASE)
# no tag, but an address that a program forgot to escape
_ADDRESS_AS_TAG = re.compile(r"<(?=(?:mailto:)?[^\s<>/!?\"'=@]{1,100}@[^\s<>\"'=@]{1,250}>)")
_DELIMITER = "-- "
_INVISIBLE = "\u200b\u200c\u200d\ufeff\xa0"
_BLANK = f" \t\r\n{_INVISIBLE}"
_WINMAIL = {"application/ms-tnef", "application/vnd.ms-tnef"}
# alternatives of a text that is already there
_REDUNDANT = {"text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext"}
_HTML = {"text/html", "text/x-amp-html", "text/watch-html"}
# texts that some program reads, not a person
_FILES = words(
    "text/calendar text/csv text/tab-separated-values text/directory text/vcard text/x-vcard "
    "text/rfc822-headers text/rtf text/xml text/css text/javascript"
)


@dataclass(slots=True)
class Body:
    """``text`` as a reader sees it; ``own`` without the history that HTML marks as such.

    In ``own`` the blank behind the dashes above a signature still stands (RFC 3676, 4.3).
    """

    text: str
    own: str
    html: str | None
    attachments: tuple[Attachment, ...]


class _Place(IntEnum):
    """How near a part stands to where a mail has its body."""

    FILE = 0
    BESIDE = 1
    FIRST = 2
    BODY = 3


@dataclass(slots=True)
class _Segment:
    """One stretch of the body, in plain text, in HTML or in both."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class _Collected:
    segments: list[_Segment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    packed: list[Winmail] = field(default_factory=list)


def read_body(root: Part, budget: Budget) -> Body:
    """Read the body and the attachments of a mail."""
    collected = _Collected()
    _collect(root, collected, budget, _Place.BODY)
    _take_packed_words(collected, budget)
    shown = _shown(collected.segments)
    text, own, html = _assemble(collected, budget)
    own = own[: budget.limits.text]
    files = (replace(f, inline=f.inline or f.content_id in shown) for f in collected.attachments)
    return Body(_shorten(text, budget), own, html, tuple(files))


def _collect(part: Part, into: _Collected, budget: Budget, place: _Place) -> None:
    budget.check_time()
    if part.content_type == "multipart/alternative" and part.parts:
        _collect_alternatives(part, into, budget)
    elif part.content_type == "multipart/related" and part.parts:
        root = _root_of_related(part)
        for child in part.parts:
            _collect(child, into, budget, place if child is root else _Place.FILE)
    elif part.content_type == "multipart/appledouble" and part.parts:
        # what comes first is what a Macintosh alone knows about the file (RFC 1740)
        _collect(part.parts[-1], into, budget, _Place.FILE)
    elif part.parts:
        for child in part.parts:
            within = _Place.FIRST if child is part.parts[0] else _Place.BESIDE
            _collect(child, into, budget, min(place, within))
    elif _is_text(part, place):
        into.segments.append(_segment(part, budget))
    elif part.content_type not in {"multipart/mixed", "multipart/alternative"}:
        _keep_file(attachment(part, len(into.attachments) + 1, budget), into, budget)


def _keep_file(file: Attachment, into: _Collected, budget: Budget) -> None:
    """Keep a file; what Outlook packed together becomes the files that it was."""
    if file.content_type not in _WINMAIL and file.name.lower() != "winmail.dat":
        into.attachments.append(file)
        return
    content = read_winmail(file.data, budget)
    if content.damaged or content == Winmail():
        budget.warn("Attachments may be hidden in winmail.dat, which only Outlook opens.")
        into.attachments.append(file)
    for packed in content.files:
        number = len(into.attachments) + 1
        name = packed.name or name_for(packed.content_type, number)
        into.attachments.append(replace(packed, name=name))
    into.packed.append(content)


def _take_packed_words(collected: _Collected, budget: Budget) -> None:
    """Read what Outlook packed for the body where the mail has no other."""
    if not all(map(_is_wordless, collected.segments)):
        return
    for content in collected.packed:
        if content.text or content.html:
            html = _bounded_html(content.html, budget) if content.html else None
            collected.segments.append(_Segment(content.text or None, html))
        elif content.rich_text:
            collected.attachments.append(
                Attachment("message.rtf", "application/rtf", content.rich_text)
            )


def _is_wordless(segment: _Segment) -> bool:
    return not segment.html and not (segment.plain or "").strip(_BLANK)


def _root_of_related(part: Part) -> Part:
    """Find what the related parts belong to: the one announced, or the first that has words."""
    start = part.parameters.get("start").strip("<> ")
    for child in part.parts:
        if start and child.headers.text("content-id").strip("<> ") == start:
            return child
    with_words = (child for child in part.parts if child.parts or _may_be_text(child))
    return next(with_words, part.parts[0])


def _collect_alternatives(part: Part, into: _Collected, budget: Budget) -> None:
    """Merge the versions of one text: the plain one and the richest HTML."""
    merged = _Segment()
    for child in sorted(part.parts, key=lambda child: child.content_type in _REDUNDANT):
        if child.content_type in _REDUNDANT and merged != _Segment():
            continue
        version = _Collected()
        _collect(child, version, budget, _Place.BODY)
        into.attachments.extend(version.attachments)
        into.packed.extend(version.packed)
        if any(segment.html is not None for segment in version.segments):
            merged.html = "\n".join(map(_as_html, version.segments))
        elif version.segments and merged.plain is None:
            merged.plain = "\n".join(segment.plain or "" for segment in version.segments)
    if merged.plain is not None and merged.html is not None:
        merged.plain = without_entities(merged.plain, merged.html)
    if merged.plain is not None or merged.html is not None:
        into.segments.append(merged)


def _is_text(part: Part, place: _Place) -> bool:
    """Tell body text from a text file that was attached."""
    if place is _Place.FILE or not _may_be_text(part):
        return False
    filed = safe_name(part.disposition.get("filename") or part.disposition.get("name"))
    if part.disposition.value.startswith("attachment") and (filed or place is not _Place.BODY):
        return False
    if place is _Place.BODY or not file_name(part):
        return True
    return place is _Place.FIRST and not filed and not part.disposition.value


def _may_be_text(part: Part) -> bool:
    return part.content_type.startswith("text/") and part.content_type not in _FILES


def _segment(part: Part, budget: Budget) -> _Segment:
    data = part.decoded()
    charset = part.parameters.get("charset")
    if part.content_type in _HTML:
        return _Segment(html=_bounded_html(_decode_html(data, charset), budget))
    text = decode(data, charset).replace("\r\n", "\n").replace("\r", "\n")
    if part.parameters.get("format").lower() == "flowed":
        delete = part.parameters.get("delsp").lower() == "yes"
        text = unwrap(text, delete_space=delete)
    return _Segment(plain=text)


def _decode_html(data: bytes, charset: str) -> str:
    """Decode HTML; its own meta element speaks where the mail's label says nothing."""
    if charset.strip().lower() in {"", "us-ascii", "ascii"}:
        meta = _META_CHARSET.search(data[:4096])
        charset = meta[1].decode("ascii") if meta else charset
    return decode(data, charset)


def _bounded_html(html: str, budget: Budget) -> str:
    html = joined_halves(_ADDRESS_AS_TAG.sub("&lt;", html))
    limit = budget.limits.html
    if len(html) > limit:
        budget.warn(f"The HTML was longer than {limit // 1_048_576} MB and was cut short.")
        html = html[:limit]
    return html


def _shown(segments: list[_Segment]) -> set[str]:
    """Return the Content-IDs of the parts that the HTML shows, whatever their disposition."""
    pages = (segment.html for segment in segments if segment.html is not None)
    return {unquote(unescape(name)) for page in pages for name in _REFERENCE.findall(page)}


def _assemble(collected: _Collected, budget: Budget) -> tuple[str, str, str | None]:
    """Join the segments to the text, the mail's own text, and the safe HTML."""
    texts: list[str] = []
    owns: list[str] = []
    pages: list[str] = []
    for segment in collected.segments:
        if segment.html is not None:
            segment.html, pictures = embedded_pictures(segment.html, len(collected.attachments))
            collected.attachments.extend(pictures)
        if segment.plain is not None:
            segment.plain, coded = embedded_files(segment.plain)
            collected.attachments.extend(remarked(file, budget) for file in coded)
        text, own = _readable(segment, budget)
        if text:
            texts.append(text)
            owns.append(own)
        pages.append(_as_safe_html(segment))
        budget.check_time()
    rich = any(segment.html is not None for segment in collected.segments)
    html = "\n".join(page for page in pages if page) if rich else None
    return "\n\n".join(texts), "\n\n".join(owns).strip("\n"), html


def _readable(segment: _Segment, budget: Budget) -> tuple[str, str]:
    plain = segment.plain
    if plain is not None and (segment.html is None or not _says_nothing(plain)):
        return _tidy(plain), _without_signature(_tidy(plain, kept=_DELIMITER), segment.html or "")
    converted = html_to_text(segment.html or "")
    budget.check_time()
    if plain is not None and not converted.text:
        return _tidy(plain), _tidy(plain, kept=_DELIMITER)
    return converted.text, converted.own


def _without_signature(plain: str, html: str) -> str:
    """Leave out of a plain version what its HTML version marks as a signature."""
    if not marks_signature(html):
        return plain
    return without_lines(plain, html_to_text(html).signature)


def _says_nothing(plain: str) -> bool:
    """Tell a plain version that is empty or only asks for a better program."""
    words = plain.strip().strip(_INVISIBLE).strip()
    return not words or (len(words) <= _LONGEST_STUB and _STUB.search(words) is not None)


def _tidy(plain: str, kept: str = "") -> str:
    """Strip the blanks at the ends of lines, but of lines that are ``kept``."""
    if "\xa0" in plain or "\ufeff" in plain:
        plain = plain.replace("\xa0", " ").replace("\ufeff", "")
    lines = plain.split("\n")
    return "\n".join(line if line == kept else line.rstrip() for line in lines).strip("\n")


def _as_html(segment: _Segment) -> str:
    return segment.html if segment.html is not None else text_as_html(segment.plain or "")


def _as_safe_html(segment: _Segment) -> str:
    return sanitise(segment.html) if segment.html is not None else text_as_html(segment.plain or "")


def _shorten(text: str, budget: Budget) -> str:
    limit = budget.limits.text
    if len(text) <= limit:
        return text
    budget.warn(f"The text was longer than {limit:,} characters and was cut short.")
    return text[:limit]
