"""What the demo desk is asked, read from its table."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

TurnKind = Literal["reply", "answer", "note"]
_KINDS: tuple[TurnKind, ...] = ("reply", "answer", "note")


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said after the question: the desk's reply or note, or the asker's answer."""

    kind: TurnKind
    text: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A question and what becomes of it; ``stories.toml`` explains the fields."""

    by: tuple[str, ...]
    channel: str
    subject: str
    text: str
    topic: str | None = None
    type: str | None = None
    priority: str = "normal"
    turns: tuple[Turn, ...] = ()
    end: str | None = None
    files: tuple[str, ...] = ()
    first: float | None = None
    left: float | None = None
    after_hours: bool = False
    untouched: bool = False
    answered: bool = False
    html: bool = False
    quoting: bool = False
    bounces: bool = False


def read() -> list[Story]:
    """Return the stories in the order of the table."""
    table = tomllib.loads((Path(__file__).parent / "stories.toml").read_text(encoding="utf-8"))
    return [_story(row) for row in table["story"]]


def _story(row: dict[str, Any]) -> Story:
    plain = {key: value for key, value in row.items() if key not in ("by", "turns", "files")}
    return Story(
        by=tuple(row["by"]),
        turns=tuple(_turn(turn) for turn in row.get("turns", ())),
        files=tuple(row.get("files", ())),
        **{**plain, "text": row["text"].strip()},
    )


def _turn(row: dict[str, Any]) -> Turn:
    kind = next(kind for kind in _KINDS if kind in row)
    return Turn(kind, row[kind], tuple(row.get("files", ())))
