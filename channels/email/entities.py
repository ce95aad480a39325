"""Entities that a program left in the plain version of what it wrote as HTML.

QQ mail makes its plain versions so: ``发件人:&nbsp;"Ann"<ann@odd.example&gt;;``.
"""

from __future__ import annotations

import re

_MEANINGS = {"nbsp": " ", "lt": "<", "gt": ">", "quot": '"', "amp": "&"}
_ENTITY = re.compile(rf"&({'|'.join(_MEANINGS)});")


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
