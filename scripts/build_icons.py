# ruff: noqa: INP001 - a script that stands alone
"""Put the icons that the pages use into one sprite.

Needs the unpacked npm package ``@tabler/icons``:

    npm pack @tabler/icons && tar xzf tabler-icons-*.tgz
    python scripts/build_icons.py package/icons/outline
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

SPRITE = Path(__file__).parent.parent / "helpdesk" / "static" / "icons.svg"

# name in our templates -> name of the Tabler outline icon
ICONS = {
    "brand": "headset",
    "search": "search",
    "clock": "clock",
    "clock-risk": "clock-exclamation",
    "clock-off": "clock-off",
    "pause": "player-pause",
    "alert": "alert-triangle",
    "kept": "circle-check",
    "late": "clock-x",
    "none": "minus",
    "info": "info-circle",
    "error": "alert-circle",
    "plus": "plus",
    "bell": "bell",
    "menu": "menu-2",
    "close": "x",
    "check": "check",
    "checks": "checks",
    "chevron-down": "chevron-down",
    "chevron-left": "chevron-left",
    "chevron-right": "chevron-right",
    "arrow-right": "arrow-right",
    "arrow-left": "arrow-left",
    "external": "external-link",
    "flame": "flame",
    "inbox": "inbox",
    "user": "user",
    "users": "users",
    "user-plus": "user-plus",
    "user-off": "user-off",
    "hourglass": "hourglass",
    "list": "list",
    "filter": "adjustments-horizontal",
    "email": "mail",
    "mail-off": "mail-off",
    "web": "world",
    "hotline": "phone",
    "phone-missed": "phone-x",
    "microblog": "brand-weibo",
    "onsite": "map-pin",
    "center": "building-community",
    "chart": "chart-bar",
    "screen": "device-tv",
    "report": "report-analytics",
    "book": "book",
    "settings": "settings",
    "calendar": "calendar",
    "holiday": "beach",
    "quarantine": "biohazard",
    "outbox": "mail-forward",
    "lock": "lock",
    "note": "note",
    "reply": "message-reply",
    "send": "send",
    "attach": "paperclip",
    "file": "file",
    "image": "photo",
    "download": "download",
    "quote": "dots",
    "tag": "tag",
    "eye": "eye",
    "eye-off": "eye-off",
    "edit": "edit",
    "trash": "trash",
    "merge": "git-merge",
    "spam": "ban",
    "refresh": "refresh",
    "sun": "sun",
    "moon": "moon",
    "system": "device-desktop",
    "language": "language",
    "keyboard": "keyboard",
    "sign-out": "logout",
    "sign-in": "login",
    "macro": "bolt",
    "star": "star",
    "history": "history",
    "helpful": "thumb-up",
    "unhelpful": "thumb-down",
}

PATH = re.compile(r"<(?!/?svg)[a-z]+\b[^>]*/>")


def symbol(name: str, drawing: str) -> str:
    """Return one sprite symbol, without the icon set's empty bounding box."""
    shapes = [shape for shape in PATH.findall(drawing) if 'd="M0 0h24v24H0z"' not in shape]
    return f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(shapes)}</symbol>'


def build(folder: Path) -> str:
    """Return the sprite of all icons, one symbol a line."""
    symbols = [
        symbol(name, (folder / f"{source}.svg").read_text(encoding="utf-8"))
        for name, source in ICONS.items()
    ]
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>", ""])


if __name__ == "__main__":
    SPRITE.write_text(build(Path(sys.argv[1])), encoding="utf-8")
