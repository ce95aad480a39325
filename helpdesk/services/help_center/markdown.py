"""Markdown of articles as safe HTML, and as the plain text of a message.

Raw HTML stays the text that was typed; what is made is cleaned again by an allow-list.
Pictures are those of our own articles alone, and links say that we vouch for nobody.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import nh3

from helpdesk.services.help_center.markdown_plain import PlainText

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

PICTURES = "/help/pictures/"
_PICTURE = re.compile(re.escape(PICTURES) + r"[A-Za-z0-9_-]{8,32}")
_SCHEMES = ("http", "https", "mailto", "tel")
_TAGS = {
    *("a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li"),
    *("ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_KEPT = 256


@functools.lru_cache(maxsize=_KEPT)
def html(body: str) -> str:
    """Return the text as HTML that may stand in any of the desk's pages.

    Whatever mark a writer begins with, the uppermost headings are ``h2``: the title of the
    page is above them.
    """
    parser = _parser()
    tokens = parser.parse(body)
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    uppermost = min((int(token.tag[1:]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1:]) - uppermost + 2)}"
    made = parser.renderer.render(tokens, parser.options, {})
    return (
        _CLEANER.clean(made)
        .replace("<table>", '<div class="table-wrap"><table>')
        .replace("</table>", "</table></div>")
    )


def plain(body: str, *, base_url: str = "") -> str:
    """Return the text as it is written in a message: no marks, links with their address."""
    return PlainText(base_url).of(_parser().parse(body))


def words(body: str) -> str:
    """Return what can be read in a text, which is what it is found by."""
    return PlainText(None).of(_parser().parse(body))


def excerpt(body: str, most: int = 120) -> str:
    """Return the beginning of the text in one line."""
    line = " ".join(words(body[: most * 20]).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def pictures(body: str) -> set[str]:
    """Return the tokens of our own pictures that a text shows."""
    found = (t.attrGet("src") for t in _all(_parser().parse(body)) if t.type == "image")
    return {str(src).removeprefix(PICTURES) for src in found if _is_ours(str(src))}


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt as Parser  # noqa: PLC0415 - only who reads pays for it

    parser = Parser("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = _may_link  # type: ignore[method-assign]
    parser.add_render_rule("image", _image)
    return parser


def _image(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    """Draw our own pictures; of others stands what they were said to show."""
    token = tokens[index]
    src, alt = str(token.attrGet("src") or ""), escape(token.content)
    if not _is_ours(src):
        return alt
    return f'<img src="{escape(src)}" alt="{alt}">'


def _may_link(url: str) -> bool:
    """Let links lead to the web, to mail and telephone, and to pages of our own."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    if parts.scheme:
        return parts.scheme.lower() in _SCHEMES
    # two slashes of either kind lead to another site
    return url.startswith("/") and url[1:2] not in ("/", "\\")


def _kept(tag: str, name: str, value: str) -> str | None:
    if tag == "a" and name == "href":
        return value if _may_link(value) else None
    if tag == "img" and name == "src":
        return value if _is_ours(value) else None
    return value


def _is_ours(src: str) -> bool:
    return _PICTURE.fullmatch(src) is not None


def _all(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}},
    attribute_filter=_kept,
    link_rel="noopener nofollow",
    url_schemes=set(_SCHEMES),
    url_relative="pass_through",
)
