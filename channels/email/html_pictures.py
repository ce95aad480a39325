"""Pictures that a mail program wrote into the HTML itself, as data: addresses.

They are what somebody pasted, so they become attachments, and the HTML refers
to them as it refers to every other attached picture.
"""

from __future__ import annotations

import re

from channels.email.transfer import decode_base64
from channels.message import Attachment

_PICTURE = re.compile(
    r"(\bsrc\s*=\s*[\"']?)data:image/(png|jpe?g|gif|webp|bmp);base64,([A-Za-z0-9+/=%\s]+)",
    re.IGNORECASE,
)
_MOST = 50


def embedded_pictures(html: str, number: int) -> tuple[str, list[Attachment]]:
    """Take pictures out of ``html``; ``number`` counts the attachments there are already."""
    if "data:image/" not in html:
        return html, []
    pictures: list[Attachment] = []

    def take(found: re.Match[str]) -> str:
        before, kind, data = found.groups()
        subtype = kind.lower().replace("jpg", "jpeg")
        content_id = f"embedded-{number + len(pictures) + 1}"
        pictures.append(
            Attachment(
                name=f"image-{number + len(pictures) + 1}.{subtype.replace('jpeg', 'jpg')}",
                content_type=f"image/{subtype}",
                data=decode_base64(data.replace("%2B", "+").encode("ascii")),
                inline=True,
                content_id=content_id,
            )
        )
        return f"{before}cid:{content_id}"

    return _PICTURE.sub(take, html, count=_MOST), pictures
