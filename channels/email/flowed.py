"""Format=flowed (RFC 3676): join the lines that a mail program wrapped."""

from __future__ import annotations


def unwrap(text: str, *, delete_space: bool) -> str:
    """Join flowed lines of one quote depth; ``delete_space`` is the DelSp parameter."""
    lines: list[tuple[int, list[str]]] = []
    joining = False
    for raw in text.split("\n"):
        depth = len(raw) - len(raw.lstrip(">"))
        content = raw[depth:].removeprefix(" ")  # space-stuffing
        flowed = content.endswith(" ") and content != "-- "
        if flowed and delete_space:
            content = content[:-1]
        if joining and lines[-1][0] == depth and content != "-- ":
            lines[-1][1].append(content)
        else:
            lines.append((depth, [content]))
        joining = flowed
    return "\n".join(_line(depth, "".join(pieces)) for depth, pieces in lines)


def _line(depth: int, content: str) -> str:
    return f"{'>' * depth} {content}" if depth else content
