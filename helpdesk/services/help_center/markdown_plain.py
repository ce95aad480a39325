"""A parsed Markdown text as the plain text of a message: no marks, links with their address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

_AFTER = {
    "td_close": "  ",
    "th_close": "  ",
    "tr_close": "\n",
    "table_close": "\n",
    "hr": "\n",
}


class PlainText:
    """Writes block after block; lists keep their marks, table rows become lines.

    ``base_url`` completes the addresses of our own pages; None leaves all addresses out.
    """

    def __init__(self, base_url: str | None) -> None:
        self.base_url = base_url
        self.lists: list[int] = []  # 0 stands for a list of points, else the next number

    def of(self, tokens: Sequence[Token]) -> str:
        """Return the text of all blocks."""
        whole = "".join(self._block(token) for token in tokens)
        trimmed = "\n".join(line.rstrip() for line in whole.split("\n"))
        return re.sub(r"\n{3,}", "\n\n", trimmed).strip()

    def _block(self, token: Token) -> str:
        match token.type:
            case "bullet_list_open" | "ordered_list_open" | "list_item_open":
                return self._list_begins(token)
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
                return "" if self.lists else "\n"
            case "paragraph_close" | "heading_close":
                return "\n" if self.lists else "\n\n"
            case "inline":
                return "".join(self._words(token.children or ()))
            case "fence" | "code_block":
                return f"{token.content}\n"
        return _AFTER.get(token.type, "")

    def _list_begins(self, token: Token) -> str:
        if token.type != "list_item_open":
            ordered = token.type == "ordered_list_open"
            self.lists.append(int(token.attrGet("start") or 1) if ordered else 0)
            return ""
        number = self.lists[-1]
        self.lists[-1] += bool(number)
        return "  " * (len(self.lists) - 1) + (f"{number}. " if number else "- ")

    def _words(self, tokens: Sequence[Token]) -> Iterator[str]:
        href = said = ""
        for token in tokens:
            match token.type:
                case "link_open":
                    href, said = self._address(str(token.attrGet("href") or "")), ""
                case "link_close":
                    yield f" ({href})" if href and said != href else ""
                case "softbreak" | "hardbreak":
                    yield "\n"
                case "text" | "code_inline":
                    said += token.content
                    yield token.content

    def _address(self, href: str) -> str:
        if self.base_url is None:
            return ""
        if href.startswith("/"):
            return f"{self.base_url}{href}"
        return href.removeprefix("mailto:").removeprefix("tel:")
