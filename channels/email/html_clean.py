"""HTML from strangers, made safe to show inside the desk's own pages.

A strict allow-list by nh3: no scripts, frames, forms, styles, ids or classes (a
page's CSP forbids inline styles anyway). No picture has a ``src``: a remote one
waits in ``data-remote-src`` until somebody asks for it, an attached one in
``data-cid`` until the page knows its address.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from urllib.parse import unquote

import nh3

from channels.email.html_bombs import is_bomb, without_tags
from channels.email.vocabulary import words

_TAGS = words(
    "a abbr address article aside b bdi big blockquote br caption center cite code col colgroup dd "
    "del dfn dir div dl dt em fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6 header "
    "hgroup hr i img ins kbd legend li main mark menu nav ol p pre q s samp section small span "
    "strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
_CELL = {"align", "bgcolor", "colspan", "height", "rowspan", "valign", "width"}
_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "blockquote": {"type"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "div": {"align"},
    "font": {"color", "face", "size"},
    "h1": {"align"},
    "h2": {"align"},
    "h3": {"align"},
    "img": {"alt", "height", "src", "width"},
    "li": {"value"},
    "ol": {"start", "type"},
    "p": {"align"},
    "table": {"align", "bgcolor", "border", "cellpadding", "cellspacing", "width"},
    "tbody": {"align", "valign"},
    "td": _CELL,
    "th": _CELL,
    "tr": {"align", "bgcolor", "valign"},
}
_GONE_WITH_CONTENT = words(
    "applet audio button canvas embed form frame frameset head iframe input math noembed noframes "
    "noscript object option script select style svg template textarea title video xml"
) - {"form", "button", "noscript"}


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    """Let pictures point to the mail's own parts and to the web, links to everything but parts."""
    if name not in {"href", "src"}:
        return value
    value = value.strip()
    scheme, _, rest = value.partition(":")
    scheme = scheme.lower()
    if scheme in {"http", "https"} and not rest.startswith("//"):
        return None  # a browser takes ``https:login`` for a page of the desk
    allowed = {"http", "https", "cid"} if tag == "img" else {"http", "https", "mailto", "tel"}
    return value if scheme in allowed else None


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_GONE_WITH_CONTENT,
    attributes=_ATTRIBUTES,
    attribute_filter=_keep_attribute,
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    url_relative="deny",
)
# the sanitiser writes attributes in double quotes and escapes quotes within them
_SRC = re.compile(r'(<img(?: [a-z]+="[^"]*")*?) src="(cid:)?([^"]*)"', re.IGNORECASE)
_WAITING = re.compile(r'(<img(?: [a-z]+="[^"]*")*?) data-(cid|remote-src)="([^"]*)"')


def sanitise(html: str) -> str:
    """Return HTML that is safe to store and to show; a bomb becomes its plain words."""
    if is_bomb(html):
        return text_as_html(unescape(without_tags(html)))
    return _SRC.sub(_park, _CLEANER.clean(html)).strip()


def text_as_html(text: str) -> str:
    """Write plain text as HTML, line by line."""
    return escape(text.strip()).replace("\n", "<br>\n")


def render_html(html: str, cid_url: Callable[[str], str | None], *, allow_remote: bool) -> str:
    """Fill in the pictures of sanitised HTML for a page.

    ``cid_url`` gives the address of the attachment with a Content-ID (without
    angle brackets), or ``None`` where the mail has none such.
    """

    def fill(found: re.Match[str]) -> str:
        before, kind, value = found.groups()
        if kind == "cid":
            url = cid_url(unescape(value))
            return f'{before} src="{escape(url)}"' if url else found[0]
        return f'{before} src="{value}"' if allow_remote else found[0]

    return _WAITING.sub(fill, html)


def has_remote_pictures(html: str) -> bool:
    """Tell whether sanitised HTML holds pictures that wait to be asked for."""
    return "data-remote-src=" in html


def _park(found: re.Match[str]) -> str:
    before, cid, value = found.groups()
    if not cid:
        return f'{before} data-remote-src="{value}"'
    content_id = unquote(unescape(value)).strip("<> ")
    return f'{before} data-cid="{escape(content_id)}"'
