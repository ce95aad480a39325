"""Entities that programs write wrongly: left in plain versions, or cut in two halves.

QQ mail makes its plain versions so: ``发件人:&nbsp;"Ann"<ann@odd.example&gt;;``. Exchange
writes what GB2312 lacks as UTF-16 does: ``&#55357;&#56832;`` for one picture character.
"""

from __future__ import annotations

import re

_MEANINGS = {"nbsp": " ", "lt": "<", "gt": ">", "quot": '"', "amp": "&"}
_ENTITY = re.compile(rf"&({'|'.join(_MEANINGS)});")
_TWO_HALVES = re.compile(
    r"&#(xd[89ab][0-9a-f]{2}|5[56]\d{3});&#(xd[c-f][0-9a-f]{2}|5[67]\d{3});", re.IGNORECASE
)
_HIGH, _LOW, _END = 0xD800, 0xDC00, 0xE000


def joined_halves(html: str) -> str:
    """Write each pair of surrogates as the character that it stands for."""
    return _TWO_HALVES.sub(_joined, html) if "&#" in html else html


def _joined(found: re.Match[str]) -> str:
    high, low = (int(f"0{half}", 16) if half[0] in "xX" else int(half) for half in found.groups())
    if not _HIGH <= high < _LOW <= low < _END:
        return found[0]
    return chr(0x10000 + ((high - _HIGH) << 10) + (low - _LOW))


def without_entities(plain: str, html: str) -> str:
    """Write what the entities in ``plain`` stand for, but for those that ``html`` shows too.

    Who writes about ``&nbsp;`` has it as ``&amp;nbsp;`` in the HTML version.
    """
    left = {
        name
        for name in set(_ENTITY.findall(plain))
        if f"&{name};" in html and f"&amp;{name};" not in html
    }
    if not left:
        return plain
    return _ENTITY.sub(lambda found: _MEANINGS[found[1]] if found[1] in left else found[0], plain)
