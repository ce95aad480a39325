"""The real programs that tests run against, and the sentence for one that is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

INSTALL = "`make test` as root installs it, or: apt-get install --no-install-recommends {package}"


def requires(program: str, *, package: str, also: Iterable[str] = ()) -> str:
    """Return the path of ``program``; fail the test, never skip it, where it is missing.

    ``also`` lists glob patterns of places that are not on PATH
    (``/usr/lib/postgresql/*/bin``); the newest match wins.
    """
    found = shutil.which(program, path=None) or _newest(program, also)
    if found is None:
        pytest.fail(
            f"{program} is not installed here. {INSTALL.format(package=package)}", pytrace=False
        )
    return found


def _newest(program: str, patterns: Iterable[str]) -> str | None:
    places = [
        place / program for pattern in patterns for place in Path("/").glob(pattern.lstrip("/"))
    ]
    usable = sorted((place for place in places if place.is_file()), key=_by_version)
    return str(usable[-1]) if usable else None


def _by_version(place: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in place.parts if part.isdigit())
