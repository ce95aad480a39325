"""HTML mail to text: what a reader would see, with quotes marked by ``>``.

The sanitiser first turns any markup into well-formed tags, so one regular pass
over them is enough: no tree, no recursion, no column padding that could grow.
Mail programs mark history and signatures with ids and classes of their own;
those tell the new part of a mail better than its words can.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple

import nh3

from channels.email.html_bombs import is_bomb, without_tags
from channels.email.quote_marks import is_forward_mark
from channels.email.vocabulary import words

_VOID = frozenset({"br", "hr", "img", "wbr"})
_PARAGRAPHS = words("p h1 h2 h3 h4 h5 h6 ul ol dl dir menu table pre")
_LINES = words(
    "div tr li blockquote center section article aside nav main header footer hgroup dt dd address "
    "caption figure figcaption details summary dialog form fieldset legend marquee includetail"
)
_OTHERS = {"a", "td", "th", "span", "sign"}
_TAGS = set(_VOID | _PARAGRAPHS | _LINES) | _OTHERS

_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"head", "script", "style", "title", "template", "textarea", "select"}
    | {"svg", "math", "noframes", "iframe", "object", "xml"},
    attributes={"*": {"class", "id", "name", "style", "type"}, "ol": {"start"}, "li": {"value"}},
    link_rel=None,
)
_TOKEN = re.compile(r'<(/?)([a-z0-9]+)((?: [a-z]+="[^"]*")*)>|([^<]+)')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_PREFORMATTED = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_NUMBER = re.compile(r' (?:start|value)="(\d{1,6})"')
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)

_QUOTES = frozenset(
    {"gmail_quote", "yahoo_quoted", "protonmail_quote", "tutanota_quote", "freshdesk_quote"}
)
_QUOTE_IDS = frozenset({"isReplyContent"})
# history with all that introduces it; what stands behind it may be new
_EARLIER = words("yahoo_quoted protonmail_quote ntes-mailmaster-quote history-quote-wrapper")
# from here to the end of the mail everything is history
_HISTORY_IDS = words(
    "divRplyFwdMsg appendonsend OLK_SRC_BODY_SECTION mail-editor-reference-message-container "
    "ms-outlook-mobile-body-separator-line reply-intro messageReplySection"
)
_HISTORY_CLASSES = frozenset({"OutlookMessageHeader", "adit-html-block--collapsed"})
_SIGNATURE_IDS = words(
    "Signature signature ms-outlook-mobile-signature spnEditorSign ntes-pcmac-signature "
    "ntes-pcmail-signature imail_signature mailSign messageSignatureSection"
)
# signatures, and "On … wrote:" in whatever language, as Thunderbird marks it
_NOT_OWN_CLASSES = words(
    "gmail_signature moz-signature foxmail-signature protonmail_signature_block front-signature "
    "lark-mail-signature ntes-signature __aliyun_signature_wrap xm_write_card bloop_sign "
    "moz-cite-prefix"
)
_MARKS = re.compile(
    rf"""[\s"'=](?:{"|".join(sorted(_SIGNATURE_IDS | _NOT_OWN_CLASSES))})[\s"'>]|<sign\b"""
)


@dataclass(frozen=True, slots=True)
class HtmlText:
    """The text of an HTML body; ``own`` is without marked history and signatures.

    ``signature`` is what is marked as such, and as an introduction, above the history.
    """

    text: str
    own: str
    signature: str = ""


class _Line(NamedTuple):
    """One line of text, how deep it is quoted, and what the HTML marks it as."""

    text: str
    depth: int
    signature: bool
    history: bool


@dataclass(slots=True)
class _Writer:
    """Collects lines; a line break is written when the next word comes."""

    lines: list[_Line] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    depth: int = 0
    not_own: int = 0
    in_history: bool = False
    earlier: int = 0
    preformatted: int = 0

    def write(self, text: str) -> None:
        if not self.preformatted:
            text = _BLANKS.sub(" ", text)
            if text == " " and not self.current:
                return
            self.current.append(text.replace("\xa0", " "))
            return
        first, *rest = text.replace("\xa0", " ").split("\n")
        self.current.append(first)
        for line in rest:
            self.end_line(always=True)
            self.current.append(line)

    def end_line(self, *, always: bool = False) -> None:
        if self.current or always:
            text = "".join(self.current)
            text = text.rstrip() if self.preformatted else text.strip(" ")
            history = self.in_history or self.earlier > 0
            self.lines.append(_Line(text, self.depth, self.not_own > 0, history))
            self.current = []

    def end_paragraph(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1].text:
            self.lines.append(self.lines[-1]._replace(text="", depth=self.depth))


def html_to_text(html: str) -> HtmlText:
    """Convert any HTML, hostile or broken, to text."""
    if is_bomb(html):
        text = _tidy(unescape(without_tags(html)).split("\n"))
        return HtmlText(text, text)
    writer = _Writer()
    _walk(_INVISIBLE.sub("", _CLEANER.clean(html)), writer)
    writer.end_line()
    lines = writer.lines
    passed_on = _is_passed_on(lines)
    return HtmlText(
        _tidy(map(_quoted, lines)),
        _tidy(
            _quoted(line)
            for line in lines
            if not line.signature and (passed_on or not line.history)
        ),
        _tidy(line.text for line in lines if line.signature and not (line.history or line.depth)),
    )


