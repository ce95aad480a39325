"""Coordinates of small charts, so that templates draw SVG without any arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One bar: its place and size in the drawing's own units."""

    x: float
    y: float
    width: float
    height: float


def sparkline(values: Sequence[float | None], *, width: int, height: int) -> str:
    """Return the path of a line through the values, broken where one is missing.

    The lowest value lies at the bottom and the highest at the top; a line of
    equal values runs through the middle.
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, reach = min(known), max(known) - min(known)
    step = width / max(1, len(values) - 1)
    path: list[str] = []
    pen = "M"
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        share = (value - low) / reach if reach else 0.5
        path.append(f"{pen}{index * step:.1f} {height - share * height:.1f}")
        pen = "L"
    return " ".join(path)


def bars(values: Sequence[float], *, width: int, height: int, gap: float = 0.3) -> list[Bar]:
    """Return a bar for every value, side by side on the bottom line.

    ``gap`` is the part of each bar's room that stays empty. A value above zero
    is never drawn so low that it could not be seen.
    """
    if not values:
        return []
    room = width / len(values)
    top = max(values) or 1
    heights = [max(2.0, height * value / top) if value > 0 else 0.0 for value in values]
    return [
        Bar(
            round(index * room + room * gap / 2, 1),
            round(height - h, 1),
            round(room * (1 - gap), 1),
            round(h, 1),
        )
        for index, h in enumerate(heights)
    ]


def shares(values: Sequence[float], *, width: int, height: int) -> list[Bar]:
    """Return a bar for every share from 0 to 1, of which 1 is the whole height."""
    heights = [max(1.0, height * value) for value in values]
    return [
        Bar(place.x, round(height - h, 1), place.width, round(h, 1))
        for place, h in zip(bars(values, width=width, height=height), heights, strict=True)
    ]


def paired_bars(
    first: Sequence[float], second: Sequence[float], *, width: int, height: int
) -> list[tuple[Bar, Bar]]:
    """Return two bars side by side for every pair of values, all of one scale."""
    mixed = [value for pair in zip(first, second, strict=True) for value in pair]
    drawn = bars(mixed, width=width, height=height, gap=0.25)
    return list(zip(drawn[::2], drawn[1::2], strict=True))


def heat(value: float, top: float) -> int:
    """Return the step from 0 to 9 at which a value is tinted."""
    if value <= 0 or top <= 0:
        return 0
    return max(1, min(9, round(9 * value / top)))