def _is_passed_on(lines: list[_Line]) -> bool:
    """Tell what is marked like history but was forwarded, which is the point of its mail."""
    first = next((line.text for line in lines if line.history and line.text), "")
    return is_forward_mark(first)


def marks_signature(html: str) -> bool:
    """Tell cheaply whether a program may have marked a signature in some HTML."""
    return _MARKS.search(html) is not None


def _walk(markup: str, writer: _Writer) -> None:
    """Write every visible word; ``effects`` remembers what each open tag must undo."""
    effects: list[str] = []
    numbers: list[int] = []
    hidden = 0
    for slash, tag, attributes, visible in _TOKEN.findall(markup):
        if visible:
            if not hidden:
                writer.write(unescape(visible) if "&" in visible else visible)
        elif slash:
            effect = effects.pop() if effects else ""
            hidden -= effect == "hidden"
            _close(tag, effect, numbers, writer)
        elif tag in _VOID:
            _void(tag, writer)
        else:
            effect = _effect(tag, attributes)
            effects.append(effect)
            hidden += effect == "hidden"
            _count(tag, attributes, numbers)
            _open(tag, effect, numbers, writer)


def _count(tag: str, attributes: str, numbers: list[int]) -> None:
    """Keep the number before the next item of each open list, ``-1`` where none is shown."""
    given = _NUMBER.search(attributes)
    if tag in {"ol", "ul"}:
        first = int(given[1]) if given is not None else 1
        numbers.append(max(first - 1, 0) if tag == "ol" else -1)
    elif tag == "li" and given is not None and numbers and numbers[-1] >= 0:
        numbers[-1] = max(int(given[1]) - 1, 0)


def _void(tag: str, writer: _Writer) -> None:
    if tag == "br":
        writer.end_line(always=True)
    elif tag == "hr":
        writer.end_paragraph()


def _open(tag: str, effect: str, numbers: list[int], writer: _Writer) -> None:
    if tag in _PARAGRAPHS and effect != "tight":
        writer.end_paragraph()
    elif tag in _LINES or effect not in {"", "preformatted"}:
        writer.end_line()
    if tag in {"td", "th"} and writer.current:
        writer.current.append("\t")
    if effect == "quote":
        writer.depth += 1
    elif effect == "signature":
        writer.not_own += 1
    elif effect == "history":
        writer.in_history = True
    elif effect == "earlier":
        writer.earlier += 1
    if tag == "li":
        writer.current.append(_bullet(numbers))
    elif tag == "pre" or effect == "preformatted":
        writer.preformatted += 1


def _close(tag: str, effect: str, numbers: list[int], writer: _Writer) -> None:
    if tag in _PARAGRAPHS and effect != "tight":
        writer.end_paragraph()
    elif tag in _LINES or effect in {"quote", "signature", "earlier"}:
        writer.end_line()
    if effect == "quote":
        writer.depth -= 1
    elif effect == "signature":
        writer.not_own -= 1
    elif effect == "earlier":
        writer.earlier -= 1
    if tag in {"ol", "ul"} and numbers:
        numbers.pop()
    elif tag == "pre" or effect == "preformatted":
        writer.preformatted -= 1


def _bullet(numbers: list[int]) -> str:
    if numbers and numbers[-1] >= 0:
        numbers[-1] += 1
        return f"{numbers[-1]}. "
    return "- "


def _effect(tag: str, attributes: str) -> str:
    """Say what an element means for the text, from the marks that mail programs leave."""
    if not attributes:
        return "signature" if tag == "sign" else ""
    found = dict(_ATTRIBUTE.findall(attributes))
    identity = found.get("id") or found.get("name", "")
    classes = frozenset(found.get("class", "").split())
    if _HIDDEN.search(found.get("style", "")):
        return "hidden"
    if identity in _HISTORY_IDS or classes & _HISTORY_CLASSES:
        return "history"
    if identity in _SIGNATURE_IDS or classes & _NOT_OWN_CLASSES or tag == "sign":
        return "signature"
    if tag == "blockquote" and (
        found.get("type") == "cite" or classes & _QUOTES or identity in _QUOTE_IDS
    ):
        return "quote"
    if classes & _EARLIER:
        return "earlier"
    if "MsoNormal" in classes:
        return "tight"
    return "preformatted" if _PREFORMATTED.search(found.get("style", "")) else ""


def _quoted(line: _Line) -> str:
    return f"{'>' * line.depth} {line.text}".rstrip() if line.depth else line.text.rstrip()


def _tidy(lines: Iterable[str]) -> str:
    """Join lines, with at most one empty line in a row."""
    out: list[str] = []
    for line in lines:
        if line or (out and out[-1]):
            out.append(line)
    return "\n".join(out).strip("\n")
